import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { signIn, testServer, type TestServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;
const KEYS = "org.keycloak.keys.KeyProvider";
const POLICY = "org.keycloak.services.clientregistration.policy.ClientRegistrationPolicy";

let server: TestServer;
let admin: TestAdmin;
const json = async <T = Json>(path: string): Promise<T> => (await admin.get(path)).json<T>();
const status = async (answer: Promise<{ readonly statusCode: number }>): Promise<number> => (await answer).statusCode;

beforeAll(async () => {
  server = await testServer([masterRealm(), walkRealm("keycloak", { eventsEnabled: true }), { realm: "other", enabled: true }]);
  admin = await adminOf(server);
});
afterAll(() => server.close());

test("an id of any letters is brought along, and its Location is a URL", async () => {
  const component = { id: "é\u{1f600}", name: "consent", providerId: "consent-required", providerType: POLICY, config: {} };
  const answer = await admin.post("/walk/components", component);
  expect([answer.statusCode, answer.body, String(answer.headers["location"]).split("/").at(-1)]).toEqual([201, "", "%C3%A9%F0%9F%98%80"]);
});

describe("key components", () => {
  const second = { name: "second", providerId: "rsa-generated", providerType: KEYS, config: { priority: ["200"], algorithm: ["RS512"] } };

  test("get the key that they lack, and no answer or event shows it", async () => {
    const id = await admin.create("/walk/components", second);
    const shown = await json(`/walk/components/${id}`);
    expect(shown).toMatchObject({ name: "second", config: { priority: ["200"], algorithm: ["RS512"] } });
    expect(Object.keys(shown["config"] as Json).toSorted()).toEqual(["algorithm", "priority"]);
    const keys = await json<{ active: Json; keys: Json[] }>("/walk/keys");
    expect(keys.active).toHaveProperty("RS512");
    expect(keys.keys.find(({ providerId }) => providerId === id)).toMatchObject({ status: "ACTIVE", type: "RSA", use: "SIG" });
    expect(JSON.stringify([keys, shown])).not.toMatch(/privateKey/);
    const row = await server.services.admin.component((await json("/walk"))["id"] as string, id);
    expect(JSON.stringify(row?.representation)).not.toContain("privateKey");
    await admin.delete(`/walk/components/${id}`);
  });

  test("keep their key when other settings change, and get another for another size", async () => {
    const id = await admin.create("/walk/components", second);
    const kid = async () => (await json<{ keys: Json[] }>("/walk/keys")).keys.find(({ providerId }) => providerId === id)?.["kid"];
    const first = await kid();
    expect(await status(admin.put(`/walk/components/${id}`, { config: { priority: ["50"] } }))).toBe(204);
    expect(await kid()).toBe(first);
    expect(await status(admin.put(`/walk/components/${id}`, { config: { keySize: ["3072"] } }))).toBe(204);
    expect(await kid()).not.toBe(first);
    await admin.delete(`/walk/components/${id}`);
  });

  test.each([
    ["an unknown provider", { ...second, providerId: "nonsense" }, { error: "Invalid provider type or no such provider" }],
    ["an unknown type", { ...second, providerType: "nonsense" }, { error: "Invalid provider type or no such provider" }],
    ["a priority that is none", { ...second, config: { priority: ["x"] } }, { errorMessage: "'Priority' should be a number" }],
  ])("are refused with %s", async (_title, body, answer) => {
    const refused = await admin.post("/walk/components", body);
    expect([refused.statusCode, refused.json()]).toEqual([400, answer]);
  });

  test("are refused with a key that is no key, whose text is in no answer", async () => {
    const refused = await admin.post("/walk/components", { ...second, providerId: "rsa", config: { privateKey: ["no-key-at-all"] } });
    expect(refused.statusCode).toBe(400);
    expect(refused.body).not.toContain("no-key-at-all");
  });

  test("that sign tokens to the server itself are made anew when they are gone and somebody needs one", async () => {
    const remove = async (): Promise<void> => {
      const keys = await json<Json[]>(`/walk/components?type=${KEYS}`);
      for (const { id } of keys.filter((key) => (key["config"] as Json)["algorithm"]?.toString() === "HS512"))
        expect(await status(admin.delete(`/walk/components/${String(id)}`))).toBe(204);
    };
    await remove();
    expect(await status(admin.post("/walk/clients-initial-access", { count: 1 }))).toBe(200);
    await remove();
    const [client] = await json<Json[]>("/walk/clients?clientId=conf");
    expect(await status(admin.post(`/walk/clients/${String(client?.["id"])}/registration-access-token`))).toBe(200);
    await remove();
    const { refresh_token: token } = await signIn(server);
    const again = { grant_type: "refresh_token", client_id: "app", refresh_token: token };
    expect(await status(server.post("/realms/walk/protocol/openid-connect/token", again))).toBe(200);
  });

  test("SEC-ADM-06 do not become components of another type", async () => {
    const [policy] = await json<Json[]>("/walk/components?name=Consent Required");
    expect(await status(admin.put(`/walk/components/${String(policy?.["id"])}`, { providerType: KEYS, providerId: "rsa-generated" }))).toBe(
      400,
    );
  });

  test("SEC-ADM-03 of another realm are not there", async () => {
    const [foreign] = await json<Json[]>(`/other/components?type=${KEYS}`);
    const path = `/walk/components/${String(foreign?.["id"])}`;
    expect(await Promise.all([admin.get(path), admin.put(path, {}), admin.delete(path)].map(status))).toEqual([404, 404, 404]);
    expect(await json<Json[]>(`/other/components?type=${KEYS}`)).toHaveLength(4);
  });
});

test("a scope is in one list of the realm's default scopes at most", async () => {
  const id = await admin.create("/walk/client-scopes", { name: "billing", protocol: "openid-connect" });
  const names = async (list: string) => (await json<{ name: string }[]>(`/walk/${list}`)).map(({ name }) => name);
  await admin.put(`/walk/default-default-client-scopes/${id}`);
  expect(await names("default-default-client-scopes")).toContain("billing");
  await admin.put(`/walk/default-optional-client-scopes/${id}`);
  expect(await names("default-default-client-scopes")).not.toContain("billing");
  expect(await names("default-optional-client-scopes")).toContain("billing");
  await admin.delete(`/walk/default-optional-client-scopes/${id}`);
  expect(await names("default-optional-client-scopes")).not.toContain("billing");
  const [foreign] = await json<Json[]>("/other/client-scopes");
  expect(await status(admin.put(`/walk/default-default-client-scopes/${String(foreign?.["id"])}`))).toBe(404);
});

test("default groups are those of the realm", async () => {
  const id = await admin.create("/walk/groups", { name: "newcomers" });
  expect(await status(admin.put(`/walk/default-groups/${id}`))).toBe(204);
  expect(await json("/walk/default-groups")).toMatchObject([{ id, name: "newcomers", path: "/newcomers", subGroups: [] }]);
  expect(await status(admin.delete(`/walk/default-groups/${id}`))).toBe(204);
  expect(await json("/walk/default-groups")).toEqual([]);
  const foreign = await admin.create("/other/groups", { name: "strangers" });
  expect(await status(admin.put(`/walk/default-groups/${foreign}`))).toBe(404);
});

test("a user profile needs a username and an address, and validations that exist", async () => {
  const profile = await json<{ attributes: Json[] }>("/walk/users/profile");
  const put = async (body: unknown) => (await admin.put("/walk/users/profile", body)).json<Json>()["errorMessage"];
  expect(await put({ attributes: [] })).toBe("[The attribute 'username' can not be removed, The attribute 'email' can not be removed]");
  const broken = { ...profile, attributes: [...profile.attributes, { name: "a", validations: { nonsense: {} } }] };
  expect(await put(broken)).toBe("[Validator 'nonsense' defined for attribute 'a' doesn't exist]");
  const changed = { ...profile, unmanagedAttributePolicy: "ENABLED" };
  expect((await admin.put("/walk/users/profile", changed)).json()).toEqual(changed);
  expect(await json("/walk/users/profile")).toEqual(changed);
});

test("logout-all ends every session and refuses the tokens of before", async () => {
  const form = { grant_type: "password", client_id: "app", username: "alice", password: "password", scope: "openid" };
  const { access_token: token } = (await server.post("/realms/walk/protocol/openid-connect/token", form)).json<{ access_token: string }>();
  const headers = { authorization: `Bearer ${token}` };
  expect((await server.get("/realms/walk/protocol/openid-connect/userinfo", headers)).statusCode).toBe(200);
  server.advance(2);
  expect(await status(admin.post("/walk/logout-all"))).toBe(200);
  expect((await server.get("/realms/walk/protocol/openid-connect/userinfo", headers)).statusCode).toBe(401);
  expect((await json("/walk"))["notBefore"]).toBe(Math.floor(server.services.clock() / 1000));
});

const types = async (query: string) => (await json<{ type: string }[]>(`/walk/events?${query}`)).map(({ type }) => type);

test("events of the view are filtered; clearing it leaves the audit log whole", async () => {
  const form = { grant_type: "password", client_id: "app", username: "alice", password: "wrong" };
  await server.post("/realms/walk/protocol/openid-connect/token", form);
  expect(await types("type=LOGIN_ERROR&client=app")).toContain("LOGIN_ERROR");
  expect(await types("client=nobody")).toEqual([]);
  expect(await types("dateTo=2020-01-01")).toEqual([]);
  expect(await status(admin.get("/walk/events?type=NONSENSE"))).toBe(400);
  expect(await status(admin.get("/walk/events?dateFrom=yesterday"))).toBe(400);
  const before = (await server.store.reader.audit.list({ limit: 1000 })).length;
  expect(await status(admin.delete("/walk/events"))).toBe(204);
  expect(await types("")).toEqual([]);
  expect((await server.store.reader.audit.list({ limit: 1000 })).length).toBe(before + 1);
});

test("flows of one's own are copied, changed and deleted; built-in ones are not", async () => {
  const flows = "/walk/authentication/flows";
  const copied = await admin.post(`${flows}/browser/copy`, { newName: "mine" });
  expect(copied.statusCode).toBe(201);
  const steps = async (alias: string) => json<{ id: string; displayName: string; level: number }[]>(`${flows}/${alias}/executions`);
  const [cookie] = await steps("mine");
  expect(await steps("mine")).toHaveLength((await steps("browser")).length);
  expect(await status(admin.delete(`/walk/authentication/executions/${cookie?.id ?? ""}`))).toBe(204);
  expect((await steps("mine")).map(({ id }) => id)).not.toContain(cookie?.id);
  const [builtIn] = await steps("browser");
  expect(await status(admin.delete(`/walk/authentication/executions/${builtIn?.id ?? ""}`))).toBe(400);
  await admin.put("/walk", { browserFlow: "mine" });
  const id = (await json<{ id: string; alias: string }[]>(flows)).find(({ alias }) => alias === "mine")?.id ?? "";
  expect(await status(admin.delete(`${flows}/${id}`))).toBe(409);
  await admin.put(`${flows}/${id}`, { alias: "ours", providerId: "basic-flow" });
  expect((await json("/walk"))["browserFlow"]).toBe("ours");
  await admin.put("/walk", { browserFlow: "browser" });
  expect(await status(admin.delete(`${flows}/${id}`))).toBe(204);
  expect((await json<Json[]>(flows)).map(({ alias }) => alias)).not.toContain("ours");
});

test("organizations have domains, members and providers of their realm alone", async () => {
  expect(await status(admin.get("/walk/organizations"))).toBe(404);
  await admin.put("/walk", { organizationsEnabled: true });
  await admin.put("/other", { organizationsEnabled: true });
  const id = await admin.create("/walk/organizations", { name: "acme", domains: [{ name: "acme.example" }] });
  expect(await status(admin.post("/walk/organizations", { name: "second", domains: [{ name: "ACME.example" }] }))).toBe(400);
  const [alice] = await json<{ id: string }[]>("/walk/users?username=alice&exact=true");
  expect(await status(admin.post(`/walk/organizations/${id}/members`, alice?.id))).toBe(201);
  expect(await status(admin.post(`/walk/organizations/${id}/members`, alice?.id))).toBe(409);
  expect(await json(`/walk/organizations/${id}/members`)).toMatchObject([{ username: "alice", membershipType: "UNMANAGED" }]);
  expect(await status(admin.get(`/other/organizations/${id}`))).toBe(404);
  const stranger = await admin.create("/other/users", { username: "stranger" });
  expect(await status(admin.post(`/walk/organizations/${id}/members`, stranger))).toBe(400);
  expect(await status(admin.delete(`/walk/organizations/${id}/members/${alice?.id ?? ""}`))).toBe(204);
  expect(await json(`/walk/organizations/${id}/members/count`)).toBe(0);
});

test("serverinfo is for administrators, and tells who is not of master the version alone", async () => {
  const info = await server.get("/admin/serverinfo", { authorization: `Bearer ${admin.token}` });
  expect(info.json<Json>()).toMatchObject({ systemInfo: { version: "26.1.3" }, profileInfo: { name: "default" } });
  expect((await server.get("/admin/serverinfo")).statusCode).toBe(401);
});
