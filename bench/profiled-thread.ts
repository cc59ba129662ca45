/**
 * Loaded into a server's threads (`NODE_OPTIONS=--import`), it takes a CPU profile of each between two signals: SIGUSR2 begins, the next one ends
 * and writes `<role>.cpuprofile` into the folder `BENCH_PROFILES`. Nothing in the server itself can do that.
 */
import { renameSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { join } from "node:path";
import { BroadcastChannel, isMainThread, threadId, workerData } from "node:worker_threads";

const folder = process.env["BENCH_PROFILES"];
const role = isMainThread ? "main" : `${(workerData as { role?: string } | null)?.role ?? "other"}-${threadId}`;
const channel = new BroadcastChannel("bench-profile");
channel.unref();
const session = new Session();
let running = false;

function turn(): void {
  if (running) {
    session.post("Profiler.stop", (error, result) => {
      if (error || folder === undefined) return;
      const file = join(folder, `${role}.cpuprofile`);
      writeFileSync(`${file}.part`, JSON.stringify(result.profile));
      renameSync(`${file}.part`, file);
    });
    return;
  }
  running = true;
  session.connect();
  session.post("Profiler.enable");
  session.post("Profiler.setSamplingInterval", { interval: 200 });
  session.post("Profiler.start");
}

if (role.startsWith("http") || role.startsWith("writer")) channel.addEventListener("message", turn);
if (isMainThread) process.on("SIGUSR2", () => channel.postMessage("turn"));
