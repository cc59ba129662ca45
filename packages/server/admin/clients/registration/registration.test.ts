import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../../testing/admin.ts";
import { basic, type TestServer, testServer } from "../../../testing/test-server.ts";
import { walkRealm } from "../../../testing/walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;
type Method = "GET" | "POST" | "PUT" | "DELETE";
const G = "/realms/walk/clients-registrations";

let server: TestServer;
let admin: TestAdmin;
let number = 0;
let clientId: string;
beforeAll(async () => {
  server = await testServer([masterRealm(), walkRealm("keycloak", { eventsEnabled: true })]);
  admin = await adminOf(server);
});
afterAll(() => server.close());
beforeEach(() => {
  clientId = `registered-${(number += 1)}`;
});

const call = (method: Method, path: string, token: string | undefined, body?: unknown) =>
  server.app.inject({
    method,
    url: `${G}${path}`,
    headers: {
      ...(token !== undefined && { authorization: token.includes(" ") ? token : `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
  });
const initialAccess = async (body: Json = {}): Promise<Json & { readonly token: string; readonly id: string }> =>
  (await admin.post("/walk/clients-initial-access", body)).json();
const remaining = async (id: string): Promise<unknown> =>
  (await admin.get("/walk/clients-initial-access")).json<Json[]>().find((access) => access["id"] === id)?.["remainingCount"];

describe("initial access", () => {
  test("makes as many clients as it says, also when they come at once", async () => {
    const { token, id } = await initialAccess({ count: 3, expiration: 60 });
    const answers = await Promise.all([1, 2, 3, 4, 5].map((one) => call("POST", "/default", token, { clientId: `${clientId}-${one}` })));
    expect(answers.map(({ statusCode }) => statusCode).toSorted((one, other) => one - other)).toEqual([201, 201, 201, 401, 401]);
    expect(await remaining(id)).toBeUndefined();
    expect((await call("POST", "/default", token, { clientId })).json()).toEqual({
      error: "invalid_token",
      error_description: "No remaining count on initial access token",
    });
  });

  test("counts only clients that were made, ends by time, and can be withdrawn", async () => {
    const { token, id } = await initialAccess({ count: 2, expiration: 60 });
    expect((await call("POST", "/default", token, { clientId: "app" })).json()).toEqual({
      error: "invalid_client_metadata",
      error_description: "Client Identifier in use",
    });
    expect(await remaining(id)).toBe(2);
    server.advance(61);
    admin = await adminOf(server);
    expect((await call("POST", "/default", token, { clientId })).statusCode).toBe(401);
    const other = await initialAccess();
    expect((await admin.delete(`/walk/clients-initial-access/${other.id}`)).statusCode).toBe(204);
    expect((await call("POST", "/default", other.token, { clientId })).statusCode).toBe(401);
  });

  test("is in no admin event", async () => {
    const { token } = await initialAccess();
    expect((await admin.get("/walk/admin-events")).body).not.toContain(token);
  });
});

const registered = async (body: Json = {}): Promise<Json & { readonly registrationAccessToken: string }> =>
  (await call("POST", "/default", (await initialAccess()).token, { clientId, ...body })).json();

describe("a client that registers itself", () => {
  test("reads, changes and deletes itself by its own token, which a change renews", async () => {
    const made = await registered();
    expect(made).toMatchObject({ clientId, publicClient: false });
    const first = made.registrationAccessToken;
    expect((await call("GET", `/default/${clientId}`, first)).json()).toMatchObject({ clientId, secret: made["secret"] });
    const changed = await call("PUT", `/default/${clientId}`, first, { clientId, description: "d" });
    expect(changed.json()).toMatchObject({ description: "d" });
    const second = changed.json<{ readonly registrationAccessToken: string }>().registrationAccessToken;
    expect((await call("GET", `/default/${clientId}`, first)).statusCode).toBe(401);
    expect((await call("DELETE", `/default/${clientId}`, second)).statusCode).toBe(204);
    expect((await call("GET", `/default/${clientId}`, second)).statusCode).toBe(401);
    expect(server.events.map(({ type }) => type)).toEqual(expect.arrayContaining(["CLIENT_REGISTER", "CLIENT_UPDATE", "CLIENT_DELETE"]));
  });

  test("SEC-ADM-11 cannot give itself exchange settings, a plane, audiences or authorization settings", async () => {
    const { registrationAccessToken: token } = await registered();
    const audience = {
      name: "a",
      protocol: "openid-connect",
      protocolMapper: "oidc-audience-mapper",
      config: { "included.client.audience": "app" },
    };
    const wishes: readonly Json[] = [
      { attributes: { "standard.token.exchange.enabled": "true" } },
      { attributes: { "cambist.plane": "control" } },
      { protocolMappers: [audience] },
      { authorizationServicesEnabled: true },
      { authorizationSettings: { scopes: [{ name: "read" }] } },
    ];
    for (const wish of wishes) {
      expect((await call("PUT", `/default/${clientId}`, token, { clientId, ...wish })).statusCode).toBe(403);
      expect((await call("POST", "/default", (await initialAccess()).token, { clientId: `${clientId}-other`, ...wish })).statusCode).toBe(
        403,
      );
    }
    expect((await admin.get(`/walk/clients?clientId=${clientId}-other`)).json()).toEqual([]);
  });

  test("SEC-ADM-11 cannot enable itself again", async () => {
    const made = await registered();
    await admin.put(`/walk/clients/${String(made["id"])}`, { enabled: false });
    const refused = await call("PUT", `/default/${clientId}`, made.registrationAccessToken, { clientId, enabled: true });
    expect(refused.statusCode).toBe(401);
    expect((await admin.get(`/walk/clients/${String(made["id"])}`)).json()).toMatchObject({ enabled: false });
  });

  test("cannot touch another client, nor use a token of another kind", async () => {
    const { registrationAccessToken: token } = await registered();
    expect((await call("PUT", "/default/app", token, { clientId: "app" })).statusCode).toBe(401);
    expect((await call("DELETE", "/default/app", token)).statusCode).toBe(401);
    expect((await call("GET", "/default/app", (await initialAccess()).token)).statusCode).toBe(401);
    expect((await call("POST", "/default", token, { clientId: `${clientId}-2` })).statusCode).toBe(401);
  });

  test("gets a token of an administrator, and the one before is over", async () => {
    const made = await registered();
    const path = `/walk/clients/${String(made["id"])}/registration-access-token`;
    const { registrationAccessToken: token } = (await admin.post(path)).json<{ readonly registrationAccessToken: string }>();
    expect((await call("GET", `/default/${clientId}`, made.registrationAccessToken)).statusCode).toBe(401);
    expect((await call("GET", `/default/${clientId}`, token)).statusCode).toBe(200);
    expect((await admin.get(`/walk/clients/${String(made["id"])}`)).body).not.toContain("registrationToken");
  });
});

describe("OpenID Connect metadata", () => {
  test("make a client and come back (RFC 7591 §3.2.1)", async () => {
    const { token } = await initialAccess();
    const metadata = {
      client_name: "Dynamic",
      redirect_uris: ["http://localhost/cb"],
      grant_types: ["authorization_code", "client_credentials"],
    };
    const answer = await call("POST", "/openid-connect", token, metadata);
    const made = answer.json<Json>();
    expect(made).toMatchObject({ ...metadata, grant_types: [...metadata.grant_types, "refresh_token"], client_secret_expires_at: 0 });
    expect(answer.headers["location"]).toBe(`http://localhost:8080${G}/openid-connect/${String(made["client_id"])}`);
    const tokens = await server.post(
      "/realms/walk/protocol/openid-connect/token",
      { grant_type: "client_credentials" },
      basic(String(made["client_id"]), String(made["client_secret"])),
    );
    expect(tokens.statusCode).toBe(200);
    const own = String(made["registration_access_token"]);
    const path = `/openid-connect/${String(made["client_id"])}`;
    expect((await call("PUT", path, own, { ...made, client_name: "Changed" })).json()).toMatchObject({ client_name: "Changed" });
    expect((await call("PUT", path, own, { client_id: "other" })).statusCode).toBe(401);
  });

  test("are described without being stored", async () => {
    const described = await admin.post("/walk/client-description-converter", { client_name: "C", redirect_uris: ["http://localhost/x"] });
    expect(described.json()).toMatchObject({
      name: "C",
      redirectUris: ["http://localhost/x"],
      protocol: "openid-connect",
      standardFlowEnabled: true,
    });
  });
});

test.each([
  ["nobody", "POST", "/default", undefined, 403],
  ["garbage", "POST", "/default", "garbage", 401],
  ["nobody, to read", "GET", "/default/target", undefined, 401],
  ["a public client by its name alone, to read", "GET", "/default/app", "Basic YXBwOg==", 401],
  ["an unknown format", "POST", "/nonsense", undefined, 404],
] as const)("refuses %s", async (_title, method, path, token, status) => {
  expect((await call(method, path, token, method === "POST" ? { clientId } : undefined)).statusCode).toBe(status);
});

test("answers may not be kept in native, and say what Keycloak's say in its dialect", async () => {
  const { registrationAccessToken: token } = await registered();
  const read = await call("GET", `/default/${clientId}`, token);
  expect([read.statusCode, read.headers["cache-control"]]).toEqual([200, undefined]);
  await admin.put("/walk", { attributes: { "cambist.compatibility": "native" } });
  expect((await call("GET", `/default/${clientId}`, token)).headers).toMatchObject({ "cache-control": "no-store", pragma: "no-cache" });
  await admin.put("/walk", { attributes: { "cambist.compatibility": "keycloak" } });
});

test("a client reads what its adapter needs by its secret", async () => {
  const { authorization } = basic("target", "secret-of-target");
  expect((await call("GET", "/install/target", authorization)).json()).toMatchObject({
    realm: "walk",
    resource: "target",
    credentials: { secret: "secret-of-target" },
  });
  expect((await call("GET", "/install/other", authorization)).statusCode).toBe(401);
});
