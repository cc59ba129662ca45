import type { ClientSession } from "@cambist/core/model.ts";
import { describe, expect, test } from "vitest";
import type { CurrentEngine } from "../contract.ts";
import type { Command, Guard } from "../ports.ts";
import { NOW, REALM, userSession } from "./rows.ts";

const SESSION = "session-1";

const create = (offline = false): Command => ({
  do: "createSession",
  realmId: REALM,
  session: userSession({ offline }),
  expiresAt: NOW + 600,
});
const clientSession = (clientUuid: string, change: Partial<ClientSession> = {}): ClientSession => ({
  sessionId: SESSION,
  clientUuid,
  offline: false,
  started: NOW,
  lastRefresh: NOW,
  ...change,
});
const ensure = (clientUuid: string, change: Partial<ClientSession> = {}): Command => ({
  do: "ensureClientSession",
  realmId: REALM,
  session: clientSession(clientUuid, change),
  scope: "openid",
});
const stands = (change: Partial<Extract<Guard, { claim: "session" }>> = {}): Guard => ({
  claim: "session",
  realmId: REALM,
  sessionId: SESSION,
  offline: false,
  ...change,
});

/** Sessions, their client sessions and the guard on both. */
export function sessionsContract(engine: CurrentEngine): void {
  const run = (...commands: Command[]) => engine().store.writer.write({ commands });
  const state = () => engine().store.reader.state.tokenState(REALM, { sessionId: SESSION });
  const check = (guard: Guard) => engine().store.writer.write({ guards: [guard] });

  describe("sessions", () => {
    test("a session comes back as it was created", async () => {
      await run(create());
      expect((await state()).session).toEqual(userSession());
      expect((await state()).offlineSession).toBeUndefined();
    });

    test("an online and an offline session share an id", async () => {
      await run(create(), create(true));
      const found = await state();
      expect(found.session).toEqual(userSession());
      expect(found.offlineSession).toEqual(userSession({ offline: true }));
    });

    test("creating a session twice fails", async () => {
      await run(create());
      await expect(run(create())).rejects.toThrow(/unique|duplicate/i);
    });

    test("ensuring a client session restarts none", async () => {
      await run(create(), ensure("client-1"));
      await run(ensure("client-1", { started: NOW + 5, lastRefresh: NOW + 5 }));
      expect(await engine().store.reader.state.clientSession(REALM, SESSION, false, "client-1")).toEqual(clientSession("client-1"));
    });

    test("ensuring a client session does not revive an ended session", async () => {
      await run(create());
      await run({ do: "endSession", realmId: REALM, sessionId: SESSION, offline: false });
      await run(ensure("client-1"));
      await run(create());
      expect((await state()).clientUuids).toEqual(new Set());
    });

    test("touching moves both rows forward and never back", async () => {
      await run(create(), ensure("client-1"), ensure("client-2"));
      const touch = (at: number): Command => ({
        do: "touchSession",
        realmId: REALM,
        sessionId: SESSION,
        offline: false,
        clientUuid: "client-1",
        at,
      });
      await run(touch(NOW + 30));
      await run(touch(NOW + 10));
      const { state: reads } = engine().store.reader;
      expect((await state()).session?.lastRefresh).toBe(NOW + 30);
      expect((await reads.clientSession(REALM, SESSION, false, "client-1"))?.lastRefresh).toBe(NOW + 30);
      expect((await reads.clientSession(REALM, SESSION, false, "client-2"))?.lastRefresh).toBe(NOW);
    });

    test("ending the online session leaves its offline twin", async () => {
      await run(create(), create(true), ensure("client-1"), ensure("client-1", { offline: true }));
      await run({ do: "endSession", realmId: REALM, sessionId: SESSION, offline: false });
      const found = await state();
      expect(found.session).toBeUndefined();
      expect(found.clientUuids).toEqual(new Set());
      expect(found.offlineSession).toBeDefined();
      expect(found.offlineClientUuids).toEqual(new Set(["client-1"]));
    });

    test("ending with offline ends both and all their client sessions", async () => {
      await run(create(), create(true), ensure("client-1"), ensure("client-1", { offline: true }));
      await run({ do: "endSession", realmId: REALM, sessionId: SESSION, offline: true });
      const found = await state();
      expect([found.session, found.offlineSession]).toEqual([undefined, undefined]);
      await run(create(), create(true));
      expect((await state()).clientUuids).toEqual(new Set());
      expect((await state()).offlineClientUuids).toEqual(new Set());
    });

    test("detaching a client leaves the session to the others", async () => {
      await run(create(), create(true), ensure("client-1"), ensure("client-2"), ensure("client-1", { offline: true }));
      await run({ do: "detachClientSession", realmId: REALM, sessionId: SESSION, clientUuid: "client-1" });
      const found = await state();
      expect(found.clientUuids).toEqual(new Set(["client-2"]));
      expect(found.session).toBeDefined();
      expect(found.offlineSession).toBeUndefined();
    });

    test("detaching the last client ends the session", async () => {
      await run(create(), ensure("client-1"));
      await run({ do: "detachClientSession", realmId: REALM, sessionId: SESSION, clientUuid: "client-1" });
      expect((await state()).session).toBeUndefined();
    });

    test("sessions of another realm are out of reach", async () => {
      await run(create(), ensure("client-1"));
      await run({ do: "endSession", realmId: "realm-2", sessionId: SESSION, offline: true });
      await run({ do: "detachClientSession", realmId: "realm-2", sessionId: SESSION, clientUuid: "client-1" });
      expect((await state()).session).toBeDefined();
      const elsewhere = await engine().store.reader.state.tokenState("realm-2", { sessionId: SESSION });
      expect(elsewhere.session).toBeUndefined();
      expect(await check(stands({ realmId: "realm-2" }))).toEqual({ ok: false, refused: 0 });
    });

    test("the sweep takes a session with its client sessions after its last second", async () => {
      await run(create(), ensure("client-1"));
      expect(await engine().store.sweep(NOW + 600)).toBe(0);
      expect((await state()).session).toBeDefined();
      await engine().store.sweep(NOW + 601);
      expect((await state()).session).toBeUndefined();
      await run(create());
      expect((await state()).clientUuids).toEqual(new Set());
    });
  });

  describe("the session guard", () => {
    test("passes while the session is there", async () => {
      expect(await check(stands())).toEqual({ ok: false, refused: 0 });
      await run(create());
      expect(await check(stands())).toEqual({ ok: true });
      expect(await check(stands({ offline: true }))).toEqual({ ok: false, refused: 0 });
    });

    test("asks for the client session when a client is named", async () => {
      await run(create(), create(true), ensure("client-1"));
      expect(await check(stands({ clientUuid: "client-1" }))).toEqual({ ok: true });
      expect(await check(stands({ clientUuid: "client-2" }))).toEqual({ ok: false, refused: 0 });
      expect(await check(stands({ clientUuid: "client-1", offline: true }))).toEqual({ ok: false, refused: 0 });
    });

    test("of a logout and a refresh in one batch the first wins", async () => {
      await run(create(), ensure("client-1"));
      const { writer } = engine().store;
      const logout = { commands: [{ do: "endSession", realmId: REALM, sessionId: SESSION, offline: false }] } as const;
      const refresh = { guards: [stands({ clientUuid: "client-1" })] };
      expect(await Promise.all([writer.write(refresh), writer.write(logout), writer.write(refresh)])).toEqual([
        { ok: true },
        { ok: true },
        { ok: false, refused: 0 },
      ]);
    });
  });
}
