import { afterAll, beforeAll, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../testing/admin.ts";
import { adminWorld, routePath, type World } from "../testing/admin-world.ts";
import { person } from "../testing/exchange-realm.ts";
import { testServer, type TestServer } from "../testing/test-server.ts";
import { ADMIN_ROUTES } from "./routes.ts";

/** Whoever has no right learns and changes nothing, on every route. */

let server: TestServer;
let nobody: TestAdmin;
let world: World;
beforeAll(async () => {
  server = await testServer([masterRealm({ users: [...(masterRealm()["users"] as readonly object[]), person("nobody")] })]);
  const admin = await adminOf(server);
  world = await adminWorld(server, admin, "world");
  nobody = await adminOf(server, { username: "nobody" });
}, 60_000);
afterAll(() => server.close());

const ask = async (method: "GET" | "POST" | "PUT" | "DELETE", url: string, token?: string): Promise<number> => {
  const headers = { "content-type": "application/json", ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const answer = await server.app.inject({ method, url, headers, ...(method !== "GET" && { payload: "{}" }) });
  return answer.statusCode;
};

test.each(ADMIN_ROUTES)("SEC-ADM-01 SEC-ADM-02 $method $path asks for rights first", async ({ method, path, global, needs }) => {
  const url = global === true ? `/admin${path}` : `/admin/realms${routePath(method, path, world.realm, () => world)}`;
  const version = await server.store.reader.changes.latest();
  expect(await ask(method, url)).toBe(401);
  expect(await ask(method, url, "garbage")).toBe(401);
  if (needs.length > 0) expect(await ask(method, url, nobody.token)).toBe(403);
  // Nowhere is told apart from somewhere by whoever may not know.
  if (needs.length > 0 && global !== true) {
    const elsewhere = `/admin/realms${routePath(method, path, world.realm, () => ({ ...world, ...missing(world) }))}`;
    expect(await ask(method, elsewhere, nobody.token)).toBe(403);
  }
  expect(await server.store.reader.changes.latest()).toBe(version);
});

/** Ids and names of nothing; the realm stays. */
const missing = (present: World): Partial<World> =>
  Object.fromEntries(Object.keys(present).map((kind) => [kind, kind === "realm" ? present.realm : "00000000-0000-4000-8000-000000000000"]));
