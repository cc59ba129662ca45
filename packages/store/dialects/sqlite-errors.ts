import { DatabaseCorrupt, DataFolderUnusable } from "../errors.ts";

/** Primary result codes of SQLite: https://www.sqlite.org/rescode.html */
const BUSY = 5;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;
const UNIQUE = 2067;
const PRIMARY_KEY = 1555;
const ROW_ID = 2579;
const FOREIGN_KEY = 787;

/** The extended result code of an error that SQLite reported, else `undefined`. */
const extendedCode = (error: unknown): number | undefined =>
  error instanceof Error && "errcode" in error && typeof error.errcode === "number" ? error.errcode : undefined;

const primaryCode = (error: unknown): number => (extendedCode(error) ?? 0) & 0xff;

/** Another connection holds a lock. */
export const isBusy = (error: unknown): boolean => primaryCode(error) === BUSY;

/** A primary key or unique index refused a row. */
export const isConflict = (error: unknown): boolean => [UNIQUE, PRIMARY_KEY, ROW_ID].includes(extendedCode(error) ?? 0);

/** A primary key refused a row. */
export const isIdConflict = (error: unknown): boolean => extendedCode(error) === PRIMARY_KEY;

/** A commit was refused because a row names a row that is not there. */
export const isDangling = (error: unknown): boolean => extendedCode(error) === FOREIGN_KEY;

/** The fault is of the file or the disk, not of the statement: everything in the transaction is lost. */
export const isStorageFault = (error: unknown): boolean =>
  [BUSY, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB].includes(primaryCode(error));

/** After these a connection may hold state that no longer matches the file: close it and open another. */
export const needsReopening = (error: unknown): boolean => [IOERR, CORRUPT, CANTOPEN, NOTADB].includes(primaryCode(error));

/** The one-line cause of a storage fault. Names no value. */
export function faultCause(error: unknown): string {
  if (primaryCode(error) === FULL) return "the disk is full";
  return error instanceof Error ? error.message.replaceAll(/\s+/g, " ") : String(error);
}

const SYSTEM_CAUSES: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "it is on a read-only file system",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "a part of its path is a file",
  EEXIST: "it is a file",
  ENOENT: "it cannot be made there",
};

/** What an error at start means to the operator. An error that is none of ours is returned as it is. */
export function startFault(folder: string, error: unknown): unknown {
  const unusable = (cause: string) => new DataFolderUnusable(`the data folder ${folder} cannot be used: ${cause}`, { cause: error });
  if (error instanceof Error && "syscall" in error && "code" in error) return unusable(SYSTEM_CAUSES[String(error.code)] ?? error.message);
  switch (primaryCode(error)) {
    case CORRUPT:
    case NOTADB:
      return new DatabaseCorrupt(`the database in ${folder} is damaged: ${faultCause(error)}; restore it from a backup`, { cause: error });
    case READONLY:
    case IOERR:
    case FULL:
    case CANTOPEN:
      return unusable(faultCause(error));
    default:
      return error;
  }
}
