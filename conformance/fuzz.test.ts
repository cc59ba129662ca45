import { expect, test } from "vitest";
import { megabytes, runFuzz } from "./fuzz/run.ts";

/** A small run of `npm run fuzz`; a failure names the seed and the number of its request. */
test(
  "SEC-EP-20 five thousand mutated requests are all answered, none by a failure or with something of the inside, and the server keeps its memory",
  { timeout: 300_000 },
  async () => {
    const report = await runFuzz({ requests: 5000, seed: 20_261_125 });
    const { answered, unanswered, failures, errorLines, isAlive, exitCode, accepted, byStatus, memory } = report;
    expect({ unanswered, failures, errorLines, isAlive, exitCode, answered }).toEqual({
      unanswered: [],
      failures: [],
      errorLines: [],
      isAlive: true,
      exitCode: 0,
      answered: 5000,
    });
    // Mutants that all fail at the door prove little: some get through, and all kinds of refusals come up.
    expect(accepted.protocol).toBeGreaterThan(100);
    expect(accepted.admin).toBeGreaterThan(100);
    expect(Object.keys(byStatus)).toEqual(expect.arrayContaining(["200", "201", "204", "400", "401", "404", "405", "409", "413", "415"]));
    expect(megabytes(memory.largest)).toBeGreaterThan(50);
    expect(megabytes(memory.largest)).toBeLessThan(400);
  },
);
