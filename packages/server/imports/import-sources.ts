import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";

import { at, ImportError } from "./import-error.ts";
import type { RealmSource } from "./import-realm.ts";
import type { Environment } from "./placeholders.ts";
import { MASTER } from "./realm-client.ts";
import { fileDocument, type FileReading, findText, realmDocuments, type RealmDocument } from "./realm-document.ts";

/** A realm that a file holds, its name known and nothing else read yet. */
export interface FoundRealm extends RealmSource {
  readonly realm: string;
  /** How much of its files was read. */
  readonly meter?: ReadMeter;
}

/** Bytes that were read of the files of a realm, of those that an import reads. */
export interface ReadMeter {
  readonly total: number;
  done: number;
}

export interface FoundRealms {
  /** Master first: other realms have a client in it. */
  readonly realms: readonly FoundRealm[];
  /** Files that could not be read as realms. */
  readonly failures: readonly ImportError[];
  /** What was passed over, in words. */
  readonly ignored: readonly string[];
}

/** `R-users-0.json`: users beside `R-realm.json`, as directory exports have them. */
const USERS_FILE = /^(.+)-users-(\d+)\.json$/;
/** Users of other stores; there are none here. */
const FEDERATED_FILE = /^.+-federated-users-\d+\.json$/;

/**
 * The realms of a file, or of the `.json` files of a folder (not of folders inside it).
 * @throws {ImportError} when the path cannot be read; single bad files of a folder are among the failures
 */
export async function findRealms(path: string, environment?: Environment): Promise<FoundRealms> {
  let isFolder: boolean;
  let names: readonly string[];
  try {
    isFolder = (await stat(path)).isDirectory();
    names = isFolder ? (await readdir(path)).filter((name) => name.endsWith(".json")).toSorted() : [];
  } catch (error) {
    throw new ImportError(basename(path), "", "there is no such file or folder, or it cannot be read", { cause: error });
  }
  if (!isFolder) return collect([{ path, users: [] }], [], environment);

  const ignored: string[] = [];
  const users = new Map<string, { readonly name: string; readonly number: number }[]>();
  const files: string[] = [];
  for (const name of names) {
    const owner = USERS_FILE.exec(name);
    if (FEDERATED_FILE.test(name)) ignored.push(`${name} holds users of other stores and is left out`);
    else if (owner?.[1] !== undefined) users.set(owner[1], [...(users.get(owner[1]) ?? []), { name, number: Number(owner[2]) }]);
    else files.push(name);
  }
  const groups = files.map((name) => {
    const owner = name.replace(/(-realm)?\.json$/, "");
    const parts = users.get(owner)?.toSorted((a, b) => a.number - b.number) ?? [];
    users.delete(owner);
    return { path: join(path, name), users: parts.map((part) => join(path, part.name)) };
  });
  for (const parts of users.values()) for (const { name } of parts) ignored.push(`${name} has no realm file beside it and is left out`);
  return collect(groups, ignored, environment);
}

interface FileGroup {
  readonly path: string;
  readonly users: readonly string[];
}

async function collect(
  groups: readonly FileGroup[],
  ignored: readonly string[],
  environment: Environment | undefined,
): Promise<FoundRealms> {
  const found = new Map<string, FoundRealm>();
  const failures: ImportError[] = [];
  for (const { path, users } of groups) {
    try {
      const meter: ReadMeter = { total: await bytesToRead(path, users), done: 0 };
      const reading: FileReading = { environment, onBytes: (count) => void (meter.done += count) };
      const documents = await realmDocuments(path, reading);
      for (const main of documents) {
        const realm = await nameOf(main);
        const other = found.get(realm);
        if (other) throw new ImportError(main.file, "realm", `this realm is in ${other.main.file} as well`);
        const source = { realm, main, users: await usersOf(realm, users, reading) };
        found.set(realm, meter.done > 0 ? { ...source, meter } : source); // an array of realms is read as a whole before
      }
    } catch (error) {
      if (!(error instanceof ImportError)) throw error;
      failures.push(error);
    }
  }
  const realms = [...found.values()].toSorted((a, b) => Number(b.realm === MASTER) - Number(a.realm === MASTER));
  return { realms, failures, ignored };
}

/** An import reads the realm's own file twice: for what everything refers to, and for the rest. */
async function bytesToRead(main: string, users: readonly string[]): Promise<number> {
  let total = 2 * (await bytesOf(main));
  for (const path of users) total += await bytesOf(path);
  return total;
}

/** None for a file that cannot be read: whoever reads it says so. */
const bytesOf = async (path: string): Promise<number> => (await stat(path).catch(() => undefined))?.size ?? 0;

async function nameOf(document: RealmDocument): Promise<string> {
  const name = await findText(document, "realm");
  if (name === undefined || name === "") throw new ImportError(document.file, at("", "realm"), "a realm file names its realm here");
  return name;
}

async function usersOf(realm: string, paths: readonly string[], reading: FileReading): Promise<readonly RealmDocument[]> {
  const documents = paths.map((path) => fileDocument(path, reading));
  for (const document of documents) {
    const owner = await findText(document, "realm");
    if (owner !== undefined && owner !== realm)
      throw new ImportError(document.file, "realm", "these users belong to another realm than the file beside it");
  }
  return documents;
}
