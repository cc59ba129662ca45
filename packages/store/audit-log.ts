import type { DatabaseSync, StatementSync } from "node:sqlite";
import { chainHash, FIRST_HASH } from "./audit-hash.ts";
import { encodeRecord } from "./encode-unit.ts";
import type { AuditRecord, EncodedRecord } from "./ports.ts";

const DAY_MS = 86_400_000;
/** A segment is closed when it reaches this size; retention drops whole segments. */
export const SEGMENT_BYTES = 64 * 1024 * 1024;

/** The open segment: the head of the chain. */
interface Segment {
  number: number;
  firstSequence: number;
  lastSequence: number;
  startTime: number;
  maxTime: number;
  endHash: Uint8Array;
  bytes: number;
}

/**
 * The writing end of the audit log. The caller owns the transaction: {@link append} for each record, {@link saveHead} before the commit,
 * {@link mark} and {@link restore} around what may be rolled back.
 */
export class AuditLog {
  readonly #segmentBytes: number;
  readonly #insert: StatementSync;
  readonly #insertSegment: StatementSync;
  readonly #updateSegment: StatementSync;
  #head: Segment | undefined;
  #changed = false;

  constructor(database: DatabaseSync, segmentBytes: number) {
    this.#segmentBytes = segmentBytes;
    this.#insert = database.prepare(
      "insert into audit (sequence, time, realm_id, type, client_id, hash, body) values (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#insertSegment = database.prepare(
      `insert into audit_segment (number, first_sequence, last_sequence, start_time, max_time, start_hash, end_hash, bytes, dropped)
       values (?, ?, ?, ?, ?, ?, ?, 0, 0)`,
    );
    this.#updateSegment = database.prepare(
      "update audit_segment set last_sequence = ?, max_time = ?, end_hash = ?, bytes = ? where number = ?",
    );
    const row = database.prepare("select * from audit_segment order by number desc limit 1").get();
    this.#head = row && {
      number: row["number"] as number,
      firstSequence: row["first_sequence"] as number,
      lastSequence: row["last_sequence"] as number,
      startTime: row["start_time"] as number,
      maxTime: row["max_time"] as number,
      endHash: row["end_hash"] as Uint8Array,
      bytes: row["bytes"] as number,
    };
  }

  /** Adds a record to the chain. Throws before anything is written when the record cannot be written as JSON. */
  append(record: AuditRecord | EncodedRecord): void {
    const { body } = encodeRecord(record);
    const segment = this.#segmentFor(record.time);
    const sequence = segment.lastSequence + 1;
    // As they will be read again: half a surrogate pair (a name that was cut) is stored as U+FFFD, and the hash must be over that.
    const realmId = record.realmId.toWellFormed();
    const type = record.type.toWellFormed();
    const clientId = record.clientId?.toWellFormed() ?? null;
    const { hash, bytes } = chainHash(segment.endHash, { sequence, time: record.time, realmId, type, clientId }, body);
    this.#insert.run(sequence, record.time, realmId, type, clientId, hash, body);
    segment.lastSequence = sequence;
    segment.endHash = hash;
    segment.bytes += bytes;
    if (record.time > segment.maxTime) segment.maxTime = record.time;
    this.#changed = true;
  }

  /** Writes the head of the chain, so that a missing tail is noticed. Once per commit. */
  saveHead(): void {
    if (!this.#changed || !this.#head) return;
    const { lastSequence, maxTime, endHash, bytes, number } = this.#head;
    this.#updateSegment.run(lastSequence, maxTime, endHash, bytes, number);
    this.#changed = false;
  }

  /** The state to {@link restore} when what follows is rolled back. */
  mark(): unknown {
    return { head: this.#head && { ...this.#head }, changed: this.#changed };
  }

  restore(mark: unknown): void {
    const { head, changed } = mark as { head: Segment | undefined; changed: boolean };
    this.#head = head && { ...head };
    this.#changed = changed;
  }

  #segmentFor(time: number): Segment {
    const current = this.#head;
    const isFull = current && current.bytes >= this.#segmentBytes;
    const isOfEarlierDay = current && Math.floor(time / DAY_MS) > Math.floor(current.startTime / DAY_MS);
    const isEmpty = current && current.lastSequence < current.firstSequence;
    if (current && (isEmpty || !(isFull || isOfEarlierDay))) return current;
    this.saveHead();
    const number = (current?.number ?? 0) + 1;
    const lastSequence = current?.lastSequence ?? 0;
    const endHash = current?.endHash ?? FIRST_HASH;
    this.#insertSegment.run(number, lastSequence + 1, lastSequence, time, time, endHash, endHash);
    this.#head = { number, firstSequence: lastSequence + 1, lastSequence, startTime: time, maxTime: time, endHash, bytes: 0 };
    return this.#head;
  }
}
