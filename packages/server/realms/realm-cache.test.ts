import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { trimChangeLog } from "@cambist/store/sweep.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { testServer, type TestServer } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";
import { RealmCache } from "./realm-cache.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer([walkRealm("native"), walkRealm("native", { realm: "other" })]);
});
afterAll(() => server.close());

/** Another worker, which looks at the counter only when it is told to. */
async function worker(maxLoaded?: number) {
  const { reader } = server.store;
  const seen = { version: await reader.changes.latest() };
  const cache = new RealmCache({
    reads: reader.config,
    changes: reader.changes,
    secrets: server.services.secrets,
    features: server.services.config.features,
    dialect: "native",
    counter: { read: () => seen.version },
    ...(maxLoaded !== undefined && { maxLoaded }),
  });
  return { cache, catchUp: async () => void (seen.version = await reader.changes.latest()) };
}
function heapUsed(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed;
}

async function setLifespan(accessTokenLifespan: number): Promise<void> {
  const { config } = server.store.reader;
  const realmId = (await config.findRealmIdByName("walk")) ?? "";
  const row = (await config.loadRealm(realmId))?.realm;
  if (!row) throw new Error("no realm");
  await server.services.writer.write({
    commands: [{ do: "saveRealm", realmId, row: { ...row, representation: { ...row.representation, accessTokenLifespan } } }],
  });
}
const lifespan = async ({ cache }: { readonly cache: RealmCache }, name = "walk") =>
  (await cache.get(name))?.view.realm.accessTokenLifespan;
const trim = (kept: number): boolean => server.store.core.transact(({ database }) => trimChangeLog(database, kept, 1000));

test("a worker that follows the change log loads what changed and keeps the rest", async () => {
  const behind = await worker();
  await setLifespan(111);
  const [before, other] = [await lifespan(behind), await behind.cache.get("other")];
  await setLifespan(112);
  expect([before, await lifespan(behind)]).toEqual([111, 111]);
  await behind.catchUp();
  expect(await lifespan(behind)).toBe(112);
  expect(await behind.cache.get("other")).toBe(other);
});

test("one that is further behind than the log goes loads everything anew, once", async () => {
  const behind = await worker();
  await setLifespan(121);
  const other = await behind.cache.get("other");
  expect(await lifespan(behind)).toBe(121);
  for (const seconds of [122, 123, 124]) await setLifespan(seconds);
  trim(1);
  await behind.catchUp();
  expect(await lifespan(behind)).toBe(124);
  const again = await behind.cache.get("other");
  expect(again).not.toBe(other);
  expect(await behind.cache.get("other")).toBe(again);
});

test("one for which the log goes back far enough keeps what it has", async () => {
  const behind = await worker();
  const other = await behind.cache.get("other");
  for (const seconds of [131, 132]) await setLifespan(seconds);
  trim(2);
  await behind.catchUp();
  expect(await lifespan(behind)).toBe(132);
  expect(await behind.cache.get("other")).toBe(other);
});

test("SEC-DOS-04 no more realms are kept than may be, and one that was let go is loaded as it is now", async () => {
  const narrow = await worker(1);
  const [walk, other] = [await narrow.cache.get("walk"), await narrow.cache.get("other")];
  expect(await narrow.cache.get("other")).toBe(other);
  const again = await narrow.cache.get("walk");
  expect(again?.view.realm.id).toBe(walk?.view.realm.id);
  expect(again).not.toBe(walk);
  expect(await narrow.cache.get("other")).not.toBe(other);
});

test(
  "SEC-DOS-04 a million realm names that nobody has push out no realm, and next to nothing of them is remembered",
  { timeout: 120_000 },
  async () => {
    const asked = await worker(2);
    const walk = await asked.cache.get("walk");
    const before = heapUsed();
    for (let index = 0; index < 1_000_000; index += 1) await asked.cache.get(`made-up-${index}`);
    expect(heapUsed() - before).toBeLessThan(4 * 1_048_576);
    expect(await asked.cache.get("walk")).toBe(walk);
  },
);
