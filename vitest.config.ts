import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Processes, not threads: suites start worker threads of their own, and a crash in native code stays in one file.
    pool: "forks",
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        // Property tests on a machine that does other things too take their time; no test asserts on it.
        test: { name: "unit", include: ["packages/**/*.test.ts", "scripts/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
      },
      {
        extends: true,
        test: { name: "conformance", include: ["conformance/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 60_000 },
      },
    ],
  },
});
