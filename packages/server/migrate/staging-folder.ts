import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

const PREFIX = ".cambist-migrate-";

/**
 * A folder where realms lie between reading and storing, with their secrets and hashes; what runs that were killed have left beside it goes. The
 * name tells the process, so that a run which goes on elsewhere keeps its own.
 */
export async function stagingFolder(parent: string): Promise<string> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    if (name.startsWith(PREFIX) && !isRunning(Number.parseInt(name.slice(PREFIX.length), 10)) && (await isOwn(path)))
      await rm(path, { recursive: true, force: true });
  }
  return mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
}

/** In a folder that users share, another one could lead a removal astray by what it puts into a folder of its own. */
async function isOwn(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

/** A process of this number that is not this one, which has no folder yet: in a container every run has the same. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
