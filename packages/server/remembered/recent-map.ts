/**
 * Remembers about the last `size` entries that were asked for. Two generations instead of an order of use: an entry that is found in the old
 * one moves to the new one, and when the new one is full the old one goes. Keys are kept as copies: a text that was cut out of a request
 * would hold on to all of it, secrets included.
 */
export class RecentMap<Value> {
  readonly #size: number;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();

  constructor(size: number) {
    this.#size = Math.ceil(size / 2);
  }

  get(key: string): Value | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const older = this.#old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: Value): void {
    if (this.#young.size >= this.#size && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(copyOf(key), value);
  }
}

/** In memory of its own. */
const copyOf = (text: string): string => Buffer.from(text).toString();
