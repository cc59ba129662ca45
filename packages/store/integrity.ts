import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { DATABASE_FILE } from "./database-file.ts";
import { openReaderDatabase } from "./dialects/sqlite.ts";
import { faultCause, isStorageFault } from "./dialects/sqlite-errors.ts";

/** Whoever used the folder last did not close it: SQLite takes its log away with the last connection. Ask before it is opened. */
export const wasLeftOpen = (folder: string): boolean => existsSync(join(folder, `${DATABASE_FILE}-wal`));

const MOST_FINDINGS = 10;

/**
 * Reads through the whole database and answers what is wrong with it, at most ten findings; none: it is whole. Takes as long as the disk
 * needs for it, so it has a thread of its own; writers and readers go on.
 */
export function findDamage(folder: string): readonly string[] {
  try {
    const database = openReaderDatabase(resolve(folder));
    try {
      const rows = database.prepare(`pragma quick_check(${MOST_FINDINGS})`).all();
      return rows.map((row) => String(row["quick_check"])).filter((finding) => finding !== "ok");
    } finally {
      database.close();
    }
  } catch (error) {
    if (!isStorageFault(error)) throw error;
    return [faultCause(error)];
  }
}
