import { type AppliedScopes } from "@cambist/core/claims/client-scopes.ts";
import { accessTokenLifetime, refreshTokenExpiry } from "@cambist/core/claims/lifetime.ts";
import type { ClientSession, EpochSeconds, Lineage, User, UserSession } from "@cambist/core/model.ts";
import type { OAuthError } from "@cambist/core/refusals.ts";
import type { TokenResponse } from "@cambist/protocol/token-response.ts";
import type { Command, Guard } from "@cambist/store/ports.ts";
import { conclude } from "../http/conclude.ts";
import type { GrantCall } from "./grant.ts";
import { issueTokens, type RefreshPlan } from "./issue-tokens.ts";
import { newReuseId } from "./refresh-family.ts";
import { sweepAfter } from "./session-sweep.ts";

/** A sign-in or its continuation: tokens of the client itself, in a session that is new or lives on. */
export interface Login {
  readonly user: User;
  readonly roles: ReadonlySet<string>;
  readonly applied: AppliedScopes;
  /** Undefined: the tokens stand alone (client credentials). */
  readonly session: UserSession | undefined;
  readonly clientSession: ClientSession | undefined;
  /** Notes for mappers when there is no session. */
  readonly notes?: Readonly<Record<string, string>>;
  readonly withRefreshToken: boolean;
  /** The refresh token that was used, when this is a refresh. */
  readonly refreshed?: { readonly jti: string; readonly issuedAt: EpochSeconds } | undefined;
  /** Of the refresh token that was used, when an exchange made it: its tokens stay in their chain. */
  readonly lineage?: Lineage | undefined;
  /** `aud` and `resource_access` keep to these clients: the standard exchange behind a refresh token filtered by them. */
  readonly audience?: ReadonlySet<string> | undefined;
  /** Of the refresh token that was used: the new one has the same (RFC 6749 §6). */
  readonly keeps?: { readonly scope: string };
  /** Continues a rotating family; otherwise a realm that rotates begins a new one. */
  readonly reuseId?: string | undefined;
  readonly guards?: readonly Guard[];
  readonly commands: readonly Command[];
  /** What to throw when a guard fails. */
  readonly refused?: (guard: number) => OAuthError;
}

/** Issues the tokens of a sign-in, a service account or a refresh, in one commit with its record. */
export async function issueLogin(call: GrantCall, login: Login): Promise<TokenResponse> {
  const { realm, client, services } = call;
  const settings = realm.view.realm;
  const now = Math.floor(call.now / 1000);
  const { session, clientSession, user, applied } = login;
  const lifetime = accessTokenLifetime({ realm: settings, client, session, now });
  const jti = services.newId();
  const refresh: RefreshPlan | undefined =
    login.withRefreshToken && session && clientSession
      ? {
          jti: services.newId(),
          kind: session.offline ? "Offline" : "Refresh",
          expiresAt: refreshTokenExpiry(settings, client, session, clientSession),
          ...(settings.rotatesRefreshTokens && { reuseId: login.reuseId ?? newReuseId(services.newId()) }),
          ...(login.keeps && { scope: login.keeps.scope }),
        }
      : undefined;
  call.userId = user.id;
  if (session) call.sessionId = session.id;
  Object.assign(call.details, {
    token_id: jti,
    scope: applied.text,
    ...(refresh && { [login.refreshed ? "updated_refresh_token_id" : "refresh_token_id"]: refresh.jti, refresh_token_type: refresh.kind }),
    ...(login.refreshed && refreshedDetails(login.refreshed, user, lifetime, now)),
  });
  const outcome = await conclude(
    call,
    {
      ...(login.guards && { guards: login.guards }),
      commands: [
        ...login.commands,
        ...inChain(login.lineage, { decision: call.decision, realmId: settings.id, jti, refresh, expiresAt: now + lifetime }),
      ],
    },
    { issued: refresh ? [jti, refresh.jti] : [jti], facts: { lifetime } },
  );
  if (!outcome.ok) throw login.refused?.(outcome.refused) ?? new Error("A guard refused and nobody knows why");
  return issueTokens(call, {
    blueprint: {
      view: realm.view,
      builtFor: client,
      azp: client.clientId,
      user,
      session: { ...(session && { id: session.id }), notes: session?.notes ?? login.notes ?? {}, acr: "1" },
      applied,
      effectiveRoles: login.roles,
      audience: login.audience,
    },
    lifetime,
    now,
    jti,
    refresh,
    idToken: applied.openid ? "member" : "none",
  });
}

interface ChainedTokens {
  readonly realmId: string;
  readonly decision: string;
  readonly jti: string;
  readonly expiresAt: EpochSeconds;
  readonly refresh: RefreshPlan | undefined;
}

/** A refresh is no hop: depth, age and what was dropped stay as they were. */
function inChain(lineage: Lineage | undefined, { realmId, decision, jti, expiresAt, refresh }: ChainedTokens): readonly Command[] {
  if (!lineage) return [];
  const { again, ...chain } = lineage;
  const access: Command = { do: "recordLineage", realmId, lineage: { ...chain, jti, decision }, expiresAt };
  if (!refresh) return [access];
  const kept = { ...chain, ...(again && { again }), jti: refresh.jti, decision };
  return [access, { do: "recordLineage", realmId, lineage: kept, expiresAt: refresh.expiresAt ?? expiresAt }];
}

/** Keycloak's details of a refresh, in its words. */
function refreshedDetails(
  { jti, issuedAt }: { readonly jti: string; readonly issuedAt: EpochSeconds },
  user: User,
  lifetime: number,
  now: EpochSeconds,
): Record<string, string> {
  return {
    refresh_token_id: jti,
    access_token_expiration_time: String(lifetime),
    age_of_refresh_token: String(now - issuedAt),
    refresh_token_sub: user.id,
  };
}

/** The commands that begin a session, and an offline one beside it when asked for. */
export function beginSession(
  call: GrantCall,
  session: UserSession,
  scope: string,
): { readonly clientSession: ClientSession; readonly commands: readonly Command[] } {
  const settings = call.realm.view.realm;
  const now = Math.floor(call.now / 1000);
  const clientSession: ClientSession = {
    sessionId: session.id,
    clientUuid: call.client.id,
    offline: session.offline,
    started: now,
    lastRefresh: now,
  };
  return {
    clientSession,
    commands: [
      { do: "createSession", realmId: settings.id, session, expiresAt: sweepAfter(settings, session) },
      { do: "ensureClientSession", realmId: settings.id, session: clientSession, scope },
    ],
  };
}
