import { type JudgedToken, judgeAccessToken } from "@cambist/core/tokens/judge-token.ts";
import type { TokenClaims } from "@cambist/protocol/claims.ts";
import type { EpochSeconds } from "@cambist/core/model.ts";
import { parseTokenClaims } from "../keys/claims.ts";
import { parseJws } from "../keys/jws.ts";
import { verify } from "../keys/signing-key.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import type { Services } from "../services.ts";
import { knownState } from "./known-state.ts";

export interface VerifyContext {
  readonly services: Pick<Services, "state" | "verifiedTokens">;
  readonly realm: LoadedRealm;
  readonly issuer: string;
  readonly now: EpochSeconds;
}

/** A token whose signature is good; nothing else about it has been judged. */
export type SignedToken = { readonly ok: true; readonly claims: TokenClaims } | { readonly ok: false; readonly problem: string };

/** What this server and Keycloak write as `typ` (RFC 9068 §2.1); proofs, logout tokens and assertions have another one (SEC-JOSE-14). */
const HEADER_TYPES: ReadonlySet<string | undefined> = new Set(["JWT", "at+jwt"]);

/**
 * Parses a token strictly and checks its signature with the one key of the realm that its `kid` and `alg` name. Algorithms are the key's;
 * only asymmetric keys make access and ID tokens, so that no public key is ever an HMAC key.
 */
export function verifySignature(
  token: string,
  { realm }: Pick<VerifyContext, "realm">,
  kind: "asymmetric" | "hmac" = "asymmetric",
): SignedToken {
  const parsed = parseJws(token);
  if (typeof parsed === "string") return { ok: false, problem: parsed };
  if (parsed.header.alg.startsWith("HS") !== (kind === "hmac")) return { ok: false, problem: "algorithm not allowed" };
  const key = realm.keys.find(parsed.header.kid, parsed.header.alg);
  if (!key) return { ok: false, problem: "key not found" };
  if (!verify(key, parsed)) return { ok: false, problem: "bad signature" };
  if (!HEADER_TYPES.has(parsed.header.typ)) return { ok: false, problem: "header type not allowed" };
  // Offline tokens of realms without a maximum have no `exp`; whoever takes them looks at their kind.
  const claims = parseTokenClaims(parsed.payload, { expRequired: kind === "asymmetric" });
  if (typeof claims === "string") return { ok: false, problem: claims };
  return { ok: true, claims: parsed.payload };
}

export type VerifiedToken =
  | Exclude<JudgedToken, { readonly ok: false }>
  | { readonly ok: false; readonly problem: string; readonly claims?: TokenClaims };

/** An access token of this realm, verified against keys and committed state as of this call: one read. */
export async function verifyAccessToken(token: string, context: VerifyContext): Promise<VerifiedToken> {
  const signed = context.services.verifiedTokens.recall(token, context.realm.keys, () => verifySignature(token, context));
  if (!signed.ok) return signed;
  const { claims } = signed;
  if (claims.jti === undefined || claims.azp === undefined) return { ok: false, problem: "incomplete claims" };
  const { realm, services, issuer, now } = context;
  const known = await knownState({ realm, services }, { jti: claims.jti, sessionId: claims.sid, userId: claims.sub });
  const holder = await realm.client(claims.azp);
  const judged = judgeAccessToken({ claims, issuer, view: realm.view, now, state: known, holder });
  return judged.ok ? judged : { ...judged, claims };
}
