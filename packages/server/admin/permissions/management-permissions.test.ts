import { beforeAll, describe, expect, test } from "vitest";

import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { basic, signIn, type TestServer, testServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

interface Reference {
  readonly enabled: boolean;
  readonly resource?: string;
  readonly scopePermissions?: Readonly<Record<string, string>>;
}

const clientUuid = async (admin: TestAdmin, clientId: string, realm = "walk"): Promise<string> =>
  (await admin.get(`/${realm}/clients?clientId=${clientId}`)).json<{ id: string }[]>()[0]?.id ?? "";

async function exchange(server: TestServer, token: string, audience = "target"): Promise<number> {
  const form = { grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", subject_token: token, audience };
  return (await server.post("/realms/walk/protocol/openid-connect/token", form, basic("conf", "secret-of-conf"))).statusCode;
}

let server: TestServer;
let admin: TestAdmin;
let authz: string;
let target: string;
beforeAll(async () => {
  const other = { realm: "other", enabled: true, clients: [{ clientId: "far" }], roles: { realm: [{ name: "far" }] } };
  server = await testServer([masterRealm(), walkRealm("keycloak", { groups: [{ name: "team" }] }), other]);
  admin = await adminOf(server);
  authz = `/walk/clients/${await clientUuid(admin, "realm-management")}/authz/resource-server`;
  target = await clientUuid(admin, "target");
});

describe("the permission to exchange to a client", () => {
  test("counts from the answer to its last call on, and no longer than until it is taken back", async () => {
    const { access_token: token } = await signIn(server);
    const path = `/walk/clients/${target}/management/permissions`;
    expect((await admin.get(path)).json()).toEqual({ enabled: false });
    const on = (await admin.put(path, { enabled: true })).json<Reference>();
    expect(on).toEqual({ enabled: true, resource: expect.any(String), scopePermissions: expect.any(Object) });
    const permission = on.scopePermissions?.["token-exchange"] ?? "";
    expect(await exchange(server, token)).toBe(403);

    const clients = [await clientUuid(admin, "conf")];
    const policy = (await admin.post(`${authz}/policy/client`, { name: "conf may", clients })).json<{ id: string }>().id;
    expect(await exchange(server, token)).toBe(403);

    const whole = (await admin.get(`${authz}/permission/scope/${permission}`)).json<object>();
    const attached = await admin.put(`${authz}/permission/scope/${permission}`, { ...whole, policies: [policy] });
    expect([attached.statusCode, attached.body]).toEqual([201, ""]);
    expect(await exchange(server, token)).toBe(200);

    await admin.put(`${authz}/permission/scope/${permission}`, { ...whole, policies: [] });
    expect(await exchange(server, token)).toBe(403);
    await admin.put(`${authz}/permission/scope/${permission}`, { ...whole, policies: ["conf may"] });
    expect(await exchange(server, token)).toBe(200);

    // A policy that changes counts as fast as one that comes or goes.
    await admin.put(`${authz}/policy/client/${policy}`, { name: "conf may", clients: ["other"] });
    expect(await exchange(server, token)).toBe(403);
    await admin.put(`${authz}/policy/client/${policy}`, { name: "conf may", clients: ["conf"] });
    expect(await exchange(server, token)).toBe(200);

    expect((await admin.put(path, {})).json()).toEqual({ enabled: false });
    expect(await exchange(server, token)).toBe(403);
  });

  test("is made once, under Keycloak's names", async () => {
    const path = `/walk/clients/${target}/management/permissions`;
    const first = (await admin.put(path, { enabled: true })).json<Reference>();
    expect((await admin.put(path, { enabled: true })).json()).toEqual(first);
    const names = (await admin.get(`${authz}/permission?name=.client.${target}`)).json<{ name: string }[]>().map(({ name }) => name);
    const scopes = ["configure", "manage", "map-roles", "map-roles-client-scope", "map-roles-composite", "token-exchange", "view"];
    expect(names.toSorted()).toEqual(scopes.map((scope) => `${scope}.permission.client.${target}`).toSorted());
    const [resource] = (await admin.get(`${authz}/resource?name=client.resource.${target}`)).json<
      { type: string; scopes: { name: string }[] }[]
    >();
    expect(resource?.type).toBe("Client");
    expect(resource?.scopes.map(({ name }) => name).toSorted()).toEqual(scopes);
  });

  test("survives that several switch it on at once", async () => {
    const uuid = await clientUuid(admin, "other");
    const path = `/walk/clients/${uuid}/management/permissions`;
    const answers = await Promise.all(Array.from({ length: 4 }, () => admin.put(path, { enabled: true })));
    expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    expect((await admin.get(`${authz}/permission?name=.client.${uuid}`)).json()).toHaveLength(7);
  });

  test("goes with its client; the scopes stay", async () => {
    const uuid = await admin.create("/walk/clients", { clientId: "short-lived" });
    await admin.put(`/walk/clients/${uuid}/management/permissions`, { enabled: true });
    expect((await admin.delete(`/walk/clients/${uuid}`)).statusCode).toBe(204);
    expect((await admin.get(`${authz}/permission?name=${uuid}`)).json()).toEqual([]);
    expect((await admin.get(`${authz}/resource?name=${uuid}`)).json()).toEqual([]);
    expect((await admin.get(`${authz}/scope?name=token-exchange`)).json()).toHaveLength(1);
  });
});

test("permissions of roles and groups go on and off", async () => {
  const { id: role } = (await admin.get("/walk/roles/staff")).json<{ id: string }>();
  const [group] = (await admin.get("/walk/groups")).json<{ id: string }[]>();
  for (const [thing, count] of [
    [`roles-by-id/${role}`, 3],
    ["roles/staff", 3],
    [`clients/${target}/roles/viewer`, 3],
    [`groups/${group?.id}`, 5],
  ] as const) {
    const path = `/walk/${thing}/management/permissions`;
    const on = (await admin.put(path, { enabled: true })).json<Reference>();
    expect([thing, Object.keys(on.scopePermissions ?? {}).length]).toEqual([thing, count]);
    expect((await admin.get(path)).json()).toEqual(on);
    expect((await admin.put(path, { enabled: false })).json()).toEqual({ enabled: false });
  }
});

test("permissions of a role by its name and by its id are the same", async () => {
  const { id } = (await admin.get("/walk/roles/staff")).json<{ id: string }>();
  const on = (await admin.put("/walk/roles/staff/management/permissions", { enabled: true })).json();
  expect((await admin.get(`/walk/roles-by-id/${id}/management/permissions`)).json()).toEqual(on);
});

test("SEC-ADM-03 things of another realm have no permissions here", async () => {
  const far = await clientUuid(admin, "far", "other");
  const role = (await admin.get("/other/roles/far")).json<{ id: string }>().id;
  for (const path of [`clients/${far}`, `roles-by-id/${role}`, "groups/nonsense", "identity-provider/instances/nonsense", "roles/far"]) {
    const answer = await admin.put(`/walk/${path}/management/permissions`, { enabled: true });
    expect([path, answer.statusCode]).toEqual([path, 404]);
  }
  expect((await admin.get(`${authz}/resource?name=${far}`)).json()).toEqual([]);
});

test("an unknown member is refused and changes nothing", async () => {
  const path = `/walk/clients/${target}/management/permissions`;
  const before = (await admin.get(path)).json<Reference>();
  expect((await admin.put(path, { enabled: false, nonsense: 1 })).statusCode).toBe(400);
  expect((await admin.get(path)).json()).toEqual(before);
});

async function loggedSwitches(): Promise<number> {
  const records = await server.store.reader.audit.list({ type: "ADMIN_UPDATE", limit: 1000 });
  return records.filter(({ details }) => details["resourcePath"] === "users-management-permissions").length;
}

test("SEC-ADM-16 switching is in the audit log, and no admin event of the view", async () => {
  const view = async (): Promise<number> => (await admin.get("/walk/admin-events")).json<unknown[]>().length;
  await admin.put("/walk", { adminEventsEnabled: true });
  const [shown, logged] = [await view(), await loggedSwitches()];
  await admin.put("/walk/users-management-permissions", { enabled: true });
  expect([await view(), await loggedSwitches()]).toEqual([shown, logged + 1]);
});

test("SEC-ADM-17 without the feature they answer 501", async () => {
  const off = await testServer([masterRealm(), walkRealm("keycloak")], {
    features: {
      tokenExchange: true,
      standardTokenExchange: true,
      impersonation: true,
      fineGrainedAdminPermissions: false,
      userEventMetrics: true,
    },
  });
  const boss = await adminOf(off);
  for (const path of [`/walk/clients/${await clientUuid(boss, "target")}/management/permissions`, "/walk/users-management-permissions"]) {
    const answer = await boss.put(path, { enabled: true });
    expect([answer.statusCode, answer.json()]).toEqual([501, { error: "Feature not enabled" }]);
    expect((await boss.get(path)).statusCode).toBe(501);
  }
  await off.close();
});

describe("SEC-ADM-05 who may impersonate is decided by those who may", () => {
  let clerk: TestAdmin;
  let impersonate: string;
  let policy: string;
  const attach = (who: TestAdmin, policies: readonly string[]): Promise<{ statusCode: number }> =>
    who.put(`${authz}/permission/scope/${impersonate}`, { name: "admin-impersonating.permission.users", policies });

  beforeAll(async () => {
    const id = await admin.create("/walk/users", {
      username: "clerk",
      enabled: true,
      email: "clerk@example.com",
      firstName: "C",
      lastName: "K",
      credentials: [{ type: "password", value: "password" }],
    });
    const management = await clientUuid(admin, "realm-management");
    const role = (await admin.get(`/walk/clients/${management}/roles/manage-clients`)).json<object>();
    await admin.post(`/walk/users/${id}/role-mappings/clients/${management}`, [role]);
    clerk = await adminOf(server, { realm: "walk", username: "clerk" });
    const on = (await admin.put("/walk/users-management-permissions", { enabled: true })).json<Reference>();
    impersonate = on.scopePermissions?.["impersonate"] ?? "";
    policy = (await clerk.post(`${authz}/policy/client`, { name: "who", clients: ["conf"] })).json<{ id: string }>().id;
  });

  test("a manager of clients attaches no policy to it", async () => {
    expect((await attach(clerk, [policy])).statusCode).toBe(403);
    expect((await admin.get(`${authz}/policy/${impersonate}/associatedPolicies`)).json()).toEqual([]);
  });

  test("nor changes or deletes one that is attached, or one behind it", async () => {
    const all = (await admin.post(`${authz}/policy/aggregate`, { name: "all of them", policies: [policy] })).json<{ id: string }>().id;
    expect((await attach(admin, [all])).statusCode).toBe(201);
    expect((await clerk.put(`${authz}/policy/client/${policy}`, { name: "who", clients: ["other"] })).statusCode).toBe(403);
    expect((await clerk.delete(`${authz}/policy/${policy}`)).statusCode).toBe(403);
    expect((await clerk.delete(`${authz}/policy/${all}`)).statusCode).toBe(403);
    expect((await clerk.delete(`${authz}/permission/scope/${impersonate}`)).statusCode).toBe(403);
    const settings = { policies: [{ name: "who", type: "client", config: { clients: '["other"]' } }] };
    expect((await clerk.post(`${authz}/import`, settings)).statusCode).toBe(403);
    expect((await clerk.put(`${authz}/policy/client/${policy}`, { name: "who", clients: ["conf"] })).statusCode).toBe(201);
  });

  test("other permissions are theirs to change", async () => {
    const made = await clerk.post(`${authz}/policy/client`, { name: "free", clients: ["conf"] });
    expect(made.statusCode).toBe(201);
    expect((await clerk.delete(`${authz}/policy/${made.json<{ id: string }>().id}`)).statusCode).toBe(204);
  });
});
