/**
 * `npm run bench:profile [-- --verified=ES256 --signed=ES256 --cold --seconds=10 --out=FOLDER]`: where the time of an exchange goes. A CPU profile of the worker
 * and of the writer of one server under load, as tables, and with `--out` as flame graphs (`profile-http.svg`, `profile-writer.svg`).
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type CpuProfile, readProfile } from "./cpu-profile.ts";
import type { Algorithm } from "./crypto-work.ts";
import { CONNECTIONS } from "./exchange-speed.ts";
import { flameGraph, shares } from "./flame-graph.ts";
import { Load, orderTo } from "./load.ts";
import { realmWith } from "./realm.ts";
import { Server } from "./server.ts";
import { exchangeRequests, subjectTokens } from "./subject-tokens.ts";

const { values } = parseArgs({
  options: {
    verified: { type: "string", default: "ES256" },
    signed: { type: "string", default: "ES256" },
    seconds: { type: "string", default: "10" },
    cold: { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/\/$/, "");
const folder = mkdtempSync(join(tmpdir(), "cambist-profiles-"));
process.env["BENCH_PROFILES"] = folder;
try {
  using load = new Load();
  await using server = await Server.start({
    realm: realmWith(values.verified as Algorithm, values.signed as Algorithm),
    flags: values.cold ? ["--workers=1", "--verified-tokens=0"] : ["--workers=1"],
    preload: new URL("profiled-thread.ts", import.meta.url).href,
  });
  const requests = exchangeRequests(server.base, await subjectTokens(server.base, 1000));
  const order = orderTo({ server, requests }, CONNECTIONS, Number(values.seconds));
  await load.run({ ...order, seconds: 6 });
  process.kill(server.pid, "SIGUSR2");
  const { answered, perSecond } = await load.run(order);
  process.kill(server.pid, "SIGUSR2");
  const profiles = (): string[] => readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"));
  for (let waited = 0; profiles().length < 2; waited += 100) {
    if (waited > 30_000) throw new Error("a thread wrote no profile");
    await setTimeout(100);
  }
  for (const file of profiles()) {
    const thread = file.replace(/-\d+\.cpuprofile$/, "");
    const tree = readProfile(JSON.parse(readFileSync(join(folder, file), "utf8")) as CpuProfile, ROOT);
    const title = `${thread === "http" ? "One worker" : "The writer"}, ${values.verified}→${values.signed}: ${(tree.total / answered).toFixed(0)} µs an exchange, ${perSecond.toFixed(0)} exchanges/s`;
    console.log(`${title}\n${shares(tree, answered)}\n`);
    if (values.out === undefined) continue;
    mkdirSync(values.out, { recursive: true });
    writeFileSync(join(values.out, `profile-${thread}.svg`), flameGraph(tree, answered, title));
  }
} finally {
  rmSync(folder, { recursive: true });
}
