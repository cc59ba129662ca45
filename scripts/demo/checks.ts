import { isDeepStrictEqual } from "node:util";

/** Everything the demo shows is compared with what it ought to be; what differs is named at the end. */
export class Checks {
  readonly problems: string[] = [];
  #made = 0;

  get made(): number {
    return this.#made;
  }

  equal(what: string, actual: unknown, wanted: unknown): void {
    this.holds(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(actual)}`, isDeepStrictEqual(actual, wanted));
  }

  /** `otherwise` says what is wrong when it does not hold. */
  holds(otherwise: string, holds: boolean): void {
    this.#made++;
    if (!holds) this.problems.push(otherwise);
  }
}
