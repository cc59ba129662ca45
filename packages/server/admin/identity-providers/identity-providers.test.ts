import { beforeAll, beforeEach, describe, expect, test } from "vitest";

import { providerSecretPlace } from "../../secrets/secret-places.ts";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { type TestServer, testServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;

const CONFIG = {
  issuer: "https://idp.example.com",
  authorizationUrl: "https://idp.example.com/auth",
  tokenUrl: "https://idp.example.com/token",
  clientId: "c",
  clientSecret: "idp-secret",
};
const oidc = (alias: string, config: Json = {}): Json => ({ alias, providerId: "oidc", enabled: true, config: { ...CONFIG, ...config } });
const I = "/walk/identity-provider/instances";

const masked = (config: Json, more: Json = {}): Json => ({ ...oidc("masked", { clientSecret: "**********", ...config }), ...more });
const granting = (name: string, role: string): Json => ({
  name,
  identityProviderMapper: "oidc-hardcoded-role-idp-mapper",
  config: { role },
});
const part = (name: string, value: string): string => `--Bound\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

let server: TestServer;
let admin: TestAdmin;
beforeAll(async () => {
  server = await testServer([
    masterRealm(),
    walkRealm("keycloak"),
    { realm: "elsewhere", enabled: true, identityProviders: [oidc("far")] },
  ]);
  admin = await adminOf(server);
});

async function storedSecret(alias: string): Promise<string | undefined> {
  const realm = await server.store.reader.admin.realmByName("walk");
  const row = await server.store.reader.admin.identityProvider(realm?.id ?? "", alias);
  const { secrets } = server.services;
  return row?.sealedSecret === undefined ? undefined : secrets.open(row.sealedSecret, providerSecretPlace(realm?.id ?? "", row.internalId));
}

describe("a provider", () => {
  test("is made, read with its secret masked, replaced, renamed and deleted", async () => {
    expect(await admin.create(I, { ...oidc("idp"), displayName: "IdP", trustEmail: true })).toBe("idp");
    const read = (await admin.get(`${I}/idp`)).json<Json>();
    expect(read).toMatchObject({
      alias: "idp",
      displayName: "IdP",
      trustEmail: true,
      storeToken: false,
      updateProfileFirstLoginMode: "on",
    });
    expect(read["config"]).toEqual({ ...CONFIG, clientSecret: "**********", syncMode: "LEGACY" });
    expect((await admin.get(`${I}/${String(read["internalId"])}`)).json()).toEqual(read);
    expect((await admin.put(`${I}/idp`, read)).statusCode).toBe(204);
    expect(await storedSecret("idp")).toBe("idp-secret");
    expect((await admin.get(`${I}/idp`)).json()).toEqual(read);
    expect((await admin.post(I, oidc("idp"))).json()).toEqual({ errorMessage: "Identity Provider idp already exists" });

    expect((await admin.put(`${I}/idp`, { ...read, alias: "renamed" })).statusCode).toBe(204);
    expect((await admin.get(`${I}/idp`)).statusCode).toBe(404);
    expect((await admin.put(`${I}/renamed`, { alias: "renamed", providerId: "oidc" })).statusCode).toBe(204);
    expect((await admin.get(`${I}/renamed`)).json()).toMatchObject({ trustEmail: false, config: { syncMode: "LEGACY" } });
    expect(await storedSecret("renamed")).toBeUndefined();
    expect((await admin.delete(`${I}/renamed`)).statusCode).toBe(204);
    expect((await admin.delete(`${I}/renamed`)).statusCode).toBe(404);
  });

  test("takes its permission objects with it", async () => {
    await admin.create(I, oidc("brief"));
    const { internalId } = (await admin.get(`${I}/brief`)).json<{ internalId: string }>();
    const on = (await admin.put(`${I}/brief/management/permissions`, { enabled: true })).json<Json>();
    expect(on["scopePermissions"]).toEqual({ "token-exchange": expect.any(String) });
    const management = (await admin.get("/walk/clients?clientId=realm-management")).json<{ id: string }[]>()[0]?.id;
    const permissions = `/walk/clients/${management}/authz/resource-server/permission?name=${internalId}`;
    expect((await admin.get(permissions)).json()).toMatchObject([{ name: `token-exchange.permission.idp.${internalId}` }]);
    await admin.delete(`${I}/brief`);
    expect((await admin.get(permissions)).json()).toEqual([]);
  });

  test.each([
    ["no type", { alias: "x" }, { errorMessage: "Invalid identity provider id [null]" }],
    ["an unknown type", { alias: "x", providerId: "nonsense" }, { errorMessage: "Invalid identity provider id [nonsense]" }],
    ["no alias", { providerId: "oidc" }, { errorMessage: "path is null" }],
    ["a space in the alias", oidc("bad alias"), { error: "Empty Space not allowed." }],
    ["a slash in the alias", oidc("bad/alias"), { error: "Character '/' not allowed." }],
    [
      "plain http",
      oidc("x", { tokenUrl: "http://idp.example.com/t" }),
      { errorMessage: "The url [token_url] requires secure connections" },
    ],
    ["no URL", oidc("x", { tokenUrl: "nonsense" }), { errorMessage: "The url [token_url] is malformed" }],
    ["a script", oidc("x", { logoutUrl: "javascript:1" }), { errorMessage: "Invalid protocol/scheme for url [logout_url]" }],
    [
      "a masked secret with nothing behind it",
      oidc("x", { clientSecret: "**********" }),
      { errorMessage: expect.stringContaining("masked") as string },
    ],
    ["an unknown flow", { ...oidc("x"), firstBrokerLoginFlowAlias: "nonsense" }, { errorMessage: expect.any(String) as string }],
    [
      "a setting of ours with no meaning",
      oidc("x", { "cambist.link": "maybe" }),
      { errorMessage: expect.stringContaining("cambist.link") as string },
    ],
  ] as const)("with %s is refused", async (_title, body, refusal) => {
    const answer = await admin.post(I, body);
    expect([answer.statusCode, answer.json()]).toEqual([400, refusal]);
  });

  test("on this machine may be reached by plain http", async () => {
    for (const host of ["127.0.0.1", "localhost", "[::1]", "10.1.2.3"]) {
      expect((await admin.post(I, oidc("local", { authorizationUrl: `http://${host}:1/auth` }))).statusCode).toBe(201);
      await admin.delete(`${I}/local`);
    }
  });

  test("is listed by alias, searched with asterisks, and brief without what it is set to", async () => {
    for (const alias of ["list-b", "list-a"]) await admin.create(I, oidc(alias));
    const names = async (query: string): Promise<readonly string[]> =>
      (await admin.get(`${I}?${query}`)).json<{ alias: string }[]>().map(({ alias }) => alias);
    expect(await names("search=list")).toEqual(["list-a", "list-b"]);
    expect(await names("search=*st-b")).toEqual(["list-b"]);
    expect(await names('search="list-a"')).toEqual(["list-a"]);
    expect(await names("search=list&first=1&max=5")).toEqual(["list-b"]);
    expect((await admin.get(`${I}?search=list-a&briefRepresentation=true`)).json()).toMatchObject([{ alias: "list-a", config: {} }]);
  });

  test("SEC-ADM-03 of another realm is not found", async () => {
    const { internalId } = (await admin.get("/elsewhere/identity-provider/instances/far")).json<{ internalId: string }>();
    for (const name of ["far", internalId]) {
      expect((await admin.get(`${I}/${name}`)).statusCode).toBe(404);
      expect((await admin.put(`${I}/${name}`, oidc("far"))).statusCode).toBe(404);
      expect((await admin.delete(`${I}/${name}`)).statusCode).toBe(404);
    }
    expect((await admin.get("/elsewhere/identity-provider/instances/far")).statusCode).toBe(200);
  });
});

describe("SEC-ADM-08 a masked secret", () => {
  beforeEach(async () => {
    await admin.delete(`${I}/masked`);
    await admin.create(I, oidc("masked"));
  });

  test("stays the stored one when it goes where it went before", async () => {
    expect((await admin.put(`${I}/masked`, masked({ defaultScope: "openid", syncMode: "FORCE" }))).statusCode).toBe(204);
    expect(await storedSecret("masked")).toBe("idp-secret");
  });

  test.each([
    ["token endpoint", { tokenUrl: "https://evil.example.com/token" }, {}],
    ["authorization endpoint", { authorizationUrl: "https://evil.example.com/auth" }, {}],
    ["userinfo endpoint that was not there", { userInfoUrl: "https://evil.example.com/userinfo" }, {}],
    ["issuer", { issuer: "https://evil.example.com" }, {}],
    ["client id", { clientId: "d" }, {}],
    ["authentication method", { clientAuthMethod: "client_secret_post" }, {}],
    ["type", {}, { providerId: "google" }],
  ] as const)("is refused with another %s, and the stored provider does not change", async (_title, config, more) => {
    const before = (await admin.get(`${I}/masked`)).json<Json>();
    const answer = await admin.put(`${I}/masked`, masked(config, more));
    expect([answer.statusCode, answer.body.includes("idp-secret")]).toEqual([400, false]);
    expect((await admin.get(`${I}/masked`)).json()).toEqual(before);
    expect((await admin.put(`${I}/masked`, { ...masked(config, more), config: { ...CONFIG, ...config } })).statusCode).toBe(204);
  });
});

test("SEC-LOG-01 no secret stands in an answer, an event or the log", async () => {
  await admin.put("/walk", { adminEventsEnabled: true, adminEventsDetailsEnabled: true });
  await admin.create(I, oidc("quiet", { clientSecret: "a-very-quiet-secret" }));
  await admin.put(`${I}/quiet`, oidc("quiet", { clientSecret: "a-very-quiet-secret" }));
  const answers = [
    (await admin.get(I)).body,
    (await admin.get("/walk/admin-events")).body,
    JSON.stringify(server.events),
    server.lines.join("\n"),
  ];
  for (const text of answers) expect(text).not.toContain("a-very-quiet-secret");
});

describe("mappers", () => {
  const M = `${I}/mapped/mappers`;
  const mapper = {
    name: "m",
    identityProviderAlias: "mapped",
    identityProviderMapper: "oidc-user-attribute-idp-mapper",
    config: { claim: "c" },
  };
  beforeAll(async () => {
    await admin.create(I, oidc("mapped"));
    await admin.create(I, oidc("unmapped"));
  });

  test("are made, read, replaced and deleted below their provider alone", async () => {
    const id = await admin.create(M, mapper);
    expect((await admin.get(`${M}/${id}`)).json()).toEqual({ ...mapper, id });
    expect((await admin.get(`${I}/unmapped/mappers/${id}`)).statusCode).toBe(404);
    expect((await admin.delete(`${I}/unmapped/mappers/${id}`)).statusCode).toBe(404);
    expect((await admin.post(M, mapper)).json()).toEqual({ errorMessage: "Failed to add mapper 'm' to identity provider [oidc]." });
    expect((await admin.put(`${M}/${id}`, { ...mapper, id, config: { syncMode: "FORCE" } })).statusCode).toBe(204);
    expect((await admin.get(M)).json()).toEqual([{ ...mapper, id, config: { syncMode: "FORCE" } }]);
    expect((await admin.put(`${M}/${id}`, mapper)).statusCode).toBe(400);
    expect((await admin.delete(`${M}/${id}`)).statusCode).toBe(204);
    expect((await admin.get(`${M}/${id}`)).json()).toEqual({ error: "Model not found" });
  });

  test("SEC-ADM-06 keep their type", async () => {
    const id = await admin.create(M, { ...mapper, name: "typed" });
    const answer = await admin.put(`${M}/${id}`, {
      ...mapper,
      id,
      name: "typed",
      identityProviderMapper: "oidc-hardcoded-role-idp-mapper",
    });
    expect(answer.statusCode).toBe(400);
  });

  test("SEC-ADM-05 grant no administrative role that their author lacks, one by one or by import", async () => {
    const management = (await admin.get("/walk/clients?clientId=realm-management")).json<{ id: string }[]>()[0]?.id;
    const id = await admin.create("/walk/users", {
      username: "broker",
      enabled: true,
      email: "broker@example.com",
      firstName: "B",
      lastName: "R",
      credentials: [{ type: "password", value: "password" }],
    });
    const roles = (await admin.get(`/walk/clients/${management}/roles`)).json<{ name: string }[]>();
    await admin.post(
      `/walk/users/${id}/role-mappings/clients/${management}`,
      roles.filter(({ name }) => name === "manage-identity-providers" || name === "manage-realm"),
    );
    const broker = await adminOf(server, { realm: "walk", username: "broker" });
    expect((await broker.post(M, granting("evil", "realm-management.realm-admin"))).statusCode).toBe(403);
    expect((await broker.post(M, granting("fine", "staff"))).statusCode).toBe(201);
    expect((await admin.post(M, granting("by an admin", "realm-management.realm-admin"))).statusCode).toBe(201);

    const file = (role: string): Json => ({
      identityProviders: [oidc("imported")],
      identityProviderMappers: [{ ...granting("imported", role), identityProviderAlias: "imported" }],
    });
    expect((await broker.post("/walk/partialImport", file("realm-management.realm-admin"))).statusCode).toBe(403);
    expect((await admin.get(`${I}/imported`)).statusCode).toBe(404);
    expect((await broker.post("/walk/partialImport", file("staff"))).statusCode).toBe(200);
    const plain = { identityProviders: [oidc("plain", { tokenUrl: "http://idp.example.com/t" })] };
    expect((await broker.post("/walk/partialImport", plain)).statusCode).toBe(400);
  });

  test("have types by the kind of provider", async () => {
    const types = (await admin.get(`${I}/mapped/mapper-types`)).json<Json>();
    expect(types["oidc-role-idp-mapper"]).toMatchObject({ id: "oidc-role-idp-mapper", category: "Role Importer" });
    expect(Object.keys(types)).toHaveLength(10);
  });
});

describe("importing a config", () => {
  const C = "/walk/identity-provider/import-config";

  test("takes an uploaded discovery document", async () => {
    const document = JSON.stringify({
      issuer: "https://i",
      authorization_endpoint: "https://i/a",
      token_endpoint: "https://i/t",
      jwks_uri: "https://i/k",
    });
    const answer = await server.app.inject({
      method: "POST",
      url: `/admin/realms${C}`,
      headers: { authorization: `Bearer ${admin.token}`, "content-type": "multipart/form-data; boundary=Bound" },
      payload: `${part("providerId", "oidc")}${part("file", document)}--Bound--\r\n`,
    });
    expect([answer.statusCode, answer.json()]).toEqual([
      200,
      {
        issuer: "https://i",
        authorizationUrl: "https://i/a",
        tokenUrl: "https://i/t",
        jwksUrl: "https://i/k",
        useJwksUrl: "true",
        validateSignature: "true",
        syncMode: "LEGACY",
      },
    ]);
  });

  test("knows this server's own realms by their address", async () => {
    const fromUrl = "http://localhost:8080/realms/elsewhere/.well-known/openid-configuration";
    const answer = await admin.post(C, { providerId: "keycloak-oidc", fromUrl });
    expect(answer.json()).toMatchObject({
      issuer: "http://localhost:8080/realms/elsewhere",
      metadataDescriptorUrl: fromUrl,
      useJwksUrl: "true",
    });
  });

  test.each([
    ["another server's address", { providerId: "oidc", fromUrl: "https://idp.example.com/.well-known/openid-configuration" }],
    ["a realm that is not there", { providerId: "oidc", fromUrl: "http://localhost:8080/realms/nowhere/.well-known/openid-configuration" }],
    ["no address", { providerId: "oidc" }],
    ["nothing", {}],
    ["another type", { providerId: "saml", fromUrl: "http://localhost:8080/realms/elsewhere/.well-known/openid-configuration" }],
  ] as const)("refuses %s and fetches nothing", async (_title, body) => {
    expect((await admin.post(C, body)).statusCode).toBe(400);
  });
});

test("types of providers are described", async () => {
  expect((await admin.get("/walk/identity-provider/providers/oidc")).json()).toMatchObject({ id: "oidc", name: "OpenID Connect v1.0" });
  expect((await admin.get("/walk/identity-provider/providers/nonsense")).json()).toEqual({ error: "HTTP 400 Bad Request" });
});
