import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

interface Lockfile {
  readonly packages: Record<string, { engines?: unknown }>;
}

/**
 * Takes the `engines` out of a lockfile. npm compares them with the Node it runs on itself, and quietly leaves out optional packages that
 * do not fit: with Debian 12's Node 18 the native halves of our tools would be missing. What runs here is the pinned Node, which fits all.
 */
export function withoutEngines(lockfile: string): string {
  const lock = JSON.parse(lockfile) as Lockfile;
  for (const entry of Object.values(lock.packages)) delete entry.engines;
  return `${JSON.stringify(lock, null, 2)}\n`;
}

if (import.meta.main) {
  const path = join(resolve(import.meta.dirname, ".."), "package-lock.json");
  writeFileSync(path, withoutEngines(readFileSync(path, "utf8")));
}
