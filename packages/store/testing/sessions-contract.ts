import type { Ancestor, ClientSession } from "@cambist/core/model.ts";
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

const note = (clientUuid: string, subject: string, inherits?: string): Command => ({
  do: "noteExchange",
  realmId: REALM,
  sessionId: SESSION,
  clientUuid,
  subject,
  inherits,
});
const clientsOf = (starts: ReadonlyMap<string, number>): readonly string[] => [...starts.keys()];

/** Sessions, their client sessions and the guard on both. */
export function sessionsContract(engine: CurrentEngine): void {
  const run = (...commands: Command[]) => engine().store.writer.write({ commands });
  const state = () => engine().store.reader.state.tokenState(REALM, { sessionId: SESSION });
  const exchangedFrom = (subject: string) => engine().store.reader.state.exchangedFrom(REALM, SESSION, subject);
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
      expect(clientsOf((await state()).clientStarts)).toEqual([]);
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
      expect(clientsOf(found.clientStarts)).toEqual([]);
      expect(found.offlineSession).toBeDefined();
      expect(clientsOf(found.offlineClientStarts)).toEqual(["client-1"]);
    });

    test("ending with offline ends both and all their client sessions", async () => {
      await run(create(), create(true), ensure("client-1"), ensure("client-1", { offline: true }));
      await run({ do: "endSession", realmId: REALM, sessionId: SESSION, offline: true });
      const found = await state();
      expect([found.session, found.offlineSession]).toEqual([undefined, undefined]);
      await run(create(), create(true));
      expect(clientsOf((await state()).clientStarts)).toEqual([]);
      expect(clientsOf((await state()).offlineClientStarts)).toEqual([]);
    });

    test("detaching a client leaves the session to the others", async () => {
      await run(create(), create(true), ensure("client-1"), ensure("client-2"), ensure("client-1", { offline: true }));
      await run({ do: "detachClientSession", realmId: REALM, sessionId: SESSION, clientUuid: "client-1" });
      const found = await state();
      expect(clientsOf(found.clientStarts)).toEqual(["client-2"]);
      expect(found.session).toBeDefined();
      expect(found.offlineSession).toBeUndefined();
    });

    test("detaching the last client ends the session", async () => {
      await run(create(), ensure("client-1"));
      await run({ do: "detachClientSession", realmId: REALM, sessionId: SESSION, clientUuid: "client-1" });
      expect((await state()).session).toBeUndefined();
    });

    test("a client is known to hold tokens made from those of others, and of those they hold tokens of", async () => {
      await run(create(), ensure("client-1"), ensure("client-2"), ensure("client-3"), note("client-2", "a.b"), note("client-2", 'od"d'));
      await run(note("client-3", "two", "client-2"));
      for (const subject of ["a.b", 'od"d']) expect((await exchangedFrom(subject)).toSorted()).toEqual(["client-2", "client-3"]);
      expect(await exchangedFrom("two")).toEqual(["client-3"]);
      expect(await exchangedFrom("a")).toEqual([]);
      await run({ do: "detachExchanged", realmId: REALM, sessionId: SESSION, subject: "a.b" });
      expect(clientsOf((await state()).clientStarts)).toEqual(["client-1"]);
    });

    test("taking exchanged clients out leaves the session, offline parts and clients that hold no such tokens", async () => {
      await run(
        create(),
        create(true),
        ensure("client-1"),
        ensure("client-1", { offline: true }),
        ensure("client-2"),
        note("client-1", "one"),
      );
      await run({ do: "detachExchanged", realmId: "realm-2", sessionId: SESSION, subject: "one" });
      expect(clientsOf((await state()).clientStarts)).toEqual(["client-1", "client-2"]);
      await run({ do: "detachExchanged", realmId: REALM, sessionId: SESSION, subject: "one" });
      const found = await state();
      expect([clientsOf(found.clientStarts), clientsOf(found.offlineClientStarts)]).toEqual([["client-2"], ["client-1"]]);
    });

    test("a token has ended with its revocation, its session and its client's part of it", async () => {
      const ended = (change: Partial<Ancestor>) =>
        engine().store.reader.state.anyHasEnded(REALM, [{ jti: "token-1", issuedAt: NOW, session: SESSION, ...change }]);
      await run(create(), ensure("client-1"), ensure("client-2", { started: NOW + 2 }));
      expect(await engine().store.reader.state.anyHasEnded(REALM, [])).toBe(false);
      for (const change of [
        {},
        { client: "client-1" },
        { client: "client-1", issuedAt: NOW - 1 },
        { client: "client-2", issuedAt: NOW + 1 },
      ])
        expect(await ended(change)).toBe(false);
      for (const change of [
        { session: "session-2" },
        { client: "client-3" },
        { client: "client-1", session: "session-2" },
        { client: "client-2" },
      ])
        expect(await ended(change)).toBe(true);
      await run({ do: "revokeToken", realmId: "realm-2", jti: "token-1", expiresAt: NOW + 600 });
      expect(await ended({})).toBe(false);
      await run({ do: "revokeToken", realmId: REALM, jti: "token-1", expiresAt: NOW + 600 });
      expect(await ended({})).toBe(true);
      expect(await ended({ jti: "token-2" })).toBe(false);
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
      expect(clientsOf((await state()).clientStarts)).toEqual([]);
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
