import { randomBytes, randomUUID } from "node:crypto";
import { type FileHandle, link, open, unlink } from "node:fs/promises";
import { dirname } from "node:path";

import { SECRET_KEY_BYTES } from "./secret-box.ts";

export type SecretKeyFault = "missing" | "not_a_file" | "permissions" | "content" | "unreadable";

/** The key file cannot be used; the message says what to do and never shows the key. */
export class SecretKeyError extends Error {
  override readonly name = "SecretKeyError";
  readonly fault: SecretKeyFault;
  readonly path: string;
  constructor(fault: SecretKeyFault, path: string, message: string, options?: ErrorOptions) {
    super(`${path}: ${message}`, options);
    this.fault = fault;
    this.path = path;
  }
}

export interface LoadedSecretKey {
  readonly key: Buffer;
  /** True: made by this very call. */
  readonly created: boolean;
}

/** Nobody but the owner may read or write the server's own key file. */
const OWNER_ONLY = 0o077;
/** A key file somebody mounts may be readable for a group (volumes of orchestrators are). */
const NOBODY_ELSE = 0o037;

const TEXT = /^[A-Za-z0-9_-]{43}$/;

/**
 * The key that encrypts stored secrets: 32 random bytes as base64url, mode 0600, made when it is not there. Making it is atomic and
 * durable before this returns; of several servers that start at once exactly one makes it, the others read that one.
 *
 * @param options.mayCreate false for a database that holds sealed values already: with a new key they would never open again
 * @throws {SecretKeyError} missing (and it may not be made), unreadable, of the wrong length, or open to others
 */
export async function loadOrCreateSecretKey(path: string, options: { readonly mayCreate?: boolean } = {}): Promise<LoadedSecretKey> {
  const found = await readKey(path, OWNER_ONLY);
  if (found) return { key: found, created: false };
  if (options.mayCreate === false) throw new SecretKeyError("missing", path, "the key that this database was encrypted with is not there");
  const made = await createKey(path);
  if (made) return { key: made, created: true };
  const theirs = await readKey(path, OWNER_ONLY);
  if (theirs) return { key: theirs, created: false };
  throw new SecretKeyError("missing", path, "the key file went away while it was read");
}

/**
 * The key of a file that the operator names; never made here.
 * @throws {SecretKeyError} missing, unreadable, of the wrong length, or open to everybody
 */
export async function loadSecretKey(path: string): Promise<Buffer> {
  const key = await readKey(path, NOBODY_ELSE);
  if (!key) throw new SecretKeyError("missing", path, "no such file");
  return key;
}

async function readKey(path: string, forbidden: number): Promise<Buffer | undefined> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new SecretKeyError("unreadable", path, "the key file cannot be read", { cause: error });
  }
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new SecretKeyError("not_a_file", path, "this is not a file");
    if ((status.mode & forbidden) !== 0) {
      throw new SecretKeyError("permissions", path, `others may read or write the key (mode ${octal(status.mode)}); run chmod 600 on it`);
    }
    // The size is checked first: this may be any file of the machine.
    const text = status.size <= 128 ? (await file.readFile("utf8")).trim() : "";
    const key = TEXT.test(text) ? Buffer.from(text, "base64url") : undefined;
    if (key?.length !== SECRET_KEY_BYTES || key.toString("base64url") !== text) {
      throw new SecretKeyError("content", path, `the key must be ${SECRET_KEY_BYTES} bytes as base64url (43 characters)`);
    }
    return key;
  } finally {
    await file.close();
  }
}

/** Undefined when another process was faster. */
async function createKey(path: string): Promise<Buffer | undefined> {
  const key = randomBytes(SECRET_KEY_BYTES);
  const draft = `${path}.${randomUUID()}`;
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(`${key.toString("base64url")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link, not a rename: it fails when the name is taken, and the key under the name is always whole.
    await link(draft, path);
    await syncFolder(dirname(path));
    return key;
  } catch (error) {
    if (isCode(error, "EEXIST")) return undefined;
    throw new SecretKeyError("unreadable", path, "the key file cannot be written", { cause: error });
  } finally {
    await unlink(draft).catch(() => undefined); // not there when it could not be written
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const octal = (mode: number): string => (mode & 0o777).toString(8).padStart(3, "0");
const isCode = (error: unknown, code: string): boolean => error instanceof Error && (error as NodeJS.ErrnoException).code === code;
const isMissing = (error: unknown): boolean => isCode(error, "ENOENT");
