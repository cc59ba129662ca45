import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DataFolderInUse } from "../errors.ts";
import { ownFile } from "./own-file.ts";
import { isBusy } from "./sqlite-errors.ts";

const LOCK_FILE = "cambist.lock";

/** Held while this process owns a data folder. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes ownership of a data folder. The lock is an open exclusive transaction on a database of its own: the operating system lets it go
 * with the process, however that ends, so nothing is left behind that a later start would have to judge.
 * @throws {DataFolderInUse} another server, or another store of this process, holds it.
 */
export function lockFolder(folder: string): FolderLock {
  ownFile(folder, LOCK_FILE);
  const database = new DatabaseSync(join(folder, LOCK_FILE), { timeout: 0 });
  try {
    database.exec("begin exclusive");
  } catch (error) {
    database.close();
    if (isBusy(error)) throw new DataFolderInUse(`the data folder ${folder} is in use by another server`, { cause: error });
    throw error;
  }
  return { release: () => database.isOpen && database.close() };
}
