import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BASE, basic, claimsOf, signIn, type TestServer, testServer, type Tokens } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

const PATH = "/realms/walk/protocol/openid-connect/token/introspect";
const TOKEN = "/realms/walk/protocol/openid-connect/token";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const CONF = basic("conf", "secret-of-conf");

const servers = {} as Record<"native" | "keycloak", TestServer>;
beforeAll(async () => {
  servers.native = await testServer([walkRealm("native")]);
  servers.keycloak = await testServer([walkRealm("keycloak")]);
});
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

const introspect = (
  server: TestServer,
  form: Readonly<Record<string, string>> | string,
  headers: Readonly<Record<string, string>> = CONF,
) => server.post(PATH, form, headers);
/** `native` describes in its own words and names the decision. */
const described = (dialect: string, keycloaks: string): unknown => (dialect === "native" ? expect.stringMatching(DECISION) : keycloaks);
const DECISION = /Decision [0-9a-f-]{36}\.$/;
const last = (server: TestServer) => server.events.at(-1);

describe.each(["native", "keycloak"] as const)("introspection (%s)", (dialect) => {
  let server: TestServer;
  let tokens: Tokens;
  beforeAll(() => {
    server = servers[dialect];
  });
  beforeEach(async () => {
    tokens = await signIn(server);
  });

  test("an access token by its audience, member for member as Keycloak's", async () => {
    const answer = await introspect(server, { token: tokens.access_token });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.headers["cache-control"]).toBe(dialect === "native" ? "no-store" : "no-cache");
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    const { exp, iat, jti, sub, sid } = claimsOf(tokens.access_token);
    const body = answer.json();
    expect(body).toEqual({
      exp,
      iat,
      jti,
      iss: `${BASE}/realms/walk`,
      aud: "conf",
      sub,
      typ: "Bearer",
      azp: "app",
      sid,
      acr: "1",
      "allowed-origins": ["http://localhost:9999"],
      realm_access: { roles: ["staff"] },
      resource_access: { conf: { roles: ["reader"] } },
      scope: body.scope,
      email_verified: true,
      name: "alice Example",
      preferred_username: "alice",
      given_name: "alice",
      family_name: "Example",
      email: "alice@example.com",
      client_id: "app",
      username: "alice",
      token_type: "Bearer",
      active: true,
    });
    expect(body.scope.split(" ").toSorted()).toEqual(["email", "openid", "profile"]);
    expect(Object.keys(body).slice(0, 9)).toEqual(["exp", "iat", "jti", "iss", "aud", "sub", "typ", "azp", "sid"]);
    expect(Object.keys(body).slice(-4)).toEqual(["client_id", "username", "token_type", "active"]);
    const details = { client_auth_method: "client-secret" };
    expect(last(server)).toMatchObject({ type: "INTROSPECT_TOKEN", clientId: "conf", sessionId: sid, details });
  });

  test("a wrong hint does not matter", async () => {
    const answer = await introspect(server, { token: tokens.access_token, token_type_hint: "refresh_token" });
    expect(answer.json()).toMatchObject({ active: true, typ: "Bearer" });
  });

  test.each(["refresh_token", "id_token"] as const)("its own client learns about a %s", async (member) => {
    const own = await signIn(server, { client_id: "conf", client_secret: "secret-of-conf" });
    const answer = await introspect(server, { token: own[member], token_type_hint: "refresh_token" });
    const typ = member === "refresh_token" ? "Refresh" : "ID";
    expect(answer.json()).toMatchObject({
      active: true,
      typ,
      token_type: typ,
      azp: "conf",
      client_id: "conf",
      username: "alice",
      acr: "1",
    });
  });

  test("an offline token without an end is active, after its session's end too", async () => {
    const own = await signIn(server, { client_id: "conf", client_secret: "secret-of-conf", scope: "openid offline_access" });
    const answer = (await introspect(server, { token: own.refresh_token })).json();
    expect(answer).toMatchObject({ active: true, typ: "Offline", iss: `${BASE}/realms/walk` });
    expect(answer).not.toHaveProperty("exp");
  });

  test("a service account's token", async () => {
    const { access_token: token } = (await server.post(TOKEN, { grant_type: "client_credentials" }, CONF)).json();
    const answer = (await introspect(server, { token })).json();
    expect(answer).toMatchObject({
      active: true,
      client_id: "conf",
      username: "service-account-conf",
      preferred_username: "service-account-conf",
    });
    expect(answer).not.toHaveProperty("sid");
  });

  test.each([
    ["garbage", "garbage", "bad_shape"],
    ["nothing", "", "bad_shape"],
    ["an unsigned token", `${Buffer.from('{"alg":"none"}').toString("base64url")}.e30.`, "bad_shape"],
  ])("%s is not active", async (_title, token, cause) => {
    const answer = await introspect(server, { token });
    expect([answer.statusCode, answer.body]).toEqual([200, '{"active":false}']);
    const reason = dialect === "keycloak" ? "Access token JWT check failed" : cause;
    expect(last(server)).toMatchObject({ type: "INTROSPECT_TOKEN_ERROR", error: "token_introspection_failed", details: { reason } });
    expect(last(server)?.facts).toMatchObject({ refusal: "introspection_inactive", cause });
  });

  test("a tampered token is not active", async () => {
    const [head = "", payload = "", signature = ""] = tokens.access_token.split(".");
    const forged = { ...claimsOf(tokens.access_token), azp: "conf", aud: "conf" };
    const other = `${head}.${Buffer.from(JSON.stringify(forged)).toString("base64url")}.${signature}`;
    expect((await introspect(server, { token: other })).body).toBe('{"active":false}');
    expect((await introspect(server, { token: `${head}.${payload}.${signature.slice(0, -4)}AAAA` })).body).toBe('{"active":false}');
  });

  test("SEC-INV-8 after the end of the session nothing is active", async () => {
    const own = await signIn(server, { client_id: "conf", client_secret: "secret-of-conf" });
    const logout = { refresh_token: own.refresh_token, client_id: "conf", client_secret: "secret-of-conf" };
    expect((await server.post("/realms/walk/protocol/openid-connect/logout", logout)).statusCode).toBe(204);
    for (const token of Object.values({ a: own.access_token, r: own.refresh_token, i: own.id_token })) {
      expect((await introspect(server, { token })).body).toBe('{"active":false}');
    }
    const reason = dialect === "keycloak" ? "Introspection access token for conf client:HTTP 401 Unauthorized" : "session not found";
    expect(last(server)).toMatchObject({ error: "token_introspection_failed", details: { reason } });
  });

  test("parameters that are missing, twice or unknown refuse", async () => {
    const missing = await introspect(server, {});
    expect([missing.statusCode, missing.json()]).toEqual([
      400,
      { error: "invalid_request", error_description: described(dialect, "Token not provided.") },
    ]);
    expect(missing.headers).not.toHaveProperty("cache-control");
    expect(last(server)).toMatchObject({ error: "invalid_request", details: { detail: "Token not provided." } });

    const hint = await introspect(server, { token: "x", token_type_hint: "nonsense" });
    expect([hint.statusCode, hint.json()]).toEqual([
      400,
      { error: "invalid_request", error_description: described(dialect, "Unsupported token type [nonsense].") },
    ]);
    const twice = await introspect(server, "token=x&token=y");
    expect([twice.statusCode, twice.json()]).toEqual([
      400,
      { error: "invalid_request", error_description: described(dialect, "duplicated parameter") },
    ]);
  });

  test("SEC-EP-20 unknown parameters are ignored; SEC-EP-07 so is the query", async () => {
    const form = { token: tokens.access_token, nonsense: "<script>", scope: "a b" };
    expect((await introspect(server, form)).json().active).toBe(true);
    const query = await server.post(`${PATH}?token=${tokens.access_token}`, {}, CONF);
    expect([query.statusCode, query.json().error]).toEqual([400, "invalid_request"]);
  });

  test("realms that are off or want HTTPS refuse before they look", async () => {
    const off = await testServer([walkRealm(dialect, { enabled: false }), walkRealm(dialect, { realm: "strict", sslRequired: "all" })]);
    for (const path of ["token/introspect", "revoke", "logout"]) {
      const disabled = await off.post(`/realms/walk/protocol/openid-connect/${path}`, { token: "x" });
      expect([disabled.statusCode, disabled.json().error]).toEqual([403, "access_denied"]);
      const insecure = await off.post(`/realms/strict/protocol/openid-connect/${path}`, { token: "x" });
      expect([insecure.statusCode, insecure.json().error]).toEqual([403, "invalid_request"]);
    }
    const unread = await off.get("/realms/strict/protocol/openid-connect/userinfo");
    expect([unread.statusCode, unread.json().error]).toEqual([403, "invalid_request"]);
    await off.close();
  });

  test.each([
    ["no client", {}, "client_not_found"],
    ["a wrong secret", basic("conf", "wrong"), "invalid_client_credentials"],
    ["an unknown client", basic("nobody", "wrong"), "client_not_found"],
  ])("%s fails as Keycloak says it there, and the event says why", async (_title, headers, error) => {
    const answer = await introspect(server, { token: tokens.access_token }, headers);
    expect([answer.statusCode, answer.json()]).toEqual([
      401,
      {
        error: dialect === "keycloak" ? "invalid_request" : "invalid_client",
        error_description: described(dialect, "Authentication failed."),
      },
    ]);
    expect(last(server)).toMatchObject({ type: "INTROSPECT_TOKEN_ERROR", error });
  });

  test("a bearer-only client may not ask, even with its secret", async () => {
    const answer = await introspect(server, { token: tokens.access_token }, basic("bearer", "secret-of-bearer"));
    expect([answer.statusCode, answer.json().error]).toEqual([401, dialect === "native" ? "invalid_client" : "invalid_request"]);
  });

  test("a bearer token is no client authentication", async () => {
    const answer = await introspect(server, { token: tokens.access_token }, { authorization: `Bearer ${tokens.access_token}` });
    expect(answer.statusCode).toBe(401);
  });

  test("a public client may not ask", async () => {
    const answer = await introspect(server, { token: tokens.access_token, client_id: "app" }, {});
    expect([answer.statusCode, answer.json()]).toEqual([
      403,
      { error: "invalid_request", error_description: described(dialect, "Client not allowed.") },
    ]);
    expect(last(server)).toMatchObject({ error: "invalid_request", details: { detail: "Client not allowed." } });
  });

  test("browsers get no headers for other origins, and other verbs 405", async () => {
    const headers = { origin: "http://localhost:9999" };
    for (const answer of [
      await introspect(server, { token: tokens.access_token }, { ...CONF, ...headers }),
      await introspect(server, { token: tokens.access_token }, headers),
      await server.app.inject({ method: "OPTIONS", url: PATH, headers }),
    ]) {
      expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    }
    expect((await server.app.inject({ method: "OPTIONS", url: PATH, headers })).headers["allow"]).toBe("HEAD, POST, OPTIONS");
    const got = await server.get(`${PATH}?token=${tokens.access_token}`);
    expect([got.statusCode, got.json()]).toEqual([405, { error: "HTTP 405 Method Not Allowed" }]);
  });

  test("an expired token is not active", async () => {
    const own = await testServer([walkRealm(dialect)]);
    const { access_token: token } = await signIn(own);
    own.advance(299);
    expect((await introspect(own, { token })).json().active).toBe(true);
    own.advance(1);
    expect((await introspect(own, { token })).body).toBe('{"active":false}');
    const reason = dialect === "keycloak" ? "Introspection access token for app client: JWT check failed" : "expired";
    expect(last(own)).toMatchObject({ error: "token_introspection_failed", details: { reason } });
    await own.close();
  });

  test("a token of another realm is not active", async () => {
    const own = await testServer([walkRealm(dialect), walkRealm(dialect, { realm: "next" })]);
    const { access_token: token } = await signIn(own, {}, "next");
    expect((await introspect(own, { token })).body).toBe('{"active":false}');
    await own.close();
  });

  test("SEC-EP-09 what cannot be recorded is 503", async () => {
    server.breakStorage(true);
    for (const token of [tokens.access_token, "garbage"]) {
      const answer = await introspect(server, { token });
      expect([answer.statusCode, answer.json().error, answer.headers["retry-after"]]).toEqual([503, "temporarily_unavailable", "1"]);
    }
    server.breakStorage(false);
  });

  test("the members of an impersonated session", async () => {
    const operator = await signIn(server, { username: "operator" });
    const form = { grant_type: EXCHANGE, subject_token: operator.access_token, requested_subject: "alice" };
    const exchanged = await server.post(TOKEN, form, CONF);
    expect(exchanged.json()).toHaveProperty("access_token");
    const answer = (await introspect(server, { token: exchanged.json().access_token })).json();
    expect(answer).toMatchObject({ active: true, username: "alice" });
    // RFC 8693 §1.1: impersonation leaves no actor. Keycloak says who it was all the same.
    expect(answer.act).toEqual(dialect === "keycloak" ? { sub: "operator" } : undefined);
  });

  test("no event and no line of the log holds a token", () => {
    const said = JSON.stringify([server.events, server.lines]);
    expect(said).not.toContain(tokens.access_token.split(".")[2]);
    expect(said).not.toContain("secret-of-conf");
  });
});

describe("introspection as Keycloak 26.1.3 answers it", () => {
  test("any client of the realm learns about any token", async () => {
    const tokens = await signIn(servers.keycloak);
    for (const [token, typ] of [
      [tokens.access_token, "Bearer"],
      [tokens.refresh_token, "Refresh"],
      [tokens.id_token, "ID"],
    ] as const) {
      const answer = await introspect(servers.keycloak, { token }, basic("other", "secret-of-other"));
      expect(answer.json()).toMatchObject({ active: true, typ, azp: "app", resource_access: { conf: { roles: ["reader"] } } });
    }
  });

  test("a refresh token shows hidden scopes and the audience of its mappers", async () => {
    const { refresh_token: token } = await signIn(servers.keycloak);
    const answer = (await introspect(servers.keycloak, { token })).json();
    expect(answer.aud).toEqual([`${BASE}/realms/walk`, "conf"]);
    expect(answer.scope.split(" ").toSorted()).toEqual(["acr", "basic", "email", "openid", "profile", "roles", "web-origins"]);
  });

  test("a light token is told in full", async () => {
    const { access_token: token } = await signIn(servers.keycloak, { client_id: "light" });
    expect(claimsOf(token)).not.toHaveProperty("preferred_username");
    const answer = (await introspect(servers.keycloak, { token })).json();
    expect(answer).toMatchObject({ active: true, azp: "light", preferred_username: "alice", email: "alice@example.com", acr: "1" });
  });

  test("the hint requesting_party_token shows what the token itself says", async () => {
    const { access_token: token } = await signIn(servers.keycloak);
    const answer = (await introspect(servers.keycloak, { token, token_type_hint: "requesting_party_token" })).json();
    expect(Object.keys(answer)).toEqual(["exp", "iat", "jti", "aud", "typ", "acr", "active"]);
  });

  test("the event names no user and no token", async () => {
    const { access_token: token } = await signIn(servers.keycloak);
    await introspect(servers.keycloak, { token });
    expect(last(servers.keycloak)?.details).toEqual({ client_auth_method: "client-secret" });
    expect(last(servers.keycloak)?.userId).toBeUndefined();
  });
});

describe("introspection (native) of what is not the caller's", () => {
  test("SEC-EP-08 a client outside aud and azp reads exactly that the token is not active", async () => {
    const tokens = await signIn(servers.native);
    for (const token of [tokens.access_token, tokens.refresh_token, tokens.id_token]) {
      const answer = await introspect(servers.native, { token }, basic("other", "secret-of-other"));
      expect([answer.statusCode, answer.body]).toEqual([200, '{"active":false}']);
      expect(last(servers.native)).toMatchObject({
        type: "INTROSPECT_TOKEN_ERROR",
        clientId: "other",
        error: "invalid_token",
        details: { reason: "Client 'other' is not in the token audience", token_issued_for: "app" },
      });
    }
    expect((await introspect(servers.native, { token: tokens.refresh_token })).body).toBe('{"active":false}');
  });

  test("the hint requesting_party_token is unknown", async () => {
    expect((await introspect(servers.native, { token: "x", token_type_hint: "requesting_party_token" })).statusCode).toBe(400);
  });

  test("the event names the token", async () => {
    const { access_token: token } = await signIn(servers.native);
    await introspect(servers.native, { token });
    expect(last(servers.native)?.details).toMatchObject({
      token_issued_for: "app",
      token_id: claimsOf(token)["jti"],
      token_type: "Bearer",
    });
  });

  test("an exchanged token is shown as it was signed: the target's roles, the actor, nothing that it lost", async () => {
    const { access_token: subject } = await signIn(servers.native);
    const form = { grant_type: EXCHANGE, subject_token: subject, audience: "target", scope: "openid" };
    const exchanged = await servers.native.post(TOKEN, form, CONF);
    expect(exchanged.json()).toHaveProperty("access_token");
    const { access_token: token } = exchanged.json();
    const signed = claimsOf(token);
    const answer = (await introspect(servers.native, { token }, basic("target", "secret-of-target"))).json();
    expect(answer).toEqual({ ...signed, client_id: "conf", username: "alice", token_type: "Bearer", active: true });
    expect(answer).toMatchObject({
      aud: "target",
      azp: "conf",
      scope: "openid",
      resource_access: { target: { roles: ["viewer"] } },
      act: { client_id: "conf", sub: expect.any(String) },
    });
    expect(answer).not.toHaveProperty("email");
  });

  test("an exchanged light token is told by its target's mappers, for its own audience", async () => {
    const { access_token: subject } = await signIn(servers.native);
    const form = { grant_type: EXCHANGE, subject_token: subject, audience: "light-target", scope: "openid" };
    const { access_token: token } = (await servers.native.post(TOKEN, form, CONF)).json();
    expect(claimsOf(token)).not.toHaveProperty("resource_access");
    const answer = (await introspect(servers.native, { token }, basic("light-target", "secret-of-light-target"))).json();
    expect(answer).toMatchObject({
      active: true,
      aud: "light-target",
      azp: "conf",
      scope: "openid",
      resource_access: { "light-target": { roles: ["viewer"] } },
      act: { client_id: "conf" },
    });
    expect(Object.keys(answer.resource_access)).toEqual(["light-target"]);
    expect(answer).not.toHaveProperty("email");
  });
});
