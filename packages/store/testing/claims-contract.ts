import { describe, expect, test } from "vitest";
import type { CurrentEngine } from "../contract.ts";
import type { Guard, WriteOutcome, WriteUnit } from "../ports.ts";
import { auditRecord, NOW, REALM, userSession } from "./rows.ts";

const once = (change: Partial<Extract<Guard, { claim: "once" }>> = {}): Guard => ({
  claim: "once",
  realmId: REALM,
  kind: "jti",
  key: "assertion-1",
  expiresAt: NOW + 60,
  ...change,
});
const refresh = (generation: number, maxReuse = 0, family = "family-1"): WriteUnit => ({
  guards: [{ claim: "refresh", realmId: REALM, family, generation, maxReuse, expiresAt: NOW + 60 }],
});
const winners = (outcomes: readonly WriteOutcome[]): number => outcomes.filter((outcome) => outcome.ok).length;

/** Guards: single use, refresh generations, living sessions, rollback and the sweep of what expired. */
export function claimsContract(engine: CurrentEngine): void {
  const write = (unit: WriteUnit) => engine().store.writer.write(unit);
  const isSpent = (guard: Guard) => engine().store.reader.state.isSpent(guard as Extract<Guard, { claim: "once" | "refresh" }>);

  describe("single-use claims", () => {
    test("SEC-DB-01 of 50 parallel claims exactly one passes", async () => {
      const outcomes = await Promise.all(Array.from({ length: 50 }, () => write({ guards: [once()], audit: [auditRecord()] })));
      expect(winners(outcomes)).toBe(1);
      expect(outcomes.filter((outcome) => !outcome.ok)).toEqual(Array.from({ length: 49 }, () => ({ ok: false, refused: 0 })));
      expect(await engine().store.reader.audit.list({ limit: 100 })).toHaveLength(1);
    });

    test("SEC-DB-01 a claim stands in later batches", async () => {
      expect(await write({ guards: [once()] })).toEqual({ ok: true });
      expect(await write({ guards: [once()] })).toEqual({ ok: false, refused: 0 });
    });

    test("SEC-DB-02 keys are of one realm and one kind", async () => {
      const claims = [once(), once({ realmId: "realm-2" }), once({ kind: "code" })];
      expect(winners(await Promise.all(claims.map((guard) => write({ guards: [guard] }))))).toBe(3);
    });

    test.each([
      ["letter case", "ABC", "abc"],
      ["trailing spaces", "abc", "abc "],
      ["accents", "abc", "äbc"],
      ["composition", "\u00e9", "e\u0301"],
      ["a number that reads the same", "1", "1.0"],
      ["leading zeros", "7", "007"],
    ])("keys that differ in %s are different keys", async (_title, one, other) => {
      expect(winners(await Promise.all([one, other].map((key) => write({ guards: [once({ key })] }))))).toBe(2);
    });

    test("of 20 failed logins that were counted from the same state one passes", async () => {
      const failures = { numFailures: 1, numTemporaryLockouts: 0, lastFailure: NOW * 1000, failedLoginNotBefore: 0, lastIpFailure: "::1" };
      const count = (seen: typeof failures | undefined, numFailures: number) =>
        write({
          guards: [{ claim: "loginFailures", realmId: REALM, userId: "user-1", seen }],
          commands: [{ do: "saveLoginFailures", realmId: REALM, userId: "user-1", failures: { ...failures, numFailures } }],
        });
      expect(winners(await Promise.all(Array.from({ length: 20 }, () => count(undefined, 1))))).toBe(1);
      expect(winners(await Promise.all(Array.from({ length: 20 }, () => count(failures, 2))))).toBe(1);
      expect(await count(failures, 3)).toEqual({ ok: false, refused: 0 });
      expect(await count({ ...failures, numFailures: 2, lastFailure: 1 }, 3)).toEqual({ ok: false, refused: 0 });
    });

    test("a unit with a refused guard writes nothing, whatever its earlier guards claimed", async () => {
      await write({ guards: [once({ key: "taken" })] });
      const session = userSession();
      const outcome = await write({
        guards: [once({ key: "free" }), once({ key: "taken" })],
        commands: [{ do: "createSession", realmId: REALM, session, expiresAt: NOW + 60 }],
        audit: [auditRecord()],
      });
      expect(outcome).toEqual({ ok: false, refused: 1 });
      expect(await write({ guards: [once({ key: "free" })] })).toEqual({ ok: true });
      const state = await engine().store.reader.state.tokenState(REALM, { sessionId: session.id });
      expect(state.session).toBeUndefined();
      expect(await engine().store.reader.audit.list({ limit: 10 })).toEqual([]);
    });

    test("a claim stands to the end of its last second and is swept in the next", async () => {
      await write({ guards: [once()] });
      expect(await engine().store.sweep(NOW + 60)).toBe(0);
      expect(await write({ guards: [once()] })).toEqual({ ok: false, refused: 0 });
      expect(await engine().store.sweep(NOW + 61)).toBe(1);
      expect(await write({ guards: [once()] })).toEqual({ ok: true });
    });

    test("the sweep takes more rows than fit into one commit", async () => {
      await Promise.all(Array.from({ length: 1_203 }, (_, index) => write({ guards: [once({ key: `key-${index}` })] })));
      expect(await engine().store.sweep(NOW + 61)).toBe(1_203);
    });
  });

  describe("refresh generations", () => {
    test("a generation is used once", async () => {
      expect(await write(refresh(0))).toEqual({ ok: true });
      expect(await write(refresh(0))).toEqual({ ok: false, refused: 0 });
    });

    test("of 50 parallel uses of one generation exactly one passes", async () => {
      expect(winners(await Promise.all(Array.from({ length: 50 }, () => write(refresh(3)))))).toBe(1);
    });

    test("of 50 parallel uses as many pass as reuse allows", async () => {
      expect(winners(await Promise.all(Array.from({ length: 50 }, () => write(refresh(3, 2)))))).toBe(3);
    });

    test("a later generation becomes the current one and ends the earlier ones", async () => {
      expect(await write(refresh(1))).toEqual({ ok: true });
      expect(await write(refresh(2))).toEqual({ ok: true });
      expect(await write(refresh(1, 5))).toEqual({ ok: false, refused: 0 });
      expect(await write(refresh(2))).toEqual({ ok: false, refused: 0 });
      expect(await write(refresh(3))).toEqual({ ok: true });
    });

    test("a later generation begins its own count of uses", async () => {
      for (const generation of [1, 1, 2, 2]) expect(await write(refresh(generation, 1))).toEqual({ ok: true });
      expect(await write(refresh(2, 1))).toEqual({ ok: false, refused: 0 });
    });

    test("families do not know each other", async () => {
      expect(await write(refresh(0, 0, "one"))).toEqual({ ok: true });
      expect(await write(refresh(0, 0, "other"))).toEqual({ ok: true });
    });

    test("a refused use does not count", async () => {
      await write(refresh(1));
      await write(refresh(1));
      expect(await write(refresh(1, 1))).toEqual({ ok: true });
    });
  });

  test("whether a guard would be refused can be asked without claiming anything", async () => {
    const use = (generation: number, maxReuse = 0): Guard => refresh(generation, maxReuse).guards?.[0] ?? once();
    for (const guard of [once(), use(0)]) {
      expect(await isSpent(guard)).toBe(false);
      expect(await write({ guards: [guard] })).toEqual({ ok: true });
      expect(await isSpent(guard)).toBe(true);
    }
    expect(await isSpent(once({ kind: "other" }))).toBe(false);
    expect(await isSpent(use(0, 1))).toBe(false);
    expect(await isSpent(use(1))).toBe(false);
    await write({ guards: [use(1)] });
    expect([await isSpent(use(0, 5)), await isSpent(use(1)), await isSpent(use(2))]).toEqual([true, true, false]);
  });

  describe("units", () => {
    test("a unit whose statement fails takes no other unit of its batch with it", async () => {
      const session = userSession();
      const create = { do: "createSession", realmId: REALM, session, expiresAt: NOW + 60 } as const;
      await write({ commands: [create] });
      const settled = await Promise.allSettled([
        write({ guards: [once({ key: "before" })], audit: [auditRecord({ id: "before" })] }),
        write({ guards: [once({ key: "broken" })], commands: [create], audit: [auditRecord({ id: "broken" })] }),
        write({ guards: [once({ key: "after" })], audit: [auditRecord({ id: "after" })] }),
      ]);
      expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(await write({ guards: [once({ key: "broken" })] })).toEqual({ ok: true });
      const records = await engine().store.reader.audit.list({ limit: 10 });
      expect(records.map(({ id, sequence }) => [id, sequence])).toEqual([
        ["before", 1],
        ["after", 2],
      ]);
      expect(await engine().store.reader.audit.verify()).toMatchObject({ ok: true, records: 2 });
    });

    test("an empty unit passes", async () => {
      expect(await write({})).toEqual({ ok: true });
    });

    test("the synchronous core answers for each unit in order", () => {
      const { core } = engine().store;
      expect(core.commitBatch([{ guards: [once()] }, { guards: [once()] }, { audit: [auditRecord()] }])).toEqual([
        { ok: true },
        { ok: false, refused: 0 },
        { ok: true },
      ]);
      expect(core.commitBatch([])).toEqual([]);
    });
  });
}
