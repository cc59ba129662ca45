import type { TokenClaims } from "@cambist/protocol/claims.ts";
import { sessionHasExpired } from "../claims/lifetime.ts";
import type { SubjectFacts } from "../exchange/facts.ts";
import type { Client, EpochSeconds, Lineage, RealmView, User, UserSession } from "../model.ts";

/** Committed state about one token, as storage knows it. */
export interface KnownState {
  readonly revoked: boolean;
  readonly session: UserSession | undefined;
  readonly offlineSession: UserSession | undefined;
  readonly user: User | undefined;
  /** The clients of each session by UUID, with the start of their part of it. */
  readonly clientStarts: ReadonlyMap<string, EpochSeconds>;
  readonly offlineClientStarts: ReadonlyMap<string, EpochSeconds>;
  readonly lineage: Lineage | undefined;
  /** A token it was exchanged from has been revoked, or its client taken out of the session. Looked up in `native` only. */
  readonly ancestorEnded?: boolean;
}

/** Why an access token with a good signature is no good now; for events and audit, one text on the wire. */
export type TokenProblem =
  | "other issuer"
  | "not an access token"
  | "expired"
  | "not yet valid"
  | "revoked"
  | "issued before not-before"
  | "session not found"
  | "session expired"
  | "user not found"
  | "user disabled"
  | "client not found"
  | "client disabled"
  | "client session not found"
  | "issued before the client session"
  | "an ancestor has ended";

export type JudgedToken = { readonly ok: true; readonly facts: SubjectFacts } | { readonly ok: false; readonly problem: TokenProblem };

interface Judgement {
  readonly claims: TokenClaims;
  readonly issuer: string;
  readonly view: RealmView;
  readonly now: EpochSeconds;
  readonly state: KnownState;
  /** The client named in `azp`. */
  readonly holder: Client | undefined;
}

/**
 * A client that was taken out of a session and came back does not bring back the tokens it had before.
 * @see Keycloak 26: a token may be a second older than the session it came with
 */
export const isBeforeStart = (issuedAt: EpochSeconds, started: EpochSeconds): boolean => issuedAt + 1 < started;

const NO_STARTS: ReadonlyMap<string, EpochSeconds> = new Map();

const bad = (problem: TokenProblem): JudgedToken => ({ ok: false, problem });

/**
 * Whether an access token of this realm, its signature verified, is good at this moment: time, kind, revocation, not-before of realm,
 * client and user, session, user and holder. `aud`, `scope` and `act` are the caller's to look at.
 * @see Keycloak 26: access token checks of its token exchange, userinfo and introspection
 */
export function judgeAccessToken({ claims, issuer, view, now, state, holder }: Judgement): JudgedToken {
  const { realm } = view;
  if (claims.iss !== issuer) return bad("other issuer");
  if (claims.typ?.toLowerCase() !== "bearer") return bad("not an access token");
  if (claims.exp === undefined || claims.exp <= now) return bad("expired");
  if ((claims.nbf !== undefined && claims.nbf > now) || claims.iat === undefined || claims.iat > now) return bad("not yet valid");
  if (state.revoked) return bad("revoked");
  const issuedAt = claims.iat;
  if (issuedAt < realm.notBefore) return bad("issued before not-before");

  let session: UserSession | undefined;
  let clientStarts: ReadonlyMap<string, EpochSeconds> = NO_STARTS;
  if (claims.sid !== undefined) {
    if (!state.session && !state.offlineSession) return bad("session not found");
    if (state.session && !sessionHasExpired(realm, state.session, now)) {
      session = state.session;
      clientStarts = state.clientStarts;
    } else if (state.offlineSession && !sessionHasExpired(realm, state.offlineSession, now)) {
      session = state.offlineSession;
      clientStarts = state.offlineClientStarts;
    }
    if (!session) return bad("session expired");
  }
  const { user } = state;
  if (!user || (session && session.userId !== user.id) || (claims.sub !== undefined && claims.sub !== user.id))
    return bad("user not found");
  if (!user.enabled) return bad("user disabled");
  if (issuedAt < user.notBefore) return bad("issued before not-before");
  if (!holder) return bad("client not found");
  if (!holder.enabled) return bad("client disabled");
  if (issuedAt < holder.notBefore) return bad("issued before not-before");
  if (session && state.lineage?.transientClient !== true) {
    const started = clientStarts.get(holder.id);
    if (started === undefined) return bad("client session not found");
    if (isBeforeStart(issuedAt, started)) return bad("issued before the client session");
  }
  if (state.ancestorEnded) return bad("an ancestor has ended");
  return { ok: true, facts: { claims, user, session, holder, lineage: state.lineage, clientStarts } };
}
