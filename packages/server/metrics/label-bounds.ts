/** Stands for a value that is not known, or for one too many. */
export const UNKNOWN = "unknown";

/** Distinct values that a label may take; what comes after that is `unknown`. A series costs memory here and in every scraper. */
export const LABEL_LIMITS = { client_id: 10_000, realm: 10_000, idp: 1000, error: 500, uri: 1000 } as const;

/** Remembers which values a label has taken and lets no more than `limit` of them through. */
export class BoundedLabel {
  readonly #seen = new Set<string>(["", UNKNOWN]);
  readonly #limit: number;
  constructor(limit: number) {
    this.#limit = limit + this.#seen.size;
  }
  admit(value: string): string {
    if (this.#seen.has(value)) return value;
    if (this.#seen.size >= this.#limit) return UNKNOWN;
    this.#seen.add(value);
    return value;
  }
}
