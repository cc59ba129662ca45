import { hash } from "node:crypto";
import type { AuditRecord, StoredAuditRecord } from "./ports.ts";

/**
 * How a record is hashed. Two texts make it up:
 *
 * - head: JSON array `[sequence, time, realmId, type, clientId or null]`, the members that are columns;
 * - body: JSON object of the other members, in the order `id, realmName, userId, sessionId, ipAddress, error, details, facts, issued,
 *   shown`, absent ones left out. It is stored as text and hashed as stored, so nothing depends on writing JSON the same way twice.
 *
 * hash = SHA-256(hash of the record before ‖ UTF-8 of head ‖ U+000A ‖ UTF-8 of body). The first record chains over 32 zero bytes.
 * A line feed cannot stand in the head, so no two pairs of texts give the same bytes.
 */
export const FIRST_HASH: Uint8Array = new Uint8Array(32);

export const HASH_BYTES = 32;
/** What a row costs beside its texts: hash, record header, cell pointer; for the size of a segment. */
const ROW_OVERHEAD_BYTES = 64;

/** The columns of a record that stand outside its body. */
export interface AuditHead {
  readonly sequence: number;
  readonly time: number;
  readonly realmId: string;
  readonly type: string;
  readonly clientId: string | null;
}

/** The members of a record that have no column, as the text that is stored and hashed. */
export function auditBody(record: AuditRecord): string {
  const { id, realmName, userId, sessionId, ipAddress, error, details, facts, issued, shown } = record;
  return JSON.stringify({ id, realmName, userId, sessionId, ipAddress, error, details, facts, issued, shown });
}

let scratch = Buffer.allocUnsafe(16_384);

/** The hash of a record over the one before it, and the bytes the row takes. */
export function chainHash(previous: Uint8Array, head: AuditHead, body: string): { readonly hash: Uint8Array; readonly bytes: number } {
  const headText = JSON.stringify([head.sequence, head.time, head.realmId, head.type, head.clientId]);
  // UTF-8 takes at most three bytes per UTF-16 unit.
  const room = HASH_BYTES + 1 + 3 * (headText.length + body.length);
  if (room > scratch.length) scratch = Buffer.allocUnsafe(2 * room);
  scratch.set(previous, 0);
  let end = HASH_BYTES;
  end += scratch.write(headText, end);
  scratch[end++] = 0x0a;
  end += scratch.write(body, end);
  return { hash: hash("sha256", scratch.subarray(0, end), "buffer"), bytes: end + ROW_OVERHEAD_BYTES };
}

/** A row of the audit table. */
export interface AuditRow {
  readonly sequence: number;
  readonly time: number;
  readonly realm_id: string;
  readonly type: string;
  readonly client_id: string | null;
  readonly hash: Uint8Array;
  readonly body: string;
}

export const headOf = (row: AuditRow): AuditHead => ({
  sequence: row.sequence,
  time: row.time,
  realmId: row.realm_id,
  type: row.type,
  clientId: row.client_id,
});

/** The record as it was written, with its place in the log. */
export function storedRecord(row: AuditRow): StoredAuditRecord {
  return {
    ...(JSON.parse(row.body) as Omit<AuditRecord, "time" | "realmId" | "type" | "clientId">),
    time: row.time,
    realmId: row.realm_id,
    type: row.type,
    ...(row.client_id !== null && { clientId: row.client_id }),
    sequence: row.sequence,
    hash: Buffer.from(row.hash).toString("hex"),
  };
}
