import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Processes, not threads: suites start worker threads of their own, and a crash in native code stays in one file.
    pool: "forks",
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["packages/**/*.test.ts", "scripts/**/*.test.ts"] },
      },
      {
        extends: true,
        test: { name: "conformance", include: ["conformance/**/*.test.ts"], testTimeout: 30_000, hookTimeout: 60_000 },
      },
    ],
  },
});
