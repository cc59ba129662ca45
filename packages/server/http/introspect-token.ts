import { judgeAccessToken } from "@cambist/core/tokens/judge-token.ts";
import type { Client, Lineage, User, UserSession } from "@cambist/core/model.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import { TOKEN_KIND, type TokenClaims } from "@cambist/protocol/claims.ts";
import { useOf, verifyRefreshToken } from "../grants/refresh-token.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import { knownState } from "../tokens/known-state.ts";
import { verifySignature } from "../tokens/verify-access-token.ts";
import type { EndpointCall } from "./endpoint-call.ts";

export type TokenKind = "access" | "id" | "refresh" | "offline";

/** A token of this realm whose signature is good; `kind` is undefined for anything this server does not hand out. */
export type ReadToken =
  | { readonly ok: true; readonly kind: TokenKind | undefined; readonly claims: TokenClaims }
  | { readonly ok: false; readonly problem: string };

/** Reads a token of any kind. Nothing but its signature and kind has been judged: each kind has its sort of key. */
export function readToken(token: string, realm: LoadedRealm): ReadToken {
  const signed = verifySignature(token, { realm });
  if (signed.ok) return { ok: true, kind: PUBLIC_KINDS.get(signed.claims.typ?.toLowerCase()), claims: signed.claims };
  const sealed = verifySignature(token, { realm }, "hmac");
  if (sealed.ok) return { ok: true, kind: PRIVATE_KINDS.get(sealed.claims.typ), claims: sealed.claims };
  return signed;
}

const PUBLIC_KINDS: ReadonlyMap<string | undefined, TokenKind> = new Map([
  [TOKEN_KIND.bearer.toLowerCase(), "access"],
  [TOKEN_KIND.id.toLowerCase(), "id"],
]);
const PRIVATE_KINDS: ReadonlyMap<string | undefined, TokenKind> = new Map([
  [TOKEN_KIND.refresh, "refresh"],
  [TOKEN_KIND.offline, "offline"],
]);

/** A token that is good at this moment, with what the server knows of it. */
export interface ActiveToken {
  readonly kind: TokenKind;
  readonly claims: TokenClaims;
  readonly user: User;
  readonly session?: UserSession | undefined;
  /** The client in `azp`. */
  readonly holder: Client;
  readonly lineage?: Lineage | undefined;
}

/** `problem` is for the record; `sessionGone`: the session or the client's part of it is over. `claims`: signed, whatever else is wrong. */
export type ExaminedToken =
  | { readonly ok: true; readonly token: ActiveToken }
  | { readonly ok: false; readonly problem: string; readonly sessionGone: boolean; readonly claims?: TokenClaims };

/** Judges a token of any kind against committed state: access and ID tokens as a token exchange would, the others as a refresh would. */
export async function examineToken(text: string, call: EndpointCall): Promise<ExaminedToken> {
  const read = readToken(text, call.realm);
  if (!read.ok) return { ok: false, problem: read.problem, sessionGone: false };
  const { kind, claims } = read;
  if (kind === undefined) return { ok: false, problem: "of an unknown kind", sessionGone: false, claims };
  const holder = claims.azp === undefined ? undefined : await call.realm.client(claims.azp);
  return kind === "access" || kind === "id" ? examineSigned(kind, claims, holder, call) : examineSealed(kind, claims, holder, text, call);
}

async function examineSigned(kind: TokenKind, claims: TokenClaims, holder: Client | undefined, call: EndpointCall): Promise<ExaminedToken> {
  const { realm, services, issuer, now } = call;
  // Without an id it could never be revoked.
  if (claims.jti === undefined) return { ok: false, problem: "incomplete claims", sessionGone: false, claims };
  const ids = { jti: claims.jti, sessionId: claims.sid, userId: claims.sub };
  const state = await knownState({ realm, services }, ids);
  const judged = judgeAccessToken({
    // An ID token stands or falls with the same session, user, client and times.
    claims: { ...claims, typ: TOKEN_KIND.bearer },
    issuer,
    view: realm.view,
    now: Math.floor(now / 1000),
    state,
    holder,
  });
  if (!judged.ok) return { ok: false, problem: judged.problem, sessionGone: SESSION_GONE.has(judged.problem), claims };
  const { user, session, lineage } = judged.facts;
  return { ok: true, token: { kind, claims, user, session, holder: judged.facts.holder, lineage } };
}

const SESSION_GONE: ReadonlySet<string> = new Set([
  "session not found",
  "session expired",
  "client session not found",
  "issued before the client session",
]);

/** A refresh token that has been used as often as its realm allows. */
export const ROTATED_OUT = "rotated out";

async function examineSealed(
  kind: TokenKind,
  claims: TokenClaims,
  holder: Client | undefined,
  text: string,
  call: EndpointCall,
): Promise<ExaminedToken> {
  if (!holder?.enabled) return { ok: false, problem: holder ? "client disabled" : "client not found", sessionGone: false, claims };
  try {
    const { session, user, lineage } = await verifyRefreshToken({ ...call, client: holder }, text);
    const use = useOf(call.realm.view.realm, claims, Math.floor(call.now / 1000));
    // RFC 7662 §4: what a refresh would not take is not active.
    if (use && (await call.services.state.isSpent(use))) return { ok: false, problem: ROTATED_OUT, sessionGone: false, claims };
    return { ok: true, token: { kind, claims, user, session, holder, lineage } };
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    return { ok: false, problem: error.refusal, sessionGone: error.refusal.endsWith("session_gone"), claims };
  }
}
