import type { Some } from "@cambist/core/migration/difference.ts";

/** Most names that a note shows; the rest are counted. */
const SHOWN = 10;

/** What a migration has to say of a realm: kinds of things, and which ones. Only counts and the first names are kept. */
export class Notes {
  readonly #byKind = new Map<string, { count: number; readonly names: string[] }>();

  add(kind: string, name: string): void {
    const known = this.#byKind.get(kind) ?? { count: 0, names: [] };
    known.count += 1;
    if (known.names.length < SHOWN) known.names.push(name);
    this.#byKind.set(kind, known);
  }

  /** How many of a kind there are, and the first of them. */
  some(kind: string): Some {
    const { count, names } = this.#byKind.get(kind) ?? { count: 0, names: [] };
    return { count, first: [...names] };
  }

  /** `kind: 12: a, b, c and 9 more`, in the order in which kinds came up. */
  lines(): readonly string[] {
    return [...this.#byKind].map(([kind, { count, names }]) => {
      const shown = names.map(printable).join(", ");
      return `${kind}: ${count === 1 ? "" : `${count}: `}${shown}${count > names.length ? ` and ${count - names.length} more` : ""}`;
    });
  }
}

/** Names come from another server: none may break a line or move the cursor. */
export const printable = (name: string): string => {
  const short = name.length > 120 ? `${name.slice(0, 120)}…` : name;
  return /^[\x20-\x7e]*$/.test(short) ? short : JSON.stringify(short);
};
