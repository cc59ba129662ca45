import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder for its owner only, and whatever is missing above it; one that is there stays as it is. Where a file system takes no new
 * folders (`/proc`), Node's own recursive way never ends.
 * @throws {NodeJS.ErrnoException} it cannot be made, or a file is in its place
 */
export function makeFolder(path: string): void {
  const folder = resolve(path);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (isFolder(folder)) return;
    const parent = dirname(folder);
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT") || isFolder(parent)) throw error;
    makeFolder(parent);
    mkdirSync(folder, { mode: 0o700 });
  }
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
