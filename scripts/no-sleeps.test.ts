import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** H9: a test that waits for time to pass is slow where it works and fails where the machine is busy. Clocks are injected. */

/** What may wait, and for what: where the clock is ours, none of it is for something to expire. */
const WAITING: Readonly<Record<string, string>> = {
  "conformance/crash.test.ts": "kills in the midst of load",
  "conformance/faults.test.ts": "asks again until the server has recovered",
  "conformance/fuzz/request.ts": "gives up on an answer that does not come",
  "conformance/run.ts": "a case that real Keycloaks answered too: their clock cannot be set",
  "conformance/server.ts": "gives up on a server that does not start",
  "packages/server/log/line-sink.test.ts": "a pipe that nobody reads",
  "packages/store/testing/import-contract.ts": "holds an import open while others wait for it",
};
const SLEEP = /\bsetTimeout\(|timers\/promises|Atomics\.wait\(/;

test("H9 no test waits for time to pass", () => {
  const files = globSync(
    ["packages/**/*.test.ts", "packages/**/testing/*.ts", "packages/**/contract.ts", "conformance/**/*.ts", "scripts/*.test.ts"],
    {
      exclude: (name) => name.includes("node_modules"),
    },
  );
  expect(files.length).toBeGreaterThan(150);
  const waiting = files.filter((file) => SLEEP.test(readFileSync(file, "utf8")));
  expect(waiting.toSorted((one, other) => (one < other ? -1 : 1))).toEqual(Object.keys(WAITING));
});
