import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { basic, claimsOf, signIn, type TestServer, testServer, type Tokens } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

const PATH = "/realms/walk/protocol/openid-connect/logout";
const TOKEN = "/realms/walk/protocol/openid-connect/token";
const INTROSPECT = "/realms/walk/protocol/openid-connect/token/introspect";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const CONF = basic("conf", "secret-of-conf");

describe.each(["native", "keycloak"] as const)("logout by refresh token (%s)", (dialect) => {
  let server: TestServer;
  let tokens: Tokens;
  beforeAll(async () => {
    server = await testServer([walkRealm(dialect)]);
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    tokens = await signIn(server);
  });

  const logout = (form: Readonly<Record<string, string>> | string, headers: Readonly<Record<string, string>> = {}) =>
    server.post(PATH, form, headers);
  const isActive = async (token: string): Promise<boolean> => (await server.post(INTROSPECT, { token }, CONF)).json().active;
  const error = (status: number, code: string, text: string) => [
    status,
    { error: code, error_description: dialect === "native" ? expect.stringMatching(/Decision [0-9a-f-]{36}\.$/) : text },
  ];
  const last = () => server.events.at(-1);

  test("204, and the session is over for everybody in it", async () => {
    const exchanged = await server.post(TOKEN, { grant_type: EXCHANGE, subject_token: tokens.access_token }, CONF);
    const { access_token: ofConf } = exchanged.json();
    expect(await isActive(ofConf)).toBe(true);

    const form = { refresh_token: tokens.refresh_token, client_id: "app" };
    const answer = await logout(form, { origin: "http://localhost:9999" });
    expect([answer.statusCode, answer.body]).toEqual([204, ""]);
    expect(answer.headers).toMatchObject({
      "cache-control": "no-cache",
      "x-robots-tag": "none",
      "access-control-allow-origin": "http://localhost:9999",
      "access-control-expose-headers": "Access-Control-Allow-Methods",
    });
    const { sid, sub } = claimsOf(tokens.access_token);
    expect(last()).toMatchObject({
      type: "LOGOUT",
      clientId: "app",
      userId: sub,
      sessionId: sid,
      details: { client_auth_method: "client-secret" },
    });

    expect(await isActive(tokens.access_token)).toBe(false);
    expect(await isActive(ofConf)).toBe(false);
    const refreshed = await server.post(TOKEN, { grant_type: "refresh_token", ...form });
    expect([refreshed.statusCode, refreshed.json()]).toEqual(error(400, "invalid_grant", "Session not active"));
    const subject = { grant_type: EXCHANGE, subject_token: tokens.access_token };
    expect((await server.post(TOKEN, subject, CONF)).statusCode).toBe(400);

    const events = server.events.length;
    const onRecord = async () => (await server.store.reader.audit.list({ limit: 100_000, type: "LOGOUT" })).length;
    const records = await onRecord();
    expect((await logout(form)).statusCode).toBe(204);
    // Keycloak emits nothing of it; on record it is in both dialects.
    expect(server.events.slice(events).map(({ type }) => type)).toEqual(dialect === "native" ? ["LOGOUT"] : []);
    expect((await onRecord()) - records).toBe(1);
  });

  test("other sessions of the user go on", async () => {
    const other = await signIn(server);
    await logout({ refresh_token: tokens.refresh_token, client_id: "app" });
    expect(await isActive(other.access_token)).toBe(true);
  });

  test("an offline token ends its session and the online one it came from", async () => {
    const offline = await signIn(server, { scope: "openid offline_access" });
    expect((await logout({ refresh_token: offline.refresh_token, client_id: "app" })).statusCode).toBe(204);
    expect(await isActive(offline.access_token)).toBe(false);
    expect(await isActive(offline.refresh_token)).toBe(false);
  });

  test("an expired refresh token still ends its session", async () => {
    const own = await testServer([walkRealm(dialect, { clientSessionIdleTimeout: 60 })]);
    const { access_token: token, refresh_token } = await signIn(own);
    own.advance(90);
    expect((await own.post(TOKEN, { grant_type: "refresh_token", refresh_token, client_id: "app" })).statusCode).toBe(400);
    expect((await own.post(PATH, { refresh_token, client_id: "app" })).statusCode).toBe(204);
    expect((await own.post(INTROSPECT, { token }, CONF)).body).toBe('{"active":false}');
    await own.close();
  });

  test("the refresh token of another client", async () => {
    const answer = await logout({ refresh_token: tokens.refresh_token, client_id: "app2" });
    expect([answer.statusCode, answer.json()]).toEqual(
      error(400, "invalid_grant", "Invalid refresh token. Token client and authorized client don't match"),
    );
    expect(last()).toMatchObject({
      type: "LOGOUT_ERROR",
      clientId: "app2",
      error: "invalid_token",
      details: { reason: "Invalid refresh token. Token client and authorized client don't match" },
    });
    expect(await isActive(tokens.access_token)).toBe(true);
  });

  test("anything but a refresh token", async () => {
    for (const token of ["garbage", "", tokens.access_token, tokens.id_token]) {
      const answer = await logout({ refresh_token: token, client_id: "app" });
      expect([answer.statusCode, answer.json()]).toEqual(error(400, "invalid_grant", "Invalid refresh token"));
      expect(last()).toMatchObject({ type: "LOGOUT_ERROR", error: "invalid_token", details: { reason: "Invalid refresh token" } });
    }
    expect(await isActive(tokens.access_token)).toBe(true);
  });

  test("no client", async () => {
    const answer = await logout({ refresh_token: tokens.refresh_token });
    expect([answer.statusCode, answer.json().error]).toEqual([401, "invalid_client"]);
    expect(last()).toMatchObject({ type: "LOGOUT_ERROR", error: "client_not_found" });
  });

  test("a parameter twice", async () => {
    const answer = await logout(`refresh_token=${tokens.refresh_token}&refresh_token=x&client_id=app`);
    expect([answer.statusCode, answer.json()]).toEqual(error(400, "invalid_request", "duplicated parameter"));
    expect(await isActive(tokens.access_token)).toBe(true);
  });

  test("sign-out in a browser is refused in plain words", async () => {
    const answers = [await server.get(`${PATH}?client_id=app`), await logout({ client_id: "app" }), await logout({}, CONF)];
    for (const answer of answers) {
      expect([answer.statusCode, answer.json()]).toEqual([
        400,
        { error: "invalid_request", error_description: expect.stringContaining("sign-out pages for browsers are not there yet") },
      ]);
    }
    expect(await isActive(tokens.access_token)).toBe(true);
  });

  test("SEC-INV-1 what cannot be stored is 503, and the session lives", async () => {
    server.breakStorage(true);
    const answer = await logout({ refresh_token: tokens.refresh_token, client_id: "app" });
    server.breakStorage(false);
    expect([answer.statusCode, answer.json().error]).toEqual([503, "temporarily_unavailable"]);
    expect(await isActive(tokens.access_token)).toBe(true);
  });

  test("other verbs are 405, a preflight is answered", async () => {
    expect((await server.app.inject({ method: "DELETE", url: PATH })).statusCode).toBe(405);
    const preflight = await server.app.inject({ method: "OPTIONS", url: PATH, headers: { origin: "http://elsewhere.example" } });
    expect(preflight.headers["access-control-allow-methods"]).toBe("GET, HEAD, OPTIONS");
  });
});
