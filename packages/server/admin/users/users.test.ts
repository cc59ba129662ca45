import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { testServer, type TestServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

let server: TestServer;
let admin: TestAdmin;
const login = (username: string, password: string) =>
  server.post("/realms/walk/protocol/openid-connect/token", {
    grant_type: "password",
    client_id: "app",
    scope: "openid",
    username,
    password,
  });
const read = async (id: string) => (await admin.get(`/walk/users/${id}`)).json<Record<string, unknown>>();
const idOf = async (username: string) =>
  (await admin.get(`/walk/users?username=${username}&exact=true`)).json<{ readonly id: string }[]>()[0]?.id ?? "";
const names = async (query: string) =>
  (await admin.get(`/walk/users?${query}`)).json<{ readonly username: string }[]>().map(({ username }) => username);
const links = (id: string) => `/walk/users/${id}/federated-identity`;
const person = (username: string, more: Readonly<Record<string, unknown>> = {}) => ({
  username,
  enabled: true,
  email: `${username}@example.com`,
  firstName: "Some",
  lastName: "Body",
  ...more,
});

beforeAll(async () => {
  const more = { adminEventsEnabled: true, adminEventsDetailsEnabled: true };
  server = await testServer([masterRealm(), walkRealm("keycloak", more), { realm: "other", enabled: true }]);
  admin = await adminOf(server);
});
afterAll(() => server.close());

describe("a new user", () => {
  test("has a folded name and address, the realm's default role, and a password that works", async () => {
    const id = await admin.create("/walk/users", person("Dora", { email: "Dora@Example.COM", credentials: [{ value: "secret-word" }] }));
    expect(await read(id)).toEqual({
      id,
      username: "dora",
      firstName: "Some",
      lastName: "Body",
      email: "dora@example.com",
      emailVerified: false,
      enabled: true,
      createdTimestamp: server.services.clock(),
      totp: false,
      disableableCredentialTypes: [],
      requiredActions: [],
      notBefore: 0,
      access: { manageGroupMembership: true, view: true, mapRoles: true, impersonate: true, manage: true },
    });
    const mappings = (await admin.get(`/walk/users/${id}/role-mappings`)).json<{
      readonly realmMappings: readonly { readonly name: string }[];
    }>();
    expect(mappings.realmMappings.map(({ name }) => name)).toEqual(["default-roles-walk"]);
    expect((await login("DORA", "secret-word")).statusCode).toBe(200);
    expect((await login("dora@example.com", "secret-word")).statusCode).toBe(200);
  });

  test("is disabled unless the body says otherwise", async () => {
    expect(await read(await admin.create("/walk/users", { username: "idle" }))).toMatchObject({ enabled: false });
  });

  test("SEC-ADM-07 SEC-ADM-15 decides neither its id nor its age, roles or client", async () => {
    const id = "11111111-2222-3333-4444-555555555555";
    const given = {
      id,
      createdTimestamp: 1,
      serviceAccountClientId: "conf",
      realmRoles: ["staff"],
      notBefore: 7,
      access: { manage: true },
    };
    const created = await admin.create("/walk/users", person("grabby", given));
    expect(created).not.toBe(id);
    expect(await read(created)).toMatchObject({ createdTimestamp: server.services.clock(), notBefore: 0 });
    expect((await admin.get(`/walk/users/${created}/role-mappings`)).body).not.toContain("staff");
  });

  test.each([
    [{}, 400, { errorMessage: "User name is missing" }],
    [{ username: "ALICE" }, 409, { errorMessage: "User exists with same username" }],
    [{ username: "alice2", email: "ALICE@example.com" }, 409, { errorMessage: "User exists with same email" }],
    [{ username: "x" }, 400, { errorMessage: "error-invalid-length", field: "username", params: ["username", 3, 255] }],
    [{ username: "a<b>c" }, 400, { errorMessage: "error-username-invalid-character", field: "username", params: ["username"] }],
    [{ username: "mail", email: "none" }, 400, { errorMessage: "error-invalid-email", field: "email", params: ["email", "none"] }],
    [{ username: "nul", lastName: "a\u0000b" }, 400, { errorMessage: "error-invalid-value", field: "lastName", params: ["lastName"] }],
    [{ username: "grouped", groups: ["/nonsense"] }, 400, { errorMessage: "Group path does not exist" }],
    [{ username: "typed", enabled: "maybe" }, 400, { error: "unknown_error", error_description: "Cannot parse the JSON" }],
    [{ username: "typed", attributes: { a: [{}] } }, 400, { error: "unknown_error", error_description: "Cannot parse the JSON" }],
    [
      { username: "cred", credentials: [{ type: "password" }] },
      400,
      { error: "unknown_error", error_description: "Cannot parse the JSON" },
    ],
    [{ username: "cred", credentials: [{ value: "" }] }, 400, { error: "Empty password not allowed" }],
    [[], 400, { error: "unknown_error", error_description: "Cannot parse the JSON" }],
    [null, 400, { error: "unknown_error", error_description: "Cannot parse the JSON" }],
  ])("from %j is refused with %i", async (body, status, answer) => {
    const before = (await admin.get("/walk/users/count")).body;
    const refused = await admin.post("/walk/users", body);
    expect([refused.statusCode, refused.json()]).toEqual([status, answer]);
    expect((await admin.get("/walk/users/count")).body).toBe(before);
  });

  test("SEC-ADM-15 is not called by another user's address, nor addressed by another user's name", async () => {
    await admin.create("/walk/users", person("eve@example.com", { email: "eve@other.example" }));
    expect((await admin.post("/walk/users", { username: "alice@example.com" })).statusCode).toBe(409);
    expect((await admin.post("/walk/users", person("mallory", { email: "EVE@example.com" }))).statusCode).toBe(409);
  });

  test("takes a hash of another server as it is", async () => {
    const { secretData, credentialData } = await server.services.passwords.hash("carried-over");
    await admin.create("/walk/users", person("moved", { credentials: [{ type: "password", secretData, credentialData }] }));
    expect((await login("moved", "carried-over")).statusCode).toBe(200);
  });

  test("cannot take the place of another user's credential by its id", async () => {
    const alice = await idOf("alice");
    const [credential] = (await admin.get(`/walk/users/${alice}/credentials`)).json<{ readonly id: string }[]>();
    await admin.create("/walk/users", person("thief", { credentials: [{ id: credential?.id, value: "thief-password" }] }));
    expect((await login("alice", "password")).statusCode).toBe(200);
  });
});

describe("a change of a user", () => {
  let id: string;
  const put = (body: unknown) => admin.put(`/walk/users/${id}`, body);
  beforeAll(async () => {
    id = await admin.create("/walk/users", person("frank"));
  });

  test("keeps what it does not say", async () => {
    const before = await read(id);
    expect((await put({})).statusCode).toBe(204);
    expect(await read(id)).toEqual(before);
    expect((await put({ firstName: "Frankie" })).statusCode).toBe(204);
    expect(await read(id)).toEqual({ ...before, firstName: "Frankie" });
  });

  test("with attributes is a whole profile: names that stand not beside them go", async () => {
    expect((await put({ attributes: { undeclared: ["x"] }, lastName: "Body" })).statusCode).toBe(204);
    const after = await read(id);
    expect([after["email"], after["firstName"], after["lastName"], after["attributes"]]).toEqual([undefined, undefined, "Body", undefined]);
  });

  test("removes an empty name", async () => {
    await put(person("frank", { lastName: "" }));
    expect(await read(id)).not.toHaveProperty("lastName");
  });

  test("does not rename, unless the realm allows it", async () => {
    const refused = await put({ username: "francis" });
    expect(refused.json()).toEqual({ errorMessage: "error-user-attribute-read-only", field: "username", params: ["username"] });
    await admin.put("/walk", { editUsernameAllowed: true });
    expect((await put({ username: "Francis" })).statusCode).toBe(204);
    expect(await read(id)).toMatchObject({ username: "francis" });
    expect((await put({ username: "alice" })).json()).toEqual({ errorMessage: "User exists with same username" });
    await put({ username: "frank" });
    await admin.put("/walk", { editUsernameAllowed: false });
  });

  test("takes everything back that it was read as", async () => {
    await put(person("frank"));
    const before = await read(id);
    expect((await put(before)).statusCode).toBe(204);
    expect(await read(id)).toEqual(before);
  });

  test("names unknown members instead of dropping them", async () => {
    expect((await put({ nonsense: 1 })).json()).toEqual({
      error: 'Invalid json representation for UserRepresentation. Unrecognized field "nonsense" at line 1 column 14.',
    });
  });

  test("keeps attributes that the profile does not know where the realm allows them", async () => {
    const profile = (await admin.get("/walk/users/profile")).json<Record<string, unknown>>();
    await admin.put("/walk/users/profile", { ...profile, unmanagedAttributePolicy: "ADMIN_EDIT" });
    await put(person("frank", { attributes: { colour: ["blue", "red"], locale: ["de"], username: ["eve"] } }));
    expect(await read(id)).toMatchObject({ username: "frank", attributes: { colour: ["blue", "red"] } });
    expect((await admin.get(`/walk/users/${id}/unmanagedAttributes`)).json()).toEqual({ colour: ["blue", "red"] });
    expect((await admin.get("/walk/users?q=colour:red")).json<unknown[]>()).toHaveLength(1);
    await admin.put("/walk/users/profile", profile);
    expect(await read(id)).not.toHaveProperty("attributes");
    await put(person("frank", { attributes: {} }));
    expect((await admin.get(`/walk/users/${id}/unmanagedAttributes`)).json()).toEqual({ colour: ["blue", "red"] });
  });

  test("at the same time as another loses nothing: a new password does not bring a disabled user back", async () => {
    for (let round = 0; round < 5; round += 1) {
      await put({ enabled: true });
      const answers = await Promise.all([
        admin.put(`/walk/users/${id}/reset-password`, { value: `password-${round}` }),
        put({ enabled: false }),
        put({ emailVerified: true }),
      ]);
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([204, 204, 204]);
      expect(await read(id)).toMatchObject({ enabled: false, emailVerified: true });
    }
  });
});

describe("lists of users", () => {
  test("leave service accounts out unless a filter finds them", async () => {
    expect(await names("max=-1")).not.toContain("service-account-conf");
    expect(await names("username=service-account")).toEqual(["service-account-conf"]);
  });

  test("find by parts, exactly, by words, and by id", async () => {
    expect(await names("username=LIC&max=5")).toContain("alice");
    expect(await names("username=lic&exact=true")).toEqual([]);
    expect(await names("search=ali")).toContain("alice");
    expect(await names("search=lice")).toEqual([]);
    expect(await names('search="alice"')).toEqual(["alice"]);
    expect(await names(`search=id:${await idOf("alice")}`)).toEqual(["alice"]);
    expect((await admin.get("/walk/users?max=many")).statusCode).toBe(404);
  });

  test("SEC-ADM-09 show nothing, and count nothing, to whoever may only query users", async () => {
    const management = (await admin.get("/walk/clients?clientId=realm-management")).json<{ readonly id: string }[]>()[0]?.id;
    const id = await admin.create("/walk/users", person("lister", { credentials: [{ value: "password" }] }));
    const role = (await admin.get(`/walk/clients/${management}/roles/query-users`)).json<unknown>();
    await admin.post(`/walk/users/${id}/role-mappings/clients/${management}`, [role]);
    const lister = await adminOf(server, { realm: "walk", username: "lister" });
    expect((await lister.get("/walk/users")).json()).toEqual([]);
    expect((await lister.get("/walk/users/count")).json()).toBe(0);
    expect((await lister.get(`/walk/users/${id}`)).statusCode).toBe(403);
    expect((await lister.get("/walk/users/nonsense")).statusCode).toBe(404);
  });
});

describe("what is a user's own", () => {
  test("a temporary password has to be changed, a lasting one no longer", async () => {
    const id = await admin.create("/walk/users", person("gina"));
    await admin.put(`/walk/users/${id}/reset-password`, { type: "password", value: "first-word", temporary: true });
    expect(await read(id)).toMatchObject({ requiredActions: ["UPDATE_PASSWORD"] });
    expect((await login("gina", "first-word")).json()).toMatchObject({ error_description: "Account is not fully set up" });
    await admin.put(`/walk/users/${id}/reset-password`, { value: "second-word" });
    expect((await login("gina", "first-word")).json()).toMatchObject({ error_description: "Invalid user credentials" });
    expect((await login("gina", "second-word")).statusCode).toBe(200);
    expect((await admin.get(`/walk/users/${id}/credentials`)).json<unknown[]>()).toHaveLength(1);
  });

  test("the realm's password policy holds, with the passwords before", async () => {
    await admin.put("/walk", { passwordPolicy: "length(8) and passwordHistory(2)" });
    const id = await admin.create("/walk/users", person("henry"));
    const set = (value: string) => admin.put(`/walk/users/${id}/reset-password`, { value });
    expect((await set("short")).json()).toEqual({
      error: "invalidPasswordMinLengthMessage",
      error_description: "Invalid password: minimum length 8.",
    });
    for (const value of ["one-password", "two-password"]) expect((await set(value)).statusCode).toBe(204);
    for (const value of ["one-password", "two-password"])
      expect((await set(value)).json()).toMatchObject({ error: "invalidPasswordHistoryMessage" });
    expect((await set("three-password")).statusCode).toBe(204);
    expect((await set("one-password")).statusCode).toBe(204);
    expect((await admin.get(`/walk/users/${id}/credentials`)).json<unknown[]>()).toHaveLength(1);
    await admin.put("/walk", { passwordPolicy: "" });
  });

  test.each([
    [{ type: "password" }, { error: "No password provided" }],
    [{ value: "  " }, { error: "Empty password not allowed" }],
    [{ value: "x".repeat(1025) }, { errorMessage: "A password may have at most 1024 bytes" }],
    [{ value: { a: 1 } }, { error: "unknown_error", error_description: "Cannot parse the JSON" }],
  ])("the password %j is refused", async (body, answer) => {
    const refused = await admin.put(`/walk/users/${await idOf("bob")}/reset-password`, body);
    expect([refused.statusCode, refused.json()]).toEqual([400, answer]);
  });

  test("credentials are labelled, listed without secrets, and removed", async () => {
    const id = await admin.create("/walk/users", person("iris", { credentials: [{ value: "iris-password" }] }));
    const at = `/walk/users/${id}/credentials`;
    const [first] = (await admin.get(at)).json<{ readonly id: string }[]>();
    const label = { method: "PUT", url: `/admin/realms${at}/${first?.id}/userLabel`, payload: "My label" } as const;
    const headers = { authorization: `Bearer ${admin.token}` };
    expect((await server.app.inject({ ...label, headers: { ...headers, "content-type": "text/plain" } })).statusCode).toBe(204);
    expect(
      (await server.app.inject({ ...label, headers: { ...headers, "content-type": "application/json" }, payload: '"x"' })).statusCode,
    ).toBe(415);
    const listed = await admin.get(at);
    expect(listed.json()).toMatchObject([{ type: "password", userLabel: "My label" }]);
    expect(listed.body).not.toMatch(/secretData|salt|"value"/);
    expect((await admin.post(`${at}/${first?.id}/moveToFirst`)).statusCode).toBe(204);
    expect((await admin.delete(`${at}/nonsense`)).statusCode).toBe(404);
    expect((await admin.delete(`/walk/users/${await idOf("bob")}/credentials/${first?.id}`)).statusCode).toBe(404);
    expect((await admin.delete(`${at}/${first?.id}`)).statusCode).toBe(204);
    expect((await login("iris", "iris-password")).json()).toMatchObject({ error: "invalid_grant" });
  });

  test("a logout ends the sessions and the tokens", async () => {
    const id = await idOf("bob");
    const { access_token: token } = (await login("bob", "password")).json<{ readonly access_token: string }>();
    const sessions = (await admin.get(`/walk/users/${id}/sessions`)).json<{ readonly clients: object }[]>();
    expect(sessions).toMatchObject([{ userId: id, username: "bob", transientUser: false }]);
    expect(Object.values(sessions[0]?.clients ?? {})).toEqual(["app"]);
    expect((await admin.post(`/walk/users/${id}/logout`)).statusCode).toBe(204);
    expect((await admin.get(`/walk/users/${id}/sessions`)).json()).toEqual([]);
    const info = await server.get("/realms/walk/protocol/openid-connect/userinfo", { authorization: `Bearer ${token}` });
    expect(info.statusCode).toBe(401);
    expect(await read(id)).toMatchObject({ notBefore: Math.floor(server.services.clock() / 1000) });
  });

  test("an account of a provider belongs to one user", async () => {
    const provider = {
      alias: "idp",
      providerId: "oidc",
      config: { clientId: "c", tokenUrl: "https://i/t", authorizationUrl: "https://i/a" },
    };
    expect((await admin.post("/walk/identity-provider/instances", provider)).statusCode).toBe(201);
    const [alice, bob] = [await idOf("alice"), await idOf("bob")];
    expect((await admin.post(`${links(alice)}/idp`, { userId: "ext-1", userName: "ext-alice" })).statusCode).toBe(204);
    expect((await admin.post(`${links(alice)}/idp`, { userId: "ext-2" })).json()).toEqual({
      errorMessage: "User is already linked with provider",
    });
    expect((await admin.post(`${links(bob)}/idp`, { userId: "ext-1" })).statusCode).toBe(409);
    expect((await admin.post(`${links(bob)}/idp`, {})).statusCode).toBe(400);
    expect((await admin.post(`${links(bob)}/nonsense`, { userId: "ext-1" })).statusCode).toBe(404);
    expect((await admin.get(links(alice))).json()).toEqual([{ identityProvider: "idp", userId: "ext-1", userName: "ext-alice" }]);
    expect((await admin.get("/walk/users?idpAlias=idp&idpUserId=ext-1")).json()).toMatchObject([{ username: "alice" }]);
    expect((await admin.delete(`${links(alice)}/idp`)).statusCode).toBe(204);
    expect((await admin.delete(`${links(alice)}/idp`)).json()).toEqual({ error: "Link not found" });
  });

  test("what this server cannot do it says, after the caller's own mistakes", async () => {
    const [alice, idle] = [await idOf("alice"), await idOf("idle")];
    expect((await admin.post(`/walk/users/${alice}/impersonation`)).statusCode).toBe(501);
    expect((await admin.post(`/walk/users/${idle}/impersonation`)).json()).toEqual({ errorMessage: "User is disabled" });
  });

  test("goes with the user", async () => {
    const id = await admin.create("/walk/users", person("gone", { credentials: [{ value: "gone-password" }] }));
    expect((await admin.delete(`/walk/users/${id}`)).statusCode).toBe(204);
    expect((await admin.delete(`/walk/users/${id}`)).json()).toEqual({ error: "User not found" });
    expect((await login("gone", "gone-password")).json()).toMatchObject({ error_description: "Invalid user credentials" });
  });
});

test("SEC-ADM-16 SEC-LOG-03 changes of users leave admin events, and no password in them", async () => {
  const id = await admin.create("/walk/users", person("audited", { credentials: [{ value: "in-the-clear" }] }));
  await admin.put(`/walk/users/${id}`, { firstName: "New", credentials: [{ value: "in-the-clear" }] });
  await admin.put(`/walk/users/${id}/reset-password`, { value: "in-the-clear" });
  await admin.delete(`/walk/users/${id}`);
  const events = await admin.get("/walk/admin-events?max=4");
  expect(
    events.json<Record<string, unknown>[]>().map((event) => [event["operationType"], event["resourceType"], event["resourcePath"]]),
  ).toEqual([
    ["DELETE", "USER", `users/${id}`],
    ["ACTION", "USER", `users/${id}/reset-password`],
    ["UPDATE", "USER", `users/${id}`],
    ["CREATE", "USER", `users/${id}`],
  ]);
  expect(
    events.json<Record<string, string>[]>().map(({ representation }) => representation && (JSON.parse(representation) as unknown)),
  ).toEqual([
    undefined,
    undefined,
    { firstName: "New" },
    { username: "audited", firstName: "Some", lastName: "Body", email: "audited@example.com", enabled: true },
  ]);
  const records = await server.store.reader.audit.list({ realm: "walk", limit: 10_000 });
  expect(JSON.stringify(records)).not.toContain("in-the-clear");
  expect(server.lines.join("\n")).not.toContain("in-the-clear");
});

test("SEC-ADM-17 the impersonation endpoint goes with the feature", async () => {
  const { features } = server.services.config;
  (features as { impersonation: boolean }).impersonation = false;
  expect((await admin.post(`/walk/users/${await idOf("alice")}/impersonation`)).json()).toEqual({ error: "Feature not enabled" });
  (features as { impersonation: boolean }).impersonation = true;
});
