import { describe, expect, test } from "vitest";
import type { Realm } from "../model.ts";
import { testRealm } from "../testing/realm.ts";
import {
  accessTokenLifetime,
  clientSessionExpiry,
  earliest,
  refreshTokenExpiry,
  sessionExpiry,
  sessionHasExpired,
  type SessionTimes,
} from "./lifetime.ts";

/** Idle 1800 s, maximum 36000 s; offline idle 30 days and no maximum; access tokens 300 s. */
const realm = (change: Partial<Realm> = {}): Realm => testRealm({ realm: change }).realm;
const session = (change: Partial<SessionTimes> = {}): SessionTimes => ({
  started: 1_000,
  lastRefresh: 2_000,
  rememberMe: false,
  offline: false,
  ...change,
});
const client = (attributes: Readonly<Record<string, string>> = {}): { attributes: Readonly<Record<string, string>> } => ({ attributes });

const lifetime = (change: Partial<Parameters<typeof accessTokenLifetime>[0]> = {}): number =>
  accessTokenLifetime({ realm: realm(), client: client(), session: session(), now: 2_000, ...change });

describe("user sessions", () => {
  test("end by idle time since the last refresh and by a maximum since their start", () => {
    expect(sessionExpiry(realm(), session())).toEqual({ idle: 3_800, max: 37_000 });
  });
  test("with remember-me last longer where the realm says so, never shorter", () => {
    const longer = { ssoSessionIdleTimeoutRememberMe: 9_000, ssoSessionMaxLifespanRememberMe: 90_000 };
    expect(sessionExpiry(realm(longer), session({ rememberMe: true }))).toEqual({ idle: 11_000, max: 91_000 });
    expect(sessionExpiry(realm(longer), session())).toEqual({ idle: 3_800, max: 37_000 });
    expect(sessionExpiry(realm({ ssoSessionIdleTimeoutRememberMe: 10 }), session({ rememberMe: true })).idle).toBe(3_800);
  });
  test("offline have a maximum only where it is switched on", () => {
    expect(sessionExpiry(realm(), session({ offline: true }))).toEqual({ idle: 2_594_000, max: undefined });
    expect(sessionExpiry(realm({ offlineSessionMaxLifespanEnabled: true }), session({ offline: true })).max).toBe(5_185_000);
  });
  test("fall back to Keycloak's values where the realm has none", () => {
    const none = { ssoSessionIdleTimeout: 0, ssoSessionMaxLifespan: 0, offlineSessionIdleTimeout: 0 };
    expect(sessionExpiry(realm(none), session())).toEqual({ idle: 3_800, max: 37_000 });
    expect(sessionExpiry(realm(none), session({ offline: true })).idle).toBe(2_594_000);
  });
  test("are over at the second they end", () => {
    expect(sessionHasExpired(realm(), session(), 3_799)).toBe(false);
    expect(sessionHasExpired(realm(), session(), 3_800)).toBe(true);
    expect(sessionHasExpired(realm(), session({ lastRefresh: 36_900 }), 37_000)).toBe(true);
  });
});

describe("client sessions", () => {
  const times = { started: 1_500, lastRefresh: 2_000 };
  test("take the user session's values when nothing else is set", () => {
    expect(clientSessionExpiry(realm(), client(), session(), times)).toEqual({ idle: 3_800, max: 37_000 });
  });
  test("take the realm's values for client sessions before those", () => {
    const change = { clientSessionIdleTimeout: 100, clientSessionMaxLifespan: 5_000 };
    expect(clientSessionExpiry(realm(change), client(), session(), times)).toEqual({ idle: 2_100, max: 6_500 });
  });
  test("take the client's values before all", () => {
    const own = client({ "client.session.idle.timeout": "60", "client.session.max.lifespan": "700" });
    expect(clientSessionExpiry(realm({ clientSessionIdleTimeout: 100 }), own, session(), times)).toEqual({ idle: 2_060, max: 2_200 });
  });
  test("never outlast the user session", () => {
    expect(clientSessionExpiry(realm(), client({ "client.session.max.lifespan": "99999999" }), session(), times).max).toBe(37_000);
  });
  test("ignore a blank, zero or unreadable client value", () => {
    for (const value of ["", " ", "0", "soon"]) {
      expect(clientSessionExpiry(realm(), client({ "client.session.idle.timeout": value }), session(), times).idle).toBe(3_800);
    }
  });
  test("offline have values of their own", () => {
    const own = client({ "client.offline.session.idle.timeout": "60", "client.offline.session.max.lifespan": "700" });
    const offline = session({ offline: true });
    expect(clientSessionExpiry(realm(), own, offline, times)).toEqual({ idle: 2_060, max: undefined });
    expect(clientSessionExpiry(realm({ offlineSessionMaxLifespanEnabled: true }), own, offline, times).max).toBe(2_200);
    expect(clientSessionExpiry(realm({ clientOfflineSessionIdleTimeout: 50 }), client(), offline, times).idle).toBe(2_050);
  });
});

describe("access tokens", () => {
  test("live as long as the realm says", () => expect(lifetime()).toBe(300));
  test("or as the client says, longer or shorter", () => {
    expect(lifetime({ client: client({ "access.token.lifespan": "60" }) })).toBe(60);
    expect(lifetime({ client: client({ "access.token.lifespan": "900" }) })).toBe(900);
  });
  test("a blank or unreadable client value says nothing", () => {
    expect(lifetime({ client: client({ "access.token.lifespan": " " }) })).toBe(300);
    expect(lifetime({ client: client({ "access.token.lifespan": "soon" }) })).toBe(300);
  });
  test("with -1 live as long as the session", () => {
    expect(lifetime({ client: client({ "access.token.lifespan": "-1" }) })).toBe(35_000);
    expect(lifetime({ realm: realm({ accessTokenLifespan: -1 }) })).toBe(35_000);
  });
  test("SEC-INV-4 never outlast the session", () => {
    expect(lifetime({ now: 36_900 })).toBe(100);
    expect(lifetime({ now: 37_000 })).toBe(0);
    expect(lifetime({ client: client({ "client.session.max.lifespan": "1100" }) })).toBe(100);
    expect(lifetime({ client: client({ "client.session.max.lifespan": "1100" }), clientSessionStarted: 1_900 })).toBe(300);
  });
  test("offline are not capped where offline sessions have no maximum", () => {
    expect(lifetime({ session: session({ offline: true }), now: 999_000 })).toBe(300);
  });
  test("without a session are capped as if one began now", () => {
    expect(lifetime({ session: undefined, realm: realm({ ssoSessionMaxLifespan: 100 }) })).toBe(100);
  });
  test("SEC-INV-4 of a native exchange the client may shorten, not lengthen", () => {
    const longer = client({ "access.token.lifespan": "900" });
    expect(lifetime({ exchange: true, client: longer })).toBe(300);
    expect(lifetime({ exchange: true, client: client({ "access.token.lifespan": "60" }) })).toBe(60);
    expect(lifetime({ exchange: true, client: client({ "access.token.lifespan": "-1" }) })).toBe(300);
    expect(lifetime({ exchange: true, client: longer, realm: realm({ dialect: "keycloak" }) })).toBe(900);
  });
});

describe("refresh tokens", () => {
  const times = { started: 1_000, lastRefresh: 2_000 };
  test("live until the client session is idle too long", () => expect(refreshTokenExpiry(realm(), client(), session(), times)).toBe(3_800));
  test("or reaches its maximum", () => {
    expect(refreshTokenExpiry(realm(), client(), session(), { ...times, lastRefresh: 36_900 })).toBe(37_000);
  });
  test("offline have no end unless offline sessions have a maximum", () => {
    expect(refreshTokenExpiry(realm(), client(), session({ offline: true }), times)).toBeUndefined();
    expect(refreshTokenExpiry(realm({ offlineSessionMaxLifespanEnabled: true }), client(), session({ offline: true }), times)).toBe(
      2_594_000,
    );
  });
  test("the earlier of two ends counts", () => {
    expect(earliest({ idle: 5, max: 7 })).toBe(5);
    expect(earliest({ idle: 9, max: 7 })).toBe(7);
    expect(earliest({ idle: 9, max: undefined })).toBe(9);
  });
});
