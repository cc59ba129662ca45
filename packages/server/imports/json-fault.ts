import { at } from "./import-error.ts";

export interface JsonFault {
  /** Place below the given start, such as `users[3].email`. */
  readonly path: string;
  /** Character of the text the fault is at. */
  readonly offset: number;
  readonly reason: string;
}

/** Deepest nesting of a realm file, counted from the value that is read. */
export const MAX_DEPTH = 100;

/** Thrown inside this file only. */
class Found extends Error {
  readonly fault: JsonFault;
  constructor(fault: JsonFault) {
    super(fault.reason);
    this.fault = fault;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// oxlint-disable-next-line no-control-regex -- JSON strings may not hold them unescaped
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\n\r]*/y;

/**
 * Where and why a text is not the JSON we take: malformed, a member named twice in one object (readers disagree on which one counts),
 * `__proto__`, too deep. Slow and exact; only for texts that were found to be bad. Messages show structure, never values.
 * @see RFC 8259 §4
 */
export function findJsonFault(text: string, start: string): JsonFault | undefined {
  let offset = 0;

  const fail = (path: string, reason: string): never => {
    throw new Found({ path, offset, reason });
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = offset;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) offset += found.length;
    return found;
  };
  const take = (character: string): boolean => {
    match(SPACE);
    if (text[offset] !== character) return false;
    offset++;
    return true;
  };
  const unexpected = (path: string, expected: string): never => {
    match(SPACE);
    return fail(path, offset >= text.length ? `the text ends where ${expected} should be` : `${expected} should be here`);
  };

  function value(path: string, depth: number): void {
    match(SPACE);
    if (depth > MAX_DEPTH) fail(path, `nested deeper than ${MAX_DEPTH} levels`);
    const first = text[offset];
    if (first === "{") return object(path, depth);
    if (first === "[") return array(path, depth);
    if (first === '"') {
      if (match(STRING) === undefined) fail(path, "a string that is not closed or holds a bad character or escape");
      return;
    }
    for (const word of ["true", "false", "null"]) {
      if (text.startsWith(word, offset)) {
        offset += word.length;
        return;
      }
    }
    if (match(NUMBER) === undefined) unexpected(path, "a value");
  }

  function object(path: string, depth: number): void {
    offset++;
    const names = new Set<string>();
    if (take("}")) return;
    do {
      match(SPACE);
      const member = match(STRING);
      if (member === undefined) return unexpected(path, "a member name in quotes");
      const name = JSON.parse(member) as string; // matched as a JSON string
      if (names.has(name)) fail(at(path, name), "this member is there twice");
      if (name === "__proto__") fail(at(path, name), "this member name is reserved");
      names.add(name);
      if (!take(":")) unexpected(at(path, name), "a colon");
      value(at(path, name), depth + 1);
    } while (take(","));
    if (!take("}")) unexpected(path, "a comma or a closing brace");
  }

  function array(path: string, depth: number): void {
    offset++;
    if (take("]")) return;
    let index = 0;
    do value(at(path, index++), depth + 1);
    while (take(","));
    if (!take("]")) unexpected(path, "a comma or a closing bracket");
  }

  try {
    value(start, 1);
    match(SPACE);
    return offset < text.length ? { path: start, offset, reason: "more text after the end" } : undefined;
  } catch (error) {
    if (error instanceof Found) return error.fault;
    throw error;
  }
}
