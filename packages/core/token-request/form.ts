/**
 * A decoded `application/x-www-form-urlencoded` body. Values keep their order; names are compared exactly.
 * @see RFC 6749 §3.2 (parameters without a value, repeated parameters), WHATWG URL §5.1 (decoding)
 */
export interface Form {
  /** The first value, or undefined when the parameter is absent. An empty value is a value. */
  get(name: string): string | undefined;
  all(name: string): readonly string[];
  has(name: string): boolean;
  /** The first parameter that occurs more than once and is not in `repeatable`. */
  firstDuplicate(repeatable: ReadonlySet<string>): string | undefined;
}

export type FormResult = { readonly ok: true; readonly form: Form } | { readonly ok: false; readonly problem: "malformed" | "too_many" };

/** At most this many parameters in one request. */
export const MAX_PARAMETERS = 200;
const NONE: readonly string[] = [];

/** Parses a form body. Total: hostile input ends in `ok: false`. */
export function parseForm(body: string): FormResult {
  const values = new Map<string, string[]>();
  if (body.length > 0) {
    let count = 0;
    let start = 0;
    while (start <= body.length) {
      let end = body.indexOf("&", start);
      if (end === -1) end = body.length;
      if (end > start) {
        if (++count > MAX_PARAMETERS) return { ok: false, problem: "too_many" };
        const equals = body.indexOf("=", start);
        const split = equals === -1 || equals > end ? end : equals;
        const name = decodeFormPart(body.slice(start, split));
        const value = split === end ? "" : decodeFormPart(body.slice(split + 1, end));
        if (name === undefined || value === undefined) return { ok: false, problem: "malformed" };
        const known = values.get(name);
        if (known) known.push(value);
        else values.set(name, [value]);
      }
      start = end + 1;
    }
  }
  return { ok: true, form: formOf(values) };
}

/** Form decoding of one name or value, as also used inside HTTP Basic (RFC 6749 §2.3.1); undefined when the percent encoding is broken. */
export function decodeFormPart(text: string): string | undefined {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}

function formOf(values: ReadonlyMap<string, readonly string[]>): Form {
  return {
    get: (name) => values.get(name)?.[0],
    all: (name) => values.get(name) ?? NONE,
    has: (name) => values.has(name),
    firstDuplicate(repeatable) {
      for (const [name, all] of values) if (all.length > 1 && !repeatable.has(name)) return name;
      return undefined;
    },
  };
}

/** A form from plain pairs, for multipart bodies and tests. */
export function formFromPairs(pairs: Iterable<readonly [string, string]>): Form {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  }
  return formOf(values);
}
