import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { testServer, type TestServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

interface Named {
  readonly id: string;
  readonly name: string;
}
let server: TestServer;
let admin: TestAdmin;
/** May manage users and nothing else. */
let manager: TestAdmin;
let target: string;
let management: string;
let user: string;

const clientId = async (name: string) => (await admin.get(`/walk/clients?clientId=${name}`)).json<Named[]>()[0]?.id ?? "";
const realmRole = async (name: string) => (await admin.get(`/walk/roles/${name}`)).json<Named>();
const managementRole = async (name: string) => (await admin.get(`/walk/clients/${management}/roles/${name}`)).json<Named>();
const names = async (path: string) => (await admin.get(path)).json<readonly Named[]>().map(({ name }) => name);
const status = async (answer: Promise<{ readonly statusCode: number }>) => (await answer).statusCode;
const at = () => `/walk/users/${user}/role-mappings`;
const adminRoles = () => `/walk/users/${user}/role-mappings/clients/${management}`;
let created = 0;
const newUser = (more: Readonly<Record<string, unknown>> = {}) =>
  admin.create("/walk/users", {
    username: `person-${(created += 1)}`,
    enabled: true,
    email: `person-${created}@example.com`,
    firstName: "Some",
    lastName: "Body",
    ...more,
  });

beforeAll(async () => {
  server = await testServer([
    masterRealm(),
    walkRealm("keycloak"),
    { realm: "other", enabled: true, roles: { realm: [{ name: "staff" }] } },
  ]);
  admin = await adminOf(server);
  target = await clientId("target");
  management = await clientId("realm-management");
  const id = await newUser({ username: "manager", credentials: [{ value: "password" }] });
  await admin.post(`/walk/users/${id}/role-mappings/clients/${management}`, [await managementRole("manage-users")]);
  manager = await adminOf(server, { realm: "walk", username: "manager" });
});
afterAll(() => server.close());
beforeEach(async () => {
  user = await newUser();
});

describe("role mappings", () => {
  test("are added and removed, twice if need be, and show what is there, what could be and what follows", async () => {
    const staff = await realmRole("staff");
    for (const _ of [1, 2]) expect(await status(admin.post(`${at()}/realm`, [staff]))).toBe(204);
    expect(await names(`${at()}/realm`)).toEqual(["default-roles-walk", "staff"]);
    expect(await names(`${at()}/realm/available`)).toEqual(["offline_access", "uma_authorization"]);
    expect(await names(`${at()}/realm/composite`)).toEqual(["default-roles-walk", "offline_access", "staff", "uma_authorization"]);
    for (const _ of [1, 2]) expect(await status(admin.delete(`${at()}/realm`, [staff]))).toBe(204);
    expect(await names(`${at()}/realm`)).toEqual(["default-roles-walk"]);
  });

  test("of clients stand under the names of the clients", async () => {
    const viewer = (await admin.get(`/walk/clients/${target}/roles/viewer`)).json<Named>();
    expect(await status(admin.post(`${at()}/clients/${target}`, [{ id: viewer.id, name: "viewer" }]))).toBe(204);
    expect((await admin.get(at())).json()).toMatchObject({
      realmMappings: [{ name: "default-roles-walk", composite: true, clientRole: false }],
      clientMappings: { target: { id: target, client: "target", mappings: [{ name: "viewer", clientRole: true, containerId: target }] } },
    });
    expect(await names(`${at()}/clients/${target}/available`)).toEqual(["token-exchange"]);
  });

  test("without a body all go", async () => {
    await admin.post(`${at()}/realm`, [await realmRole("staff")]);
    expect(await status(admin.delete(`${at()}/realm`))).toBe(204);
    expect((await admin.get(at())).json()).toEqual({});
  });

  test("of groups count for their members and those of the groups below", async () => {
    const team = await admin.create("/walk/groups", { name: `team of ${user}` });
    const shift = (await admin.post(`/walk/groups/${team}/children`, { name: "shift" })).json<Named>().id;
    const staff = await realmRole("staff");
    expect(await status(admin.post(`/walk/groups/${team}/role-mappings/realm`, [staff]))).toBe(204);
    expect(await names(`/walk/groups/${shift}/role-mappings/realm`)).toEqual([]);
    expect(await names(`/walk/groups/${shift}/role-mappings/realm/composite`)).toEqual(["staff"]);
    await admin.put(`/walk/users/${user}/groups/${shift}`);
    expect(await names(`${at()}/realm/composite`)).toContain("staff");
    expect((await admin.get(`/walk/groups/${team}`)).json()).toMatchObject({ realmRoles: ["staff"] });
  });

  test("of one group at the same time lose nothing", async () => {
    const team = await admin.create("/walk/groups", { name: `crowd of ${user}` });
    const roles = await Promise.all(
      [1, 2, 3, 4].map(async (number) => realmRole(await admin.create("/walk/roles", { name: `${number}-of-${user}` }))),
    );
    const answers = await Promise.all(roles.map((role) => status(admin.post(`/walk/groups/${team}/role-mappings/realm`, [role]))));
    expect(answers).toEqual([204, 204, 204, 204]);
    expect(await names(`/walk/groups/${team}/role-mappings/realm`)).toHaveLength(4);
  });

  test("SEC-ADM-04 need id and name of a role of the realm or client that the path names, all of them", async () => {
    const staff = await realmRole("staff");
    const foreign = (await admin.get("/other/roles/staff")).json<Named>();
    const viewer = (await admin.get(`/walk/clients/${target}/roles/viewer`)).json<Named>();
    const bodies = [
      [{ name: "staff" }],
      [{ id: staff.id }],
      [{ id: foreign.id, name: "staff" }],
      [viewer],
      [staff, { id: "nonsense", name: "x" }],
      [{}],
    ];
    for (const body of bodies) {
      const refused = await admin.post(`${at()}/realm`, body);
      expect([refused.statusCode, refused.json()]).toEqual([404, { error: "Role not found" }]);
    }
    expect(await status(admin.post(`${at()}/realm`, {}))).toBe(400);
    expect((await admin.post(`${at()}/clients/nonsense`, [viewer])).json()).toEqual({ error: "Client not found" });
    expect(await names(`${at()}/realm`)).toEqual(["default-roles-walk"]);
  });
});

describe("SEC-ADM-05 whoever manages users hands out no more than they hold", () => {
  test("not an admin role they lack, but one they hold", async () => {
    expect((await manager.get(`${adminRoles()}/available`)).json()).toMatchObject([{ name: "manage-users" }]);
    expect(await status(manager.post(adminRoles(), [await managementRole("manage-realm")]))).toBe(403);
    expect(await status(manager.post(adminRoles(), [await managementRole("realm-admin")]))).toBe(403);
    expect(await status(manager.post(adminRoles(), [await managementRole("manage-users")]))).toBe(204);
    expect(await names(adminRoles())).toEqual(["manage-users"]);
    expect((await manager.get(`${adminRoles()}/available`)).json()).toEqual([]);
  });

  test("nor take one away", async () => {
    await admin.post(adminRoles(), [await managementRole("manage-realm")]);
    expect(await status(manager.delete(adminRoles(), [await managementRole("manage-realm")]))).toBe(403);
    expect(await status(manager.delete(adminRoles()))).toBe(403);
    expect(await names(adminRoles())).toEqual(["manage-realm"]);
  });

  test("not through a composite", async () => {
    const name = `wrapper-of-${user}`;
    await admin.create("/walk/roles", { name });
    await admin.post(`/walk/roles/${name}/composites`, [await managementRole("manage-realm")]);
    expect(await status(manager.post(`/walk/users/${user}/role-mappings/realm`, [await realmRole(name)]))).toBe(403);
  });

  test("not through a group, by joining it, by being created in it, or by moving a group below it", async () => {
    const admins = await admin.create("/walk/groups", { name: `admins of ${user}` });
    const below = (await admin.post(`/walk/groups/${admins}/children`, { name: "below" })).json<Named>().id;
    await admin.post(`/walk/groups/${admins}/role-mappings/clients/${management}`, [await managementRole("manage-realm")]);
    const mine = await manager.create("/walk/groups", { name: `mine of ${user}` });
    expect(await status(manager.put(`/walk/users/${user}/groups/${admins}`))).toBe(403);
    expect(await status(manager.put(`/walk/users/${user}/groups/${below}`))).toBe(403);
    expect(await status(manager.post("/walk/users", { username: "sneaky", groups: [`/admins of ${user}`] }))).toBe(403);
    expect(await status(manager.post(`/walk/groups/${admins}/children`, { id: mine, name: `mine of ${user}` }))).toBe(403);
    expect(
      await status(manager.post(`/walk/groups/${mine}/role-mappings/clients/${management}`, [await managementRole("manage-realm")])),
    ).toBe(403);
    expect(await status(manager.put(`/walk/users/${user}/groups/${mine}`))).toBe(204);
  });

  test("SEC-ADM-10 a realm's own administrator has nothing to say in master or in another realm", async () => {
    for (const path of ["/master/users", "/other/users", "/other/groups"]) expect(await status(manager.get(path))).toBe(403);
  });
});
