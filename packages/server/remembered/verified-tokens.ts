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
  readonly #known: RecentMap<{ readonly keys: RealmKeys; readonly claims: TokenClaims }> | undefined;

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
    const known = this.#known.get(key);
    if (known?.keys === keys) return { ok: true, claims: known.claims };
    const verified = verify();
    if (verified.ok) this.#known.set(key, { keys, claims: verified.claims });
    return verified;
  }
}
