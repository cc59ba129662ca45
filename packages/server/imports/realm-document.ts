import { isUtf8 } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import type { Json } from "@cambist/store/config-ports.ts";
import { at, ImportError } from "./import-error.ts";
import { findJsonFault } from "./json-fault.ts";
import { type JsonPiece, JsonScanner, ScanFault, type Treatment } from "./json-scanner.ts";
import { type Environment, replacePlaceholders } from "./placeholders.ts";
import { isJsonObject } from "../realms/json-object.ts";

/** One top-level member of a realm representation, or one element of it. */
export interface DocumentPart {
  readonly member: string;
  /** Position, when the member is handed over element by element. */
  readonly index: number | undefined;
  /** Place in the file, for messages. */
  readonly path: string;
  readonly value: unknown;
  /** Where the piece stands in a file on disk, in bytes; undefined for what is in memory. */
  readonly place?: FilePlace;
}

export interface FilePlace {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** A realm representation that can be read as often as needed, in pieces, in file order. */
export interface RealmDocument {
  /** Name for messages. */
  readonly file: string;
  /** @throws {ImportError} malformed JSON, a member named twice, not UTF-8, unreadable */
  parts(treatment: (member: string) => Treatment): AsyncIterable<DocumentPart>;
}

/** A representation that is in memory: the template, an element of an array of realms, the body of a request. */
export function documentOf(file: string, representation: Readonly<Record<string, unknown>>, path = ""): RealmDocument {
  return {
    file,
    async *parts(treatment) {
      for (const [member, value] of Object.entries(representation)) {
        const how = treatment(member);
        if (how === "skip") continue;
        if (how === "elements" && Array.isArray(value)) {
          for (const [index, element] of value.entries())
            yield { member, index, path: at(at(path, member), index), value: element as unknown };
        } else yield { member, index: undefined, path: at(path, member), value };
      }
    },
  };
}

const CHUNK_BYTES = 64 * 1024;

/** How a realm file on disk is read. */
export interface FileReading {
  /** Replaces placeholders when given. */
  readonly environment?: Environment | undefined;
  /** Told of every stretch that was read, in bytes. */
  readonly onBytes?: ((count: number) => void) | undefined;
}

/** A realm file on disk, read in pieces; each reading sees the file as it is then. */
export function fileDocument(path: string, { environment, onBytes }: FileReading = {}): RealmDocument {
  const file = basename(path);
  return {
    file,
    async *parts(treatment) {
      await using handle = await openFile(path);
      const scanner = new JsonScanner(treatment);
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      try {
        for (;;) {
          const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES);
          if (bytesRead === 0) break;
          onBytes?.(bytesRead);
          for (const piece of scanner.feed(buffer.subarray(0, bytesRead))) yield parsePiece(piece, path, environment);
        }
        scanner.end();
      } catch (error) {
        throw await explain(error, path);
      }
    },
  };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    throw new ImportError(basename(path), "", "the file cannot be read", { cause: error });
  }
}

/** A piece that is not good JSON; `offset` is that of the byte in the file, when it can be known. */
class BadPiece extends Error {
  readonly path: string;
  readonly offset: number | undefined;
  constructor(path: string, reason: string, offset?: number) {
    super(reason);
    this.path = path;
    this.offset = offset;
  }
}

function parsePiece(piece: JsonPiece, filePath: string, environment: Environment | undefined): DocumentPart {
  const { member, index } = piece;
  const path = index === undefined ? at("", member) : at(at("", member), index);
  if (!isUtf8(piece.bytes)) throw new BadPiece(path, "this is not UTF-8", piece.offset);
  const text = piece.bytes.toString("utf8");
  const replaced = environment && text.includes("${") ? replacePlaceholders(text, environment) : text;
  let value: unknown;
  try {
    value = JSON.parse(replaced);
  } catch {
    throw badPiece(piece, path, replaced, replaced === text) ?? new BadPiece(path, "this is not JSON", piece.offset);
  }
  // JSON.parse keeps one of several members with one name, so any loss shows in the count.
  if (replaced !== text || countMembers(value) !== piece.colons) {
    const bad = badPiece(piece, path, replaced, replaced === text);
    if (bad) throw bad;
  }
  return { member, index, path, value, place: { path: filePath, offset: piece.offset, length: piece.bytes.length } };
}

/** V8's own message would show a part of the text, which may be a secret. */
function badPiece(piece: JsonPiece, path: string, text: string, asInFile: boolean): BadPiece | undefined {
  const fault = findJsonFault(text, path);
  if (!fault) return undefined;
  return new BadPiece(fault.path, fault.reason, asInFile ? piece.offset + Buffer.byteLength(text.slice(0, fault.offset)) : undefined);
}

/** Members of all objects in a parsed value; NaN when one has a reserved name. */
function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const element of value as unknown[]) count += countMembers(element);
    return count;
  }
  for (const name in value) {
    if (name === "__proto__") return Number.NaN;
    count += 1 + countMembers((value as Readonly<Record<string, unknown>>)[name]); // fresh from JSON.parse: all are its own
  }
  return count;
}

async function explain(error: unknown, path: string): Promise<unknown> {
  const file = basename(path);
  if (error instanceof BadPiece) return new ImportError(file, error.path, error.message + (await lineText(path, error.offset)));
  if (error instanceof ScanFault) {
    return new ImportError(file, error.member && at("", error.member), error.message + (await lineText(path, error.offset)));
  }
  if (error instanceof Error && "code" in error && !(error instanceof ImportError)) {
    return new ImportError(file, "", "the file cannot be read", { cause: error });
  }
  return error;
}

async function lineText(path: string, offset: number | undefined): Promise<string> {
  if (offset === undefined) return "";
  await using handle = await openFile(path);
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let line = 1;
  for (let done = 0; done < offset;) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(CHUNK_BYTES, offset - done));
    if (bytesRead === 0) break;
    for (let i = 0; i < bytesRead; i++) if (buffer[i] === 0x0a) line++;
    done += bytesRead;
  }
  return ` (line ${line})`;
}

/** Largest file that is read as a whole: one with an array of realms. */
const MAX_WHOLE_BYTES = 64 * 1024 * 1024;

/** The realms of a file: of one with a single realm a streaming document, of one with an array a document per element. */
export async function realmDocuments(path: string, reading: FileReading = {}): Promise<readonly RealmDocument[]> {
  const { environment } = reading;
  const file = basename(path);
  await using handle = await openFile(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    const start = buffer
      .toString("utf8", 0, bytesRead)
      .replace(/^\uFEFF/, "")
      .trimStart();
    if (!start.startsWith("[")) return [fileDocument(path, reading)];
    if ((await handle.stat()).size > MAX_WHOLE_BYTES) {
      throw new ImportError(
        file,
        "",
        `a file with several realms may have at most ${MAX_WHOLE_BYTES / 1024 / 1024} MiB; write one file per realm`,
      );
    }
    const bytes = await handle.readFile();
    if (!isUtf8(bytes)) throw new ImportError(file, "", "this is not UTF-8");
    const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
    const replaced = environment ? replacePlaceholders(text, environment) : text;
    const fault = findJsonFault(replaced, "");
    if (fault) throw new ImportError(file, fault.path, fault.reason);
    return (JSON.parse(replaced) as unknown[]).map((realm, index) => {
      if (!isJsonObject(realm)) throw new ImportError(file, at("", index), "a realm should be here");
      return documentOf(file, realm, at("", index));
    });
  } catch (error) {
    throw await explain(error, path);
  }
}

/** A realm without its clients and users, which may be too many to hold. @throws {ImportError} */
export async function settingsOf(document: RealmDocument): Promise<Json> {
  const settings: Record<string, unknown> = {};
  for await (const { member, value } of document.parts((name) => (name === "clients" || name === "users" ? "skip" : "whole")))
    settings[member] = value;
  return settings;
}

/**
 * One top-level text of a document, read no further than needed; undefined when it is not there.
 * @throws {ImportError} malformed before that place
 */
export async function findText(document: RealmDocument, member: string): Promise<string | undefined> {
  for await (const part of document.parts((name) => (name === member ? "whole" : "skip"))) {
    return typeof part.value === "string" ? part.value : undefined;
  }
  return undefined;
}
