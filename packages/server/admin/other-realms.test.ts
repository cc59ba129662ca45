import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { exportContext } from "../exports/export-context.ts";
import { realmParts } from "../exports/realm-parts.ts";
import { adminOf, masterRealm, type TestAdmin } from "../testing/admin.ts";
import { bodyOf, send, sendText } from "../testing/admin-samples.ts";
import { adminWorld, routeParameters, routePath, type World, type WorldKind } from "../testing/admin-world.ts";
import { testServer, type TestServer } from "../testing/test-server.ts";
import { ADMIN_ROUTES } from "./routes.ts";

/**
 * Ids and names of realm A mean nothing in realm B: in the path, alone or below an object of B, and in the body. A route whose parameters or
 * body the tables in `testing/` do not know fails here.
 */

const WALKED = ADMIN_ROUTES.filter(({ global, path }) => global !== true && /:|\*/.test(path));

/** Keycloak answers these the same for an id that is nowhere; so the answer must be just that. */
const INDIFFERENT: ReadonlySet<string> = new Set([
  "DELETE /clients-initial-access/:id",
  "GET /attack-detection/brute-force/users/:id",
  "DELETE /attack-detection/brute-force/users/:id",
]);

/** Without a query, or in a world without such a thing, these have nothing to show even of one's own. */
const EMPTY_HANDED: Readonly<Record<string, number>> = {
  "/clients/:client/client-secret/rotated": 404,
  "/clients/:client/evaluate-scopes/generate-example-access-token": 404,
  "/clients/:client/evaluate-scopes/generate-example-id-token": 404,
  "/clients/:client/evaluate-scopes/generate-example-userinfo": 404,
  "/clients/:client/authz/resource-server/resource/search": 400,
  "/clients/:client/authz/resource-server/scope/search": 400,
  "/clients/:client/authz/resource-server/policy/search": 400,
  "/clients/:client/authz/resource-server/permission/search": 400,
  "/identity-provider/instances/:alias/export": 204,
  "/components/:id/sub-component-types": 400,
};

let server: TestServer;
let admin: TestAdmin;
let a: World;
let b: World;
beforeAll(async () => {
  server = await testServer([masterRealm()]);
  admin = await adminOf(server);
  [a, b] = [await adminWorld(server, admin, "aaa"), await adminWorld(server, admin, "bbb")];
}, 60_000);
afterAll(() => server.close());

/** All of a realm: its whole export, and what an export leaves out. */
async function everythingOf(world: World): Promise<string> {
  const realm = await server.services.admin.realmByName(world.realm);
  if (!realm) throw new Error(`${world.realm} is gone`);
  const context = await exportContext({ store: server.services.admin, realm, secrets: server.services.secrets }, true);
  const parts: unknown[] = [];
  for await (const part of realmParts(context, { clients: true, groupsAndRoles: true, users: "all" })) {
    if ("value" in part) parts.push(part.member, part.value);
    else for await (const element of part.elements) parts.push(part.member, element);
  }
  for (const path of [
    `/users/${world.user}/sessions`,
    `/organizations/${world.organization}/members`,
    "/clients-initial-access",
    `/attack-detection/brute-force/users/${world.user}`,
  ])
    parts.push((await admin.get(`/${world.realm}${path}`)).json());
  return JSON.stringify(parts);
}

/** A body that is good in realm A, from where the ids are. */
async function bodyOfA(method: string, path: string): Promise<unknown> {
  const sample = bodyOf(method, path);
  return typeof sample === "function" ? sample(a, "unused", admin) : undefined;
}

/** Every way to put something of A into a path of B: all of it, and each single parameter. */
function mixes(method: string, path: string): readonly (readonly [string, (index: number) => World])[] {
  const places = routeParameters(method, path).flatMap(({ meaning, name }, index) =>
    typeof meaning === "string" ? [{ name, index }] : [],
  );
  const single = places.map(({ name, index }) => [name, (at: number) => (at === index ? a : b)] as const);
  return places.length < 2 ? single : [["everything", () => a] as const, ...single];
}

describe("H5 SEC-ADM-03 another realm's ids in the path", () => {
  test.each(WALKED.filter(({ method }) => method === "GET"))("control: GET $path finds what is its own", async ({ method, path }) => {
    const answer = await admin.get(routePath(method, path, "bbb", () => b));
    expect(answer.statusCode, `answered ${answer.body}`).toBe(EMPTY_HANDED[path] ?? 200);
  });

  const cases = WALKED.flatMap(({ method, path }) => mixes(method, path).map(([what, worldOf]) => ({ method, path, what, worldOf })));
  test.each(cases)("$method $path does not know $what of another realm", async ({ method, path, worldOf }) => {
    const reads = method === "GET";
    const body = await bodyOfA(method, path);
    const everything = () => (reads ? undefined : Promise.all([everythingOf(a), everythingOf(b)]));
    const before = await everything();
    const version = await server.store.reader.changes.latest();
    const ask = (of: (index: number) => World) => {
      const target = routePath(method, path, "bbb", of);
      return bodyOf(method, path) === "other" ? sendText(server, admin, method, target) : send(admin, method, target, body);
    };
    const answer = await ask(worldOf);
    if (INDIFFERENT.has(`${method} ${path}`)) {
      const nowhere = Object.fromEntries(Object.keys(b).map((kind) => [kind, randomUUID()])) as Record<WorldKind, string>;
      const same = await ask((index) => (worldOf(index) === a ? nowhere : b));
      expect([answer.statusCode, answer.body]).toEqual([same.statusCode, same.body]);
    } else {
      expect([403, 404], `answered ${answer.body}`).toContain(answer.statusCode);
      expect(await server.store.reader.changes.latest()).toBe(version);
    }
    expect(await everything()).toEqual(before);
  });
});

const ids = (world: World): readonly string[] => Object.values(world).filter((value) => /^[0-9a-f-]{36}$/.test(value));

describe("H5 SEC-ADM-04 another realm's ids in the body", () => {
  const writes = ADMIN_ROUTES.filter(
    ({ method, global, path }) => global !== true && (method === "POST" || method === "PUT") && typeof bodyOf(method, path) === "function",
  );

  test.each(writes)("$method $path takes none of them", async ({ method, path }) => {
    const body = await bodyOfA(method, path);
    if (!ids(a).some((id) => JSON.stringify(body).includes(id))) return;
    const before = await everythingOf(a);
    const answer = await send(
      admin,
      method,
      routePath(method, path, b.realm, () => b),
      body,
    );
    expect(answer.statusCode, `answered ${answer.body}`).toBeLessThan(500);
    expect(await everythingOf(a)).toBe(before);
    const after = await everythingOf(b);
    // A mapper is a part of its client: one with the same id is a copy, and no reference.
    const kinds = Object.entries(a).filter(([kind, id]) => kind !== "clientMapper" && ids(a).includes(id) && after.includes(id));
    if (answer.statusCode < 300) b = await adminWorld(server, admin, `bbb-${randomUUID().slice(0, 8)}`);
    expect(kinds).toEqual([]);
  });

  const owned: readonly (readonly [string, WorldKind])[] = [
    ["/users", "user"],
    ["/groups", "group"],
    ["/roles", "realmRoleId"],
    ["/clients", "client"],
    ["/client-scopes", "clientScope"],
    ["/clients/:client/protocol-mappers/models", "clientMapper"],
    ["/clients/:client/authz/resource-server/policy", "policy"],
    ["/clients/:client/authz/resource-server/scope", "authzScope"],
    ["/identity-provider/instances/:alias/mappers", "providerMapper"],
    ["/components", "component"],
    ["/authentication/flows", "flow"],
    ["/organizations", "organization"],
  ];
  test.each(owned)("POST %s does not take over what has the id that it brings", async (path, kind) => {
    const sample = bodyOf("POST", path);
    const body = typeof sample === "function" ? await sample(b, "brought-id", admin) : {};
    const before = await everythingOf(a);
    const answer = await send(
      admin,
      "POST",
      routePath("POST", path, b.realm, () => b),
      { ...(body as object), id: a[kind] },
    );
    expect(answer.statusCode, `answered ${answer.body}`).toBeLessThan(500);
    expect(await everythingOf(a)).toBe(before);
  });
});
