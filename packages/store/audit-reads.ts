import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { type AuditRow, chainHash, headOf, storedRecord } from "./audit-hash.ts";
import type { AuditFilter, AuditReads } from "./ports.ts";

/** Rows checked in one go; between two goes other work of the thread runs. */
const CHUNK_ROWS = 1_000;
/** Rows searched in one go. */
const SEARCH_ROWS = 10_000;

interface SegmentRow {
  readonly number: number;
  readonly first_sequence: number;
  readonly last_sequence: number;
  readonly max_time: number;
  readonly start_hash: Uint8Array;
  readonly end_hash: Uint8Array;
  readonly dropped: number;
}
type Verdict = Awaited<ReturnType<AuditReads["verify"]>>;

const bad = (sequence: number, why: string): Verdict => ({ ok: false, sequence, why });
const isSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** The audit log as the admin API and the command line read it. */
export function auditReads(database: DatabaseSync): AuditReads {
  const segments = database.prepare("select * from audit_segment order by number");
  const chunk = database.prepare("select * from audit where sequence > ? and sequence <= ? order by sequence limit ?");
  // No index: a search reads on from the first segment that can hold a hit.
  const search = database.prepare(
    `select * from audit where sequence > ?1 and sequence <= ?7
       and (?2 is null or realm_id = ?2) and (?3 is null or client_id = ?3) and (?4 is null or type = ?4) and (?5 is null or time >= ?5)
       and (?8 is null or instr(?8, ' ' || type || ' ') > 0)
     order by sequence limit ?6`,
  );

  const ends = database.prepare("select (select max(sequence) from audit) as last, (select max(last_sequence) from audit_segment) as head");

  const keptSegments = (): SegmentRow[] => (segments.all() as unknown as SegmentRow[]).filter((segment) => segment.dropped === 0);

  /** Checks one segment; `previous` is the hash before its first record. */
  async function verifySegment(segment: SegmentRow, previous: Uint8Array): Promise<Verdict | undefined> {
    const { first_sequence: first, last_sequence: last } = segment;
    if (!isSame(segment.start_hash, previous)) return bad(first, "its segment does not begin where the one before it ends");
    let hash = previous;
    let expected = first;
    while (expected <= last) {
      const rows = chunk.all(expected - 1, last, CHUNK_ROWS) as unknown as AuditRow[];
      for (const row of rows) {
        if (row.sequence !== expected) return bad(expected, "the record is missing");
        hash = chainHash(hash, headOf(row), row.body).hash;
        if (!isSame(hash, row.hash)) return bad(expected, "the record or one before it was changed");
        expected += 1;
      }
      if (rows.length === 0) return bad(expected, "the record is missing");
      await setImmediate();
    }
    return isSame(hash, segment.end_hash) ? undefined : bad(last, "the record is not the one its segment ends with");
  }

  async function verifySegments(all: readonly SegmentRow[]): Promise<Verdict> {
    const kept = all.filter((segment) => segment.dropped === 0);
    const anchor = all.findLast((segment) => segment.dropped === 1);
    let previous = anchor?.end_hash ?? new Uint8Array(32);
    let next = anchor ? anchor.last_sequence + 1 : 1;
    const from = next;
    for (const segment of kept) {
      if (segment.first_sequence !== next) return bad(next, "its segment is missing");
      const verdict = await verifySegment(segment, previous);
      if (verdict) return verdict;
      previous = segment.end_hash;
      next = segment.last_sequence + 1;
    }
    const { last, head } = ends.get() as { last: number | null; head: number | null };
    if ((last ?? 0) > (head ?? 0)) return bad((head ?? 0) + 1, "the record was put behind the end of the log");
    return { ok: true, records: next - from, from, to: next - 1 };
  }

  return {
    async list({ realm, clientId, type, types, since, newest, after = 0, limit }: AuditFilter) {
      const start = keptSegments().find((segment) => since === undefined || segment.max_time >= since);
      if (!start) return [];
      const found: AuditRow[] = [];
      const end = (ends.get()?.["head"] as number | null) ?? 0;
      let from = Math.max(after, start.first_sequence - 1, newest === undefined ? 0 : end - newest);
      const anyOf = types === undefined ? null : ` ${types.join(" ")} `;
      while (from < end && found.length < limit) {
        const to = Math.min(from + SEARCH_ROWS, end);
        const wanted = [realm ?? null, clientId ?? null, type ?? null, since ?? null, limit - found.length] as const;
        found.push(...(search.all(from, ...wanted, to, anyOf) as unknown as AuditRow[]));
        from = to;
        if (from < end && found.length < limit) await setImmediate();
      }
      return found.map(storedRecord);
    },
    async verify() {
      for (;;) {
        const before = segments.all() as unknown as SegmentRow[];
        const verdict = await verifySegments(before);
        // Retention may have dropped what was being read; then the walk begins anew at the new anchor.
        const after = keptSegments()[0]?.number;
        if (verdict.ok || after === before.find((segment) => segment.dropped === 0)?.number) return verdict;
      }
    },
  };
}
