import { createPublicKey, verify } from "node:crypto";
import type { LightMyRequestResponse } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { BASE, basic, claimsOf, signIn, type TestServer, testServer, type Tokens } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

const PATH = "/realms/walk/protocol/openid-connect/userinfo";
const TOKEN = "/realms/walk/protocol/openid-connect/token";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const CONF = basic("conf", "secret-of-conf");
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Status and challenge of a refusal, which has no body. */
function refusal(answer: LightMyRequestResponse) {
  expect([answer.body, answer.headers["content-type"]]).toEqual(["", "text/plain;charset=utf-8"]);
  return [answer.statusCode, answer.headers["www-authenticate"]];
}
const invalid = (text: string) => [401, `Bearer realm="walk", error="invalid_token", error_description="${text}"`];

describe.each(["native", "keycloak"] as const)("userinfo (%s)", (dialect) => {
  let server: TestServer;
  let tokens: Tokens;
  beforeAll(async () => {
    server = await testServer([walkRealm(dialect)]);
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    tokens = await signIn(server);
  });

  const last = () => server.events.at(-1);
  test("what the scopes of the token say of its user", async () => {
    const answer = await server.get(PATH, bearer(tokens.access_token));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.headers["cache-control"]).toBe(dialect === "native" ? "no-store" : "no-cache");
    const { sub, sid } = claimsOf(tokens.access_token);
    const body = answer.json();
    expect(body).toEqual({
      sub,
      email_verified: true,
      name: "alice Example",
      preferred_username: "alice",
      given_name: "alice",
      family_name: "Example",
      email: "alice@example.com",
    });
    expect(Object.keys(body)[0]).toBe("sub");
    expect(last()).toMatchObject({
      type: "USER_INFO_REQUEST",
      clientId: "app",
      userId: sub,
      sessionId: sid,
      details: { auth_method: "validate_access_token", signature_required: "false", username: "alice" },
    });
  });

  test("by POST, with the token in the header or in the form", async () => {
    const expected = (await server.get(PATH, bearer(tokens.access_token))).body;
    expect((await server.app.inject({ method: "POST", url: PATH, headers: bearer(tokens.access_token) })).body).toBe(expected);
    expect((await server.post(PATH, { access_token: tokens.access_token })).body).toBe(expected);
    expect((await server.post(PATH, { other: "form" }, bearer(tokens.access_token))).body).toBe(expected);
    expect((await server.app.inject({ method: "HEAD", url: PATH, headers: bearer(tokens.access_token) })).statusCode).toBe(200);
  });

  test("the scheme is not case-sensitive", async () => {
    expect((await server.get(PATH, { authorization: `bEaReR ${tokens.access_token}` })).statusCode).toBe(200);
    const dpop = await server.get(PATH, { authorization: `DPoP ${tokens.access_token}` });
    expect(dpop.statusCode).toBe(dialect === "keycloak" ? 200 : 401);
  });

  test.each([
    ["no header", {}],
    ["an empty one", { authorization: "Bearer" }],
    ["another scheme", CONF],
  ])("no token: %s", async (_title, headers) => {
    expect(refusal(await server.get(PATH, headers))).toEqual([401, 'Bearer realm="walk"']);
    expect(last()).toMatchObject({
      type: "USER_INFO_REQUEST_ERROR",
      error: "invalid_token",
      details: { reason: "Missing token", auth_method: "validate_access_token" },
    });
    expect(last()?.clientId).toBeUndefined();
  });

  test("a token in the query is not seen", async () => {
    expect(refusal(await server.get(`${PATH}?access_token=${tokens.access_token}`))).toEqual([401, 'Bearer realm="walk"']);
  });

  test("two tokens", async () => {
    const both = await server.post(PATH, { access_token: tokens.access_token }, bearer(tokens.access_token));
    expect(refusal(both)).toEqual([
      400,
      'Bearer realm="walk", error="invalid_request", error_description="More than one method used for including an access token"',
    ]);
    const twice = await server.app.inject({ method: "POST", url: PATH, headers: FORM, payload: "access_token=a&access_token=b" });
    expect([twice.statusCode, twice.body]).toEqual([400, ""]);
    expect(twice.headers["www-authenticate"]).toContain('error="invalid_request"');
  });

  test("SEC-EP-10 anything but an access token of this realm", async () => {
    const [head = "", , signature = ""] = tokens.access_token.split(".");
    const elevated = Buffer.from(JSON.stringify({ ...claimsOf(tokens.access_token), sub: "other" })).toString("base64url");
    const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url")}.${tokens.access_token.split(".")[1]}.`;
    const nonsense = `${Buffer.from('{"alg":"XX256","typ":"JWT"}').toString("base64url")}.${tokens.access_token.split(".").slice(1).join(".")}`;
    const others = ["garbage", `${head}.${elevated}.${signature}`, none, nonsense, tokens.refresh_token, tokens.id_token];
    for (const token of others) expect(refusal(await server.get(PATH, bearer(token)))).toEqual(invalid("Token verification failed"));
    expect(last()).toMatchObject({ type: "USER_INFO_REQUEST_ERROR", error: "invalid_token" });
  });

  test("SEC-EP-10 a token without openid", async () => {
    const { access_token: token } = await signIn(server, { scope: "profile" });
    expect(refusal(await server.get(PATH, bearer(token)))).toEqual([
      403,
      'Bearer realm="walk", error="insufficient_scope", error_description="Missing openid scope"',
    ]);
    expect(last()).toMatchObject({ error: "access_denied", details: { reason: "Missing openid scope" } });
  });

  test("a token of another realm", async () => {
    const own = await testServer([walkRealm(dialect), walkRealm(dialect, { realm: "next" })]);
    const { access_token: token } = await signIn(own, {}, "next");
    expect(refusal(await own.get(PATH, bearer(token)))).toEqual(invalid("Token verification failed"));
    await own.close();
  });

  test("an expired token", async () => {
    const own = await testServer([walkRealm(dialect)]);
    const { access_token: token } = await signIn(own);
    own.advance(300);
    expect(refusal(await own.get(PATH, bearer(token)))).toEqual(invalid("Token verification failed"));
    const reason = dialect === "keycloak" ? "Token is not active" : "expired";
    expect(own.events.at(-1)).toMatchObject({ error: "invalid_token", details: { reason } });
    await own.close();
  });

  test("a revoked token", async () => {
    await server.post("/realms/walk/protocol/openid-connect/revoke", { token: tokens.access_token, client_id: "app" });
    expect(refusal(await server.get(PATH, bearer(tokens.access_token)))).toEqual(invalid("Token verification failed"));
  });

  test("a token whose session has ended", async () => {
    await server.post("/realms/walk/protocol/openid-connect/logout", { refresh_token: tokens.refresh_token, client_id: "app" });
    expect(refusal(await server.get(PATH, bearer(tokens.access_token)))).toEqual(
      invalid("User session not found or doesn't have client attached on it"),
    );
    expect(last()).toMatchObject({ clientId: "app", error: "user_session_not_found" });
    expect(last()?.details).not.toHaveProperty("reason");
  });

  test("a token whose session is past its end", async () => {
    const own = await testServer([walkRealm(dialect, { ssoSessionIdleTimeout: 60 })]);
    const { access_token: token } = await signIn(own);
    own.advance(61);
    expect(refusal(await own.get(PATH, bearer(token)))).toEqual(invalid("Session expired"));
    expect(own.events.at(-1)).toMatchObject({ clientId: "app", error: "session_expired" });
    await own.close();
  });

  test("a user who was disabled", async () => {
    const own = await testServer([walkRealm(dialect)]);
    const { access_token: token } = await signIn(own);
    const { id: realmId } = (await own.services.realms.get("walk"))!.view.realm;
    await own.services.writer.write({ commands: [{ do: "disableUser", realmId, userId: String(claimsOf(token)["sub"]) }] });
    expect(refusal(await own.get(PATH, bearer(token)))).toEqual(invalid("User disabled"));
    expect(own.events.at(-1)).toMatchObject({ error: "user_disabled" });
    await own.close();
  });

  test.each([
    ["is disabled", { clientId: "conf", enabled: false, secret: "secret-of-conf" }, "Client disabled", "client_disabled"],
    ["is gone", undefined, "Client not found", "client_not_found"],
  ] as const)("a token whose client %s", async (_title, client, text, error) => {
    const account = { id: "8d6f0f0e-6c80-4a2f-9d3c-3f3f0d1c5b11", username: "service-account-conf", enabled: true };
    const bare = { realm: "walk", enabled: true, attributes: { "cambist.compatibility": dialect } };
    const conf = { clientId: "conf", serviceAccountsEnabled: true, secret: "secret-of-conf" };
    // Two servers with the keys of one realm stand for one server before and after the change.
    const before = await testServer([{ ...bare, clients: [conf], users: [{ ...account, serviceAccountClientId: "conf" }] }]);
    const form = { grant_type: "client_credentials", scope: "openid" };
    const { access_token: token } = (await before.post(TOKEN, form, CONF)).json();
    expect((await before.get(PATH, bearer(token))).statusCode).toBe(200);
    const after = await testServer([{ ...bare, clients: client ? [client] : [], users: [account] }]);
    expect(refusal(await after.get(PATH, bearer(token)))).toEqual(invalid(text));
    expect(after.events.at(-1)).toMatchObject({ type: "USER_INFO_REQUEST_ERROR", error });
    await Promise.all([before.close(), after.close()]);
  });

  test("a realm that is disabled", async () => {
    const own = await testServer([walkRealm(dialect, { enabled: false })]);
    expect(refusal(await own.get(PATH, bearer(tokens.access_token)))).toEqual([401, 'Bearer realm="walk"']);
    await own.close();
  });

  test("a service account", async () => {
    const form = { grant_type: "client_credentials", scope: "openid" };
    const { access_token: token } = (await server.post(TOKEN, form, CONF)).json();
    const answer = (await server.get(PATH, bearer(token))).json();
    expect(answer).toEqual({ sub: claimsOf(token)["sub"], email_verified: false, preferred_username: "service-account-conf" });
  });

  test("a light token is as good as any", async () => {
    const { access_token: token } = await signIn(server, { client_id: "light" });
    expect((await server.get(PATH, bearer(token))).json()).toMatchObject({ preferred_username: "alice", email: "alice@example.com" });
  });

  test("an offline token's access token", async () => {
    const { access_token: token } = await signIn(server, { scope: "openid offline_access" });
    expect((await server.get(PATH, bearer(token))).statusCode).toBe(200);
  });

  test("an exchanged token with openid", async () => {
    const form = { grant_type: EXCHANGE, subject_token: tokens.access_token, scope: "openid profile" };
    const { access_token: token } = (await server.post(TOKEN, form, CONF)).json();
    const answer = await server.get(PATH, bearer(token));
    expect(answer.json()).toMatchObject({ preferred_username: "alice" });
    // What the exchange left out does not come back by another door; Keycloak's default scopes do.
    expect("email" in answer.json()).toBe(dialect === "keycloak");
  });

  test("signed for a client that asks for it", async () => {
    const { access_token: token } = await signIn(server, { client_id: "signed" });
    const answer = await server.get(PATH, bearer(token));
    expect(answer.headers["content-type"]).toBe("application/jwt");
    expect(claimsOf(answer.body)).toMatchObject({ iss: `${BASE}/realms/walk`, aud: "signed", preferred_username: "alice" });
    const [head = "", payload = "", signature = ""] = answer.body.split(".");
    const header = JSON.parse(Buffer.from(head, "base64url").toString()) as { kid: string };
    expect(header).toMatchObject({ alg: "RS256", typ: "JWT" });
    const { keys } = (await server.get("/realms/walk/protocol/openid-connect/certs")).json();
    const key = createPublicKey({ key: keys.find(({ kid }: { kid: string }) => kid === header.kid), format: "jwk" });
    expect(verify("sha256", Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, "base64url"))).toBe(true);
    expect(last()?.details).toMatchObject({ signature_required: "true" });
  });

  test("SEC-EP-16 origins: any without a token, the client's with one", async () => {
    const nothing = await server.get(PATH, { origin: "http://elsewhere.example" });
    expect(nothing.headers).toMatchObject({
      "access-control-allow-origin": "http://elsewhere.example",
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "Access-Control-Allow-Methods, WWW-Authenticate",
    });
    const allowed = await server.get(PATH, { ...bearer(tokens.access_token), origin: "http://localhost:9999" });
    expect(allowed.headers).toMatchObject({
      "access-control-allow-origin": "http://localhost:9999",
      "access-control-expose-headers": "Access-Control-Allow-Methods",
    });
    const foreign = await server.get(PATH, { ...bearer(tokens.access_token), origin: "http://elsewhere.example" });
    expect(foreign.statusCode).toBe(200);
    expect(foreign.headers).not.toHaveProperty("access-control-allow-origin");
    const preflight = await server.app.inject({ method: "OPTIONS", url: PATH, headers: { origin: "http://elsewhere.example" } });
    expect(preflight.headers["access-control-allow-methods"]).toBe("GET, HEAD, OPTIONS");
  });

  test("other verbs are 405", async () => {
    const answer = await server.app.inject({ method: "DELETE", url: PATH, headers: bearer(tokens.access_token) });
    expect([answer.statusCode, answer.json()]).toEqual([405, { error: "HTTP 405 Method Not Allowed" }]);
  });

  test("what cannot be recorded is 503", async () => {
    server.breakStorage(true);
    const answer = await server.get(PATH, bearer(tokens.access_token));
    server.breakStorage(false);
    expect([answer.statusCode, answer.json().error]).toEqual([503, "temporarily_unavailable"]);
  });

  test("no event and no line of the log holds a token", () => {
    expect(JSON.stringify([server.events, server.lines])).not.toContain(tokens.access_token.split(".")[2]);
  });
});
