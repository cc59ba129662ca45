import { randomBytes } from "node:crypto";

/** Texts that each tell the place they were put, and are looked for everywhere else. */
export class Canaries {
  readonly #places = new Map<string, string>();

  /** A new text: as a password may be, and with nothing that JSON, forms, URLs, tokens or logs would write otherwise. */
  text(place: string): string {
    const text = `canary${randomBytes(9).toString("hex")}`;
    this.#places.set(text, place);
    return text;
  }

  /** A text that only begins and ends like a token; what would give a real one away is in its last part. */
  token(place: string, good: string): string {
    return [...good.split(".").slice(0, 2), this.text(place)].join(".");
  }

  /** The places of those that a text holds, a line each. */
  in(where: string, text: string): readonly string[] {
    return [...new Set(text.match(/canary[0-9a-f]{18}/g))].map((found) => `${this.#places.get(found) ?? "somewhere"}, found in ${where}`);
  }
}
