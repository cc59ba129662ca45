import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { Kysely } from "kysely";
import type { EpochSeconds } from "@cambist/core/model.ts";
import type { AdminReads } from "./admin-ports.ts";
import { adminReads } from "./admin-reads.ts";
import { auditReads } from "./audit-reads.ts";
import { type AuditLimits, type AuditUsage, auditUsage } from "./audit-retention.ts";
import { changeReads } from "./change-reads.ts";
import type { ConfigReads, ImportStore } from "./config-ports.ts";
import { configReads, type Snapshot } from "./config-reads.ts";
import { lockFolder } from "./dialects/folder-lock.ts";
import { hasTable, kyselyOver, MEMORY, openReaderDatabase, openWriterDatabase, stamp } from "./dialects/sqlite.ts";
import { startFault } from "./dialects/sqlite-errors.ts";
import { DataFolderUnusable } from "./errors.ts";
import { importStore } from "./import-store.ts";
import { wasLeftOpen } from "./integrity.ts";
import { pruneAudit, sweep } from "./maintenance.ts";
import { migrate, MIGRATIONS, schemaVersion, tooNew } from "./migrations/migrate.ts";
import { SQLITE_WORDS } from "./migrations/migration.ts";
import type { AuditReads, ChangeReads, StateReads, Writer } from "./ports.ts";
import type { Schema } from "./schema.ts";
import { stateReads } from "./state-reads.ts";
import { storeWriter } from "./writer.ts";
import { WriterCore, type WriterOptions } from "./writer-core.ts";

/** The reading side: as many as there are threads. */
export interface StoreReader {
  readonly state: StateReads;
  readonly changes: ChangeReads;
  readonly config: ConfigReads;
  readonly audit: AuditReads;
  readonly admin: AdminReads;
  /** Size and age of the audit log, for a metric. */
  auditUsage(): AuditUsage;
  close(): Promise<void>;
}

/** The writing side, one per data folder. */
export interface Store {
  /** Group commit for this thread. */
  readonly writer: Writer;
  /** The synchronous core under {@link writer}, for a thread that does nothing else. */
  readonly core: WriterCore;
  readonly imports: ImportStore;
  /** Whoever had the folder before did not close it, so that the database should be looked through. */
  readonly wasLeftOpen: boolean;
  /** Reads through connections of their own; in memory through the writer's. */
  readonly reader: StoreReader;
  /** Removes rows that expired before `now`, a few per commit, and the oldest changes beyond those kept; answers how many had expired. */
  sweep(now: EpochSeconds): Promise<number>;
  /** Drops whole segments of the audit log that the limits let go; answers how many. */
  pruneAudit(limits: AuditLimits): Promise<number>;
  close(): Promise<void>;
}

export type StoreOptions = WriterOptions;

/** Brings a database to this program's schema and makes sure that it can be written. */
async function prepare(database: DatabaseSync): Promise<void> {
  const db = kyselyOver(database);
  await migrate(db, SQLITE_WORDS, await schemaVersion(db, hasTable(database, "schema_version")));
  stamp(database);
}

/**
 * Opens the store of a data folder for writing and takes ownership of the folder; `:memory:` is a new empty store without a folder, whose
 * readers share the writer's connection and so see an import before it commits.
 * @throws {DataFolderInUse} another server owns the folder.
 * @throws {DataFolderUnusable} it cannot be made or written, or the disk is full.
 * @throws {DatabaseCorrupt | DatabaseTooNew} the database is damaged, or of a newer version.
 */
export async function openStore(folder: string, options: StoreOptions = {}): Promise<Store> {
  return folder === MEMORY ? openMemoryStore(options) : openFolder(resolve(folder), options);
}

/**
 * Opens the reading side of a data folder whose store is open, here or in another thread or process.
 * @throws {DataFolderUnusable} there is no database, or no server of this version has started on it yet.
 * @throws {DatabaseCorrupt | DatabaseTooNew} the database is damaged, or of a newer version.
 */
export async function openReader(folder: string): Promise<StoreReader> {
  const path = resolve(folder);
  using opening = new DisposableStack();
  try {
    const open = (): DatabaseSync => opening.adopt(openReaderDatabase(path), (database) => database.close());
    const state = open();
    // A consistent read is a transaction, and the hot statements must never find themselves inside one.
    const config = open();
    const db = kyselyOver(config);
    const version = await schemaVersion(db, hasTable(config, "schema_version"));
    if (version > MIGRATIONS.length) throw tooNew(version);
    if (version < MIGRATIONS.length)
      throw new DataFolderUnusable(`the database in ${path} is of an older version: start the server on it once`);
    const reader = readerOver(state, db, (work) => db.transaction().execute(work));
    const opened = opening.move();
    return { ...reader, close: async () => opened.dispose() };
  } catch (error) {
    throw startFault(path, error);
  }
}

function readerOver(state: DatabaseSync, db: Kysely<Schema>, snapshot: Snapshot): Omit<StoreReader, "close"> {
  return {
    state: stateReads(state),
    changes: changeReads(db),
    config: configReads(db, snapshot),
    audit: auditReads(state),
    admin: adminReads(db, snapshot),
    auditUsage: () => auditUsage(state),
  };
}

const writingSide = (core: WriterCore): Omit<Store, "reader" | "close" | "wasLeftOpen"> => ({
  core,
  writer: storeWriter(core),
  imports: importStore(core),
  sweep: (now) => sweep(core, now),
  pruneAudit: (limits) => pruneAudit(core, limits),
});

async function openFolder(folder: string, options: StoreOptions): Promise<Store> {
  using opening = new DisposableStack();
  try {
    opening.adopt(lockFolder(folder), (lock) => lock.release());
    const leftOpen = wasLeftOpen(folder);
    let first: DatabaseSync | undefined = opening.adopt(openWriterDatabase(folder), (database) => database.isOpen && database.close());
    await prepare(first);
    const open = (): DatabaseSync => {
      const connection = first ?? openWriterDatabase(folder);
      first = undefined;
      return connection;
    };
    const core = opening.adopt(new WriterCore({ open, reopens: true }, options), (started) => started.close());
    const reader = await openReader(folder);
    const opened = opening.move();
    const close = async (): Promise<void> => {
      while (core.held) await core.held;
      await reader.close();
      opened.dispose();
    };
    return { ...writingSide(core), wasLeftOpen: leftOpen, reader, close };
  } catch (error) {
    throw startFault(folder, error);
  }
}

async function openMemoryStore(options: StoreOptions): Promise<Store> {
  const database = openWriterDatabase(MEMORY);
  await prepare(database);
  const core = new WriterCore({ open: () => database, reopens: false }, options);
  const db = kyselyOver(database);
  // Statements of one turn of microtasks: the writer, which runs on the event loop's turns, cannot come between.
  const reader = { ...readerOver(database, db, (work) => work(db)), close: async () => {} };
  const close = async (): Promise<void> => {
    while (core.held) await core.held;
    core.close();
    database.close();
  };
  return { ...writingSide(core), wasLeftOpen: false, reader, close };
}
