import { accessSync, closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../own-folder.ts";

/**
 * Makes sure that a folder and a file in it are there, for their owner only, and may be written. SQLite gives the files it puts beside one
 * the same mode. A file that exists is not opened: closing it would drop the locks this process holds on it (POSIX).
 */
export function ownFile(folder: string, name: string): void {
  makeFolder(folder);
  const path = join(folder, name);
  try {
    closeSync(openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    // SQLite puts its log beside the file, so the folder has to be writable as well; it would only say "unable to open".
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    accessSync(path, constants.R_OK | constants.W_OK);
  }
}
