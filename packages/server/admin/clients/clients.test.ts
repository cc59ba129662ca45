import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { basic, claimsOf, type TestServer, testServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;
const C = "/walk/clients";

let server: TestServer;
let admin: TestAdmin;
let number = 0;
let clientId: string;
const person = (username: string, ...roles: string[]): Json => ({
  username,
  enabled: true,
  email: `${username}@example.com`,
  firstName: username,
  lastName: "Example",
  credentials: [{ type: "password", value: "password" }],
  clientRoles: { "realm-management": roles },
});
/** A client of an export whose Keycloak had a mapper of its own. */
const PLUGGED = {
  id: "plugged",
  clientId: "plugged",
  protocolMappers: [{ id: "acme", name: "acme", protocol: "openid-connect", protocolMapper: "acme-mapper", config: { colour: "blue" } }],
};

beforeAll(async () => {
  const more = {
    adminEventsEnabled: true,
    adminEventsDetailsEnabled: true,
    users: [
      ...(walkRealm("keycloak")["users"] as readonly Json[]),
      person("viewer", "view-clients"),
      person("manager", "manage-clients"),
      person("lister", "view-users"),
      person("nobody"),
    ],
  };
  server = await testServer([
    masterRealm(),
    walkRealm("keycloak", more),
    { ...walkRealm("keycloak"), realm: "elsewhere" },
    { realm: "plugged", enabled: true, clients: [PLUGGED] },
  ]);
  admin = await adminOf(server);
});
afterAll(() => server.close());
beforeEach(() => {
  clientId = `client-${(number += 1)}`;
});

const read = async (id: string): Promise<Json> => (await admin.get(`${C}/${id}`)).json<Json>();
const uuidOf = async (name: string, realm = "walk"): Promise<string> =>
  ((await admin.get(`/${realm}/clients?clientId=${name}`)).json<readonly { readonly id: string }[]>()[0] as { readonly id: string }).id;
const as = (username: string): Promise<TestAdmin> => adminOf(server, { realm: "walk", username });
const grant = (id: string, secret: string) =>
  server.post("/realms/walk/protocol/openid-connect/token", { grant_type: "client_credentials" }, basic(id, secret));

describe("creating a client", () => {
  test("by its name alone gives a confidential one with a secret and the realm's scopes", async () => {
    const client = await read(await admin.create(C, { clientId }));
    expect(client).toMatchObject({
      publicClient: false,
      fullScopeAllowed: true,
      nodeReRegistrationTimeout: -1,
      directAccessGrantsEnabled: false,
    });
    expect(client["secret"]).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(client["defaultClientScopes"]).toContain("roles");
    expect(client["attributes"]).toHaveProperty(["client.secret.creation.time"]);
  });

  test("takes the id of the body, and calls a nameless one by its id", async () => {
    const id = await admin.create(C, {});
    expect((await read(id))["clientId"]).toBe(id);
    const given = "11111111-2222-4333-8444-555555555555";
    expect(await admin.create(C, { id: given, clientId })).toBe(given);
    expect((await admin.post(C, { id: given, clientId: `${clientId}-other` })).statusCode).toBe(409);
  });

  test("with an empty list of scopes gives none at all", async () => {
    const client = await read(await admin.create(C, { clientId, defaultClientScopes: [] }));
    expect(client).toMatchObject({ defaultClientScopes: [], optionalClientScopes: [] });
  });

  test("with a service account gives it a user, its scope, and a token", async () => {
    const id = await admin.create(C, { clientId, secret: "a-secret", serviceAccountsEnabled: true });
    expect((await read(id))["defaultClientScopes"]).toContain("service_account");
    expect((await admin.get(`${C}/${id}/service-account-user`)).json()).toMatchObject({ username: `service-account-${clientId}` });
    const tokens = (await grant(clientId, "a-secret")).json<{ readonly access_token: string }>();
    expect(claimsOf(tokens.access_token)["realm_access"]).toMatchObject({ roles: expect.arrayContaining(["default-roles-walk"]) });
  });

  test.each([
    ["a taken name", { clientId: "app" }, 409, { errorMessage: "Client app already exists" }],
    ["a blank name", { clientId: " " }, 400, { error: "invalid_input", error_description: "Client ID cannot be blank" }],
    ["an unknown protocol", { protocol: "nonsense" }, 400, { error: "invalid_input", error_description: "Invalid protocol: nonsense" }],
    ["a bad root URL", { rootUrl: "not a url" }, 400, { error: "invalid_input", error_description: "Root URL is not a valid URL" }],
    ["SEC-EP-02 a script as redirect", { redirectUris: ["javascript:x"] }, 400, { error: "invalid_input" }],
    ["a wrong type", { publicClient: "maybe" }, 400, { error: "unknown_error", error_description: "Cannot parse the JSON" }],
    ["an invalid plane", { attributes: { "cambist.plane": "two words" } }, 400, {}],
    ["a misspelt setting of ours", { attributes: { "cambist.plain": "data" } }, 400, {}],
  ] as const)("refuses %s", async (_title, body, status, answer) => {
    const refused = await admin.post(C, { clientId, ...body });
    expect([refused.statusCode, refused.json()]).toMatchObject([status, answer]);
    expect((await admin.get(`${C}?clientId=${clientId}`)).json()).toEqual([]);
  });

  test("names the unknown member as Keycloak does", async () => {
    const refused = await admin.post(C, { clientId: "bad", nonsense: 1 });
    expect(refused.json()).toEqual({
      error: 'Invalid json representation for ClientRepresentation. Unrecognized field "nonsense" at line 1 column 31.',
    });
  });
});

const put = (id: string, body: Json) => admin.put(`${C}/${id}`, body);
const mapper = (name: string) => ({ name, protocol: "openid-connect", protocolMapper: "oidc-audience-mapper", config: {} });

describe("changing a client", () => {
  test("merges attributes key by key, replaces lists, and ignores scope lists and another id", async () => {
    const id = await admin.create(C, { clientId, redirectUris: ["http://a/*"], attributes: { mine: "1", yours: "1" } });
    const body = { id: "x", redirectUris: ["http://b/*"], defaultClientScopes: [], attributes: { mine: "", yours: "2", theirs: null } };
    expect((await put(id, body)).statusCode).toBe(204);
    const client = await read(id);
    expect(client).toMatchObject({ id, clientId, redirectUris: ["http://b/*"] });
    expect(client["attributes"]).toMatchObject({ yours: "2" });
    expect(client["attributes"]).not.toHaveProperty("mine");
    expect(client["defaultClientScopes"]).not.toEqual([]);
  });

  test("merges its own flows key by key; a blank or null one is none", async () => {
    const id = await admin.create(C, { clientId, authenticationFlowBindingOverrides: { browser: "", direct_grant: "b" } });
    const flowsAfter = async (flows: Json): Promise<unknown> => {
      expect((await put(id, { clientId, authenticationFlowBindingOverrides: flows })).statusCode).toBe(204);
      return (await read(id))["authenticationFlowBindingOverrides"];
    };
    expect(await flowsAfter({})).toEqual({ direct_grant: "b" });
    expect(await flowsAfter({ browser: "a" })).toEqual({ browser: "a", direct_grant: "b" });
    expect(await flowsAfter({ direct_grant: null })).toEqual({ browser: "a" });
    expect(await flowsAfter({ browser: " " })).toEqual({});
  });

  test("takes back all that it shows, and nothing changes", async () => {
    const id = await admin.create(C, { clientId, serviceAccountsEnabled: true, name: "A", attributes: { "cambist.plane": "data" } });
    const before = await read(id);
    expect((await put(id, before)).statusCode).toBe(204);
    expect(await read(id)).toEqual(before);
  });

  test("a mapper of a type that only an import can bring stays, and no other client gets one", async () => {
    const path = "/plugged/clients/plugged";
    const before = (await admin.get(path)).json<Json>();
    expect(before["protocolMappers"]).toMatchObject(PLUGGED.protocolMappers);
    expect((await admin.put(path, { ...before, name: "Plugged" })).statusCode).toBe(204);
    expect((await admin.get(path)).json<Json>()).toEqual({ ...before, name: "Plugged" });
    const [acme] = PLUGGED.protocolMappers;
    const model = `${path}/protocol-mappers/models/acme`;
    expect((await admin.put(model, { ...acme, config: { colour: "green" } })).statusCode).toBe(204);
    expect((await admin.get(model)).json<Json>()["config"]).toEqual({ colour: "green" });
    const id = await admin.create(C, { clientId });
    expect((await put(id, { protocolMappers: PLUGGED.protocolMappers })).json()).toEqual({ error: "ProtocolMapper provider not found" });
  });

  test("to a public one takes the secret away, and back to a confidential one makes another", async () => {
    const id = await admin.create(C, { clientId });
    const { secret } = await read(id);
    await put(id, { publicClient: true });
    expect(await read(id)).not.toHaveProperty("secret");
    await put(id, { publicClient: false });
    expect((await read(id))["secret"]).toMatch(/^[A-Za-z0-9]{32}$/);
    expect((await read(id))["secret"]).not.toBe(secret);
  });

  test("SEC-ADM-08 with a masked secret keeps the one it has; an empty one is none", async () => {
    const id = await admin.create(C, { clientId, secret: "a-secret", serviceAccountsEnabled: true });
    await put(id, { secret: "**********" });
    expect((await grant(clientId, "a-secret")).statusCode).toBe(200);
    expect((await grant(clientId, "**********")).statusCode).toBe(401);
    await put(id, { secret: "" });
    expect(await read(id)).not.toHaveProperty("secret");
    expect((await grant(clientId, "")).statusCode).toBe(401);
  });

  test("to another name renames its service account and counts at once", async () => {
    const id = await admin.create(C, { clientId, secret: "a-secret", serviceAccountsEnabled: true });
    await put(id, { clientId: `${clientId}-renamed` });
    expect((await admin.get(`${C}/${id}/service-account-user`)).json()).toMatchObject({ username: `service-account-${clientId}-renamed` });
    expect((await grant(clientId, "a-secret")).statusCode).toBe(401);
    expect((await grant(`${clientId}-renamed`, "a-secret")).statusCode).toBe(200);
    expect((await put(id, { clientId: "app" })).statusCode).toBe(409);
  });

  test("without a service account takes user and scope away", async () => {
    const id = await admin.create(C, { clientId, serviceAccountsEnabled: true });
    await put(id, { serviceAccountsEnabled: false });
    expect((await read(id))["defaultClientScopes"]).not.toContain("service_account");
    expect((await admin.get(`${C}/${id}/service-account-user`)).json()).toEqual({
      error: `Service account not enabled for the client '${clientId}'`,
    });
    expect((await admin.get(`/walk/users?username=service-account-${clientId}`)).json()).toEqual([]);
  });

  test("of the realm's permissions keeps them when it does not name them", async () => {
    const id = await uuidOf("realm-management");
    await put(id, { authorizationServicesEnabled: true });
    expect((await put(id, {})).statusCode).toBe(204);
    expect((await read(id))["authorizationServicesEnabled"]).toBe(true);
  });

  test("that gets authorization settings by a PUT gets those of a new client: what the body says of them does not count", async () => {
    const id = await admin.create(C, { clientId, serviceAccountsEnabled: true });
    await put(id, { authorizationSettings: { scopes: [{ name: "read" }] } });
    expect((await read(id))["authorizationServicesEnabled"]).toBe(true);
    const settings = (await admin.get(`${C}/${id}/authz/resource-server/settings`)).json<Json>();
    expect(settings).toMatchObject({ scopes: [], resources: [{ name: "Default Resource" }] });
    await put(id, { authorizationServicesEnabled: true, publicClient: true });
    expect(await read(id)).not.toHaveProperty("authorizationServicesEnabled");
  });

  test("of any other one drops its authorization settings when it does not name them", async () => {
    const id = await admin.create(C, { clientId, serviceAccountsEnabled: true, authorizationServicesEnabled: true });
    expect((await read(id))["authorizationServicesEnabled"]).toBe(true);
    expect((await admin.get(`${C}/${id}/roles`)).json()).toMatchObject([{ name: "uma_protection" }]);
    await put(id, {});
    expect(await read(id)).not.toHaveProperty("authorizationServicesEnabled");
    expect((await put(id, { authorizationServicesEnabled: true })).statusCode).toBe(204);
  });

  test("at the same time in many ways loses nothing", async () => {
    const id = await admin.create(C, { clientId });
    const names = Array.from({ length: 12 }, (_, index) => `mapper-${index}`);
    const answers = await Promise.all([
      ...names.map((name) => admin.post(`${C}/${id}/protocol-mappers/models`, mapper(name))),
      ...names.map((name) => put(id, { attributes: { [name]: "1" } })),
    ]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([...names.map(() => 201), ...names.map(() => 204)]);
    const client = await read(id);
    expect((client["protocolMappers"] as readonly { readonly name: string }[]).map(({ name }) => name).toSorted()).toEqual(
      names.toSorted(),
    );
    expect(Object.keys(client["attributes"] as Json)).toEqual(expect.arrayContaining(names));
  });
});

describe("who may", () => {
  test("a viewer sees clients and changes none, and a lister sees an empty list", async () => {
    const viewer = await as("viewer");
    expect((await viewer.get(`${C}?clientId=app`)).json()).toMatchObject([{ access: { view: true, configure: false, manage: false } }]);
    expect((await viewer.post(C, { clientId })).statusCode).toBe(403);
    expect((await viewer.put(`${C}/${await uuidOf("app")}`, {})).statusCode).toBe(403);
    expect((await viewer.get(`${C}/unknown`)).json()).toEqual({ error: "Could not find client" });
    expect((await (await as("lister")).get(C)).json()).toEqual([]);
    expect((await (await as("nobody")).get(C)).statusCode).toBe(403);
  });

  test("SEC-ADM-05 a manager of clients cannot become an administrator by names, mappers or composites", async () => {
    const manager = await as("manager");
    const own = await manager.create(C, { clientId });
    const management = await uuidOf("realm-management");
    await manager.create(`${C}/${own}/roles`, { name: "realm-admin" });
    const admins = (await admin.get(`${C}/${management}/roles/realm-admin`)).json<Json>();
    const hardcoded = { name: "m", protocol: "openid-connect", protocolMapper: "oidc-hardcoded-role-mapper" };
    const refused = await Promise.all([
      manager.put(`${C}/${own}`, { clientId: "realm-management" }),
      manager.put(`${C}/${management}`, { clientId: "another" }),
      manager.put(`${C}/${management}/roles/query-groups`, { name: "realm-admin" }),
      manager.post(`${C}/${own}/roles/realm-admin/composites`, [admins]),
      manager.post(`${C}/${own}/roles`, { name: "x", composites: { client: { "realm-management": ["manage-realm"] } } }),
      manager.post(`${C}/${own}/protocol-mappers/models`, { ...hardcoded, config: { role: "realm-management.realm-admin" } }),
    ]);
    expect(refused.map(({ statusCode }) => statusCode)).toEqual([403, 403, 403, 403, 403, 403]);
  });

  test("SEC-ADM-03 SEC-ADM-04 another realm's client, role or scope is not there, in path and body", async () => {
    const [foreign, own] = [await uuidOf("target", "elsewhere"), await admin.create(C, { clientId })];
    const role = (await admin.get("/elsewhere/roles/staff")).json<Json>();
    const [scope] = (await admin.get("/elsewhere/client-scopes")).json<readonly { readonly id: string }[]>();
    const before = (await admin.get(`/elsewhere/clients/${foreign}`)).json<Json>();
    const refused = await Promise.all([
      admin.get(`${C}/${foreign}`),
      admin.put(`${C}/${foreign}`, { enabled: false }),
      admin.delete(`${C}/${foreign}`),
      admin.get(`${C}/${foreign}/client-secret`),
      admin.post(`${C}/${foreign}/client-secret`),
      admin.post(`${C}/${foreign}/roles`, { name: "x" }),
      admin.post(`${C}/${own}/scope-mappings/realm`, [role]),
      admin.post(`${C}/${own}/scope-mappings/clients/${foreign}`, []),
      admin.put(`${C}/${own}/default-client-scopes/${scope?.id}`),
      admin.get(`${C}/${own}/evaluate-scopes/scope-mappings/${foreign}/granted`),
    ]);
    expect(refused.map(({ statusCode }) => statusCode)).toEqual(refused.map(() => 404));
    expect((await admin.get(`/elsewhere/clients/${foreign}`)).json()).toEqual(before);
  });

  test("a built-in client cannot be deleted, another one goes with its service account", async () => {
    for (const name of ["account", "realm-management"]) expect((await admin.delete(`${C}/${await uuidOf(name)}`)).statusCode).toBe(400);
    const id = await admin.create(C, { clientId, serviceAccountsEnabled: true });
    expect((await admin.delete(`${C}/${id}`)).statusCode).toBe(204);
    expect((await admin.delete(`${C}/${id}`)).statusCode).toBe(404);
    expect((await admin.get(`/walk/users?username=service-account-${clientId}`)).json()).toEqual([]);
  });
});

test("a client that wants to hear of revocations is named as one that was not told", async () => {
  const id = await admin.create(C, { clientId, adminUrl: "http://localhost:9999/admin" });
  const pushed = await admin.post(`${C}/${id}/push-revocation`);
  expect([pushed.statusCode, pushed.json()]).toEqual([200, { failedRequests: ["http://localhost:9999/admin"] }]);
  expect((await admin.post(`${C}/${await uuidOf("app")}/push-revocation`)).json()).toEqual({});
  const [event] = (await admin.get("/walk/admin-events?operationTypes=ACTION&max=2")).json<Json[]>().slice(1);
  expect(event).toMatchObject({ resourceType: "CLIENT", resourcePath: `clients/${id}/push-revocation` });
});

describe("a client's secret", () => {
  test("is read, made anew, and is in no admin event", async () => {
    const id = await admin.create(C, { clientId, secret: "a-very-own-secret" });
    expect((await admin.get(`${C}/${id}/client-secret`)).json()).toEqual({ type: "secret", value: "a-very-own-secret" });
    const { value } = (await admin.post(`${C}/${id}/client-secret`)).json<{ readonly value: string }>();
    expect((await read(id))["secret"]).toBe(value);
    await admin.put(`${C}/${id}`, { secret: "another-very-own-secret" });
    await admin.create(C, { clientId: `${clientId}-number`, secret: 1029384756 });
    const events = (await admin.get("/walk/admin-events?max=100")).body;
    expect(events).toContain(id);
    expect(events).not.toContain("1029384756");
    for (const secret of ["a-very-own-secret", "another-very-own-secret", value]) expect(events).not.toContain(secret);
    expect(server.lines.join("\n")).not.toContain(value);
  });

  test("is told of in admin events as one that was given, with the id that the client got", async () => {
    const id = await admin.create(C, { clientId, secret: "a-very-own-secret" });
    await admin.post(`${C}/${id}/client-secret`);
    await admin.post(`${C}/${id}/roles`, { name: "r" });
    await admin.post(`${C}/${id}/protocol-mappers/models`, mapper("own"));
    const events = (await admin.get("/walk/admin-events?max=4")).json<readonly { readonly representation: string }[]>();
    const role = (await admin.get(`${C}/${id}/roles/r`)).json<Json>();
    expect(events.map(({ representation }) => JSON.parse(representation) as unknown)).toEqual([
      { ...mapper("own"), consentRequired: false },
      { composite: false, name: "r", id: role["id"] },
      { type: "secret", value: "**********" },
      { clientId, secret: "**********", id },
    ]);
  });

  test("is absent where there is none", async () => {
    const id = await admin.create(C, { clientId, publicClient: true });
    expect((await admin.get(`${C}/${id}/client-secret`)).json()).toEqual({ type: "secret" });
    expect((await admin.get(`${C}/${id}/client-secret/rotated`)).json()).toEqual({ error: "Client does not have a rotated secret" });
  });
});

const preview = async (query: string, client = "app") => {
  const user = (await admin.get("/walk/users?username=alice")).json<readonly { readonly id: string }[]>()[0];
  return admin.get(`${C}/${await uuidOf(client)}/evaluate-scopes/generate-example-access-token?userId=${user?.id}&scope=openid${query}`);
};

describe("the preview of a token", () => {
  test("is what a sign-in gives", async () => {
    expect((await preview("")).json()).toMatchObject({ azp: "app", typ: "Bearer", iss: "http://localhost:8080/realms/walk", aud: "conf" });
  });

  test("is narrowed to an audience that it reaches, and refused for one that it does not", async () => {
    expect((await preview("&audience=conf")).json()).toMatchObject({ aud: "conf", resource_access: { conf: { roles: ["reader"] } } });
    expect([(await preview("&audience=target")).statusCode, (await preview("&audience=target")).json()]).toEqual([
      404,
      { error: "Requested audience not available: target" },
    ]);
  });

  test("SEC-ADM-14 needs the right to see the user", async () => {
    const path = `${C}/${await uuidOf("app")}/evaluate-scopes/generate-example-access-token?userId=x`;
    expect((await (await as("viewer")).get(path)).statusCode).toBe(403);
    expect((await admin.get(path)).json()).toEqual({ error: "No user found" });
  });
});

describe("a new client with authorization settings", () => {
  const settings = {
    policyEnforcementMode: "PERMISSIVE",
    resources: [{ name: "Books", uris: ["/books"], scopes: [{ name: "read" }] }],
    policies: [
      { name: "Lend", type: "resource", config: { resources: '["Books"]', applyPolicies: '["Staff"]' } },
      { name: "Staff", type: "role", config: { roles: '[{"id":"staff","required":true}]' } },
      { name: "Itself", type: "client", config: { clients: JSON.stringify(["library"]) } },
      { name: "Keeper", type: "role", config: { roles: '[{"id":"library/uma_protection"}]' } },
    ],
  };

  test("has them beside those of every new one, whether it says that they are on or not", async () => {
    const id = await admin.create(C, { clientId: "library", serviceAccountsEnabled: true, authorizationSettings: settings });
    expect(await read(id)).toMatchObject({ authorizationServicesEnabled: true });
    const stored = (await admin.get(`${C}/${id}/authz/resource-server/settings`)).json<Json>();
    expect(stored).toMatchObject({
      allowRemoteResourceManagement: true,
      policyEnforcementMode: "PERMISSIVE",
      scopes: [{ name: "read" }],
      resources: [{ name: "Books" }, { name: "Default Resource" }],
    });
    const policies = stored["policies"] as readonly { readonly name: string; readonly config: Json }[];
    expect(Object.fromEntries(policies.map(({ name, config }) => [name, config]))).toMatchObject({
      "Default Permission": { applyPolicies: '["Default Policy"]' },
      Lend: { resources: '["Books"]', applyPolicies: '["Staff"]' },
      Staff: { roles: '[{"id":"staff","required":true}]' },
      Itself: { clients: '["library"]' },
      Keeper: { roles: '[{"id":"library/uma_protection","required":false}]' },
    });
  });

  test.each([
    ["whose permission is about nothing", { policies: [{ name: "X", type: "resource", config: { resources: '["nope"]' } }] }, true],
    ["of a wrong type", { resources: "all" }, true],
    ["without service accounts", settings, false],
  ] as const)("is refused and not made %s", async (_title, authorizationSettings, serviceAccountsEnabled) => {
    const body = { clientId, serviceAccountsEnabled, authorizationServicesEnabled: true, authorizationSettings };
    expect((await admin.post(C, body)).statusCode).toBe(400);
    expect((await admin.get(`${C}?clientId=${clientId}`)).json()).toEqual([]);
  });
});
