import { describe, expect, test } from "vitest";
import type { CurrentEngine } from "../contract.ts";
import { lineage, NOW, REALM, realmWith, userRow, userSession } from "./rows.ts";

/** What one statement answers about a token. */
export function tokenStateContract(engine: CurrentEngine): void {
  const reads = () => engine().store.reader.state;
  const importUser = (user: ReturnType<typeof userRow>) => engine().store.imports.importing(realmWith((sink) => sink.users(REALM, [user])));

  describe("token state", () => {
    test("of nothing known is empty", async () => {
      expect(await reads().tokenState(REALM, { jti: "x", sessionId: "y", userId: "z" })).toEqual({
        revoked: false,
        session: undefined,
        offlineSession: undefined,
        user: undefined,
        clientStarts: new Map(),
        offlineClientStarts: new Map(),
        lineage: undefined,
      });
      expect(await reads().tokenState(REALM, {})).toMatchObject({ revoked: false });
    });

    test("has session, user, clients and lineage together", async () => {
      const user = userRow({ username: "alice", attributes: { plane: ["data", "control"] }, requiredActions: ["UPDATE_PASSWORD"] });
      await importUser(user);
      const session = userSession({ userId: user.id });
      await engine().store.writer.write({
        commands: [
          { do: "createSession", realmId: REALM, session, expiresAt: NOW + 600 },
          {
            do: "ensureClientSession",
            realmId: REALM,
            session: { sessionId: session.id, clientUuid: "client-1", offline: false, started: NOW, lastRefresh: NOW },
            scope: "",
          },
          { do: "recordLineage", realmId: REALM, lineage: lineage(), expiresAt: NOW + 300 },
        ],
      });
      const state = await reads().tokenState(REALM, { jti: "token-2", sessionId: session.id });
      expect(state).toMatchObject({ revoked: false, session, lineage: lineage(), clientStarts: new Map([["client-1", NOW]]) });
      expect(state.user).toEqual({
        id: user.id,
        username: "alice",
        emailVerified: false,
        enabled: true,
        notBefore: 0,
        attributes: user.attributes,
        requiredActions: ["UPDATE_PASSWORD"],
        roleIds: [],
        groupIds: [],
      });
    });

    test("has the user of the session, not the one asked for", async () => {
      const alice = userRow();
      const bob = userRow();
      await engine().store.imports.importing(realmWith((sink) => sink.users(REALM, [alice, bob])));
      const session = userSession({ userId: alice.id, offline: true });
      await engine().store.writer.write({ commands: [{ do: "createSession", realmId: REALM, session, expiresAt: NOW + 600 }] });
      expect((await reads().tokenState(REALM, { sessionId: session.id, userId: bob.id })).user?.id).toBe(alice.id);
      expect((await reads().tokenState(REALM, { sessionId: "gone", userId: bob.id })).user?.id).toBe(bob.id);
    });

    test("has no user of another realm", async () => {
      const user = userRow();
      await importUser(user);
      const session = userSession({ userId: user.id });
      await engine().store.writer.write({ commands: [{ do: "createSession", realmId: "realm-2", session, expiresAt: NOW + 600 }] });
      const state = await reads().tokenState("realm-2", { sessionId: session.id, userId: user.id });
      expect(state.session).toEqual(session);
      expect(state.user).toBeUndefined();
    });

    test("says revoked until the revocation is swept, and only in its realm", async () => {
      const revoke = { do: "revokeToken", realmId: REALM, jti: "token-1", expiresAt: NOW + 60 } as const;
      await engine().store.writer.write({ commands: [revoke] });
      await engine().store.writer.write({ commands: [{ ...revoke, expiresAt: NOW + 30 }] });
      expect((await reads().tokenState("realm-2", { jti: "token-1" })).revoked).toBe(false);
      await engine().store.sweep(NOW + 60);
      expect((await reads().tokenState(REALM, { jti: "token-1" })).revoked).toBe(true);
      await engine().store.sweep(NOW + 61);
      expect((await reads().tokenState(REALM, { jti: "token-1" })).revoked).toBe(false);
    });

    test("lineage comes back whole, until it is swept, and only in its realm", async () => {
      const whole = lineage({
        impersonator: "user-9",
        transientClient: true,
        again: {
          azp: "portal",
          aud: ["orders"],
          scope: "openid",
          audiences: ["stock"],
          resources: ["https://stock.example"],
          requestedScope: "read",
        },
      });
      await engine().store.writer.write({ commands: [{ do: "recordLineage", realmId: REALM, lineage: whole, expiresAt: NOW + 60 }] });
      expect((await reads().tokenState("realm-2", { jti: whole.jti })).lineage).toBeUndefined();
      await engine().store.sweep(NOW + 60);
      expect((await reads().tokenState(REALM, { jti: whole.jti })).lineage).toEqual(whole);
      await engine().store.sweep(NOW + 61);
      expect((await reads().tokenState(REALM, { jti: whole.jti })).lineage).toBeUndefined();
    });

    test("is of the latest commit", async () => {
      const session = userSession();
      const { writer } = engine().store;
      for (let round = 0; round < 20; round += 1) {
        await writer.write({ commands: [{ do: "createSession", realmId: REALM, session, expiresAt: NOW + 600 }] });
        expect((await reads().tokenState(REALM, { sessionId: session.id })).session).toBeDefined();
        await writer.write({ commands: [{ do: "endSession", realmId: REALM, sessionId: session.id, offline: false }] });
        expect((await reads().tokenState(REALM, { sessionId: session.id })).session).toBeUndefined();
      }
    });
  });
}
