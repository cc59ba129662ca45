/** Most names that a warning shows of one kind; the rest are counted. */
const SHOWN = 10;

/**
 * What was taken otherwise than it stands in the file. One file gives one line, whatever its size: a migration is read by people.
 */
export class ImportWarnings {
  readonly #byKind = new Map<string, Set<string>>();

  /** `kind` says what happened to all of them (`"unknown members kept"`), `name` which one. */
  add(kind: string, name: string): void {
    const names = this.#byKind.get(kind);
    if (names) names.add(name);
    else this.#byKind.set(kind, new Set([name]));
  }

  /** Kinds with their names, for tests and reports. */
  entries(): readonly (readonly [string, readonly string[]])[] {
    return [...this.#byKind].map(([kind, names]) => [kind, [...names]]);
  }

  /** One line, or undefined when there is nothing to say. */
  line(file: string): string | undefined {
    if (this.#byKind.size === 0) return undefined;
    const parts = [...this.#byKind].map(([kind, names]) => {
      const shown = [...names].slice(0, SHOWN).map(printable).join(", ");
      return `${kind}: ${shown}${names.size > SHOWN ? ` and ${names.size - SHOWN} more` : ""}`;
    });
    return `${file}: ${parts.join("; ")}`;
  }
}

/** Names come from a file: none may break the line or hide in it. */
const printable = (name: string): string => {
  const short = name.length > 120 ? `${name.slice(0, 120)}…` : name;
  return /^[\x20-\x7e]*$/.test(short) && !short.includes(";") ? short : JSON.stringify(short);
};
