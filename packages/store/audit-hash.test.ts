import { createHash } from "node:crypto";
import { assert, option, property, string, uint8Array } from "fast-check";
import { expect, test } from "vitest";
import { type AuditHead, auditBody, chainHash, FIRST_HASH, storedRecord } from "./audit-hash.ts";
import { auditRecord } from "./testing/rows.ts";

const head: AuditHead = { sequence: 7, time: 1_800_000_000_123, realmId: "realm-1", type: "TOKEN_EXCHANGE", clientId: null };

/** The hash as its description says, put together the slow way. */
const described = (previous: Uint8Array, { sequence, time, realmId, type, clientId }: AuditHead, body: string): string =>
  createHash("sha256")
    .update(previous)
    .update(JSON.stringify([sequence, time, realmId, type, clientId]))
    .update("\n")
    .update(body)
    .digest("hex");
const computed = (previous: Uint8Array, one: AuditHead, body: string): string =>
  Buffer.from(chainHash(previous, one, body).hash).toString("hex");

test("SEC-LOG-05 the hash is what its description says, for any text", () => {
  const text = string({ unit: "binary", maxLength: 300 });
  assert(
    property(text, text, option(text), uint8Array({ minLength: 32, maxLength: 32 }), (body, realmId, clientId, previous) => {
      const one = { ...head, realmId, clientId };
      expect(computed(previous, one, body)).toBe(described(previous, one, body));
    }),
  );
}, 60_000);

test("a body larger than any before is hashed whole", () => {
  const body = "é".repeat(200_000);
  expect(computed(FIRST_HASH, head, body)).toBe(described(FIRST_HASH, head, body));
});

test("members move between head and body without giving the same hash", () => {
  expect(computed(FIRST_HASH, { ...head, type: 'A",null]\n{}' }, "{}")).not.toBe(computed(FIRST_HASH, { ...head, type: "A" }, "{}\n{}"));
});

test("the members of a body have one order, whatever the order of the record", () => {
  const record = auditRecord({ id: "record-1", issued: ["token-1"] });
  const reversed = Object.fromEntries(Object.entries(record).reverse()) as unknown as typeof record;
  expect(auditBody(reversed)).toBe(auditBody(record));
  expect(Object.keys(JSON.parse(auditBody(record)) as object)).toEqual([
    "id",
    "realmName",
    "userId",
    "sessionId",
    "ipAddress",
    "details",
    "facts",
    "issued",
    "shown",
  ]);
});

test("a record comes back from its row", () => {
  const { clientId, ...record } = auditRecord();
  const { time, realmId: realm_id, type } = record;
  const row = { sequence: 1, time, realm_id, type, client_id: null, hash: FIRST_HASH, body: auditBody(record) };
  expect(clientId).toBe("orders");
  expect(storedRecord(row)).toEqual({ ...record, sequence: 1, hash: "00".repeat(32) });
});
