import type { Client, EpochSeconds, Realm, Seconds, UserSession } from "../model.ts";

/** As much of a user session as decides when it ends. */
export type SessionTimes = Pick<UserSession, "started" | "lastRefresh" | "rememberMe" | "offline">;
/** As much of a client session. */
export interface ClientSessionTimes {
  readonly started: EpochSeconds;
  readonly lastRefresh: EpochSeconds;
}
/** Two ends: `idle` moves with each refresh, `max` does not; undefined: there is no maximum. */
export interface Expiry {
  readonly idle: EpochSeconds;
  readonly max: EpochSeconds | undefined;
}

/** Keycloak's values where a realm has none. */
const DEFAULTS = { ssoIdle: 1800, ssoMax: 36_000, offlineIdle: 2_592_000, offlineMax: 5_184_000 } as const;

/**
 * When a user session ends. Remember-me only ever lengthens. Offline sessions have a maximum only where the realm switches it on.
 * @see Keycloak 26: session expiration of a realm; a session is over at the second named here
 */
export function sessionExpiry(realm: Realm, session: SessionTimes): Expiry {
  const { started, lastRefresh, rememberMe, offline } = session;
  if (offline) {
    return {
      idle: lastRefresh + offlineIdle(realm),
      max: realm.offlineSessionMaxLifespanEnabled ? started + offlineMax(realm) : undefined,
    };
  }
  return { idle: lastRefresh + ssoIdle(realm, rememberMe), max: started + ssoMax(realm, rememberMe) };
}

/** The session is past its idle time or its maximum. */
export function sessionHasExpired(realm: Realm, session: SessionTimes, now: EpochSeconds): boolean {
  return earliest(sessionExpiry(realm, session)) <= now;
}

/**
 * When a client's part of a session ends: by the client's attributes, else the realm's values for client sessions, else those of the user
 * session, and never later than the user session's maximum.
 */
export function clientSessionExpiry(
  realm: Realm,
  client: Pick<Client, "attributes">,
  session: Pick<SessionTimes, "started" | "rememberMe" | "offline">,
  clientSession: ClientSessionTimes,
): Expiry {
  const { rememberMe, offline } = session;
  const own = (name: string): Seconds | undefined => setting(parseSeconds(client.attributes[name]));
  const userMax = sessionExpiry(realm, { started: session.started, lastRefresh: clientSession.lastRefresh, rememberMe, offline }).max;
  const idle = offline
    ? (own("client.offline.session.idle.timeout") ?? setting(realm.clientOfflineSessionIdleTimeout) ?? offlineIdle(realm))
    : (own("client.session.idle.timeout") ?? setting(realm.clientSessionIdleTimeout) ?? ssoIdle(realm, rememberMe));
  const most = offline
    ? (own("client.offline.session.max.lifespan") ?? setting(realm.clientOfflineSessionMaxLifespan) ?? offlineMax(realm))
    : (own("client.session.max.lifespan") ?? setting(realm.clientSessionMaxLifespan) ?? ssoMax(realm, rememberMe));
  return {
    idle: clientSession.lastRefresh + idle,
    max: userMax === undefined ? undefined : Math.min(clientSession.started + most, userMax),
  };
}

export interface LifetimeRequest {
  readonly realm: Realm;
  /** The client the token is built for. */
  readonly client: Pick<Client, "attributes">;
  /** Undefined: the token has no session, or a new one that starts now. */
  readonly session?: Pick<SessionTimes, "started" | "rememberMe" | "offline"> | undefined;
  /** When the client's part of the session began; the session's start unless given. */
  readonly clientSessionStarted?: EpochSeconds | undefined;
  readonly now: EpochSeconds;
  /** The token comes from an exchange: in `native` a client's override may then shorten the realm's lifespan, not lengthen it. */
  readonly exchange?: boolean | undefined;
}

/**
 * Lifetime of an access token: the client's `access.token.lifespan`, else the realm's, never beyond the session. `-1` means the whole
 * session. Zero or less: the session is over.
 * @see Keycloak 26: access token expiration
 */
export function accessTokenLifetime({ realm, client, session, clientSessionStarted, now, exchange }: LifetimeRequest): Seconds {
  const times = session ?? { started: now, rememberMe: false, offline: false };
  const started = clientSessionStarted ?? times.started;
  const { max } = clientSessionExpiry(realm, client, times, { started, lastRefresh: now });
  const ends = (lifespan: Seconds): EpochSeconds => (lifespan === -1 ? times.started + ssoMax(realm, times.rememberMe) : now + lifespan);
  const override = parseSeconds(client.attributes["access.token.lifespan"]);
  const limits = override === undefined ? [ends(realm.accessTokenLifespan)] : [ends(override)];
  if (exchange && realm.dialect === "native") limits.push(ends(realm.accessTokenLifespan));
  if (max !== undefined) limits.push(max);
  return Math.min(...limits) - now;
}

/**
 * `exp` of a refresh token: the idle time of the client session, capped by its maximum. Undefined for offline tokens of a realm without a
 * maximum: Keycloak gives them no `exp`, their session ends by itself.
 */
export function refreshTokenExpiry(
  realm: Realm,
  client: Pick<Client, "attributes">,
  session: Pick<SessionTimes, "started" | "rememberMe" | "offline">,
  clientSession: ClientSessionTimes,
): EpochSeconds | undefined {
  if (session.offline && !realm.offlineSessionMaxLifespanEnabled) return undefined;
  return earliest(clientSessionExpiry(realm, client, session, clientSession));
}

/** Whichever end comes first. */
export const earliest = ({ idle, max }: Expiry): EpochSeconds => (max === undefined ? idle : Math.min(idle, max));

/** Zero and less mean "not set". */
const setting = (seconds: Seconds | undefined): Seconds | undefined => (seconds !== undefined && seconds > 0 ? seconds : undefined);

const offlineIdle = (realm: Realm): Seconds => setting(realm.offlineSessionIdleTimeout) ?? DEFAULTS.offlineIdle;
const offlineMax = (realm: Realm): Seconds => setting(realm.offlineSessionMaxLifespan) ?? DEFAULTS.offlineMax;

function ssoIdle(realm: Realm, rememberMe: boolean): Seconds {
  const idle = setting(realm.ssoSessionIdleTimeout) ?? DEFAULTS.ssoIdle;
  return rememberMe ? Math.max(idle, realm.ssoSessionIdleTimeoutRememberMe) : idle;
}

function ssoMax(realm: Realm, rememberMe: boolean): Seconds {
  const max = setting(realm.ssoSessionMaxLifespan) ?? DEFAULTS.ssoMax;
  return rememberMe ? Math.max(max, realm.ssoSessionMaxLifespanRememberMe) : max;
}

function parseSeconds(text: string | undefined): Seconds | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}
