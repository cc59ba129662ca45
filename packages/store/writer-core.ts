import type { DatabaseSync, StatementSync } from "node:sqlite";
import { StorageConflict } from "./admin-ports.ts";
import { AuditLog, SEGMENT_BYTES } from "./audit-log.ts";
import { Commands } from "./commands.ts";
import { WRITER_CACHE_KIB } from "./dialects/sqlite.ts";
import { faultCause, isConflict, isDangling, isStorageFault, needsReopening } from "./dialects/sqlite-errors.ts";
import { Guards } from "./guards.ts";
import { StorageUnavailable, type WriteOutcome, type WriteUnit } from "./ports.ts";

/** What became of a unit; an `Error` when a statement of it failed for a reason of its own: nothing of it was written. */
export type UnitOutcome = WriteOutcome | Error;

export interface WriterOptions {
  /** Size at which a segment of the audit log is closed; retention by size is no finer than this. */
  readonly auditSegmentBytes?: number;
  /** Entries of the change log that stay; whoever is further behind has to read everything anew. */
  readonly keptChanges?: number;
}

/** Far more than a worker misses between two requests, and some megabyte at most. */
const KEPT_CHANGES = 10_000;

/** Where the writing connection comes from. */
export interface WriterConnection {
  open(): DatabaseSync;
  /** False: the database lives in its connection, which must never be closed. */
  readonly reopens: boolean;
}

type Verb = "begin immediate" | "commit" | "rollback" | "savepoint unit" | "rollback to unit" | "release unit";
const VERBS: readonly Verb[] = ["begin immediate", "commit", "rollback", "savepoint unit", "rollback to unit", "release unit"];

/** Everything prepared on one connection; made anew when the connection is. */
export class Prepared {
  readonly database: DatabaseSync;
  readonly commands: Commands;
  readonly guards: Guards;
  readonly audit: AuditLog;
  readonly #verbs: ReadonlyMap<Verb, StatementSync>;

  constructor(database: DatabaseSync, segmentBytes: number) {
    this.database = database;
    this.commands = new Commands(database);
    this.guards = new Guards(database);
    this.audit = new AuditLog(database, segmentBytes);
    this.#verbs = new Map(VERBS.map((verb) => [verb, database.prepare(verb)]));
  }

  do(verb: Verb): void {
    this.#verbs.get(verb)?.run();
  }
}

/** One unit of a batch failed: the batch has to be gone through again with a savepoint around each unit. */
class UnitFault extends Error {}

/**
 * The one writing connection of a data folder, synchronous: a call returns after its commit is on the disk. A writer thread hands it all
 * units that queued while the last batch was committing.
 */
export class WriterCore {
  readonly #connection: WriterConnection;
  readonly #segmentBytes: number;
  readonly keptChanges: number;
  #prepared: Prepared | undefined;
  #changeVersion = 0;
  #held: Promise<void> | undefined;
  #isClosed = false;

  constructor(connection: WriterConnection, { auditSegmentBytes = SEGMENT_BYTES, keptChanges = KEPT_CHANGES }: WriterOptions = {}) {
    this.#connection = connection;
    this.#segmentBytes = auditSegmentBytes;
    this.keptChanges = keptChanges;
    this.#readChangeVersion(this.#connected());
  }

  /** The newest version of the change log that is committed: readers that know an older one have to catch up. */
  get changeVersion(): number {
    return this.#changeVersion;
  }

  /** Pending while an import owns the connection; until it settles {@link commitBatch} and {@link transact} are refused. */
  get held(): Promise<void> | undefined {
    return this.#held;
  }

  /**
   * Commits units together and answers for each in order.
   * @throws {StorageUnavailable} the commit could not be made durable: nothing of the batch is stored. The next call tries anew.
   */
  commitBatch(units: readonly WriteUnit[]): UnitOutcome[] {
    if (units.length === 0) return [];
    return this.transact((prepared) => {
      const mark = prepared.audit.mark();
      try {
        return units.map((unit) => this.#apply(prepared, unit));
      } catch (error) {
        if (!(error instanceof UnitFault)) throw error;
        // Rare: start over, each unit on its own, so that the broken one takes no other with it.
        prepared.do("rollback");
        prepared.audit.restore(mark);
        prepared.do("begin immediate");
        return units.map((unit) => this.#applyAlone(prepared, unit));
      }
    });
  }

  /**
   * Runs `work` in a transaction of its own on the writing connection.
   * @throws {StorageUnavailable} as {@link commitBatch}. Any other error of `work` rolls back and passes.
   */
  transact<T>(work: (prepared: Prepared) => T): T {
    if (this.#held) throw new Error("an import holds the writer");
    return this.#finish(this.#begin(), work);
  }

  /**
   * Runs asynchronous `work` in one transaction; everything else waits. One at a time: the caller awaits {@link held} first.
   * @throws {StorageUnavailable} as {@link commitBatch}. Any other error of `work` rolls back and passes.
   */
  async hold<T>(work: (prepared: Prepared) => Promise<T>, finish: (prepared: Prepared) => void): Promise<T> {
    while (this.#held) await this.#held;
    const { promise, resolve } = Promise.withResolvers<void>();
    const transaction = this.#begin();
    this.#held = promise;
    try {
      const result = await work(transaction.prepared).catch((error: unknown) => this.#abandon(transaction, error));
      this.#finish(transaction, finish);
      return result;
    } finally {
      this.#settle();
      this.#held = undefined;
      resolve();
    }
  }

  /** For good: the folder may have another owner from now on, so nothing is written any more. */
  close(): void {
    this.#isClosed = true;
    this.#disconnect();
  }

  #disconnect(): void {
    if (this.#connection.reopens && this.#prepared?.database.isOpen) this.#prepared.database.close();
    this.#prepared = undefined;
  }

  #connected(): Prepared {
    this.#prepared ??= new Prepared(this.#connection.open(), this.#segmentBytes);
    return this.#prepared;
  }

  #begin(): Transaction {
    if (this.#isClosed) throw new StorageUnavailable("the store is closed");
    try {
      const prepared = this.#connected();
      const transaction = { prepared, mark: prepared.audit.mark() };
      prepared.do("begin immediate");
      return transaction;
    } catch (error) {
      if (needsReopening(error)) this.#disconnect();
      throw unavailable(error);
    }
  }

  #finish<T>(transaction: Transaction, work: (prepared: Prepared) => T): T {
    const { prepared } = transaction;
    try {
      const result = work(prepared);
      prepared.audit.saveHead();
      prepared.do("commit");
      if (prepared.commands.changedConfiguration) this.#readChangeVersion(prepared);
      return result;
    } catch (error) {
      return this.#abandon(transaction, error);
    }
  }

  #abandon({ prepared, mark }: Transaction, error: unknown): never {
    prepared.audit.restore(mark);
    prepared.commands.changedConfiguration = false;
    const told = isDangling(error) ? danglingReference(prepared.database, error) : error;
    try {
      // Some faults have rolled back already.
      if (prepared.database.isTransaction) prepared.do("rollback");
      if (needsReopening(error)) this.#disconnect();
    } catch {
      this.#disconnect();
    }
    throw unavailable(told);
  }

  /** After something large: gives memory back and moves the log into the database, so that the file beside it does not stay that large. */
  #settle(): void {
    try {
      this.#prepared?.database.exec(`pragma cache_size = -${WRITER_CACHE_KIB}; pragma shrink_memory; pragma wal_checkpoint(truncate)`);
    } catch {
      // The log is whole where it is; whatever is wrong with the disk, the next write will tell.
    }
  }

  #readChangeVersion({ database, commands }: Prepared): void {
    commands.changedConfiguration = false;
    const row = database.prepare("select coalesce(max(version), 0) as version from change_log").get();
    this.#changeVersion = Number(row?.["version"]);
  }

  /** Without a savepoint unless a guard may have to undo an earlier one. @throws {UnitFault} a statement failed for a reason of the unit. */
  #apply(prepared: Prepared, unit: WriteUnit): WriteOutcome {
    const undoes = (unit.guards?.length ?? 0) > 1;
    try {
      if (undoes) prepared.do("savepoint unit");
      const outcome = applyUnit(prepared, unit);
      if (undoes && !outcome.ok) prepared.do("rollback to unit");
      if (undoes) prepared.do("release unit");
      return outcome;
    } catch (error) {
      if (isStorageFault(error) || !prepared.database.isTransaction) throw error;
      throw new UnitFault("unit failed", { cause: error });
    }
  }

  #applyAlone(prepared: Prepared, unit: WriteUnit): UnitOutcome {
    const mark = prepared.audit.mark();
    prepared.do("savepoint unit");
    let outcome: UnitOutcome;
    try {
      outcome = applyUnit(prepared, unit);
    } catch (error) {
      if (isStorageFault(error) || !prepared.database.isTransaction) throw error;
      outcome = unitError(error);
    }
    if (outcome instanceof Error || !outcome.ok) {
      prepared.do("rollback to unit");
      prepared.audit.restore(mark);
    }
    prepared.do("release unit");
    return outcome;
  }
}

interface Transaction {
  readonly prepared: Prepared;
  /** The head of the audit chain before it. */
  readonly mark: unknown;
}

const unavailable = (error: unknown): unknown =>
  isStorageFault(error) ? new StorageUnavailable(`the change could not be stored: ${faultCause(error)}`, { cause: error }) : error;

/** Why a unit was not written, to its caller. */
function unitError(error: unknown): Error {
  if (isConflict(error)) return new StorageConflict("a unique key is taken", { cause: error });
  return error instanceof Error ? error : new Error(String(error));
}

/** Which reference of a transaction that cannot commit leads nowhere. */
function danglingReference(database: DatabaseSync, cause: unknown): Error {
  const row = database.isTransaction ? database.prepare("pragma foreign_key_check").get() : undefined;
  const where = row ? `a row of "${String(row["table"])}" names a row of "${String(row["parent"])}"` : "a row names a row";
  return new Error(`${where} that is not there`, { cause });
}

/** Guards, then changes, then audit records. */
function applyUnit({ guards, commands, audit }: Prepared, unit: WriteUnit): WriteOutcome {
  const refused = unit.guards?.findIndex((guard) => !guards.passes(guard)) ?? -1;
  if (refused >= 0) return { ok: false, refused };
  for (const command of unit.commands ?? []) commands.run(command);
  for (const record of unit.audit ?? []) audit.append(record);
  return OK;
}

const OK: WriteOutcome = { ok: true };
