import { hash } from "node:crypto";
import type { TokenClaims } from "@cambist/protocol/claims.ts";
import type { RealmKeys } from "../keys/key-set.ts";
import { RecentMap } from "./recent-map.ts";

/**
 * Tokens whose bytes and signature were found good lately, so that a service which exchanges one token for many targets pays for its
 * verification once. Nothing else about a token is remembered: its times, its revocation, its session and its user are looked at each time.
 * Known by the SHA-256 of the accepted text, and only under the very set of keys that verified it, which any change of the realm replaces
 * (SEC-JOSE-19).
 */
export class VerifiedTokens {
  readonly #known: RecentMap<{ readonly keys: symbol; readonly claims: TokenClaims }> | undefined;
  /** What stands for a set of keys in the entries: a realm that changes often leaves many sets behind, and tokens must not keep them alive. */
  readonly #marks = new WeakMap<RealmKeys, symbol>();

  /** @param size about how many tokens one worker remembers; 0: none */
  constructor(size: number) {
    this.#known = size > 0 ? new RecentMap(size) : undefined;
  }

  /** The claims of a token, remembered or from `verify`, of which only good answers are kept. */
  recall<Refused extends { readonly ok: false }>(
    token: string,
    keys: RealmKeys,
    verify: () => { readonly ok: true; readonly claims: TokenClaims } | Refused,
  ): { readonly ok: true; readonly claims: TokenClaims } | Refused {
    if (!this.#known) return verify();
    const key = hash("sha256", token, "base64url");
    const mark = this.#markOf(keys);
    const known = this.#known.get(key);
    if (known?.keys === mark) return { ok: true, claims: known.claims };
    const verified = verify();
    if (verified.ok) this.#known.set(key, { keys: mark, claims: verified.claims });
    return verified;
  }

  #markOf(keys: RealmKeys): symbol {
    let mark = this.#marks.get(keys);
    if (mark === undefined) this.#marks.set(keys, (mark = Symbol("keys")));
    return mark;
  }
}
