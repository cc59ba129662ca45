import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { claimsOf, signIn, type TestServer, testServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;
const S = "/walk/client-scopes";
const PROTOCOL = "openid-connect";

let server: TestServer;
let admin: TestAdmin;
let app: string;
let number = 0;
let name: string;
beforeAll(async () => {
  server = await testServer([masterRealm(), walkRealm("keycloak"), { ...walkRealm("keycloak"), realm: "elsewhere" }]);
  admin = await adminOf(server);
  app = (await admin.get("/walk/clients?clientId=app")).json<readonly { readonly id: string }[]>()[0]?.id ?? "";
});
afterAll(() => server.close());
beforeEach(() => {
  name = `scope-${(number += 1)}`;
});

const read = async (id: string): Promise<Json> => (await admin.get(`${S}/${id}`)).json<Json>();
const names = (body: Json[]): readonly unknown[] => body.map((row) => row["name"]);
const mapper = (called: string, config: Json = {}) => ({
  name: called,
  protocol: PROTOCOL,
  protocolMapper: "oidc-audience-mapper",
  config,
});

describe("a client scope", () => {
  test("is made, changed member by member, and deleted although clients have it", async () => {
    const id = await admin.create(S, { name, description: "Some", protocol: PROTOCOL, attributes: { mine: "1" } });
    expect(await read(id)).toEqual({ id, name, description: "Some", protocol: PROTOCOL, attributes: { mine: "1" } });
    expect((await admin.put(`${S}/${id}`, { name, attributes: { yours: "2" } })).statusCode).toBe(204);
    expect(await read(id)).toMatchObject({ description: "Some", attributes: { mine: "1", yours: "2" } });
    expect((await admin.put(`/walk/clients/${app}/default-client-scopes/${id}`)).statusCode).toBe(204);
    expect((await admin.delete(`${S}/${id}`)).statusCode).toBe(204);
    expect(names((await admin.get(`/walk/clients/${app}/default-client-scopes`)).json())).not.toContain(name);
    expect((await admin.delete(`${S}/${id}`)).json()).toEqual({ error: "Could not find client scope" });
  });

  test.each([
    ["without a protocol", { name: "x" }, 400, { errorMessage: "Unexpected protocol" }],
    ["of an unknown protocol", { name: "x", protocol: "nonsense" }, 400, { errorMessage: "Unexpected protocol" }],
    ["without a name", { protocol: PROTOCOL }, 400, { errorMessage: "Client scope has no name" }],
    ["with a space", { name: "a b", protocol: PROTOCOL }, 400, { errorMessage: 'Unexpected name "a b" for ClientScope' }],
    ["of a taken name", { name: "email", protocol: PROTOCOL }, 409, { errorMessage: "Client Scope email already exists" }],
  ] as const)("is not made %s", async (_title, body, status, answer) => {
    const refused = await admin.post(S, body);
    expect([refused.statusCode, refused.json()]).toEqual([status, answer]);
  });

  test("keeps its place in the realm's lists when it is renamed, and leaves them when it goes", async () => {
    const id = await admin.create(S, { name, protocol: PROTOCOL });
    await admin.put(`/walk/default-optional-client-scopes/${id}`);
    await admin.put(`${S}/${id}`, { name: `${name}-renamed` });
    const client = await admin.create("/walk/clients", {});
    expect((await admin.get(`/walk/clients/${client}`)).json<Json>()["optionalClientScopes"]).toContain(`${name}-renamed`);
    await admin.delete(`${S}/${id}`);
    expect(names((await admin.get("/walk/default-optional-client-scopes")).json())).not.toContain(`${name}-renamed`);
    expect((await admin.post("/walk/clients", {})).statusCode).toBe(201);
  });

  test("SEC-ADM-03 of another realm is not there", async () => {
    const foreign = await admin.create("/elsewhere/client-scopes", { name, protocol: PROTOCOL });
    const refused = await Promise.all([
      admin.get(`${S}/${foreign}`),
      admin.put(`${S}/${foreign}`, { name: "x" }),
      admin.delete(`${S}/${foreign}`),
      admin.post(`${S}/${foreign}/protocol-mappers/models`, mapper("m")),
    ]);
    expect(refused.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404, 404]);
    expect((await admin.get(`/elsewhere/client-scopes/${foreign}`)).json()).toMatchObject({ name });
  });
});

describe("a scope on a client", () => {
  test("is on one list only; nothing happens to one that is there already", async () => {
    const id = await admin.create(S, { name, protocol: PROTOCOL });
    const lists = `/walk/clients/${app}`;
    await admin.put(`${lists}/optional-client-scopes/${id}`);
    expect((await admin.put(`${lists}/default-client-scopes/${id}`)).statusCode).toBe(204);
    expect(names((await admin.get(`${lists}/default-client-scopes`)).json())).not.toContain(name);
    expect((await admin.get(`${lists}/optional-client-scopes`)).json()).toContainEqual({ id, name });
    expect((await admin.put(`${lists}/default-client-scopes/nonsense`)).json()).toEqual({ error: "Client scope not found" });
  });

  test("shows in the next token", async () => {
    const id = await admin.create(S, {
      name,
      protocol: PROTOCOL,
      protocolMappers: [mapper("aud", { "included.custom.audience": name, "access.token.claim": "true" })],
    });
    await admin.put(`/walk/clients/${app}/default-client-scopes/${id}`);
    expect(claimsOf((await signIn(server)).access_token)["aud"]).toContain(name);
    await admin.delete(`/walk/clients/${app}/default-client-scopes/${id}`);
    expect(claimsOf((await signIn(server)).access_token)["aud"]).not.toContain(name);
  });
});

describe("a protocol mapper", () => {
  test("is made, shown with what follows from it, replaced and deleted", async () => {
    const scope = await admin.create(S, { name, protocol: PROTOCOL });
    const models = `${S}/${scope}/protocol-mappers/models`;
    const config = { "included.client.audience": "app", "access.token.claim": "true" };
    const id = await admin.create(models, mapper("aud", config));
    expect((await admin.get(`${models}/${id}`)).json()).toMatchObject({ id, config: { ...config, "introspection.token.claim": "true" } });
    expect((await admin.get(`${S}/${scope}`)).json()).toMatchObject({ protocolMappers: [{ id, config }] });
    expect((await admin.put(`${models}/${id}`, { id, ...mapper("aud", { a: "b" }) })).statusCode).toBe(204);
    expect((await admin.get(models)).json()).toMatchObject([{ id, name: "aud", config: { a: "b" } }]);
    expect((await admin.delete(`${models}/${id}`)).statusCode).toBe(204);
    expect((await admin.get(`${models}/${id}`)).json()).toEqual({ error: "Model not found" });
  });

  test("SEC-ADM-06 stays of its type, and is the one that the path names", async () => {
    const models = `${S}/${await admin.create(S, { name, protocol: PROTOCOL })}/protocol-mappers/models`;
    const id = await admin.create(models, mapper("aud"));
    const other = await admin.create(models, mapper("other"));
    const changed = { ...mapper("aud"), id, protocolMapper: "oidc-hardcoded-claim-mapper" };
    expect((await admin.put(`${models}/${id}`, changed)).statusCode).toBe(400);
    expect((await admin.put(`${models}/${id}`, mapper("aud"))).statusCode).toBe(400);
    expect((await admin.put(`${models}/${id}`, { ...mapper("aud"), id: other })).statusCode).toBe(400);
  });

  test("of an unknown type or a taken name is refused, and a list is all or nothing", async () => {
    const path = `${S}/${await admin.create(S, { name, protocol: PROTOCOL })}/protocol-mappers`;
    await admin.create(`${path}/models`, mapper("one"));
    expect((await admin.post(`${path}/models`, mapper("one"))).json()).toEqual({ errorMessage: "Protocol mapper exists with same name" });
    expect((await admin.post(`${path}/models`, { ...mapper("x"), protocolMapper: "nonsense" })).json()).toEqual({
      error: "ProtocolMapper provider not found",
    });
    expect((await admin.post(`${path}/add-models`, [mapper("two"), mapper("one")])).statusCode).toBe(409);
    expect((await admin.post(`${path}/add-models`, [mapper("two"), mapper("three")])).statusCode).toBe(204);
    expect(names((await admin.get(`${path}/protocol/${PROTOCOL}`)).json())).toEqual(["one", "two", "three"]);
    expect((await admin.get(`${path}/protocol/saml`)).json()).toEqual([]);
  });
});

describe("scope mappings", () => {
  test("list, offer and expand roles, and go without a body", async () => {
    const path = `/walk/clients/${await admin.create("/walk/clients", { fullScopeAllowed: false })}/scope-mappings`;
    await admin.create("/walk/roles", { name: `${name}-chief`, composites: { realm: ["staff"] } });
    const chief = (await admin.get(`/walk/roles/${name}-chief`)).json<Json>();
    expect((await admin.get(path)).json()).toEqual({});
    expect((await admin.post(`${path}/realm`, [{ id: chief["id"] }])).statusCode).toBe(204);
    expect((await admin.post(`${path}/realm`, [{ id: "nonsense", name: "x" }])).json()).toEqual({ error: "Role not found" });
    expect((await admin.get(path)).json()).toMatchObject({ realmMappings: [{ name: `${name}-chief` }] });
    expect(names((await admin.get(`${path}/realm/available`)).json())).not.toContain(`${name}-chief`);
    expect(names((await admin.get(`${path}/realm/composite`)).json())).toEqual([`${name}-chief`, "staff"]);
    expect((await admin.delete(`${path}/realm`)).statusCode).toBe(204);
    expect((await admin.get(`${path}/realm`)).json()).toEqual([]);
  });

  test("of client roles are shown by client", async () => {
    const [target] = (await admin.get("/walk/clients?clientId=target")).json<readonly { readonly id: string }[]>();
    const viewer = (await admin.get(`/walk/clients/${target?.id}/roles/viewer`)).json<Json>();
    const path = `${S}/${await admin.create(S, { name, protocol: PROTOCOL })}/scope-mappings`;
    expect((await admin.post(`${path}/clients/${target?.id}`, [viewer])).statusCode).toBe(204);
    expect((await admin.get(path)).json()).toMatchObject({
      clientMappings: { target: { client: "target", mappings: [{ name: "viewer" }] } },
    });
    expect(names((await admin.get(`${path}/clients/${target?.id}/available`)).json())).toEqual(["token-exchange"]);
    expect((await admin.post(`${path}/realm`, [viewer])).statusCode).toBe(404);
    expect((await admin.delete(`${path}/clients/${target?.id}`, [viewer])).statusCode).toBe(204);
    expect((await admin.get(path)).json()).toEqual({});
  });
});
