import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { EpochSeconds } from "@cambist/core/model.ts";
import type { AuditLimits } from "./audit-retention.ts";
import type { ImportStore } from "./config-ports.ts";
import { lockFolder } from "./dialects/folder-lock.ts";
import { MEMORY, openWriterDatabase, stamp } from "./dialects/sqlite.ts";
import { startFault } from "./dialects/sqlite-errors.ts";
import { importStore } from "./import-store.ts";
import { wasLeftOpen } from "./integrity.ts";
import { pruneAudit, sweep } from "./maintenance.ts";
import type { Writer } from "./ports.ts";
import { loadQueries, openReader, readerOver, type StoreReader } from "./reader.ts";
import { SCHEMA_VERSION, schemaVersion, tooNew } from "./schema-version.ts";
import { storeWriter } from "./writer.ts";
import { WriterCore, type WriterOptions } from "./writer-core.ts";

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
