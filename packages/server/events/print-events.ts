import { setTimeout as sleep } from "node:timers/promises";
import type { AuditFilter, AuditReads, StoredAuditRecord } from "@cambist/store/ports.ts";
import type { CommandIo } from "../cli/io.ts";
import type { EventsArguments } from "../config/server-config.ts";
import { consoleTime } from "../log/console.ts";
import { eventLine } from "./event-line.ts";
import { escapeControls } from "./safe-text.ts";

/** Records per read: little memory, and a reader that ends early (`| head`) costs one page. */
const PAGE = 500;
const POLL_MS = 500;

/** Prints the records that the arguments choose, oldest first; with `follow` until the signal, new ones as they come. */
export async function printEvents(audit: Pick<AuditReads, "list">, args: EventsArguments, io: CommandIo, pollMs = POLL_MS): Promise<void> {
  const filter: Omit<AuditFilter, "after" | "limit"> = {
    ...(args.client !== undefined && { clientId: args.client }),
    ...(args.type !== undefined && { type: args.type.toUpperCase() }),
    ...(args.sinceMs !== undefined && { since: args.sinceMs }),
  };
  // By the name the record keeps: the realm may be gone, or have another name by now.
  const inRealm = ({ realmName, realmId }: StoredAuditRecord): boolean =>
    args.realm === undefined || args.realm === realmName || args.realm === realmId;
  const lineOf = args.json ? jsonLine : humanLine;
  let after: number | undefined;
  while (!io.signal.aborted) {
    const page = await audit.list({ ...filter, ...(after !== undefined && { after }), limit: PAGE });
    const lines = page.filter(inRealm).map((record) => `${lineOf(record)}\n`);
    if (lines.length > 0) await put(io, lines.join(""));
    after = page.at(-1)?.sequence ?? after;
    if (page.length === PAGE) continue;
    if (!args.follow) return;
    await sleep(pollMs, undefined, { signal: io.signal }).catch(() => {}); // the signal ends the loop
  }
}

/** The event line with its time before it and its decision behind it, as the answer's header `Cambist-Decision` gave it. */
function humanLine(record: StoredAuditRecord): string {
  const line = `${consoleTime(record.time)} ${eventLine(record)}`;
  return "decision" in record.details ? line : `${line}, decision="${record.id}"`;
}

/** Everything the record holds; `time` in ISO 8601, UTC with milliseconds. */
function jsonLine(record: StoredAuditRecord): string {
  return escapeControls(JSON.stringify({ ...record, time: new Date(record.time).toISOString() }));
}

/** Waits until a slow reader has taken what is waiting; memory stays flat and nothing is lost when the process ends afterwards. */
async function put({ stdout, signal }: CommandIo, text: string): Promise<void> {
  stdout.write(text);
  const waiting = (): number => ("writableLength" in stdout ? Number(stdout.writableLength) : 0);
  while (!signal.aborted && waiting() > 0) await sleep(2);
}
