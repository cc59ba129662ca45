import type { DatabaseSync } from "node:sqlite";
import type { EpochMillis } from "./ports.ts";

/** What is kept of the audit log. */
export interface AuditLimits {
  /** Segments of which every record is older may go. */
  readonly olderThan?: EpochMillis;
  /** The oldest segments go until the rest takes no more than this. The open segment always stays. */
  readonly maxBytes?: number;
}

export interface AuditUsage {
  readonly bytes: number;
  /** Start of the oldest kept segment; undefined while the log is empty. */
  readonly oldest: EpochMillis | undefined;
}

export function auditUsage(database: DatabaseSync): AuditUsage {
  const row = database
    .prepare("select coalesce(sum(bytes), 0) as bytes, min(start_time) as oldest from audit_segment where dropped = 0")
    .get();
  const oldest = row?.["oldest"];
  return { bytes: Number(row?.["bytes"]), oldest: typeof oldest === "number" ? oldest : undefined };
}

interface Candidate {
  readonly number: number;
  readonly max_time: number;
  readonly bytes: number;
}

/**
 * Marks the segments that the limits let go, oldest first, and makes the end of the last one the anchor of the chain. Their records are
 * out of the log from that commit on; {@link removeDroppedRecords} frees their pages afterwards, a few at a time.
 */
export function dropSegments(database: DatabaseSync, { olderThan = Number.NEGATIVE_INFINITY, maxBytes = Infinity }: AuditLimits): number {
  const kept = database.prepare("select number, max_time, bytes from audit_segment where dropped = 0 order by number").all();
  // The newest is being written.
  const candidates = kept.slice(0, -1) as unknown as Candidate[];
  let total = kept.reduce((sum, row) => sum + Number(row["bytes"]), 0);
  let last: number | undefined;
  let dropped = 0;
  for (const segment of candidates) {
    if (segment.max_time >= olderThan && total <= maxBytes) break;
    total -= segment.bytes;
    last = segment.number;
    dropped += 1;
  }
  if (last === undefined) return 0;
  database.prepare("update audit_segment set dropped = 1 where number = ?").run(last);
  database.prepare("delete from audit_segment where number < ?").run(last);
  return dropped;
}

/** Deletes at most `limit` records of dropped segments; true when there may be more. */
export function removeDroppedRecords(database: DatabaseSync, limit: number): boolean {
  const statement = database.prepare(
    `delete from audit where sequence in (select sequence from audit
       where sequence <= (select coalesce(max(last_sequence), 0) from audit_segment where dropped = 1) order by sequence limit ?)`,
  );
  return Number(statement.run(limit).changes) === limit;
}
