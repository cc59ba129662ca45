import { expect, test } from "vitest";
import type { StateReads, TokenState } from "@cambist/store/ports.ts";
import { rememberedState } from "./remembered-state.ts";
import { StateStamps } from "./state-stamps.ts";

const REALM = "realm-1";
const IDS = { jti: "jti-1", sessionId: "session-1", userId: "user-1" };
const stateOf = (revoked: boolean): TokenState => ({
  revoked,
  session: undefined,
  offlineSession: undefined,
  user: undefined,
  clientStarts: new Map(),
  offlineClientStarts: new Map(),
  lineage: undefined,
});

/** A store that says what it is told to, and counts how often it is asked. */
function bench() {
  const stamps = new StateStamps();
  const store = { revoked: false, reads: 0, during: () => {} };
  const reads = {
    async tokenState() {
      store.reads += 1;
      const state = stateOf(store.revoked);
      store.during();
      return state;
    },
    async findServiceAccount() {
      store.reads += 1;
      return undefined;
    },
  } as unknown as StateReads;
  return { stamps, store, state: rememberedState(reads, stamps) };
}
const REVOKE = { do: "revokeToken", realmId: REALM, jti: IDS.jti, expiresAt: 9 } as const;

test("what has not changed is read once", async () => {
  const { state, store } = bench();
  const first = await state.tokenState(REALM, IDS);
  expect(await state.tokenState(REALM, IDS)).toBe(first);
  await state.findServiceAccount(REALM, "client");
  await state.findServiceAccount(REALM, "client");
  expect(store.reads).toBe(2);
});

test("SEC-TX-28 a revocation that has returned is seen by the next request", async () => {
  const { state, store, stamps } = bench();
  await state.tokenState(REALM, IDS);
  store.revoked = true;
  stamps.raise(REVOKE);
  expect((await state.tokenState(REALM, IDS)).revoked).toBe(true);
});

test("SEC-TX-28 one that comes in the middle of a read is seen by the next request", async () => {
  const { state, store, stamps } = bench();
  store.during = () => {
    store.revoked = true;
    stamps.raise(REVOKE);
    store.during = () => {};
  };
  await state.tokenState(REALM, IDS);
  expect((await state.tokenState(REALM, IDS)).revoked).toBe(true);
});

test("tokens of other ids, and of the same ids in another realm, are read for themselves", async () => {
  const { state, store } = bench();
  await state.tokenState(REALM, IDS);
  await state.tokenState("realm-2", IDS);
  await state.tokenState(REALM, { ...IDS, jti: "jti-2" });
  await state.tokenState(REALM, { ...IDS, userId: "user-2" });
  await state.tokenState(REALM, { ...IDS, sessionId: "session-2" });
  expect(store.reads).toBe(5);
});
