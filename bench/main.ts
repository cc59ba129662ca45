/**
 * `npm run bench [-- --quick] [-- --out=FOLDER]`: the figures that Cambist promises, measured on this machine. Prints a table, writes it as JSON
 * and draws it (`bench.json`, `bench.svg` in the folder). Ratios only mean something within one run; nothing else should run beside it.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chart } from "./chart.ts";
import { measureExchanges, type Pace } from "./exchange-speed.ts";
import { measureLargeData } from "./large-data.ts";
import { Load } from "./load.ts";
import { type Measure, table, verdict } from "./measure.ts";
import { measureStarts } from "./start-speed.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false }, out: { type: "string" } } });
const QUICK: Pace = { tokens: 100, warmUpSeconds: 1, seconds: 0.6, rounds: 2 };
const WHOLE: Pace = { tokens: 1000, warmUpSeconds: 6, seconds: 3, rounds: 4 };
const pace = values.quick ? QUICK : WHOLE;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

using load = new Load();
const measures: Measure[] = [
  ...(await measureExchanges(load, pace, say)),
  ...(await measureStarts(pace.rounds)),
  ...(values.quick ? [] : await measureLargeData(load, pace, say)),
];

const when = new Date().toISOString().slice(0, 10);
const where = `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"}), Node ${process.versions.node}`;
console.log(`${when}, ${where}${values.quick ? ", quick: rough figures" : ""}\n\n${table(measures)}`);
if (values.out !== undefined) {
  mkdirSync(values.out, { recursive: true });
  const report = { when, where, quick: values.quick, measures: measures.map((measure) => ({ ...measure, verdict: verdict(measure) })) };
  writeFileSync(join(values.out, "bench.json"), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(values.out, "bench.svg"), chart(measures, `Cambist, ${when}, ${where}`));
}
