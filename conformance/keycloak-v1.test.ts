import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ACCESS_TOKEN,
  type Answer,
  audienceOf,
  claimsOf,
  decode,
  ID_TOKEN,
  type Json,
  type Parameters,
  type RealmClient,
  REFRESH_TOKEN,
  realmClient,
  tokensOf,
  wordsOf,
} from "./client.ts";
import { type RunningServer, startServer } from "./server.ts";

/**
 * Keycloak's own tests of its V1 exchange, by their names, in the `keycloak` dialect: what each of them asserts, asked of us. The realm is
 * made like the one its test suite makes.
 */

const REALMS = ["keycloak-v1-tests-realm.json", "keycloak-v1-impersonated-realm.json"];
let server: RunningServer;
let realm: RealmClient;

beforeAll(async () => {
  server = await startServer({ realms: REALMS, flags: ["--compatibility=keycloak", "--log-level=error"] });
  realm = realmClient(server.baseUrl, "test");
});
afterAll(() => server?.[Symbol.asyncDispose]());

const secret = (clientId: string): Parameters => ({ client_id: clientId, client_secret: "secret" });
const signIn = async (client: Parameters, username = "user", scope?: string, of = realm): Promise<string> =>
  (await of.signIn(client, username, scope)).access_token;
const toTarget = { audience: "target" };
const asAccessToken = { requested_token_type: ACCESS_TOKEN };
const outcome = ({ status, body }: Answer): Json => ({ status, error: body["error"], description: body["error_description"] });
const refused = (description: string): Json => ({ status: 403, error: "access_denied", description });
const NOT_ALLOWED = refused("Client not allowed to exchange");
const NOT_HOLDER = refused("Client is not the holder of the token");
const NOT_IN_AUDIENCE = refused("Client is not within the token audience");
const rolesOf = (claims: Json): unknown => (claims["realm_access"] as Json | undefined)?.["roles"];

describe("ClientTokenExchangeTest", () => {
  test("checkFeatureDisabled", async () => {
    const flags = ["--compatibility=keycloak", "--features-disabled=token-exchange,token-exchange-standard"];
    await using off = await startServer({ realms: REALMS, flags });
    const answer = await realmClient(off.baseUrl, "test").exchange(undefined, {
      ...secret("direct-exchanger"),
      requested_subject: "impersonated-user",
    });
    expect(answer.status).toBe(400);
  });

  test("checkFeatureEnabled", async () => {
    const answer = await realm.exchange(undefined, { ...secret("direct-exchanger"), requested_subject: "impersonated-user" });
    expect(answer.status).toBe(200);
  });

  test("testExchange", async () => {
    const subject = await signIn(secret("client-exchanger"));
    for (const requester of ["client-exchanger", "legal"]) {
      const answer = await realm.exchange(subject, { ...secret(requester), ...toTarget });
      expect(answer.body).toMatchObject({ issued_token_type: REFRESH_TOKEN, refresh_token: expect.any(String) as string });
      const claims = claimsOf(answer);
      expect(claims).toMatchObject({ azp: requester, preferred_username: "user", sid: decode(subject).claims["sid"] });
      expect(audienceOf(claims)).toContain("target");
      expect(rolesOf(claims)).toContain("example");
    }
    expect(outcome(await realm.exchange(subject, { ...secret("illegal"), ...toTarget }))).toEqual(NOT_ALLOWED);
  });

  test("testExchangeRequestAccessTokenType", async () => {
    const answer = await realm.exchange(await signIn(secret("client-exchanger")), {
      ...secret("client-exchanger"),
      ...toTarget,
      ...asAccessToken,
    });
    expect(answer.body).toMatchObject({ issued_token_type: ACCESS_TOKEN });
    expect(answer.body).not.toHaveProperty("refresh_token");
    expect(rolesOf(claimsOf(answer))).toContain("example");
  });

  test("testExchangeUsingServiceAccount", async () => {
    const own = tokensOf(await realm.token({ grant_type: "client_credentials", ...secret("my-service-account") })).access_token;
    expect(decode(own).claims).not.toHaveProperty("sid");
    const answer = await realm.exchange(own, { ...secret("my-service-account"), ...toTarget });
    expect(answer.body).toMatchObject({ issued_token_type: ACCESS_TOKEN });
    expect(claimsOf(answer)).toMatchObject({ azp: "my-service-account", preferred_username: "service-account-my-service-account" });
    expect(claimsOf(answer)).not.toHaveProperty("sid");
  });

  test.each([
    ["testExchangeDifferentScopes", "openid", undefined],
    ["testExchangeDifferentScopesWithScopeParameter", "openid profile email phone", "openid profile email"],
  ])("%s", async (_name, held, scope) => {
    const subject = await signIn(secret("client-exchanger"), "user", held);
    const requester = { ...secret("different-scope-client"), ...asAccessToken, scope };
    const toItself = claimsOf(await realm.exchange(subject, requester));
    expect(wordsOf(toItself["scope"])).toEqual(["openid", "profile"]);
    expect(audienceOf(toItself)).toEqual([]);
    expect(toItself).not.toHaveProperty("email_verified");
    const forTarget = claimsOf(await realm.exchange(subject, { ...requester, ...toTarget }));
    expect(wordsOf(forTarget["scope"])).toEqual(["email", "openid", "profile"]);
    expect(audienceOf(forTarget)).toContain("target");
    expect(forTarget["email_verified"]).toBe(false);
  });

  test("testExchangeFromPublicClient", async () => {
    const subject = await signIn({ client_id: "direct-public" });
    expect((await realm.exchange(subject, { ...secret("client-exchanger"), ...toTarget })).status).toBe(200);
    expect((await realm.exchange(subject, secret("client-exchanger"))).status).toBe(200);
    expect(outcome(await realm.exchange(subject, secret("direct-legal")))).toEqual(NOT_IN_AUDIENCE);
    expect((await realm.exchange(subject, { client_id: "direct-public" })).status).toBe(200);
  });

  test("testImpersonation", async () => {
    const subject = await signIn(secret("client-exchanger"));
    const impersonator = { id: decode(subject).claims["sub"], username: "user" };
    const own = await realm.exchange(subject, { ...secret("client-exchanger"), requested_subject: "impersonated-user" });
    expect(claimsOf(own)).toMatchObject({ azp: "client-exchanger", preferred_username: "impersonated-user", impersonator });
    expect(own.body).toMatchObject({ issued_token_type: REFRESH_TOKEN });
    const forTarget = await realm.exchange(subject, { ...secret("client-exchanger"), ...toTarget, requested_subject: "impersonated-user" });
    expect(claimsOf(forTarget)).toMatchObject({ aud: "target", preferred_username: "impersonated-user" });
    expect(rolesOf(claimsOf(forTarget))).toContain("example");
    for (const more of [{}, toTarget, { requested_subject: "impersonated-user" }]) {
      expect(outcome(await realm.exchange(subject, { client_id: "direct-public", ...more }))).toEqual(NOT_HOLDER);
    }
  });

  test("testIntrospectTokenAfterImpersonation", async () => {
    const subject = await signIn(secret("client-exchanger"));
    const answer = await realm.exchange(subject, { ...secret("client-exchanger"), requested_subject: "impersonated-user" });
    const { body } = await realm.post("token/introspect", { token: tokensOf(answer).access_token, ...secret("client-exchanger") });
    expect(body).toMatchObject({ active: true, preferred_username: "impersonated-user", act: { sub: "user" } });
  });

  test("testImpersonationUsingPublicClient", async () => {
    const answer = await realm.exchange(await signIn({ client_id: "direct-public" }), {
      client_id: "direct-public",
      requested_subject: "impersonated-user",
    });
    expect(claimsOf(answer)).toMatchObject({ azp: "direct-public", preferred_username: "impersonated-user" });
  });

  test("testImpersonationUsingTokenIssuedToUntrustedPublicClient", async () => {
    const guarded = realmClient(server.baseUrl, "test-impersonated");
    for (const [clientId, status] of [
      ["direct-public-untrusted", 403],
      ["direct-public", 200],
    ] as const) {
      const subject = await signIn({ client_id: clientId }, "user", undefined, guarded);
      const answer = await guarded.exchange(subject, { client_id: clientId, requested_subject: "impersonated-user" });
      expect({ clientId, status: answer.status }).toEqual({ clientId, status });
    }
  });

  test("testBadImpersonator", async () => {
    const subject = await signIn(secret("client-exchanger"), "bad-impersonator");
    const answer = await realm.exchange(subject, { ...secret("client-exchanger"), requested_subject: "impersonated-user" });
    expect(outcome(answer)).toEqual(NOT_ALLOWED);
  });

  test("testDirectImpersonation", async () => {
    const naked = { requested_subject: "impersonated-user" };
    const own = claimsOf(await realm.exchange(undefined, { ...secret("direct-exchanger"), ...naked }));
    expect(own).toMatchObject({ azp: "direct-exchanger", preferred_username: "impersonated-user" });
    expect(audienceOf(own)).toEqual([]);
    const forTarget = claimsOf(await realm.exchange(undefined, { ...secret("direct-legal"), ...naked, ...toTarget }));
    expect(forTarget).toMatchObject({ aud: "target", azp: "direct-legal", preferred_username: "impersonated-user" });
    expect(outcome(await realm.exchange(undefined, { client_id: "direct-public", ...naked, ...toTarget }))).toEqual(NOT_ALLOWED);
    expect((await realm.exchange(undefined, { client_id: "direct-no-secret", ...naked, ...toTarget })).status).toBeGreaterThanOrEqual(400);
  });

  test("testExchangeNoRefreshToken", async () => {
    const subject = await signIn(secret("client-exchanger"));
    expect((await realm.exchange(subject, { ...secret("client-exchanger"), ...toTarget })).body).toHaveProperty("refresh_token");
    const without = await realm.exchange(subject, { ...secret("no-refresh-token"), ...toTarget });
    expect(without.status).toBe(200);
    expect(without.body).not.toHaveProperty("refresh_token");
  });

  test("testClientExchangeToItself", async () => {
    const subject = await signIn(secret("direct-legal"));
    for (const audience of [undefined, "direct-legal"]) {
      expect((await realm.exchange(subject, { ...secret("direct-legal"), audience })).status).toBe(200);
    }
  });

  test("testClientExchange", async () => {
    const answer = await realm.exchange(await signIn(secret("direct-legal")), { ...secret("direct-legal"), ...toTarget });
    expect(audienceOf(claimsOf(answer))).toContain("target");
    expect(claimsOf(answer)["azp"]).toBe("direct-legal");
  });

  test("testClientExchangeWithMoreAudiencesNotBreak", async () => {
    const answer = await realm.exchange(await signIn(secret("client-exchanger")), {
      ...secret("client-exchanger"),
      audience: ["target", "client-exchanger"],
    });
    expect(answer.status).toBe(200);
  });

  test("testPublicClientNotAllowed", async () => {
    const subject = await signIn(secret("client-exchanger"));
    for (const more of [{}, { audience: "direct-public" }, toTarget, { audience: "client-exchanger" }]) {
      expect(outcome(await realm.exchange(subject, { client_id: "direct-public", ...more }))).toEqual(NOT_HOLDER);
    }
    expect(outcome(await realm.exchange(subject, secret("direct-legal")))).toEqual(NOT_IN_AUDIENCE);
    expect((await realm.exchange(subject, { ...secret("direct-legal"), ...toTarget })).status).toBe(200);
  });

  test("testSupportedTokenTypesWhenValidatingSubjectToken", async () => {
    const { id_token, refresh_token } = await realm.signIn(secret("client-exchanger"), "user");
    for (const token of [id_token, refresh_token]) {
      const answer = await realm.exchange(token, { ...secret("client-exchanger"), ...toTarget });
      expect(outcome(answer)).toEqual({ status: 400, error: "invalid_request", description: "Invalid token" });
    }
    const declared = await realm.exchange(id_token, { ...secret("client-exchanger"), ...toTarget, subject_token_type: ID_TOKEN });
    expect(declared.status).toBe(400);
  });

  test("testExchangeForDifferentClient", async () => {
    const subject = await signIn({ client_id: "direct-public" });
    const { sid } = decode(subject).claims;
    for (let count = 0; count < 2; count += 1) {
      const claims = claimsOf(await realm.exchange(subject, { ...secret("client-exchanger"), ...toTarget }));
      expect(claims).toMatchObject({ azp: "client-exchanger", sid });
    }
  });
});
