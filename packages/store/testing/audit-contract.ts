import { describe, expect, test } from "vitest";
import type { CurrentEngine } from "../contract.ts";
import type { AuditRecord } from "../ports.ts";
import { auditRecord, NOW, REALM } from "./rows.ts";

const DAY_MS = 86_400_000;
const TODAY = Math.floor((NOW * 1000) / DAY_MS) * DAY_MS;

/** The audit log: complete, in order, chained, searchable, kept as long as asked. */
export function auditContract(engine: CurrentEngine): void {
  const reads = () => engine().store.reader.audit;
  const append = (...records: AuditRecord[]) => engine().store.writer.write({ audit: records });
  const appendMany = async (count: number, change: (index: number) => Partial<AuditRecord> = () => ({})) => {
    for (let index = 0; index < count; index += 1) await append(auditRecord({ id: `record-${index + 1}`, ...change(index) }));
  };
  const found = async (filter: object) => (await reads().list({ limit: 100, ...filter })).map(({ sequence }) => sequence);
  const all = () => reads().list({ limit: 1_000 });

  describe("the audit log", () => {
    test("gives a record back as it was written, with its place", async () => {
      const record = auditRecord({
        error: "not_allowed",
        details: { z: "1", a: "2", reason: "client not allowed" },
        facts: { nested: { list: [1] } },
      });
      await append(record);
      const [stored] = await all();
      expect(stored).toEqual({ ...record, sequence: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
      expect(Object.keys(stored?.details ?? {})).toEqual(["z", "a", "reason"]);
    });

    test("leaves absent members absent", async () => {
      const { clientId: _client, userId: _user, sessionId: _session, ipAddress: _address, ...bare } = auditRecord();
      await append(bare);
      expect(Object.keys((await all())[0] ?? {}).toSorted()).toEqual([...Object.keys(bare), "hash", "sequence"].toSorted());
    });

    test("keeps the order of parallel writes without a gap", async () => {
      await Promise.all(Array.from({ length: 200 }, (_, index) => append(auditRecord({ id: `record-${index}` }))));
      const records = await all();
      expect(records.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
      expect(records.map(({ id }) => id)).toEqual(Array.from({ length: 200 }, (_, index) => `record-${index}`));
      expect(await reads().verify()).toEqual({ ok: true, records: 200, from: 1, to: 200 });
    });

    test("is found by realm, client, type and time, in pages", async () => {
      await appendMany(12, (index) => ({
        realmId: index % 2 === 0 ? REALM : "realm-2",
        clientId: `client-${index % 3}`,
        type: index % 4 === 0 ? "LOGIN" : "TOKEN_EXCHANGE",
        time: NOW * 1000 + index,
      }));
      expect(await found({ realm: REALM })).toEqual([1, 3, 5, 7, 9, 11]);
      expect(await found({ clientId: "client-1" })).toEqual([2, 5, 8, 11]);
      expect(await found({ type: "LOGIN" })).toEqual([1, 5, 9]);
      expect(await found({ since: NOW * 1000 + 10 })).toEqual([11, 12]);
      expect(await found({ realm: REALM, clientId: "client-0", type: "TOKEN_EXCHANGE" })).toEqual([7]);
      expect(await found({ types: ["LOGIN", "LOGOUT"] })).toEqual([1, 5, 9]);
      expect(await found({ types: ["LOGIN", "TOKEN_EXCHANGE"], realm: REALM, since: NOW * 1000 + 6 })).toEqual([7, 9, 11]);
      expect(await found({ types: ["TOKEN"] })).toEqual([]);
      expect(await found({ newest: 3 })).toEqual([10, 11, 12]);
      expect(await found({ newest: 3, realm: REALM })).toEqual([11]);
      expect(await found({ newest: 3, after: 11 })).toEqual([12]);
      expect(await found({ newest: 100, limit: 1 })).toEqual([1]);
      expect(await found({ limit: 3 })).toEqual([1, 2, 3]);
      expect(await found({ limit: 3, after: 3 })).toEqual([4, 5, 6]);
      expect(await found({ realm: REALM, limit: 2, after: 5 })).toEqual([7, 9]);
      expect(await found({ after: 12 })).toEqual([]);
      expect(await found({ realm: "Realm-1" })).toEqual([]);
    });

    test("is found in every segment, however the clock went", async () => {
      await appendMany(30, (index) => ({ time: NOW * 1000 - index * 1_000, details: { filler: "x".repeat(500) } }));
      expect(await found({ since: NOW * 1000 - 5_000 })).toEqual([1, 2, 3, 4, 5, 6]);
      expect(await all()).toHaveLength(30);
    });

    test("verifies whatever a stranger called himself", async () => {
      const names = [
        "\ud800",
        "cut \ud83d",
        "\udc00\ud800",
        "\u2028\u2029",
        '"],["',
        "\n",
        "é",
        "😀".repeat(300),
        "'; drop table audit; --",
      ];
      await append(...names.map((clientId) => auditRecord({ clientId, ipAddress: clientId, details: { [clientId]: clientId } })));
      expect(await reads().verify()).toMatchObject({ ok: true, records: names.length });
      expect((await all()).map(({ clientId }) => clientId)).toEqual(names.map((name) => name.toWellFormed()));
    });

    test("an empty log verifies", async () => {
      expect(await reads().verify()).toEqual({ ok: true, records: 0, from: 1, to: 0 });
      expect(engine().store.reader.auditUsage()).toEqual({ bytes: 0, oldest: undefined });
    });
  });

  describe("SEC-LOG-05 verification finds the first bad record", () => {
    test.each([
      ["an edited body", "update audit set body = replace(body, 'record-5', 'record-X') where sequence = 5", 5],
      ["an edited realm", "update audit set realm_id = 'realm-2' where sequence = 5", 5],
      ["an edited client", "update audit set client_id = null where sequence = 5", 5],
      ["an edited type", "update audit set type = 'LOGIN' where sequence = 5", 5],
      ["an edited time", "update audit set time = time + 1 where sequence = 5", 5],
      ["an edited hash", "update audit set hash = (select hash from audit where sequence = 4) where sequence = 5", 5],
      ["a deleted record", "delete from audit where sequence = 5", 5],
      ["a deleted first record", "delete from audit where sequence = 1", 1],
      ["a deleted last record", "delete from audit where sequence = 20", 20],
      ["deleted last records", "delete from audit where sequence >= 15", 15],
      ["all records deleted", "delete from audit", 1],
      [
        "two records that changed places",
        "update audit set body = (select other.body from audit as other where other.sequence = 11 - audit.sequence) where sequence in (5, 6)",
        5,
      ],
      [
        "two rows that changed numbers",
        `update audit set sequence = -5 where sequence = 5;
         update audit set sequence = 5 where sequence = 6;
         update audit set sequence = 6 where sequence = -5`,
        5,
      ],
      [
        "a deleted record whose followers moved up",
        "delete from audit where sequence = 5; update audit set sequence = sequence - 1 where sequence > 5",
        5,
      ],
      [
        "a record put behind the end",
        "insert into audit select 21, time, realm_id, type, client_id, hash, body from audit where sequence = 20",
        21,
      ],
    ])("%s", async (_title, statements, sequence) => {
      await appendMany(20);
      expect(await reads().verify()).toMatchObject({ ok: true, records: 20 });
      for (const statement of statements.split(";")) engine().tamper(statement);
      expect(await reads().verify()).toMatchObject({ ok: false, sequence, why: expect.any(String) });
    });

    test("a whole segment taken out", async () => {
      await appendMany(40, () => ({ details: { filler: "x".repeat(500) } }));
      engine().tamper(
        "delete from audit where sequence between (select first_sequence from audit_segment where number = 2) and (select last_sequence from audit_segment where number = 2)",
      );
      engine().tamper("delete from audit_segment where number = 2");
      expect(await reads().verify()).toMatchObject({ ok: false });
    });
  });

  describe("retention", () => {
    const filler = { details: { filler: "x".repeat(500) } };

    test("drops whole segments by age, and the rest verifies from the anchor", async () => {
      for (const day of [0, 1, 2, 3]) await appendMany(3, () => ({ time: TODAY + day * DAY_MS }));
      expect(engine().store.reader.auditUsage().oldest).toBe(TODAY);
      expect(await engine().store.pruneAudit({ olderThan: TODAY + 2 * DAY_MS })).toBe(2);
      expect((await all()).map(({ sequence }) => sequence)).toEqual([7, 8, 9, 10, 11, 12]);
      expect(await reads().verify()).toEqual({ ok: true, records: 6, from: 7, to: 12 });
      expect(engine().store.reader.auditUsage().oldest).toBe(TODAY + 2 * DAY_MS);
      await appendMany(1, () => ({ time: TODAY + 3 * DAY_MS }));
      expect(await reads().verify()).toEqual({ ok: true, records: 7, from: 7, to: 13 });
    });

    test("keeps a segment until its newest record is older than the limit", async () => {
      await appendMany(2, () => ({ time: TODAY }));
      await appendMany(2, () => ({ time: TODAY + DAY_MS }));
      expect(await engine().store.pruneAudit({ olderThan: TODAY })).toBe(0);
      expect(await engine().store.pruneAudit({ olderThan: TODAY + 1 })).toBe(1);
      expect((await all()).map(({ sequence }) => sequence)).toEqual([3, 4]);
    });

    test("drops the oldest segments until the size fits", async () => {
      await appendMany(100, () => filler);
      const before = engine().store.reader.auditUsage().bytes;
      expect(before).toBeGreaterThan(100 * 500);
      expect(await engine().store.pruneAudit({ maxBytes: 20_000 })).toBeGreaterThan(1);
      const after = engine().store.reader.auditUsage().bytes;
      expect(after).toBeLessThanOrEqual(20_000);
      expect(after).toBeGreaterThan(10_000);
      expect((await all()).at(-1)?.sequence).toBe(100);
      expect(await reads().verify()).toMatchObject({ ok: true, to: 100 });
    });

    test("never drops the segment being written", async () => {
      await appendMany(3);
      expect(await engine().store.pruneAudit({ olderThan: TODAY + 9 * DAY_MS, maxBytes: 0 })).toBe(0);
      expect(await all()).toHaveLength(3);
    });

    test("is noticed when somebody else drops", async () => {
      await appendMany(40, () => filler);
      await engine().store.pruneAudit({ maxBytes: 12_000 });
      const first = (await all())[0]?.sequence ?? 0;
      engine().tamper(`delete from audit where sequence = ${first}`);
      expect(await reads().verify()).toMatchObject({ ok: false, sequence: first });
    });
  });
}
