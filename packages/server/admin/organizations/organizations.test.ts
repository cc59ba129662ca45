import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { exportContext } from "../../exports/export-context.ts";
import { realmParts } from "../../exports/realm-parts.ts";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { basic, type TestServer, testServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;
const REALMS = ["walk", "native"] as const;
const exchange = "urn:ietf:params:oauth:grant-type:token-exchange";

let server: TestServer;
let admin: TestAdmin;
let acme: string;
let users: Readonly<Record<string, string>>;
beforeAll(async () => {
  const settings = { organizationsEnabled: true };
  server = await testServer([
    masterRealm(),
    walkRealm("keycloak", { ...settings, adminEventsEnabled: true }),
    { ...walkRealm("native", settings), realm: "native" },
  ]);
  admin = await adminOf(server);
  for (const realm of REALMS) {
    const found = await json<Json[]>(`/${realm}/users?max=100`);
    users = Object.fromEntries(found.map(({ username, id }) => [String(username), String(id)]));
    acme = await organization(realm, "acme");
    const globex = await organization(realm, "globex");
    for (const [id, name] of [
      [acme, "alice"],
      [acme, "bob"],
      [globex, "bob"],
    ] as const)
      await admin.create(`/${realm}/organizations/${id}/members`, users[name]);
  }
});
afterAll(() => server.close());
beforeEach(async () => {
  admin = await adminOf(server);
  acme = String((await json<Json[]>("/walk/organizations?search=acme"))[0]?.["id"]);
  const found = await json<Json[]>("/walk/users?max=100");
  users = Object.fromEntries(found.map(({ username, id }) => [String(username), String(id)]));
});

const json = async <T = Json>(path: string): Promise<T> => (await admin.get(path)).json<T>();
const organization = (realm: string, name: string): Promise<string> =>
  admin.create(`/${realm}/organizations`, { name, domains: [{ name: `${name}.example` }], attributes: { tier: ["gold"] } });
const claimsOf = (token: string): Json => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Json;

const membersAt = (query = "") => `/walk/organizations/${acme}/members${query}`;

const names = async (query: string): Promise<readonly unknown[]> => (await json<Json[]>(membersAt(query))).map(({ username }) => username);

const invite = async (path: string, form: Readonly<Record<string, string>>) => {
  const answer = await server.app.inject({
    method: "POST",
    url: `/admin/realms/walk/organizations/${acme}/members/${path}`,
    headers: { authorization: `Bearer ${admin.token}`, "content-type": "application/x-www-form-urlencoded" },
    payload: new URLSearchParams(form).toString(),
  });
  return [answer.statusCode, answer.json<Json>()] as const;
};

const login = async (realm: string, username: string, scope: string, client = "app") => {
  const form = { grant_type: "password", username, password: "password", scope, ...(client === "app" && { client_id: client }) };
  const headers = client === "app" ? {} : basic(client, `secret-of-${client}`);
  const answer = await server.post(`/realms/${realm}/protocol/openid-connect/token`, form, headers);
  return answer.json<Readonly<Record<"access_token" | "id_token" | "refresh_token" | "scope" | "error", string>>>();
};

const sorted = (value: unknown): unknown =>
  Array.isArray(value) ? (value as string[]).toSorted((one, other) => (one < other ? -1 : 1)) : value;

const refresh = async (token: string, scope?: string) =>
  (
    await server.post("/realms/walk/protocol/openid-connect/token", {
      grant_type: "refresh_token",
      client_id: "app",
      refresh_token: token,
      ...(scope !== undefined && { scope }),
    })
  ).json<Readonly<Record<"access_token" | "scope", string>>>();

const exchanged = async (realm: string, token: string, scope?: string) =>
  (
    await server.post(
      `/realms/${realm}/protocol/openid-connect/token`,
      { grant_type: exchange, subject_token: token, audience: "target", ...(scope !== undefined && { scope }) },
      basic("conf", "secret-of-conf"),
    )
  ).json<Readonly<Record<"access_token" | "scope", string>>>();

const member = (username: string, membershipType: string): Json => ({ username, membershipType });

describe("members", () => {
  test("come in pages, by name, and are searched for", async () => {
    expect(await names("")).toEqual(["alice", "bob"]);
    expect(await names("?first=1&max=1")).toEqual(["bob"]);
    expect(await names("?search=ICE@")).toEqual(["alice"]);
    expect(await names("?search=ice&exact=true")).toEqual([]);
    expect(await names("?membershipType=managed")).toEqual([]);
    expect(await json(membersAt("/count?search=alice"))).toBe(2);
    expect((await admin.get(membersAt("?membershipType=other"))).statusCode).toBe(400);
  });

  test("are shown as users are, with the kind of their membership", async () => {
    const member = await json(membersAt(`/${users["alice"] ?? ""}`));
    expect(member).toMatchObject({ username: "alice", totp: false, membershipType: "UNMANAGED" });
    expect(member).not.toHaveProperty("access");
    expect((await admin.get(membersAt(`/${users["operator"] ?? ""}`))).json()).toEqual({ error: "HTTP 404 Not Found" });
  });

  test("see their organizations whole, by name", async () => {
    const found = await json<Json[]>(`/walk/organizations/members/${users["bob"] ?? ""}/organizations?briefRepresentation=true`);
    expect(found).toMatchObject([
      { name: "acme", attributes: { tier: ["gold"] } },
      { name: "globex", attributes: { tier: ["gold"] } },
    ]);
    expect(await json(`/walk/organizations/members/${users["operator"] ?? ""}/organizations`)).toEqual([]);
    expect((await admin.get("/walk/organizations/members/nobody/organizations")).statusCode).toBe(404);
  });

  test("are added once, also when two do so at once", async () => {
    const answers = await Promise.all([admin.post(membersAt(), users["operator"]), admin.post(membersAt(), users["operator"])]);
    expect(answers.map(({ statusCode }) => statusCode).toSorted((one, other) => one - other)).toEqual([201, 409]);
    expect(answers.find(({ statusCode }) => statusCode === 409)?.json()).toEqual({
      errorMessage: "User is already a member of the organization.",
    });
    expect((await admin.delete(membersAt(`/${users["operator"] ?? ""}`))).statusCode).toBe(204);
  });

  test("are not in the realm's row, and go with their organization", async () => {
    const id = await organization("walk", "shortlived");
    await admin.create(`/walk/organizations/${id}/members`, users["alice"]);
    const realm = await server.services.admin.realmByName("walk");
    expect(JSON.stringify(realm?.representation["organizations"])).not.toContain("members");
    expect((await admin.delete(`/walk/organizations/${id}`)).statusCode).toBe(204);
    expect(await server.services.admin.countOrganizationMembers(realm?.id ?? "", id)).toBe(0);
  });
});

describe("invitations", () => {
  const failed = "Failed to send invite email";

  test.each([
    ["invite-user", {}, 400, { errorMessage: "To invite a member you need to provide an email" }],
    ["invite-user", { email: "alice@example.com" }, 409, { errorMessage: "User already a member of the organization" }],
    ["invite-user", { email: "new@example.com" }, 500, { errorMessage: failed }],
    ["invite-existing-user", {}, 400, { error: "To invite a member you need to provide the user id" }],
    ["invite-existing-user", { id: "nobody" }, 400, { errorMessage: "User does not exist" }],
  ] as const)("%s with %j is answered as Keycloak answers without a mail server", async (path, form, status, body) => {
    expect(await invite(path, form)).toEqual([status, body]);
  });
});

describe("tokens", () => {
  test.each([
    ["alice", "openid organization", ["acme"]],
    ["bob", "openid organization", undefined],
    ["bob", "openid organization:globex", ["globex"]],
    ["alice", "openid organization:globex", undefined],
    ["bob", "openid organization:*", ["globex", "acme"]],
    ["operator", "openid organization:*", undefined],
  ] as const)("of %s with %s tell of %j: access token, ID token, userinfo, introspection", async (username, scope, told) => {
    const { access_token: token, id_token: idToken } = await login("walk", username, scope);
    const expected = sorted(told);
    expect(sorted(claimsOf(token)["organization"])).toEqual(expected);
    expect(sorted(claimsOf(idToken)["organization"])).toEqual(expected);
    const userinfo = await server.get("/realms/walk/protocol/openid-connect/userinfo", { authorization: `Bearer ${token}` });
    expect(sorted(userinfo.json<Json>()["organization"])).toEqual(expected);
    const introspected = await server.post(
      "/realms/walk/protocol/openid-connect/token/introspect",
      { token },
      basic("conf", "secret-of-conf"),
    );
    expect(sorted(introspected.json<Json>()["organization"])).toEqual(expected);
  });

  test.each(["openid organization:nobody", "organization organization:acme", "organization:acme organization:globex"])(
    "are not issued for %s",
    async (scope) => {
      expect(await login("walk", "bob", scope)).toMatchObject({ error: "invalid_scope" });
    },
  );

  test("of a refresh tell of what is still so, and of less when less is asked for", async () => {
    const { refresh_token: all } = await login("walk", "bob", "openid organization:*");
    expect(claimsOf((await refresh(all, "openid organization:acme")).access_token)["organization"]).toEqual(["acme"]);
    expect((await refresh(all, "openid")).scope).not.toContain("organization");
    const { refresh_token: one } = await login("walk", "bob", "openid organization:acme");
    expect((await refresh(one, "openid organization:*")).scope).toContain("organization:acme");
    expect((await refresh(one, "openid organization:globex")).scope).not.toContain("organization");
    const at = `/walk/organizations/${acme}/members`;
    await admin.delete(`${at}/${users["bob"] ?? ""}`);
    expect((await refresh(one)).scope).not.toContain("organization");
    await admin.create(at, users["bob"]);
  });

  test("of a native exchange tell of the organizations that the subject token tells of, or of one of them, as far as the target asks", async () => {
    const { access_token: all } = await login("native", "bob", "openid organization:*", "conf");
    expect(claimsOf((await exchanged("native", all)).access_token)["organization"]).toHaveLength(2);
    const one = await exchanged("native", all, "organization:acme");
    expect(claimsOf(one.access_token)["organization"]).toEqual(["acme"]);
    expect((await exchanged("native", all, "profile")).scope).not.toContain("organization");
    const { access_token: none } = await login("native", "bob", "openid", "conf");
    expect((await exchanged("native", none, "organization:acme")).scope).not.toContain("organization");

    const [target] = await json<Json[]>("/native/clients?clientId=target");
    const [scope] = (await json<Json[]>("/native/client-scopes")).filter(({ name }) => name === "organization");
    const link = `/native/clients/${String(target?.["id"])}/optional-client-scopes/${String(scope?.["id"])}`;
    await admin.delete(link);
    expect(claimsOf((await exchanged("native", all)).access_token)).not.toHaveProperty("organization");
    await admin.put(link);
  });

  test("of a native realm that switches organizations off tell of none", async () => {
    await admin.put("/native", { organizationsEnabled: false });
    expect(claimsOf((await login("native", "alice", "openid organization")).access_token)).not.toHaveProperty("organization");
    await admin.put("/native", { organizationsEnabled: true });
  });
});

test("a realm file brings organizations with their members by name, and takes them out again", async () => {
  const organizations = [
    { id: "org-1", name: "first", members: [member("Zoe", "MANAGED"), member("nobody", "UNMANAGED"), member("adam", "UNMANAGED")] },
    { name: "second", alias: "two", domains: [{ name: "two.example" }], members: [member("zoe", "UNMANAGED")] },
  ];
  const people = ["zoe", "adam"].map((username) => ({ username, enabled: true }));
  expect((await admin.post("", { realm: "brought", organizationsEnabled: true, users: people, organizations })).statusCode).toBe(201);
  const members = await json<Json[]>("/brought/organizations/org-1/members");
  expect(members.map(({ username, membershipType }) => [username, membershipType])).toEqual([
    ["adam", "UNMANAGED"],
    ["zoe", "MANAGED"],
  ]);
  const realm = await server.services.admin.realmByName("brought");
  if (!realm) throw new Error("no realm");
  const context = await exportContext({ store: server.services.admin, realm, secrets: server.services.secrets }, true);
  const exported: unknown[] = [];
  for await (const part of realmParts(context, { clients: false, groupsAndRoles: false, users: "none" })) {
    if (part.member === "organizations" && "elements" in part) for await (const one of part.elements) exported.push(one);
  }
  expect(exported).toMatchObject([
    { id: "org-1", name: "first", members: [member("adam", "UNMANAGED"), member("zoe", "MANAGED")] },
    { name: "second", alias: "two", members: [member("zoe", "UNMANAGED")] },
  ]);
  expect((await admin.post("", { realm: "wrong", organizations: [{ name: "x", members: [{ username: 5 }, "text"] }] })).statusCode).toBe(
    400,
  );
  expect((await admin.post("", { realm: "wrong", organizations: { name: "x" } })).statusCode).toBe(400);
});
