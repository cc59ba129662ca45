import { afterAll, beforeAll, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { testServer, type TestServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";
import { groupRoutes } from "../groups/routes.ts";
import { roleMappingRoutes } from "../role-mappings/routes.ts";
import { userRoutes } from "./routes.ts";

/** Every route about one user or group. */
const ROUTES = [...userRoutes, ...groupRoutes, ...roleMappingRoutes].filter(({ path }) => /:(?:user|group)\b/.test(path));

let server: TestServer;
let admin: TestAdmin;
let ids: Readonly<Record<string, string>>;
beforeAll(async () => {
  server = await testServer([masterRealm(), walkRealm("keycloak"), { realm: "other", enabled: true }]);
  admin = await adminOf(server);
  const [alice] = (await admin.get("/walk/users?username=alice&exact=true")).json<{ readonly id: string }[]>();
  const [client] = (await admin.get("/other/clients?clientId=account")).json<{ readonly id: string }[]>();
  ids = { user: alice?.id ?? "", group: await admin.create("/walk/groups", { name: "team" }), client: client?.id ?? "" };
});
afterAll(() => server.close());

test.each(ROUTES.map(({ method, path }) => [method, path] as const))(
  "SEC-ADM-03 %s %s finds nothing of another realm",
  async (method, path) => {
    const everything = () => Promise.all([admin.get(`/walk/users/${ids["user"]}`), admin.get(`/walk/groups/${ids["group"]}`)]);
    const before = (await everything()).map(({ body }) => body);
    const url = `/admin/realms/other${path.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? "nonsense")}`;
    const isText = path.endsWith("userLabel");
    const answer = await server.app.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${admin.token}`,
        ...(method !== "GET" && { "content-type": isText ? "text/plain" : "application/json" }),
      },
      ...(method !== "GET" && {
        payload: isText ? "label" : path.includes("role-mappings") ? "[]" : path.endsWith("group") ? '{"name":"x"}' : "{}",
      }),
    });
    const expected = path.endsWith("/children") && method === "POST" ? [400, 404] : [404];
    expect(expected).toContain(answer.statusCode);
    expect((await everything()).map(({ body }) => body)).toEqual(before);
  },
);
