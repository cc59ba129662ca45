import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DATABASE_FILE } from "../database-file.ts";
import { ownFile } from "./own-file.ts";

/** Instead of a folder: a database in memory, gone when it is closed. One connection serves both sides. */
export const MEMORY = ":memory:";

/** Memory a writing connection may keep for pages. */
export const WRITER_CACHE_KIB = 6_144;

/** Commits wait for the disk: a power cut loses nothing that was acknowledged. */
const WRITER_PRAGMAS = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma fullfsync = on;
  pragma checkpoint_fullfsync = on;
  pragma foreign_keys = on;
  pragma cell_size_check = on;
  pragma temp_store = memory;
  pragma cache_size = -${WRITER_CACHE_KIB};
  pragma wal_autocheckpoint = 2000;
  pragma journal_size_limit = 67108864;`;

const READER_PRAGMAS = `
  pragma query_only = on;
  pragma cell_size_check = on;
  pragma temp_store = memory;
  pragma cache_size = -3072;`;

/** How long a statement waits for a lock. Writers never wait for each other (one per folder); readers only for a recovery after a crash. */
const BUSY_TIMEOUT_MS = 2_000;

/** Functions that queries use and SQLite lacks: its own `lower` knows ASCII only. */
function addFunctions(database: DatabaseSync): void {
  database.function("fold_case", { deterministic: true }, (text) => (typeof text === "string" ? text.toLowerCase() : text));
}

/** The read-write connection to the database of a data folder (made when it is not there), or to a new one in memory. */
export function openWriterDatabase(folder: string): DatabaseSync {
  const path = folder === MEMORY ? MEMORY : join(folder, DATABASE_FILE);
  if (folder !== MEMORY) ownFile(folder, DATABASE_FILE);
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec(WRITER_PRAGMAS);
    addFunctions(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A read-only connection; each statement sees the latest commit. */
export function openReaderDatabase(folder: string): DatabaseSync {
  const database = new DatabaseSync(join(folder, DATABASE_FILE), { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  database.exec(READER_PRAGMAS);
  addFunctions(database);
  return database;
}

export const hasTable = (database: DatabaseSync, name: string): boolean =>
  database.prepare("select 1 from sqlite_schema where type = 'table' and name = ?").get(name) !== undefined;

/** Writes the mark of the program into the file's header: tools tell whose it is, and a start finds out that it cannot write. */
export const stamp = (database: DatabaseSync): void => database.exec("pragma application_id = 0x43414d42");
