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
  readonly clientUuids: ReadonlySet<string>;
  readonly offlineClientUuids: ReadonlySet<string>;
  readonly lineage: Lineage | undefined;
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
  | "client session not found";

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
  let clientUuids: ReadonlySet<string> = new Set();
  if (claims.sid !== undefined) {
    if (!state.session && !state.offlineSession) return bad("session not found");
    if (state.session && !sessionHasExpired(realm, state.session, now)) [session, clientUuids] = [state.session, state.clientUuids];
    else if (state.offlineSession && !sessionHasExpired(realm, state.offlineSession, now)) {
      [session, clientUuids] = [state.offlineSession, state.offlineClientUuids];
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
  if (session && !clientUuids.has(holder.id) && state.lineage?.transientClient !== true) return bad("client session not found");
  return {
    ok: true,
    facts: { claims, user, holder, clientUuids, ...(session && { session }), ...(state.lineage && { lineage: state.lineage }) },
  };
}
