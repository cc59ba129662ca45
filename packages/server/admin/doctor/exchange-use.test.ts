import { openStore } from "@cambist/store/open.ts";
import type { AuditRecord } from "@cambist/store/ports.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readExchangeUse } from "./exchange-use.ts";

const NOW = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const record = (change: Partial<AuditRecord>): AuditRecord => ({
  id: "decision",
  time: NOW,
  realmId: "r",
  realmName: "r",
  type: "TOKEN_EXCHANGE",
  clientId: "portal",
  details: { audience: "shop" },
  facts: { rights: [{ target: "shop", permission: { permission: "p1" } }] },
  issued: [],
  shown: true,
  ...change,
});

let store: Awaited<ReturnType<typeof openStore>>;
beforeAll(async () => {
  store = await openStore(":memory:");
  const audit = [
    record({ time: NOW - 40 * DAY_MS, facts: { rights: [{ target: "old", permission: { permission: "p0" } }] } }),
    record({ time: NOW - 2 * DAY_MS }),
    record({ time: NOW - DAY_MS, realmId: "other" }),
    record({ type: "LOGIN" }),
    record({ type: "ADMIN_UPDATE", details: { resourcePath: "clients/c1/authz/resource-server/policy/x" }, facts: {} }),
    record({}),
  ];
  await store.writer.write({ audit });
});
afterAll(() => store.close());

test("the exchanges and changed permissions of the last days are read, and how far back the realm's records reach", async () => {
  expect(await readExchangeUse(store.reader.audit, "r", NOW)).toEqual({
    since: (NOW - 40 * DAY_MS) / 1000,
    usedPermissions: new Set(["p1"]),
    changed: new Set(["clients", "c1", "authz", "resource-server", "policy", "x"]),
    pairs: [{ requester: "portal", target: "shop", mismatch: false, count: 2, last: NOW / 1000 }],
  });
});

test("of a long log only the newest records are looked at, and the answer says that it reaches less far", async () => {
  const { since, pairs } = await readExchangeUse(store.reader.audit, "r", NOW, 3);
  expect(since).toBe(NOW / 1000);
  expect(pairs).toMatchObject([{ count: 1 }]);
});
