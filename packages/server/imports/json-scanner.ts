import { MAX_DEPTH } from "./json-fault.ts";

/** A piece of a JSON document whose top is an object: a whole member, or one element of a member that is read piecewise. */
export interface JsonPiece {
  readonly member: string;
  /** Position in the array; undefined for a whole member. */
  readonly index: number | undefined;
  readonly bytes: Buffer;
  /** Offset of its first byte in the document. */
  readonly offset: number;
  /** Colons outside strings: the members it should have when parsed. */
  readonly colons: number;
}

/** What to do with a top-level member: hand it over whole, element by element if it is an array, or pass over it. */
export type Treatment = "whole" | "elements" | "skip";

/** The document's frame is broken; `member` is the last top-level name that was read. */
export class ScanFault extends Error {
  readonly offset: number;
  readonly member: string;
  constructor(member: string, offset: number, reason: string) {
    super(reason);
    this.offset = offset;
    this.member = member;
  }
}

/** Largest piece that is held in memory. */
const MAX_PIECE_BYTES = 256 * 1024 * 1024;

type State = "start" | "first-name" | "name" | "colon" | "value" | "after-value" | "first-element" | "element" | "after-element" | "end";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/**
 * Cuts a JSON document into pieces while it is read, so that a big file never is in memory as a whole. It only finds where pieces end;
 * what is inside is checked when they are parsed.
 */
export class JsonScanner {
  readonly #treatment: (member: string) => Treatment;
  #state: State = "start";
  #member = "";
  readonly #members = new Set<string>();
  #how: Treatment = "whole";
  #index = 0;
  /** Offset of the chunk in hand. */
  #base = 0;

  /** Of the piece in hand. */
  #inPiece = false;
  #parts: Buffer[] = [];
  #size = 0;
  #pieceOffset = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #colons = 0;
  #kept = true;

  constructor(treatment: (member: string) => Treatment) {
    this.#treatment = treatment;
  }

  /** The pieces that ended in this chunk. @throws {ScanFault} */
  feed(chunk: Buffer): JsonPiece[] {
    const pieces: JsonPiece[] = [];
    let i = this.#base === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? 3 : 0; // a byte order mark
    while (i < chunk.length) {
      if (this.#inPiece) {
        const end = this.#scanPiece(chunk, i);
        if (this.#kept) this.#keep(chunk.subarray(i, end < 0 ? chunk.length : end));
        if (end < 0) break;
        i = end;
        this.#endPiece(pieces);
        continue;
      }
      const byte = chunk[i] as number; // i is in range
      if (!isSpace(byte)) i = this.#step(byte, i);
      else i++;
    }
    this.#base += chunk.length;
    return pieces;
  }

  /** Call when the document is over. @throws {ScanFault} when it ended too early */
  end(): void {
    if (this.#state !== "end") throw this.#fault(0, this.#inPiece ? "the file ends inside this member" : "the file ends too early");
  }

  /** One byte of the frame; answers the offset to go on at. */
  #step(byte: number, i: number): number {
    switch (this.#state) {
      case "start":
        if (byte !== OPEN_BRACE) throw this.#fault(i, "a realm file is a JSON object, or an array of them");
        this.#state = "first-name";
        return i + 1;
      case "first-name":
        if (byte === CLOSE_BRACE) return this.#to("end", i);
        return this.#name(byte, i);
      case "name":
        return this.#name(byte, i);
      case "colon":
        if (byte !== COLON) throw this.#fault(i, "a colon should be here");
        return this.#to("value", i);
      case "value":
        if (byte === OPEN_BRACKET && this.#how === "elements") {
          this.#index = 0;
          return this.#to("first-element", i);
        }
        return this.#beginPiece(i, this.#how !== "skip");
      case "after-value":
        if (byte === COMMA) return this.#to("name", i);
        if (byte === CLOSE_BRACE) return this.#to("end", i);
        throw this.#fault(i, "a comma or a closing brace should be here");
      case "first-element":
        if (byte === CLOSE_BRACKET) return this.#to("after-value", i);
        return this.#beginPiece(i, true);
      case "element":
        return this.#beginPiece(i, true);
      case "after-element":
        if (byte === COMMA) return this.#to("element", i);
        if (byte === CLOSE_BRACKET) return this.#to("after-value", i);
        throw this.#fault(i, "a comma or a closing bracket should be here");
      case "end":
        throw this.#fault(i, "more text after the end");
      default:
        return this.#state satisfies never;
    }
  }

  #to(state: State, i: number): number {
    this.#state = state;
    return i + 1;
  }

  #name(byte: number, i: number): number {
    if (byte !== QUOTE) throw this.#fault(i, "a member name in quotes should be here");
    this.#state = "name";
    return this.#beginPiece(i, true);
  }

  #beginPiece(i: number, kept: boolean): number {
    this.#inPiece = true;
    this.#kept = kept;
    this.#parts = [];
    this.#size = 0;
    this.#pieceOffset = this.#base + i;
    this.#depth = 0;
    this.#inString = false;
    this.#escaped = false;
    this.#colons = 0;
    return i;
  }

  /** Offset behind the last byte of the piece, or -1 when it goes on in the next chunk. */
  #scanPiece(chunk: Buffer, from: number): number {
    let inString = this.#inString;
    let depth = this.#depth;
    let colons = this.#colons;
    let i = from;
    let end = -1;
    if (this.#escaped) {
      i++;
      this.#escaped = false;
    }
    for (; i < chunk.length; i++) {
      const byte = chunk[i];
      if (inString) {
        if (byte === BACKSLASH) i++;
        else if (byte === QUOTE) {
          inString = false;
          if (depth === 0) {
            end = i + 1; // a text on its own
            break;
          }
        }
      } else if (byte === QUOTE) inString = true;
      else if (byte === COLON) colons++;
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (++depth > MAX_DEPTH) throw this.#fault(i, `nested deeper than ${MAX_DEPTH} levels`);
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (depth === 0) {
          end = i; // a number or a word, ended by what surrounds it
          break;
        }
        if (--depth === 0 && !this.#isPlaceholder(chunk, from)) {
          end = i + 1;
          break;
        }
      } else if (byte === COMMA && depth === 0) {
        end = i;
        break;
      }
    }
    this.#escaped = end < 0 && i > chunk.length; // a backslash was the last byte
    this.#inString = inString;
    this.#depth = depth;
    this.#colons = colons;
    return end;
  }

  /** A value such as `${ENABLED:true}` has braces that are not its ends. */
  #isPlaceholder(chunk: Buffer, from: number): boolean {
    const first = this.#parts[0] ?? chunk.subarray(from);
    return first[0] !== OPEN_BRACE && first[0] !== OPEN_BRACKET;
  }

  #keep(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > MAX_PIECE_BYTES) throw this.#fault(0, `larger than ${MAX_PIECE_BYTES / 1024 / 1024} MiB`);
    this.#parts.push(Buffer.from(part)); // the chunk may be reused
  }

  #endPiece(pieces: JsonPiece[]): void {
    this.#inPiece = false;
    const [only] = this.#parts;
    const bytes = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts);
    this.#parts = [];
    if (this.#state === "name") return this.#beginMember(bytes);
    const piece = { member: this.#member, offset: this.#pieceOffset, bytes, colons: this.#colons };
    if (this.#state === "value") {
      this.#state = "after-value";
      if (this.#kept) pieces.push({ ...piece, index: undefined });
    } else {
      this.#state = "after-element";
      pieces.push({ ...piece, index: this.#index++ });
    }
  }

  #beginMember(bytes: Buffer): void {
    let name: unknown;
    try {
      name = JSON.parse(bytes.toString("utf8"));
    } catch {
      throw this.#fault(-1, "a member name that is not a JSON string");
    }
    this.#member = String(name);
    if (this.#members.has(this.#member)) throw this.#fault(-1, "this member is there twice");
    this.#members.add(this.#member);
    this.#how = this.#treatment(this.#member);
    this.#state = "colon";
  }

  /** At a byte of the chunk in hand, or (-1) where the piece in hand began. */
  #fault(i: number, reason: string): ScanFault {
    return new ScanFault(this.#member, i < 0 ? this.#pieceOffset : this.#base + i, reason);
  }
}
