import { beforeAll, describe, expect, test } from "vitest";

import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { type TestServer, testServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;
interface Named {
  readonly id: string;
  readonly name: string;
}

let server: TestServer;
let admin: TestAdmin;
let authz: string;
const uuids = new Map<string, string>();
const uuid = (clientId: string): string => uuids.get(clientId) ?? "";
const make = async (path: string, body: Json): Promise<Named & Json> => {
  const answer = await admin.post(`${authz}${path}`, body);
  expect([answer.statusCode, answer.headers["location"]]).toEqual([201, undefined]);
  return answer.json();
};
const read = async <T>(path: string): Promise<T> => (await admin.get(`${authz}${path}`)).json<T>();
const namesOf = async (path: string): Promise<readonly string[]> => (await read<Named[]>(path)).map(({ name }) => name);

beforeAll(async () => {
  server = await testServer([
    masterRealm(),
    walkRealm("keycloak", { groups: [{ name: "team", subGroups: [{ name: "inner" }] }] }),
    { ...walkRealm("keycloak"), realm: "twin" },
  ]);
  admin = await adminOf(server);
  for (const { id, clientId } of (await admin.get("/walk/clients")).json<{ id: string; clientId: string }[]>()) uuids.set(clientId, id);
  await admin.put(`/walk/clients/${uuid("target")}/management/permissions`, { enabled: true });
  authz = `/walk/clients/${uuid("realm-management")}/authz/resource-server`;
});

describe("policies", () => {
  test.each([
    ["client", { clients: ["conf"] }, () => ({ clients: [uuid("conf")] })],
    ["role", { roles: [{ id: "conf/reader", required: true }] }, () => ({ roles: [{ id: expect.any(String), required: true }] })],
    ["group", { groups: [{ path: "/team/inner" }] }, () => ({ groups: [{ id: expect.any(String), extendChildren: false }] })],
    ["time", { notBefore: "2024-01-01 00:00:00", hour: "8" }, () => ({ notBefore: "2024-01-01 00:00:00", hour: "8" })],
    ["regex", { targetClaim: "email", pattern: "^a" }, () => ({ targetClaim: "email", pattern: "^a", targetContextAttributes: false })],
    ["client-scope", { clientScopes: [{ id: "email" }] }, () => ({ clientScopes: [{ id: expect.any(String), required: false }] })],
    ["user", { users: ["Alice"] }, () => ({ users: [expect.any(String)] })],
  ] as const)("of type %s take names and give ids", async (type, own, shown) => {
    const made = await make(`/policy/${type}`, { name: `by ${type}`, ...own });
    const base = { id: made.id, name: `by ${type}`, type, logic: "POSITIVE", decisionStrategy: "UNANIMOUS" };
    expect(await read(`/policy/${type}/${made.id}`)).toEqual({ ...base, ...shown() });
    expect(Object.keys((await read<{ config: Json }>(`/policy/${made.id}`)).config).length).toBeGreaterThan(0);
    expect((await admin.put(`${authz}/policy/${type}/${made.id}`, await read<Json>(`/policy/${type}/${made.id}`))).statusCode).toBe(201);
    expect(await read(`/policy/${type}/${made.id}`)).toEqual({ ...base, ...shown() });
  });

  test("a taken name is a conflict that says so", async () => {
    await make("/policy/client", { name: "twice", clients: ["conf"] });
    const again = await admin.post(`${authz}/policy/client`, { name: "twice", clients: ["conf"] });
    expect(again.statusCode).toBe(409);
    expect(again.json()).toEqual({ error: "Policy with name [twice] already exists", error_description: "Conflicting policy" });
  });

  test.each([
    ["an unknown client", "client", { clients: ["nonsense"] }],
    ["no client", "client", {}],
    ["an unknown user", "user", { users: ["nonsense"] }],
    ["no group", "group", { groups: [] }],
    ["an unknown client scope", "client-scope", { clientScopes: [{ id: "nonsense" }] }],
    ["an unknown policy", "aggregate", { policies: ["nonsense"] }],
    ["a list of another type", "client", { clients: "conf" }],
    ["a logic that is none", "client", { clients: ["conf"], logic: "MAYBE" }],
    ["an unknown member", "client", { clients: ["conf"], nonsense: 1 }],
    ["a script", "js", { code: "$evaluation.grant()" }],
  ] as const)("%s is refused", async (_title, type, own) => {
    const before = await namesOf("/policy?max=1000");
    const answer = await admin.post(`${authz}/policy/${type}`, { name: "refused", ...own });
    expect(answer.statusCode).toBe(400);
    expect(await namesOf("/policy?max=1000")).toEqual(before);
  });

  test("an id wins over a name: no client is called by another one's id", async () => {
    await admin.create("/walk/clients", { clientId: uuid("conf") });
    const made = await make("/policy/client", { name: "by id", clients: [uuid("conf")] });
    expect(made["clients"]).toEqual([uuid("conf")]);
  });

  test("what is deleted is forgotten, and what is left can be sent back", async () => {
    const gone = await admin.create("/walk/clients", { clientId: "gone" });
    const made = await make("/policy/client", { name: "one is gone", clients: ["gone"] });
    await admin.delete(`/walk/clients/${gone}`);
    const left = await read<Json>(`/policy/client/${made.id}`);
    expect(left["clients"]).toEqual([]);
    expect((await admin.put(`${authz}/policy/client/${made.id}`, left)).statusCode).toBe(201);
    expect((await admin.post(`${authz}/policy/client`, { name: "new", clients: [gone] })).statusCode).toBe(400);
  });

  test("SEC-ADM-06 a policy keeps its type", async () => {
    const made = await make("/policy/client", { name: "stays", clients: ["conf"] });
    expect((await admin.put(`${authz}/policy/user/${made.id}`, { name: "stays", users: ["alice"] })).statusCode).toBe(404);
    expect(await read<Json>(`/policy/client/${made.id}`)).toMatchObject({ type: "client", clients: [uuid("conf")] });
  });

  test("an update without a name is refused", async () => {
    const made = await make("/policy/client", { name: "named", clients: ["conf"] });
    expect((await admin.put(`${authz}/policy/client/${made.id}`, { clients: ["conf"] })).statusCode).toBe(400);
  });

  test("one in an aggregate can be deleted; the aggregate goes on without it", async () => {
    const [one, other] = [
      await make("/policy/client", { name: "one", clients: ["conf"] }),
      await make("/policy/user", { name: "two", users: ["bob"] }),
    ];
    const both = await make("/policy/aggregate", { name: "both", policies: [one.id, "two"] });
    expect(both["policies"]).toEqual([one.id, other.id]);
    expect(await namesOf(`/policy/${one.id}/dependentPolicies`)).toEqual(["both"]);
    expect((await admin.delete(`${authz}/policy/${other.id}`)).statusCode).toBe(204);
    expect(await namesOf(`/policy/${both.id}/associatedPolicies`)).toEqual(["one"]);
  });

  test("SEC-ADM-03 an id that an object of another realm has cannot be taken, nor is it found here", async () => {
    const far = (await admin.get("/twin/clients?clientId=realm-management")).json<Named[]>()[0]?.id ?? "";
    const conf = (await admin.get("/twin/clients?clientId=conf")).json<Named[]>()[0]?.id ?? "";
    await admin.put(`/twin/clients/${conf}/management/permissions`, { enabled: true });
    const farAuthz = `/twin/clients/${far}/authz/resource-server`;
    const theirs = (await admin.post(`${farAuthz}/policy/client`, { name: "theirs", clients: ["conf"] })).json<Named>();
    expect((await admin.post(`${authz}/policy/client`, { id: theirs.id, name: "ours", clients: ["conf"] })).statusCode).toBe(409);
    expect((await admin.get(`${authz}/policy/${theirs.id}`)).statusCode).toBe(404);
    expect((await admin.delete(`${authz}/policy/${theirs.id}`)).statusCode).toBe(404);
    expect((await admin.put(`${authz}/policy/client/${theirs.id}`, { name: "x", clients: ["conf"] })).statusCode).toBe(404);
    expect((await admin.post(`${authz}/policy/client`, { name: "far client", clients: [conf] })).statusCode).toBe(400);
    expect((await admin.post(`${authz}/policy/aggregate`, { name: "far policy", policies: [theirs.id] })).statusCode).toBe(400);
    expect((await admin.get(`/walk/clients/${far}/authz/resource-server`)).statusCode).toBe(404);
    expect((await admin.get(`${farAuthz}/policy/client/${theirs.id}`)).json()).toMatchObject({ name: "theirs" });
  });
});

describe("a permission", () => {
  test("keeps what an update does not name, and takes names as well as ids", async () => {
    const policy = await make("/policy/client", { name: "let in", clients: ["conf"] });
    const [resource] = await read<{ _id: string; name: string }[]>("/resource?name=client.resource");
    const own = await make("/permission/scope", { name: "own", scopes: ["view"], resources: [resource?.name], policies: [policy.id] });
    expect(own["policies"]).toEqual([policy.id]);
    const path = `${authz}/permission/scope/${own.id}`;
    const state = async (): Promise<readonly (readonly string[])[]> => [
      await namesOf(`/policy/${own.id}/associatedPolicies`),
      await namesOf(`/permission/${own.id}/scopes`),
      await namesOf(`/permission/${own.id}/resources`),
    ];
    for (const subject of ["associatedPolicies", "dependentPolicies", "scopes", "resources"]) {
      expect((await admin.get(`${path}/${subject}`)).json()).toEqual(await read<Json>(`/policy/${own.id}/${subject}`));
      expect((await admin.get(`${authz}/permission/nonsense/${own.id}/${subject}`)).statusCode).toBe(404);
      expect((await admin.get(`${authz}/permission/scope/nonsense/${subject}`)).statusCode).toBe(404);
    }
    await admin.put(path, { name: "own", decisionStrategy: "AFFIRMATIVE", description: "d" });
    expect(await state()).toEqual([["let in"], ["view"], [resource?.name]]);
    expect(await read<Json>(`/permission/scope/${own.id}`)).toMatchObject({ decisionStrategy: "AFFIRMATIVE", description: "d" });
    await admin.put(path, { name: "own", policies: [], scopes: ["manage"] });
    expect(await state()).toEqual([[], ["manage"], [resource?.name]]);
    expect(await read<Json>(`/permission/scope/${own.id}`)).not.toHaveProperty("description");
    for (const wrong of [{ policies: ["nonsense"] }, { scopes: ["nonsense"] }, { resources: ["nonsense"] }]) {
      expect((await admin.put(path, { name: "own", ...wrong })).statusCode).toBe(400);
    }
    expect(await state()).toEqual([[], ["manage"], [resource?.name]]);
    expect((await admin.delete(path)).statusCode).toBe(204);
    expect((await admin.delete(path)).statusCode).toBe(404);
  });

  test("is listed by what is asked for", async () => {
    const name = `token-exchange.permission.client.${uuid("target")}`;
    expect(await namesOf("/permission?name=TOKEN-EXCHANGE.PERM")).toEqual([name]);
    expect(await namesOf("/permission?scope=token-exchange")).toEqual([name]);
    expect(await namesOf("/permission?name=.client.&first=1&max=2")).toHaveLength(2);
    expect(await namesOf("/policy?permission=false&name=.client.")).toEqual([]);
    expect((await admin.get(`${authz}/policy/search?name=nonsense`)).statusCode).toBe(204);
    expect((await admin.get(`${authz}/policy/search`)).statusCode).toBe(400);
  });

  test("is found by its exact name below a type, whatever its own type, and shown typed", async () => {
    const { id } = await make("/policy/client", { name: "who calls", clients: ["conf"] });
    const typed = { id, name: "who calls", type: "client", clients: [uuid("conf")] };
    for (const where of ["/policy/client", "/policy/role", "/permission/scope", "/permission"]) {
      expect(await read<Json>(`${where}/search?name=who%20calls`)).toMatchObject(typed);
    }
    expect(await read<Json>(`/permission/${id}`)).toMatchObject(typed);
    expect(await read<Json>("/policy/search?name=who%20calls")).not.toHaveProperty("clients");
    expect((await admin.get(`${authz}/policy/client/search?name=who`)).statusCode).toBe(204);
    expect((await admin.get(`${authz}/policy/client/search`)).statusCode).toBe(400);
    expect((await admin.get(`${authz}/policy/nonsense/search?name=who%20calls`)).statusCode).toBe(404);
    expect((await admin.delete(`${authz}/policy/${id}`)).statusCode).toBe(204);
  });
});

describe("scopes and resources", () => {
  test("a resource makes the scopes it names; a scope in use stays", async () => {
    const made = await make("/resource", { name: "own", uris: ["/a"], scopes: [{ name: "brand-new" }], attributes: { a: ["1"] } });
    const scope = await read<Named>("/scope/search?name=brand-new");
    expect((await admin.delete(`${authz}/scope/${scope.id}`)).json()).toEqual({
      errorMessage: "Scopes can not be removed while associated with resources.",
    });
    const path = `${authz}/resource/${String(made["_id"])}`;
    expect((await admin.put(path, { name: "own" })).statusCode).toBe(204);
    expect((await admin.get(path)).json()).toMatchObject({ attributes: { a: ["1"] }, uris: [] });
    expect((await admin.get(path)).json()).not.toHaveProperty("scopes");
    expect((await admin.delete(`${authz}/scope/${scope.id}`)).statusCode).toBe(204);
    expect((await admin.post(`${authz}/resource`, { name: "own" })).statusCode).toBe(409);
    expect((await admin.delete(path)).statusCode).toBe(204);
  });

  test("a scope that is there is answered, not made again", async () => {
    const first = await make("/scope", { name: "own:scope", displayName: "Own" });
    expect((await make("/scope", { name: "own:scope" })).id).toBe(first.id);
    expect((await read<Named>(`/scope/${first.id}`)) as unknown).toEqual({ id: first.id, name: "own:scope", displayName: "Own" });
  });

  test("deleting a resource deletes the permissions that are about nothing else", async () => {
    const made = await make("/resource", { name: "alone" });
    const permission = await make("/permission/resource", { name: "about alone", resources: ["alone"] });
    await admin.delete(`${authz}/resource/${String(made["_id"])}`);
    expect((await admin.get(`${authz}/permission/${permission.id}`)).statusCode).toBe(404);
  });
});

test("settings that were exported are taken back, and change nothing", async () => {
  const settings = await read<Json>("/settings");
  expect(JSON.stringify(settings)).not.toContain('"id":"');
  const before = await read("/policy?max=1000");
  expect((await admin.post(`${authz}/import`, settings)).statusCode).toBe(204);
  expect(await read("/policy?max=1000")).toEqual(before);
  expect(await read("/settings")).toEqual(settings);
});

test("an import with something unknown in it stores nothing", async () => {
  const before = await read("/settings");
  const policies = [
    { name: "fine", type: "client", config: { clients: '["conf"]' } },
    { name: "not fine", type: "client", config: { clients: '["nonsense"]' } },
  ];
  const answer = await admin.post(`${authz}/import`, { scopes: [{ name: "fresh" }], policies });
  expect([answer.statusCode, answer.json()]).toEqual([400, { errorMessage: 'policies[1].config.clients: there is no client "nonsense"' }]);
  expect(await read("/settings")).toEqual(before);
});

test("an import may name a policy before it comes", async () => {
  const policies = [
    { name: "late permission", type: "scope", config: { scopes: '["view"]', applyPolicies: '["comes later"]' } },
    { name: "comes later", type: "client", config: { clients: '["conf"]' } },
  ];
  expect((await admin.post(`${authz}/import`, { policies })).statusCode).toBe(204);
  const permission = await read<Named>("/permission/search?name=late%20permission");
  expect(await namesOf(`/policy/${permission.id}/associatedPolicies`)).toEqual(["comes later"]);
});

test("the resource server needs all its settings", async () => {
  const sent = { policyEnforcementMode: "PERMISSIVE", decisionStrategy: "AFFIRMATIVE", allowRemoteResourceManagement: true };
  expect((await admin.put(authz, sent)).statusCode).toBe(204);
  expect((await admin.get(authz)).json()).toMatchObject(sent);
  expect((await admin.put(authz, {})).statusCode).toBe(409);
  expect((await admin.put(authz, { ...sent, decisionStrategy: "MAYBE" })).statusCode).toBe(400);
  expect((await admin.get(authz)).json()).toMatchObject(sent);
  await admin.put(authz, { policyEnforcementMode: "ENFORCING", decisionStrategy: "UNANIMOUS", allowRemoteResourceManagement: false });
});

test("an evaluation says who would get through and why", async () => {
  const permission = await read<Named>(`/permission/search?name=token-exchange.permission.client.${uuid("target")}`);
  await make("/policy/client", { name: "conf may", clients: ["conf"] });
  await admin.put(`${authz}/permission/scope/${permission.id}`, { name: permission.name, policies: ["conf may"] });
  const ask = async (clientId: string): Promise<unknown> => {
    const resources = [{ name: `client.resource.${uuid("target")}`, scopes: [{ name: "token-exchange" }] }];
    return (await admin.post(`${authz}/policy/evaluate`, { resources, clientId, userId: "alice", context: { attributes: {} } })).json();
  };
  const policies = [{ status: "PERMIT", associatedPolicies: [{ status: "PERMIT", policy: { name: "conf may" } }] }];
  expect(await ask("conf")).toMatchObject({ status: "PERMIT", results: [{ status: "PERMIT", policies }] });
  expect(await ask("other")).toMatchObject({ status: "DENY", results: [{ status: "DENY", allowedScopes: [] }] });
});

test("SEC-ADM-14 evaluating needs the right to see users; SEC-ADM-02 reading settings that to change them", async () => {
  const management = uuid("realm-management");
  const roles = (await admin.get(`/walk/clients/${management}/roles`)).json<Named[]>();
  const id = await admin.create("/walk/users", {
    username: "viewer",
    enabled: true,
    email: "viewer@example.com",
    firstName: "V",
    lastName: "W",
    credentials: [{ type: "password", value: "password" }],
  });
  await admin.post(
    `/walk/users/${id}/role-mappings/clients/${management}`,
    roles.filter(({ name }) => name === "view-authorization"),
  );
  const viewer = await adminOf(server, { realm: "walk", username: "viewer" });
  expect((await viewer.get(`${authz}/policy`)).statusCode).toBe(200);
  expect((await viewer.post(`${authz}/policy/evaluate`, {})).statusCode).toBe(403);
  expect((await viewer.get(`${authz}/settings`)).statusCode).toBe(403);
  expect((await viewer.post(`${authz}/policy/client`, { name: "x", clients: ["conf"] })).statusCode).toBe(403);
});
