import { applyClientScopes } from "@cambist/core/claims/client-scopes.ts";
import { OFFLINE_ACCESS } from "@cambist/core/claims/offline-access.ts";
import { grantedOrganizations, narrowsOrganizations } from "@cambist/core/claims/organization-scope.ts";
import { clientSessionExpiry, earliest, sessionHasExpired } from "@cambist/core/claims/lifetime.ts";
import { decideExchange } from "@cambist/core/exchange/decide-exchange.ts";
import type { ClientSession, EpochSeconds, ExchangeAgain, Lineage, Realm, User, UserSession } from "@cambist/core/model.ts";
import { OAuthError, type Refusal } from "@cambist/core/refusals.ts";
import { isBeforeStart } from "@cambist/core/tokens/judge-token.ts";
import { parseScope, splitScope } from "@cambist/core/token-request/scope.ts";
import { TOKEN_KIND, type TokenClaims } from "@cambist/protocol/claims.ts";
import { GRANT_TYPE } from "@cambist/protocol/grant-types.ts";
import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import type { TokenResponse } from "@cambist/protocol/token-response.ts";
import type { Guard } from "@cambist/store/ports.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import { knownState } from "../tokens/known-state.ts";
import { verifySignature } from "../tokens/verify-access-token.ts";
import type { Continuation } from "./continuation.ts";
import { gatherExchange } from "./gather-exchange.ts";
import type { Grant, GrantCall } from "./grant.ts";
import { issueExchange } from "./issue-exchange.ts";
import { issueLogin } from "./issue-login.ts";
import { nextReuseId, parseReuseId } from "./refresh-family.ts";
import { requestedScope } from "./requested-scope.ts";

const NONE: ReadonlySet<string> = new Set();

/** A refresh token that is good now, with its session. */
export interface GoodRefreshToken {
  readonly claims: TokenClaims;
  readonly session: UserSession;
  readonly clientSession: ClientSession;
  readonly user: User;
  readonly lineage: Lineage | undefined;
}

/** Refresh (RFC 6749 §6). A realm that rotates takes each token so often as it says; a replay ends the client's session (RFC 9700 §4.14.2). */
export const refreshToken: Grant = {
  grantType: GRANT_TYPE.refreshToken,
  event: "REFRESH_TOKEN",
  enabled: () => true,
  repeatable: NONE,
  async issue(call) {
    const token = call.form.get("refresh_token");
    if (token === undefined) throw new OAuthError("refresh_token_missing");
    const good = await verifyRefreshToken(call, token);
    const { realm, client } = call;
    const settings = realm.view.realm;
    const { session, clientSession, claims, user } = good;
    if (good.lineage?.again && settings.dialect === "native") return refreshExchange(call, good, good.lineage.again);

    const granted = splitScope(claims.scope ?? "");
    const requested = narrowed(call.form.get("scope"), granted, good, call);
    const roles = realm.view.effectiveRoles(user);
    const { again } = good.lineage ?? {};
    const audience = again?.filtered ? new Set(again.audiences) : undefined;
    const applied = applyClientScopes({ view: realm.view, client, requested, effectiveRoles: roles, member: user, audience });
    const continued = continuation(call, good);
    return issueLogin(call, {
      user,
      roles,
      applied,
      session: { ...session, lastRefresh: Math.floor(call.now / 1000) },
      clientSession: { ...clientSession, lastRefresh: Math.floor(call.now / 1000) },
      withRefreshToken: client.attributes["use.refresh.tokens"] !== "false",
      refreshed: { jti: claims.jti ?? "", issuedAt: claims.iat ?? session.started },
      lineage: good.lineage,
      audience,
      ...continued,
    }).catch((error: unknown) => endReplayedSession(call, good, error));
  },
};

/**
 * Verifies a refresh or offline token of this client against committed state.
 * @throws {OAuthError} `refresh_*`
 * @see Keycloak 26: order of its refresh token checks
 */
export async function verifyRefreshToken(call: GrantCall, token: string): Promise<GoodRefreshToken> {
  const { realm, services, client, issuer } = call;
  const now = Math.floor(call.now / 1000);
  const signed = verifySignature(token, { realm }, "hmac");
  if (!signed.ok) throw new OAuthError("refresh_token_invalid", {}, { evidence: { cause: signed.problem } });
  const { claims } = signed;
  const offline = claims.typ === TOKEN_KIND.offline;
  if ((!offline && claims.typ !== TOKEN_KIND.refresh) || claims.iss !== issuer || claims.sid === undefined || claims.jti === undefined) {
    throw new OAuthError("refresh_token_invalid", {}, { evidence: { cause: "other kind or issuer" } });
  }
  // It is for this server alone, and no proof of a key can be checked here (SEC-TX-26).
  if (claims.aud !== issuer || claims["cnf"] !== undefined || claims.iat === undefined)
    throw new OAuthError("refresh_token_invalid", {}, { evidence: { cause: "incomplete claims" } });
  call.sessionId = claims.sid;
  if (claims.iat > now || (claims.nbf !== undefined && claims.nbf > now)) throw new OAuthError("refresh_token_expired");
  if (claims.exp === undefined ? !offline : claims.exp <= now) throw new OAuthError("refresh_token_expired");
  if (claims.azp !== client.clientId) throw new OAuthError("refresh_token_foreign");
  const { id: realmId } = realm.view.realm;
  const [state, clientSession] = await Promise.all([
    knownState({ realm, services }, { jti: claims.jti, sessionId: claims.sid, userId: claims.sub }),
    services.state.clientSession(realmId, claims.sid, offline, client.id),
  ]);
  const session = offline ? state.offlineSession : state.session;
  if (!session || state.revoked || sessionHasExpired(realm.view.realm, session, now))
    throw new OAuthError(offline ? "refresh_offline_session_gone" : "refresh_session_gone");
  const { user } = state;
  if (!user || user.id !== session.userId || (claims.sub !== undefined && claims.sub !== user.id))
    throw new OAuthError("refresh_token_invalid");
  if (!user.enabled) throw new OAuthError("refresh_user_disabled");
  if (!clientSession) throw new OAuthError("refresh_client_session_gone");
  const issuedAt = claims.iat;
  if (isBeforeStart(issuedAt, clientSession.started)) throw new OAuthError("refresh_client_session_newer");
  if (state.ancestorEnded) throw new OAuthError("refresh_exchange_withdrawn", {}, { evidence: { cause: "an ancestor has ended" } });
  if (earliest(clientSessionExpiry(realm.view.realm, client, session, clientSession)) <= now) throw new OAuthError("refresh_session_gone");
  if (issuedAt < Math.max(realm.view.realm.notBefore, client.notBefore, user.notBefore)) throw new OAuthError("refresh_token_stale");
  return { claims, session, clientSession, user, lineage: state.lineage };
}

/**
 * `scope` may only drop optional scopes; default ones come back always. In `keycloak` `openid` stays, and a scope of the client that was never
 * granted is passed over; in `native` asking for it is refused (RFC 6749 §6).
 */
function narrowed(scope: string | undefined, granted: readonly string[], good: GoodRefreshToken, call: GrantCall): readonly string[] {
  if (scope === undefined) return granted;
  const keycloak = call.realm.view.realm.dialect === "keycloak";
  const mayAsk = (word: string): boolean => granted.includes(word) || narrowsOrganizations(granted, word);
  const words = keycloak
    ? requestedScope(scope, call.client, call.realm.view)
        .map((word) => grantedOrganizations(granted, word) ?? word)
        .filter(mayAsk)
    : parseScope(scope);
  if (!words?.every(mayAsk)) throw new OAuthError("grant_scope_invalid", { scope: scope.slice(0, 512) });
  const keepsOpenid = keycloak && granted.includes("openid");
  const keepsOffline = good.session.offline && granted.includes(OFFLINE_ACCESS);
  return [...new Set([...words, ...(keepsOpenid ? ["openid"] : []), ...(keepsOffline ? [OFFLINE_ACCESS] : [])])];
}

/** What a use of the token claims where the realm rotates; undefined where a token may be used as often as one likes. */
export function useOf(
  settings: Realm,
  claims: TokenClaims,
  now: EpochSeconds,
): Extract<Guard, { readonly claim: "once" | "refresh" }> | undefined {
  if (!settings.rotatesRefreshTokens) return undefined;
  const { id: realmId, refreshTokenMaxReuse: maxReuse } = settings;
  const expiresAt = claims.exp ?? now + settings.offlineSessionMaxLifespan;
  const generation = parseReuseId(claims["reuse_id"]);
  if (generation) return { claim: "refresh", realmId, ...generation, maxReuse, expiresAt };
  // A token from before the realm rotated has no generation; it is good for one use.
  return { claim: "once", realmId, kind: "refresh-token", key: claims.jti ?? "", expiresAt };
}

/** The session lives on, if it is still there when this commits; a rotating token counts its use. */
function continuation({ realm, client, now }: GrantCall, { claims, session, lineage }: GoodRefreshToken): Continuation {
  const settings = realm.view.realm;
  const at = Math.floor(now / 1000);
  const own = { realmId: settings.id, sessionId: session.id, offline: session.offline };
  const use = useOf(settings, claims, at);
  const guards: Guard[] = [{ claim: "session", ...own, clientUuid: client.id }, ...(use ? [use] : [])];
  const generation = use && parseReuseId(claims["reuse_id"]);
  return {
    guards,
    commands: [{ do: "touchSession", ...own, clientUuid: client.id, at }],
    reuseId: generation && nextReuseId(generation),
    keeps: { scope: claims.scope ?? "", lineage },
    refused: (guard) => new OAuthError(guards[guard]?.claim === "session" ? "refresh_session_gone" : "refresh_token_reused"),
  };
}

/** A replayed token means that somebody else holds a copy: the client's session ends, and with it every token of the family. */
async function endReplayedSession({ realm, client, services }: GrantCall, { session }: GoodRefreshToken, error: unknown): Promise<never> {
  const replayed: Refusal = "refresh_token_reused";
  if (error instanceof OAuthError && error.refusal === replayed) {
    await services.writer.write({
      commands: [{ do: "detachClientSession", realmId: realm.view.realm.id, sessionId: session.id, clientUuid: client.id }],
    });
  }
  throw error;
}

/**
 * The refresh token of an exchange: the whole decision is made again, as of now, with the session standing in for the subject token. A sent
 * `scope` narrows it for once: what it leaves out of what was granted is dropped like the words that an exchange leaves out.
 */
async function refreshExchange(call: GrantCall, good: GoodRefreshToken, again: ExchangeAgain): Promise<TokenResponse> {
  const { realm, services } = call;
  const holder = await realm.client(again.azp);
  if (!holder?.enabled) throw new OAuthError("refresh_exchange_withdrawn", {}, { evidence: { cause: "holder gone" } });
  const state = await services.state.tokenState(realm.view.realm.id, { sessionId: good.session.id });
  const lineage = good.lineage && earlierHops(good.lineage);
  const sent = call.form.get("scope");
  const granted = splitScope(good.claims.scope ?? "");
  const asked = sent === undefined ? again.requestedScope : narrowed(sent, granted, good, call).join(" ");
  const held = sent === undefined ? again.scope : [...splitScope(again.scope ?? ""), ...granted.filter(isShown(realm))].join(" ");
  const facts = await gatherExchange(
    call,
    {
      subjectToken: "",
      subjectTokenType: TOKEN_TYPE.accessToken,
      requestedTokenType: TOKEN_TYPE.refreshToken,
      audiences: again.audiences,
      resources: again.resources,
      scope: asked,
    },
    {
      again,
      subject: {
        claims: {
          azp: again.azp,
          aud: again.aud,
          sub: good.user.id,
          sid: good.session.id,
          iat: good.lineage?.chainStart ?? good.session.started,
          ...(held !== undefined && { scope: held }),
          ...(good.lineage?.parent !== undefined && { jti: good.lineage.parent }),
        },
        user: good.user,
        session: good.session,
        holder,
        clientStarts: state.clientStarts,
        ...(lineage && { lineage }),
      },
    },
  );
  const decision = decideExchange(facts);
  if (decision.outcome === "deny")
    throw new OAuthError("refresh_exchange_withdrawn", {}, { evidence: { ...decision.evidence, cause: decision.refusal } });
  return issueExchange(call, facts, decision, continuation(call, good)).catch((error: unknown) => endReplayedSession(call, good, error));
}

/** Words that a token's `scope` shows; the others are there whatever is asked. */
const isShown =
  ({ clientScopes }: LoadedRealm) =>
  (word: string): boolean =>
    word === "openid" || clientScopes.some(({ name, includeInTokenScope }) => includeInTokenScope && name === word);

/**
 * The lineage of the subject token: this hop is about to be made again, so it is taken off. Its requester is the outermost actor only where it
 * did not hold the subject token itself.
 */
function earlierHops(lineage: Lineage): Lineage | undefined {
  const requesters = lineage.requesters.slice(0, -1);
  if (requesters.length === 0) return undefined;
  const { again, act, ancestors, ...rest } = lineage;
  const earlier = again?.azp === lineage.requesters.at(-1) ? act : act?.act;
  return {
    ...rest,
    ...(ancestors && { ancestors: ancestors.slice(0, -1) }),
    requesters,
    targets: lineage.targets.slice(0, -1),
    ...(earlier && { act: earlier }),
  };
}
