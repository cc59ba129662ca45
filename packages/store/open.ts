import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { EpochSeconds } from "@cambist/core/model.ts";
import type { AdminReads } from "./admin-ports.ts";
import type { OwnReads } from "./admin-reads.ts";
import { auditReads } from "./audit-reads.ts";
import { type AuditLimits, type AuditUsage, auditUsage } from "./audit-retention.ts";
import { changeReads } from "./change-reads.ts";
import type { ConfigReads, ImportStore } from "./config-ports.ts";
import { configReads, type SharedRead } from "./config-reads.ts";
import { lockFolder } from "./dialects/folder-lock.ts";
import { MEMORY, openReaderDatabase, openWriterDatabase, stamp } from "./dialects/sqlite.ts";
import { startFault } from "./dialects/sqlite-errors.ts";
import { DataFolderUnusable } from "./errors.ts";
import { importStore } from "./import-store.ts";
import { wasLeftOpen } from "./integrity.ts";
import { pruneAudit, sweep } from "./maintenance.ts";
import type { AuditReads, ChangeReads, StateReads, Writer } from "./ports.ts";
import { SCHEMA_VERSION, schemaVersion, tooNew } from "./schema-version.ts";
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
  const version = schemaVersion(database);
  if (version > SCHEMA_VERSION) throw tooNew(version);
  if (version < SCHEMA_VERSION) {
    const [{ kyselyOver }, { migrate }, { SQLITE_WORDS }] = await Promise.all([
      import("./dialects/sqlite-kysely.ts"),
      import("./migrations/migrate.ts"),
      import("./migrations/migration.ts"),
    ]);
    await migrate(kyselyOver(database), SQLITE_WORDS, version);
  }
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
    const open = (owner: DisposableStack): DatabaseSync => owner.adopt(openReaderDatabase(path), (database) => database.close());
    const database = open(opening);
    const version = schemaVersion(database);
    if (version > SCHEMA_VERSION) throw tooNew(version);
    if (version < SCHEMA_VERSION)
      throw new DataFolderUnusable(`the database in ${path} is of an older version: start the server on it once`);
    // A connection of its own: its consistent reads are transactions that last for several turns, in which the others must never be.
    const reader = readerOver(database, () => loadQueries(open(opened), "in a transaction"));
    const opened = opening.move();
    return { ...reader, close: async () => opened.dispose() };
  } catch (error) {
    throw startFault(path, error);
  }
}

function readerOver(database: DatabaseSync, load: () => Promise<OwnReads>): Omit<StoreReader, "close"> {
  const { config, shared } = configReads(database);
  return {
    state: stateReads(database),
    changes: changeReads(database),
    config,
    audit: auditReads(database),
    admin: withQueries(shared, load),
    auditUsage: () => auditUsage(database),
  };
}

/** Most processes serve tokens and never administer, so the query builder and what is written with it are loaded by the first call. */
async function loadQueries(database: DatabaseSync, snapshots: "in a transaction" | "in one turn"): Promise<OwnReads> {
  const [{ kyselyOver }, { adminReads }] = await Promise.all([import("./dialects/sqlite-kysely.ts"), import("./admin-reads.ts")]);
  const db = kyselyOver(database);
  return adminReads(db, (work) => (snapshots === "in one turn" ? work(db) : db.transaction().execute(work)));
}

/** Administration's reads, of which those that are not `shared` wait for `load`. */
function withQueries(shared: Pick<AdminReads, SharedRead>, load: () => Promise<OwnReads>): AdminReads {
  let loading: Promise<OwnReads> | undefined;
  const loaded = (): Promise<OwnReads> =>
    (loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));
  const call =
    (name: keyof OwnReads) =>
    async (...values: readonly unknown[]): Promise<unknown> => {
      const read = (await loaded())[name] as (...values: readonly unknown[]) => Promise<unknown>;
      return read(...values);
    };
  return new Proxy(shared, { get: (own, name) => Reflect.get(own, name) ?? call(name as keyof OwnReads) }) as AdminReads;
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
  // Statements of one turn of microtasks: the writer, which runs on the event loop's turns, cannot come between.
  const reader = { ...readerOver(database, () => loadQueries(database, "in one turn")), close: async () => {} };
  const close = async (): Promise<void> => {
    while (core.held) await core.held;
    core.close();
    database.close();
  };
  return { ...writingSide(core), wasLeftOpen: false, reader, close };
}
