import { expect, test } from "vitest";
import type { Command } from "@cambist/store/ports.ts";
import { StateStamps } from "./state-stamps.ts";

const REALM = "realm-1";
const SESSION = "session-1";
const JTI = "jti-1";
const clientSession = { sessionId: SESSION, clientUuid: "c", offline: false, started: 1, lastRefresh: 1 };

const TOUCHING: readonly (readonly [string, Command])[] = [
  ["a logout", { do: "endSession", realmId: REALM, sessionId: SESSION, offline: true }],
  ["a client that leaves the session", { do: "detachClientSession", realmId: REALM, sessionId: SESSION, clientUuid: "c" }],
  ["the clients that exchanged its tokens leave it", { do: "detachExchanged", realmId: REALM, sessionId: SESSION, subject: "app" }],
  ["a client that joins it", { do: "ensureClientSession", realmId: REALM, session: clientSession, scope: "" }],
  ["a refresh", { do: "touchSession", realmId: REALM, sessionId: SESSION, offline: false, clientUuid: "c", at: 2 }],
  ["a revocation", { do: "revokeToken", realmId: REALM, jti: JTI, expiresAt: 2 }],
  ["the end of all sessions of a user", { do: "endUserSessions", realmId: REALM, userId: "u" }],
  ["the end of all sessions", { do: "endRealmSessions", realmId: REALM, offline: true }],
  ["a disabled user", { do: "disableUser", realmId: REALM, userId: "u" }],
  ["a role that is taken away", { do: "removeUserRoles", realmId: REALM, userId: "u", roleIds: ["r"] }],
  ["a deleted client", { do: "deleteClient", realmId: REALM, id: "c" }],
  ["a deleted realm", { do: "deleteRealm", realmId: REALM }],
];

test.each(TOUCHING)("SEC-JOSE-19 %s makes the remembered state of the token stale", (_title, command) => {
  const stamps = new StateStamps();
  const before = stamps.ofToken(REALM, SESSION, JTI);
  stamps.raise(command);
  expect(stamps.ofToken(REALM, SESSION, JTI)).not.toBe(before);
});

test.each(TOUCHING)("%s does not in another realm, of another session and token", (_title, command) => {
  const stamps = new StateStamps();
  stamps.raise(command);
  expect(stamps.ofToken("realm-2", "session-2", "jti-2")).toBe(0);
});

test("what makes something new touches nothing that is remembered", () => {
  const stamps = new StateStamps();
  stamps.raise({ do: "recordLineage", realmId: REALM, lineage: { jti: JTI, text: "{}" }, expiresAt: 1 });
  stamps.raise({ do: "clearLoginFailures", realmId: REALM, userId: "u" });
  expect(stamps.ofToken(REALM, SESSION, JTI)).toBe(0);
});

test("an import makes everything stale", () => {
  const stamps = new StateStamps();
  stamps.raiseAll();
  expect([stamps.ofRealm("any"), stamps.ofToken("any", undefined, undefined)]).toEqual([1, 1]);
});

test("another thread sees it at once", () => {
  const stamps = new StateStamps();
  const elsewhere = new StateStamps(stamps.shared);
  stamps.raise({ do: "revokeToken", realmId: REALM, jti: JTI, expiresAt: 2 });
  expect(elsewhere.ofToken(REALM, undefined, JTI)).toBe(1);
});
