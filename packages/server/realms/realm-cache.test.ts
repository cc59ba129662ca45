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
async function worker() {
  const { reader } = server.store;
  const seen = { version: await reader.changes.latest() };
  const cache = new RealmCache({
    reads: reader.config,
    changes: reader.changes,
    secrets: server.services.secrets,
    features: server.services.config.features,
    dialect: "native",
    counter: { read: () => seen.version },
  });
  return { cache, catchUp: async () => void (seen.version = await reader.changes.latest()) };
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
