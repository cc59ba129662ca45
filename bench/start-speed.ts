import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Measure, median } from "./measure.ts";
import { Server } from "./server.ts";

/** How long the command takes until it says that it is ready: with nothing there, and with the database of the first start. */
export async function measureStarts(rounds: number): Promise<readonly Measure[]> {
  const first: number[] = [];
  const again: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const data = mkdtempSync(join(tmpdir(), "cambist-bench-data-"));
    for (const times of [first, again]) {
      await using server = await Server.start({ data });
      times.push(server.readyMs);
    }
    rmSync(data, { recursive: true, force: true });
  }
  return [
    { name: "ready, existing database", value: median(again), unit: "ms", must: 300, aim: 150, better: "less" },
    { name: "ready, first start", value: median(first), unit: "ms", must: 600, aim: 300, better: "less" },
  ];
}
