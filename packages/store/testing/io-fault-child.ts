import { spawnSync } from "node:child_process";
import { writeSync } from "node:fs";
import { openStore } from "../open.ts";
import { auditRecord } from "./rows.ts";

/**
 * A store whose disk refuses to grow for a while: writes until it fails, lets the file grow again, writes once more, and prints what
 * happened as JSON. A process of its own, because the limit is one of the process. Argument: the data folder.
 */
const limit = (bytes: string): void => {
  const { status } = spawnSync("prlimit", [`--pid=${process.pid}`, `--fsize=${bytes}`]);
  if (status !== 0) throw new Error("prlimit failed");
};
process.on("SIGXFSZ", () => {});
const store = await openStore(process.argv[2] ?? "");
await store.writer.write({ audit: [auditRecord({ id: "before" })] });
limit("2000000:unlimited");
let written = 0;
let failure: unknown;
for (; failure === undefined; written += 1) {
  const record = auditRecord({ id: `fill-${written}`, details: { filler: "x".repeat(20_000) } });
  try {
    await store.writer.write({ audit: [record] });
  } catch (error) {
    failure = error;
  }
}
written -= 1;
const readable = (await store.reader.audit.list({ limit: 20_000 })).length;
limit("unlimited:unlimited");
await store.writer.write({ audit: [auditRecord({ id: "after" })] });
const verdict = await store.reader.audit.verify();
const name = failure instanceof Error ? failure.name : undefined;
const cause = failure instanceof Error && failure.cause instanceof Error && "errcode" in failure.cause ? failure.cause.errcode : undefined;
writeSync(1, JSON.stringify({ name, cause, written, readable, verdict }));
await store.close();
