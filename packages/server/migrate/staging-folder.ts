import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

const PREFIX = ".cambist-migrate-";

/**
 * A folder where realms lie between reading and storing, with their secrets and hashes; what runs that were killed have left beside it goes. The
 * name tells the process, so that a run which goes on elsewhere keeps its own.
 */
export async function stagingFolder(parent: string): Promise<string> {
  for (const name of await readdir(parent)) {
    if (name.startsWith(PREFIX) && !isRunning(Number.parseInt(name.slice(PREFIX.length), 10)))
      // In a folder that users share, others keep theirs.
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
  }
  return mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
