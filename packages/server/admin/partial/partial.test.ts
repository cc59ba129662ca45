import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { testServer, type TestServer } from "../../testing/test-server.ts";

type Json = Readonly<Record<string, unknown>>;

let server: TestServer;
let admin: TestAdmin;
const json = async <T = Json>(path: string): Promise<T> => (await admin.get(path)).json<T>();
const send = (body: Json) => admin.post("/walk/partialImport", body);

const person = (username: string, roles: readonly string[]) => ({
  username,
  enabled: true,
  email: `${username}@x`,
  firstName: "A",
  lastName: "B",
  credentials: [{ value: "password" }],
  clientRoles: { "realm-management": roles },
});

beforeAll(async () => {
  server = await testServer([
    masterRealm(),
    {
      realm: "walk",
      enabled: true,
      clients: [{ clientId: "target", secret: "target-secret", serviceAccountsEnabled: true }],
      roles: { client: { target: [{ name: "reader" }] } },
      identityProviders: [{ alias: "idp", providerId: "oidc", config: { clientId: "c", clientSecret: "idp-secret" } }],
      users: [person("keeper", ["manage-realm"]), person("exporter", ["manage-realm", "view-clients", "query-groups"])],
    },
  ]);
  admin = await adminOf(server);
});
afterAll(() => server.close());

const parts = (policy?: string): Json => ({
  ...(policy !== undefined && { ifResourceExists: policy }),
  users: [{ username: "imported", enabled: true, realmRoles: ["imported"], groups: ["/imported"], credentials: [{ value: "word" }] }],
  clients: [{ clientId: "imported", secret: "imported-secret" }],
  groups: [{ name: "imported", path: "/imported", realmRoles: ["imported"] }],
  roles: { realm: [{ name: "imported", composites: { client: { target: ["reader"] } } }], client: { target: [{ name: "imported" }] } },
  identityProviders: [{ alias: "imported", providerId: "oidc", config: {} }],
});

const importedClient = async () => (await json<Json[]>("/walk/clients?clientId=imported"))[0]?.["id"];

describe("a partial import", () => {
  test("adds every part, with its references", async () => {
    const answer = (await send(parts())).json<Json>();
    expect(answer).toMatchObject({ added: 6, skipped: 0, overwritten: 0 });
    const [user] = await json<{ id: string }[]>("/walk/users?username=imported&exact=true");
    const mappings = await json<{ realmMappings: Json[] }>(`/walk/users/${user?.id ?? ""}/role-mappings`);
    expect(mappings.realmMappings.map(({ name }) => name)).toEqual(["imported"]);
    expect((await json<Json[]>(`/walk/users/${user?.id ?? ""}/groups`)).map(({ path }) => path)).toEqual(["/imported"]);
    expect((await json<Json[]>("/walk/roles/imported/composites")).map(({ name }) => name)).toEqual(["reader"]);
  });

  test("fails whole on what exists, unless told otherwise", async () => {
    const refused = await send({ users: [{ username: "late" }], roles: { realm: [{ name: "imported" }] } });
    expect([refused.statusCode, refused.json()]).toEqual([409, { errorMessage: "Realm role 'imported' already exists." }]);
    expect(await json("/walk/users?username=late")).toEqual([]);
  });

  test("skips what exists", async () => {
    expect((await send(parts("SKIP"))).json()).toMatchObject({ added: 0, skipped: 6, overwritten: 0 });
  });

  test("makes anew what exists", async () => {
    const before = await importedClient();
    expect((await send(parts("OVERWRITE"))).json()).toMatchObject({ added: 2, overwritten: 6, skipped: 0 });
    expect(await importedClient()).not.toBe(before);
  });

  test.each([
    ["a policy that is none", { ifResourceExists: "MAYBE" }, 400],
    ["a group without a path", { groups: [{ name: "g" }] }, 400],
    ["roles of a client that is not there", { roles: { client: { nonsense: [{ name: "r" }] } } }, 412],
  ])("is refused with %s", async (_title, body, status) => {
    expect((await send(body)).statusCode).toBe(status);
  });

  test("SEC-ADM-05 hands out no admin role that the caller lacks, directly or by a composite", async () => {
    const keeper = await adminOf(server, { realm: "walk", username: "keeper" });
    const grab = (body: Json) => keeper.post("/walk/partialImport", body);
    const rights = { "realm-management": ["manage-users"] };
    expect((await grab({ users: [{ username: "thief", clientRoles: rights }] })).statusCode).toBe(403);
    expect((await grab({ groups: [{ name: "t", path: "/t", clientRoles: rights }] })).statusCode).toBe(403);
    expect((await grab({ roles: { realm: [{ name: "t", composites: { client: rights } }] } })).statusCode).toBe(403);
    expect((await grab({ users: [{ username: "helper", clientRoles: { "realm-management": ["manage-realm"] } }] })).statusCode).toBe(200);
    expect(await json("/walk/users?username=thief")).toEqual([]);
  });

  test("leaves clients and roles of administration alone", async () => {
    const before = (await json<Json[]>("/walk/clients?clientId=realm-management"))[0];
    const body = {
      ifResourceExists: "OVERWRITE",
      clients: [{ clientId: "realm-management" }],
      roles: { client: { "realm-management": [{ name: "x" }] } },
    };
    expect((await send(body)).json()).toEqual({ added: 0, overwritten: 0, skipped: 0, results: [] });
    expect((await json<Json[]>("/walk/clients?clientId=realm-management"))[0]).toEqual(before);
  });
});

const sendExport = async (query: string, as: TestAdmin = admin) => as.post(`/walk/partial-export${query}`);

describe("a partial export", () => {
  test("has no secret, no key and no password", async () => {
    const { body } = await sendExport("?exportClients=true&exportGroupsAndRoles=true");
    for (const secret of ["target-secret", "idp-secret", "privateKey", "secretData", "sealed"]) expect(body).not.toContain(secret);
    const file = JSON.parse(body) as { clients: Json[]; users: Json[] };
    expect(file.clients.find(({ clientId }) => clientId === "target")).toMatchObject({ secret: "**********" });
    expect(file.users.map(({ username }) => username)).toEqual(["service-account-target"]);
  });

  test("of the realm alone has neither clients nor roles", async () => {
    const file = (await sendExport("")).json<Json>();
    for (const member of ["clients", "users", "roles", "groups", "clientScopeMappings"]) expect(file).not.toHaveProperty(member);
    expect(Object.keys(file)).toEqual(expect.arrayContaining(["clientScopes", "components", "authenticationFlows", "requiredActions"]));
  });

  test("is taken back as a realm", async () => {
    const file = (await sendExport("?exportClients=true&exportGroupsAndRoles=true")).json<Json>();
    const renamed = JSON.stringify({ ...file, realm: "copy" }).replaceAll(
      /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
      (id) => {
        const known = fresh.get(id) ?? server.services.newId();
        fresh.set(id, known);
        return known;
      },
    );
    expect((await admin.post("", JSON.parse(renamed))).statusCode).toBe(201);
    const names = async (realm: string) => (await json<Json[]>(`/${realm}/clients`)).map(({ clientId }) => clientId);
    expect(await names("copy")).toEqual(await names("walk"));
  });
  const fresh = new Map<string, string>();

  test("SEC-ADM-02 needs the right to see clients and groups where it shows them", async () => {
    const keeper = await adminOf(server, { realm: "walk", username: "keeper" });
    const exporter = await adminOf(server, { realm: "walk", username: "exporter" });
    expect((await sendExport("", keeper)).statusCode).toBe(200);
    expect((await sendExport("?exportClients=true", keeper)).statusCode).toBe(403);
    expect((await sendExport("?exportGroupsAndRoles=true", keeper)).statusCode).toBe(403);
    expect((await sendExport("?exportClients=true&exportGroupsAndRoles=true", exporter)).statusCode).toBe(200);
  });
});
