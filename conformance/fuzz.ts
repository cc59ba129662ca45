import { parseArgs } from "node:util";
import { megabytes, runFuzz } from "./fuzz/run.ts";

/** `npm run fuzz -- --requests 200000 --seed 7`: many mutated requests to a server of its own; ends with 1 when it failed or its memory grows. */
const { values } = parseArgs({
  options: { requests: { type: "string", default: "20000" }, seed: { type: "string" }, connections: { type: "string", default: "12" } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const report = await runFuzz({
  requests: Number(values.requests),
  seed,
  connections: Number(values.connections),
  report: (line) => console.log(line),
});
const { took, failures, unanswered, errorLines, memory, byStatus, accepted, answered, seconds, isAlive, exitCode } = report;
for (const line of errorLines.slice(0, 100)) console.log(line);
console.log(`seed ${seed}: ${answered} answered in ${seconds.toFixed(0)} s, ${unanswered.length} not, ${failures.length} failures`);
console.log(`by status ${JSON.stringify(byStatus)}; accepted ${JSON.stringify(accepted)}`);
console.log(
  `an answer took ${took.p50Ms.toFixed(1)} ms, of a hundred one more than ${took.p99Ms.toFixed(1)}; the slowest was ${took.slowest}`,
);
const { early, late, largest, grows } = memory;
console.log(
  grows === undefined
    ? `memory never more than ${megabytes(largest)} MB; too few requests to say whether it grows`
    : `memory ${megabytes(early)} MB in the second quarter, ${megabytes(late)} in the last, never more than ${megabytes(largest)}: ${grows ? "IT GROWS" : "it does not grow"}`,
);
console.log(`alive ${isAlive}; ended with ${exitCode}; ${errorLines.length} error lines`);
if (!isAlive || exitCode !== 0 || failures.length + unanswered.length + errorLines.length > 0 || grows) process.exitCode = 1;
