import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { basic, claimsOf, signIn, type TestServer, testServer, type Tokens } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

const PATH = "/realms/walk/protocol/openid-connect/revoke";
const INTROSPECT = "/realms/walk/protocol/openid-connect/token/introspect";
const TOKEN = "/realms/walk/protocol/openid-connect/token";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const CONF = basic("conf", "secret-of-conf");
const AS_CONF = { client_id: "conf", client_secret: "secret-of-conf" };

describe.each(["native", "keycloak"] as const)("revocation (%s)", (dialect) => {
  let server: TestServer;
  let tokens: Tokens;
  beforeAll(async () => {
    server = await testServer([walkRealm(dialect)]);
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    tokens = await signIn(server);
  });

  const revoke = (form: Readonly<Record<string, string>> | string, headers: Readonly<Record<string, string>> = {}) =>
    server.post(PATH, form, headers);
  const isActive = async (token: string): Promise<boolean> => (await server.post(INTROSPECT, { token }, CONF)).json().active;
  const refresh = (token: string) => server.post(TOKEN, { grant_type: "refresh_token", refresh_token: token, client_id: "app" });
  const error = (status: number, code: string, text: string) => [
    status,
    { error: code, error_description: dialect === "native" ? expect.stringMatching(/Decision [0-9a-f-]{36}\.$/) : text },
  ];
  const last = () => server.events.at(-1);

  test("an access token is dead at once, the refresh token beside it lives on", async () => {
    expect(await isActive(tokens.access_token)).toBe(true);
    const answer = await revoke({ token: tokens.access_token, client_id: "app" }, { origin: "http://localhost:9999" });
    expect([answer.statusCode, answer.body]).toEqual([200, ""]);
    expect(answer.headers).not.toHaveProperty("content-type");
    expect(answer.headers).not.toHaveProperty("cache-control");
    expect(answer.headers).toMatchObject({
      "content-security-policy": "frame-src 'self'; frame-ancestors 'self'; object-src 'none';",
      "x-robots-tag": "none",
      "x-frame-options": "SAMEORIGIN",
      "access-control-allow-origin": "http://localhost:9999",
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "Access-Control-Allow-Methods",
    });
    const { jti, sub } = claimsOf(tokens.access_token);
    expect(last()).toMatchObject({
      type: "REVOKE_GRANT",
      clientId: "app",
      userId: sub,
      details: { token_id: jti, client_auth_method: "client-secret" },
    });
    expect(await isActive(tokens.access_token)).toBe(false);
    expect((await refresh(tokens.refresh_token)).statusCode).toBe(200);
  });

  test("the same access token again: 200 and nothing else", async () => {
    for (let time = 0; time < 3; time++) {
      const answer = await revoke({ token: tokens.access_token, client_id: "app" });
      expect([answer.statusCode, answer.body]).toEqual([200, ""]);
    }
  });

  test("SEC-EP-09 revoking a refresh token kills its access tokens in introspection", async () => {
    const answer = await revoke({ token: tokens.refresh_token, client_id: "app" });
    expect([answer.statusCode, answer.body]).toEqual([200, ""]);
    expect(last()).toMatchObject({
      type: "REVOKE_GRANT",
      details: { revoked_client: "app", refresh_token_id: claimsOf(tokens.refresh_token)["jti"], refresh_token_type: "Refresh" },
    });
    expect(await isActive(tokens.access_token)).toBe(false);
    const refreshed = await refresh(tokens.refresh_token);
    expect([refreshed.statusCode, refreshed.json().error]).toEqual([400, "invalid_grant"]);

    const again = await revoke({ token: tokens.refresh_token, client_id: "app" });
    expect([again.statusCode, again.json()]).toEqual(error(200, "invalid_token", "Invalid token"));
    expect(last()).toMatchObject({
      type: "REVOKE_GRANT_ERROR",
      error: "user_session_not_found",
      details: { client_auth_method: "client-secret" },
    });
  });

  test("an offline token's session ends; its online twin's client session too", async () => {
    const offline = await signIn(server, { scope: "openid offline_access" });
    expect((await revoke({ token: offline.refresh_token, client_id: "app" })).statusCode).toBe(200);
    expect(last()?.details).toMatchObject({ refresh_token_type: "Offline" });
    const refreshed = await refresh(offline.refresh_token);
    expect([refreshed.statusCode, refreshed.json()]).toEqual(error(400, "invalid_grant", "Offline user session not found"));
  });

  test("tokens that came from it by an exchange to itself die with the client session", async () => {
    const own = await signIn(server, AS_CONF);
    const exchanged = await server.post(TOKEN, { grant_type: EXCHANGE, subject_token: own.access_token }, CONF);
    const { access_token: token } = exchanged.json();
    expect(await isActive(token)).toBe(true);
    expect((await revoke({ token: own.refresh_token, ...AS_CONF })).statusCode).toBe(200);
    expect(await isActive(token)).toBe(false);
  });

  test("an exchanged access token is revoked by its requester", async () => {
    const exchanged = await server.post(TOKEN, { grant_type: EXCHANGE, subject_token: tokens.access_token }, CONF);
    const { access_token: token } = exchanged.json();
    expect((await revoke({ token, client_id: "app" })).json().error).toBe("invalid_request");
    expect((await revoke({ token, ...AS_CONF })).statusCode).toBe(200);
    expect(await isActive(token)).toBe(false);
    expect(await isActive(tokens.access_token)).toBe(true);
  });

  test("a service account's token", async () => {
    const { access_token: token } = (await server.post(TOKEN, { grant_type: "client_credentials" }, CONF)).json();
    expect(await isActive(token)).toBe(true);
    expect((await revoke({ token, ...AS_CONF })).statusCode).toBe(200);
    expect(await isActive(token)).toBe(false);
  });

  test.each(["access_token", "nonsense"])("the hint %s of a refresh token does not matter", async (hint) => {
    const answer = await revoke({ token: tokens.refresh_token, token_type_hint: hint, client_id: "app" });
    expect([answer.statusCode, answer.body]).toEqual([200, ""]);
    expect(await isActive(tokens.access_token)).toBe(false);
  });

  test("an expired token is revoked all the same", async () => {
    const own = await testServer([walkRealm(dialect)]);
    const { access_token: token } = await signIn(own);
    own.advance(301);
    expect((await own.post(PATH, { token, client_id: "app" })).statusCode).toBe(200);
    await own.close();
  });

  test.each(["access_token", "refresh_token"] as const)("SEC-EP-09 the %s of another client stays", async (kind) => {
    const answer = await revoke({ token: tokens[kind], client_id: "app2" });
    expect([answer.statusCode, answer.json()]).toEqual(error(400, "invalid_request", "Unmatching clients"));
    expect(last()).toMatchObject({
      type: "REVOKE_GRANT_ERROR",
      clientId: "app2",
      error: "invalid_request",
      details: { reason: "Unmatching clients" },
    });
    expect(await isActive(tokens.access_token)).toBe(true);
  });

  test("an ID token cannot be revoked", async () => {
    const answer = await revoke({ token: tokens.id_token, client_id: "app" });
    expect([answer.statusCode, answer.json()]).toEqual(error(400, "unsupported_token_type", "Unsupported token type"));
    expect(last()).toMatchObject({ error: "invalid_token_type", details: { reason: "Unsupported token type" } });
  });

  test("SEC-EP-09 garbage is 200 and says so", async () => {
    for (const token of ["garbage", "", `${tokens.access_token.slice(0, -4)}AAAA`]) {
      const answer = await revoke({ token, client_id: "app" });
      expect([answer.statusCode, answer.json()]).toEqual(error(200, "invalid_token", "Invalid token"));
      expect(last()).toMatchObject({ type: "REVOKE_GRANT_ERROR", error: "invalid_token" });
      expect(last()?.details).not.toHaveProperty("reason");
    }
  });

  test("a token whose session has ended", async () => {
    await server.post("/realms/walk/protocol/openid-connect/logout", { refresh_token: tokens.refresh_token, client_id: "app" });
    const answer = await revoke({ token: tokens.access_token, client_id: "app" });
    expect([answer.statusCode, answer.json()]).toEqual(error(200, "invalid_token", "Invalid token"));
    expect(last()).toMatchObject({ error: "user_session_not_found" });
  });

  test("parameters that are missing or twice", async () => {
    const missing = await revoke({ client_id: "app" });
    expect([missing.statusCode, missing.json()]).toEqual(error(400, "invalid_request", "Token not provided"));
    expect(last()).toMatchObject({ error: "invalid_request", details: { reason: "Token not provided" } });
    const twice = await revoke("token=a&token=b&client_id=app");
    expect([twice.statusCode, twice.json()]).toEqual(error(400, "invalid_request", "duplicated parameter"));
  });

  test("clients authenticate as at the token endpoint", async () => {
    const none = await revoke({ token: tokens.access_token });
    expect([none.statusCode, none.json().error]).toEqual([401, "invalid_client"]);
    expect(last()).toMatchObject({ type: "REVOKE_GRANT_ERROR", error: "client_not_found" });
    const wrong = await revoke({ token: tokens.access_token }, basic("conf", "wrong"));
    expect([wrong.statusCode, wrong.json().error]).toEqual([401, dialect === "native" ? "invalid_client" : "unauthorized_client"]);
    expect(wrong.headers["www-authenticate"]).toBe(dialect === "native" ? 'Basic realm="walk"' : undefined);
    expect(last()).toMatchObject({ clientId: "conf", error: "invalid_client_credentials" });
  });

  test("SEC-EP-09 what cannot be stored is 503, never 200, and the token lives", async () => {
    server.breakStorage(true);
    for (const token of [tokens.access_token, tokens.refresh_token, "garbage"]) {
      const answer = await revoke({ token, client_id: "app" });
      expect([answer.statusCode, answer.json().error]).toEqual([503, "temporarily_unavailable"]);
    }
    server.breakStorage(false);
    expect(await isActive(tokens.access_token)).toBe(true);
  });

  test("other verbs are 405, a preflight is answered", async () => {
    expect((await server.get(PATH)).json()).toEqual({ error: "HTTP 405 Method Not Allowed" });
    const preflight = await server.app.inject({ method: "OPTIONS", url: PATH, headers: { origin: "http://elsewhere.example" } });
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": "http://elsewhere.example",
      "access-control-allow-methods": "POST, OPTIONS",
    });
  });

  test("SEC-EP-16 an origin that the client does not name gets nothing", async () => {
    const answer = await revoke({ token: tokens.access_token, client_id: "app" }, { origin: "http://elsewhere.example" });
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
  });
});
