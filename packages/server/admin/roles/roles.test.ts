import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { type TestServer, testServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;
const R = "/walk/roles";

let server: TestServer;
let admin: TestAdmin;
let target: string;
let number = 0;
let name: string;
beforeAll(async () => {
  const viewer = {
    username: "viewer",
    enabled: true,
    email: "viewer@example.com",
    firstName: "V",
    lastName: "Iewer",
    credentials: [{ type: "password", value: "password" }],
    clientRoles: { "realm-management": ["view-users"] },
  };
  const users = [...(walkRealm("keycloak")["users"] as readonly Json[]), viewer];
  server = await testServer([masterRealm(), walkRealm("keycloak", { users }), { ...walkRealm("keycloak"), realm: "elsewhere" }]);
  admin = await adminOf(server);
  target = (await admin.get("/walk/clients?clientId=target")).json<readonly { readonly id: string }[]>()[0]?.id ?? "";
});
afterAll(() => server.close());
beforeEach(() => {
  name = `role-${(number += 1)}`;
});

const read = async (role: string): Promise<Json> => (await admin.get(`${R}/${role}`)).json<Json>();
const names = (body: Json[]): readonly unknown[] => body.map((role) => role["name"]);

describe("a role", () => {
  test("is made with an id of ours and shown in full alone, in brief in lists", async () => {
    await admin.create(R, { id: "mine", name, description: "Some", attributes: { floor: ["1", "2"] } });
    const role = await read(name);
    expect(role).toMatchObject({ name, description: "Some", composite: false, clientRole: false, attributes: { floor: ["1", "2"] } });
    expect(role["id"]).not.toBe("mine");
    const listed = (await admin.get(`${R}?search=${name.toUpperCase()}`)).json<Json[]>();
    expect(listed).toEqual([
      { id: role["id"], name, description: "Some", composite: false, clientRole: false, containerId: role["containerId"] },
    ]);
  });

  test("may have a space and a slash in its name", async () => {
    expect((await admin.post(R, { name: "head of/desk" })).headers["location"]).toMatch(/\/roles\/head%20of%2Fdesk$/);
    expect(await read("head%20of%2Fdesk")).toMatchObject({ name: "head of/desk" });
    expect((await admin.delete(`${R}/head%20of%2Fdesk`)).statusCode).toBe(204);
  });

  test.each([
    ["without a name", {}, 400, { error: "role has no name" }],
    ["of a taken name", { name: "staff" }, 409, { errorMessage: "Role with name staff already exists" }],
    ["with unknown composites", { name: "x", composites: { realm: ["nonsense"] } }, 404, { error: "Could not find composite role" }],
    ["of a wrong type", { name: "x", attributes: "text" }, 400, { error: "unknown_error", error_description: "Cannot parse the JSON" }],
  ] as const)("is not made %s", async (_title, body, status, answer) => {
    const refused = await admin.post(R, body);
    expect([refused.statusCode, refused.json()]).toEqual([status, answer]);
  });

  test("is replaced by a PUT, except for attributes that it does not name", async () => {
    await admin.create(R, { name, description: "Some", attributes: { a: ["1"] } });
    expect((await admin.put(`${R}/${name}`, { name: `${name}-renamed` })).statusCode).toBe(204);
    const role = await read(`${name}-renamed`);
    expect(role).toMatchObject({ attributes: { a: ["1"] } });
    expect(role).not.toHaveProperty("description");
    expect((await admin.put(`${R}/${name}-renamed`, { name: "staff" })).statusCode).toBe(409);
    expect((await admin.put(`${R}/${name}-renamed`, { description: "nameless" })).json()).toEqual({ error: "role has no name" });
  });

  test("that is the realm's default can be renamed and not deleted", async () => {
    await admin.put("/elsewhere/roles/default-roles-elsewhere", { name: "everybody", description: "All" });
    expect((await admin.get("/elsewhere")).json()).toMatchObject({ defaultRole: { name: "everybody", description: "All" } });
    expect((await admin.delete("/elsewhere/roles/everybody")).json()).toEqual({
      errorMessage: "everybody is default role of the realm and cannot be removed.",
    });
  });

  test("of a client lives under the client, and is found by id", async () => {
    const path = `/walk/clients/${target}/roles`;
    await admin.create(path, { name });
    const role = (await admin.get(`${path}/${name}`)).json<Json>();
    expect(role).toMatchObject({ clientRole: true, containerId: target });
    expect((await admin.get(`/walk/roles-by-id/${String(role["id"])}`)).json()).toEqual(role);
    expect((await admin.get(`${R}/${name}`)).json()).toEqual({ error: "Could not find role" });
  });
});

describe("composites", () => {
  test("are added all or not at all, may hold the role itself, and count at once", async () => {
    await admin.create(R, { name });
    const [staff, own] = [await read("staff"), await read(name)];
    const path = `${R}/${name}/composites`;
    expect((await admin.post(path, [staff, { id: "nonsense", name: "x" }])).json()).toEqual({ error: "Could not find composite role" });
    expect((await admin.get(path)).json()).toEqual([]);
    expect((await admin.post(path, [staff, own])).statusCode).toBe(204);
    expect(names((await admin.get(path)).json())).toEqual([name, "staff"]);
    expect(await read(name)).toMatchObject({ composite: true });
    expect((await admin.delete(path, [own])).statusCode).toBe(204);
    expect(names((await admin.get(`${path}/realm`)).json())).toEqual(["staff"]);
    expect((await admin.get(`${path}/clients/${target}`)).json()).toEqual([]);
  });

  test("come with the body of a new role", async () => {
    await admin.create(R, { name, composite: true, composites: { realm: ["staff"], client: { target: ["viewer"] } } });
    expect(names((await admin.get(`${R}/${name}/composites`)).json())).toEqual(["staff", "viewer"]);
  });

  test("SEC-ADM-04 of another realm are not there", async () => {
    await admin.create(R, { name });
    const foreign = (await admin.get("/elsewhere/roles/staff")).json<Json>();
    expect((await admin.post(`${R}/${name}/composites`, [foreign])).statusCode).toBe(404);
    expect((await admin.get(`/walk/roles-by-id/${String(foreign["id"])}`)).statusCode).toBe(404);
    expect((await admin.delete(`/walk/roles-by-id/${String(foreign["id"])}`)).statusCode).toBe(404);
    expect((await admin.get("/elsewhere/roles/staff")).json()).toEqual(foreign);
  });
});

describe("holders of a role", () => {
  test("are its users and groups", async () => {
    await admin.create(R, { name });
    const role = await read(name);
    const group = await admin.create("/walk/groups", { name: `group-of-${name}` });
    await admin.post(`/walk/groups/${group}/role-mappings/realm`, [role]);
    expect((await admin.get(`${R}/staff/users`)).json<Json[]>().map((user) => user["username"])).toEqual(["alice", "operator"]);
    expect((await admin.get(`${R}/${name}/groups`)).json()).toEqual([
      { id: group, name: `group-of-${name}`, path: `/group-of-${name}`, subGroups: [] },
    ]);
    expect((await admin.get(`${R}/nonsense/users`)).json()).toEqual({ error: "Could not find role" });
  });
});

test("whoever sees users sees the realm's roles, not those of clients, and changes none", async () => {
  const viewer = await adminOf(server, { realm: "walk", username: "viewer" });
  expect((await viewer.get(R)).statusCode).toBe(200);
  expect((await viewer.get(`/walk/clients/${target}/roles`)).statusCode).toBe(403);
  expect((await viewer.post(R, { name })).statusCode).toBe(403);
  const role = (await admin.get(`/walk/clients/${target}/roles/viewer`)).json<Json>();
  expect((await viewer.get(`/walk/roles-by-id/${String(role["id"])}`)).statusCode).toBe(403);
  expect((await viewer.delete(`/walk/roles-by-id/${String((await read("staff"))["id"])}`)).statusCode).toBe(403);
});
