import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { testServer, type TestServer } from "../../testing/test-server.ts";

type Json = Readonly<Record<string, unknown>>;

let server: TestServer;
let admin: TestAdmin;
const read = async (realm: string): Promise<Json> => (await admin.get(`/${realm}`)).json<Json>();
const attributes = async (realm: string) => (await read(realm))["attributes"] as Json;

beforeAll(async () => {
  const creator = { username: "creator", enabled: true, realmRoles: ["create-realm"], credentials: [{ value: "password" }] };
  const master = masterRealm({ adminEventsEnabled: true });
  server = await testServer([
    { ...master, users: [...(master["users"] as Json[]), creator] },
    { realm: "other", enabled: true },
  ]);
  admin = await adminOf(server);
});
afterAll(() => server.close());

describe("a new realm", () => {
  test("of a name alone is disabled, complete, and its creator's token works on it at once", async () => {
    const created = await admin.post("", { realm: "name alone" });
    expect([created.statusCode, created.headers["location"], created.body]).toEqual([
      201,
      "http://localhost:8080/admin/realms/name%20alone",
      "",
    ]);
    expect(await read("name%20alone")).toMatchObject({ enabled: false, defaultRole: { description: "${role_default-roles}" } });
    expect((await admin.get("/name%20alone/keys")).json<{ active: Json }>().active).toHaveProperty("RS256");
    expect((await admin.get("/master/clients?clientId=name%20alone-realm")).json()).toHaveLength(1);
  });

  test("gives rights over it to a creator who is no administrator of everything, and over nothing else", async () => {
    const creator = await adminOf(server, { username: "creator" });
    await creator.create("", { realm: "mine", enabled: true });
    expect((await creator.get("")).json<Json[]>().map(({ realm }) => realm)).toEqual(["mine"]);
    expect((await creator.put("/mine", { displayName: "Mine" })).statusCode).toBe(204);
    expect((await creator.get("/other")).statusCode).toBe(403);
  });

  test("with all its parts has them, and users log in", async () => {
    await admin.create("", {
      realm: "parts",
      enabled: true,
      clients: [{ clientId: "app", publicClient: true, directAccessGrantsEnabled: true }],
      users: [{ username: "u", enabled: true, email: "u@x", firstName: "U", lastName: "V", credentials: [{ value: "secret-word" }] }],
    });
    const form = { grant_type: "password", client_id: "app", username: "u", password: "secret-word" };
    expect((await server.post("/realms/parts/protocol/openid-connect/token", form)).statusCode).toBe(200);
  });

  test.each([
    ["an empty name", { realm: "" }, 400, { errorMessage: "Realm name cannot be empty" }],
    ["no name", {}, 400, { errorMessage: "Realm name cannot be empty" }],
    ["a slash in its name", { realm: "a/b" }, 400, { error: "Character '/' not allowed." }],
    ["a taken name", { realm: "other" }, 409, { errorMessage: "Conflict detected. See logs for details" }],
    [
      "a taken name and a wrong type",
      { realm: "other", enabled: "maybe" },
      400,
      { errorMessage: "unable to read contents from stream (enabled: true or false should be here)" },
    ],
    ["a list", [{ realm: "list" }], 400, { errorMessage: "unable to read contents from stream" }],
  ])("is refused with %s", async (_title, body, status, answer) => {
    const refused = await admin.post("", body);
    expect([refused.statusCode, refused.json()]).toEqual([status, answer]);
  });

  test("SEC-ADM-15 is refused whole when an id in it is taken, and leaves nothing behind", async () => {
    const { id } = await read("other");
    expect((await admin.post("", { id, realm: "thief" })).statusCode).toBe(409);
    const client = (await admin.get("/other/clients?clientId=account")).json<Json[]>()[0];
    expect((await admin.post("", { realm: "thief", clients: [{ id: client?.["id"], clientId: "c" }] })).statusCode).toBe(409);
    expect((await admin.get("/thief")).statusCode).toBe(404);
    expect((await admin.get("/master/clients?clientId=thief-realm")).json()).toEqual([]);
  });

  test("says where a representation is wrong", async () => {
    const refused = await admin.post("", { realm: "wrong", clients: [{ clientId: "c", redirectUris: "x" }] });
    expect([refused.statusCode, refused.json<Json>()["errorMessage"]]).toEqual([400, "clients[0].redirectUris: a list should be here"]);
  });

  test("SEC-ADM-16 leaves an admin event in the realm of whoever made it", async () => {
    await admin.create("", { realm: "noted" });
    const [event] = (await admin.get("/master/admin-events?operationTypes=CREATE&resourceTypes=REALM")).json<Json[]>();
    expect(event).toMatchObject({ operationType: "CREATE", resourceType: "REALM", resourcePath: "noted" });
  });
});

const storedServer = async () => (await server.services.admin.realmByName("change"))?.representation["smtpServer"] as Json;

describe("a change of a realm", () => {
  beforeAll(() => admin.create("", { realm: "change", enabled: true, adminEventsEnabled: true, adminEventsDetailsEnabled: true }));

  test("of nothing changes nothing", async () => {
    const before = await read("change");
    expect((await admin.put("/change", {})).statusCode).toBe(204);
    expect(await read("change")).toEqual(before);
  });

  test("with what a read gave is taken back whole, and shows client session limits among the attributes from then on", async () => {
    const before = await read("change");
    expect((await admin.put("/change", before)).statusCode).toBe(204);
    const after = await read("change");
    expect(after).toEqual({
      ...before,
      attributes: {
        ...(before["attributes"] as Json),
        clientSessionIdleTimeout: "0",
        clientSessionMaxLifespan: "0",
        clientOfflineSessionIdleTimeout: "0",
        clientOfflineSessionMaxLifespan: "0",
      },
    });
    await admin.put("/change", after);
    expect(await read("change")).toEqual(after);
  });

  test("of a setting that Keycloak keeps among the attributes shows in both places, and the member counts", async () => {
    const twins = async () => [
      (await read("change"))["clientSessionIdleTimeout"],
      (await attributes("change"))["clientSessionIdleTimeout"],
    ];
    await admin.put("/change", { clientSessionIdleTimeout: 60 });
    expect(await twins()).toEqual([60, "60"]);
    await admin.put("/change", { attributes: { clientSessionIdleTimeout: "33" } });
    expect(await twins()).toEqual([33, "33"]);
    await admin.put("/change", { clientSessionIdleTimeout: 44, attributes: { clientSessionIdleTimeout: "33" } });
    expect(await twins()).toEqual([44, "44"]);
    await admin.put("/change", { attributes: { one: "1" } });
    expect(await twins()).toEqual([44, "44"]);
    await admin.put("/change", { clientSessionIdleTimeout: 0, otpPolicyCodeReusable: true });
    expect([await twins(), (await attributes("change"))["realmReusableOtpCode"]]).toEqual([[0, "0"], "true"]);
    await admin.put("/change", { attributes: {} });
    expect((await read("change"))["otpPolicyCodeReusable"]).toBe(false);
  });

  test("keeps cambist attributes that it does not name, replaces the others, and removes on an empty value", async () => {
    await admin.put("/change", { attributes: { one: "1", "cambist.chain.max-depth": "3" } });
    await admin.put("/change", { attributes: { two: "2" } });
    expect(await attributes("change")).toMatchObject({ two: "2", "cambist.chain.max-depth": "3", cibaInterval: "5" });
    expect(await attributes("change")).not.toHaveProperty("one");
    await admin.put("/change", { attributes: { "cambist.chain.max-depth": "" } });
    expect(await attributes("change")).not.toHaveProperty("cambist.chain.max-depth");
  });

  test.each([
    ["a cambist attribute of no meaning", { attributes: { "cambist.chain.max-depth": "deep" } }],
    ["a cambist attribute that does not exist", { attributes: { "cambist.chain.max-dept": "3" } }],
    ["an unknown flow", { browserFlow: "nonsense" }],
    ["an unknown ssl value", { sslRequired: "sometimes" }],
    ["an unknown password rule", { passwordPolicy: "nonsense(1)" }],
    ["an unknown member", { nonsense: 1 }],
    ["SEC-ADM-13 a header value with a line break", { browserSecurityHeaders: { xFrameOptions: "DENY\r\nset-cookie: a=b" } }],
  ])("is refused with %s", async (_title, body) => {
    const before = await read("change");
    expect((await admin.put("/change", body)).statusCode).toBe(400);
    expect(await read("change")).toEqual(before);
  });

  test("SEC-ADM-08 keeps the mail password only for the server it belongs to, and never shows it", async () => {
    await admin.put("/change", { smtpServer: { host: "mail", password: "mail-secret" } });
    expect(JSON.stringify(await storedServer())).not.toContain("mail-secret");
    expect((await read("change"))["smtpServer"]).toEqual({ host: "mail", password: "**********" });
    await admin.put("/change", { smtpServer: { host: "mail", from: "a@b", password: "**********" } });
    expect(await storedServer()).toHaveProperty("password");
    await admin.put("/change", { smtpServer: { host: "evil", password: "**********" } });
    expect(await storedServer()).toEqual({ host: "evil" });
    const events = (await admin.get("/change/admin-events")).body;
    expect(events).toContain("smtpServer");
    expect(events).not.toContain("mail-secret");
  });

  test("and another at the same time both last", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `text-${index}`);
    const answers = await Promise.all(names.map((name) => admin.post(`/change/localization/en`, { [name]: name })));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([204]));
    expect(Object.keys((await admin.get("/change/localization/en")).json<Json>()).toSorted()).toEqual(names);
  });
});

describe("a renamed realm", () => {
  test("goes by its new name, with master's client and its own URLs", async () => {
    await admin.create("", { realm: "before", enabled: true });
    expect((await admin.put("/before", { realm: "other" })).json()).toEqual({ errorMessage: "Realm with same name exists" });
    expect((await admin.put("/before", { realm: "after" })).statusCode).toBe(204);
    expect((await admin.get("/before")).statusCode).toBe(404);
    expect((await admin.get("/after/clients?clientId=account")).json<Json[]>()[0]).toMatchObject({
      baseUrl: "/realms/after/account/",
      redirectUris: ["/realms/after/account/*"],
    });
    expect((await admin.get("/master/clients?clientId=after-realm")).json()).toHaveLength(1);
  });

  test("cannot be master", async () => {
    expect((await admin.put("/master", { realm: "x" })).statusCode).toBe(400);
  });
});

test("a deleted realm is gone with master's client for it; master cannot be deleted", async () => {
  await admin.create("", { realm: "short" });
  expect((await admin.delete("/short")).statusCode).toBe(204);
  expect((await admin.get("/short")).json()).toEqual({ error: "Realm not found." });
  expect((await admin.get("/master/clients?clientId=short-realm")).json()).toEqual([]);
  expect((await admin.delete("/master")).statusCode).toBe(400);
});

test("who sees users alone sees little of the realm", async () => {
  await admin.create("", {
    realm: "seen",
    enabled: true,
    displayName: "Seen",
    users: [
      {
        username: "viewer",
        enabled: true,
        email: "v@x",
        firstName: "V",
        lastName: "W",
        clientRoles: { "realm-management": ["view-users"] },
        credentials: [{ value: "password" }],
      },
    ],
  });
  const viewer = await adminOf(server, { realm: "seen", username: "viewer" });
  expect(Object.keys((await viewer.get("/seen")).json<Json>()).toSorted()).toEqual([
    "bruteForceProtected",
    "displayName",
    "realm",
    "registrationEmailAsUsername",
    "supportedLocales",
  ]);
  expect((await viewer.put("/seen", { displayName: "x" })).statusCode).toBe(403);
  expect((await viewer.delete("/seen")).statusCode).toBe(403);
  expect((await viewer.post("", { realm: "x" })).statusCode).toBe(403);
});

test("nothing is stored and the answer is 503 when storage fails", async () => {
  server.breakStorage(true);
  const answers = [await admin.post("", { realm: "full" }), await admin.put("/other", { displayName: "x" })];
  server.breakStorage(false);
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([503, 503]);
  expect((await admin.get("/full")).statusCode).toBe(404);
});

test("a realm brings resource servers, with what they say and nothing else, and the role that keeps resources", async () => {
  const authorizationSettings = { decisionStrategy: "AFFIRMATIVE", scopes: [{ name: "read" }] };
  const clients = [
    { clientId: "said", serviceAccountsEnabled: true, authorizationSettings },
    { clientId: "bare", serviceAccountsEnabled: true, authorizationServicesEnabled: true },
  ];
  expect((await admin.post("", { realm: "servers", clients })).statusCode).toBe(201);
  for (const [clientId, scopes] of [
    ["said", [{ name: "read" }]],
    ["bare", []],
  ] as const) {
    const [client] = (await admin.get(`/servers/clients?clientId=${clientId}`)).json<Json[]>();
    expect(client?.["authorizationServicesEnabled"]).toBe(true);
    const at = `/servers/clients/${String(client?.["id"])}`;
    const settings = (await admin.get(`${at}/authz/resource-server/settings`)).json<Json>();
    expect(settings).toMatchObject({ allowRemoteResourceManagement: true, scopes, resources: [], policies: [] });
    const account = (await admin.get(`${at}/service-account-user`)).json<Json>();
    const held = (await admin.get(`/servers/users/${String(account["id"])}/role-mappings/clients/${String(client?.["id"])}`)).json<
      Json[]
    >();
    expect(held.map(({ name }) => name)).toEqual(["uma_protection"]);
  }
});
