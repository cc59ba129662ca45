import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ACCESS_TOKEN,
  type Answer,
  audienceOf,
  claimsOf,
  decode,
  ID_TOKEN,
  type Json,
  JWT,
  type Parameters,
  type RealmClient,
  REFRESH_TOKEN,
  realmClient,
  SAML2,
  tokensOf,
  wordsOf,
} from "./client.ts";
import { type RunningServer, startServer } from "./server.ts";

/**
 * Keycloak's own tests of its standard exchange (V2), by their names, in the `keycloak` dialect: what each of them asserts, asked of us. The
 * realm is made like the one its test suite makes; `refreshing-client` and `consent-client` stand for switches those tests turn midway.
 */

let server: RunningServer;
let realm: RealmClient;
beforeAll(async () => {
  server = await startServer({ realms: ["keycloak-v2-tests-realm.json"], flags: ["--compatibility=keycloak", "--log-level=error"] });
  realm = realmClient(server.baseUrl, "test-v2");
});
afterAll(() => server?.[Symbol.asyncDispose]());

const secret = (clientId: string): Parameters => ({ client_id: clientId, client_secret: "secret" });
const signIn = async (username: string, client = "subject-client", scope?: string): Promise<string> =>
  (await realm.signIn(secret(client), username, scope)).access_token;
const exchange = async (username: string, parameters: Parameters, requester = "requester-client"): Promise<Answer> =>
  realm.exchange(await signIn(username), { ...secret(requester), ...parameters });
const outcome = ({ status, body }: Answer): Json => ({ status, error: body["error"], description: body["error_description"] });
const badRequest = (description: string, error = "invalid_request"): Json => ({ status: 400, error, description });
const targetsOf = (answer: Answer): readonly string[] => audienceOf(claimsOf(answer));
const UNSUPPORTED = badRequest("requested_token_type unsupported");

describe("StandardBaseTokenExchangeV2Test", () => {
  test("testSubjectTokenType", async () => {
    const subject = await signIn("john");
    expect((await realm.exchange(subject, secret("requester-client"))).status).toBe(200);
    for (const type of [REFRESH_TOKEN, ID_TOKEN, SAML2, JWT, "WRONG_TOKEN_TYPE"]) {
      const answer = await realm.exchange(subject, { ...secret("requester-client"), subject_token_type: type });
      expect({ type, status: answer.status, error: answer.body["error"] }).toEqual({ type, status: 400, error: "invalid_request" });
    }
  });

  test("testRequestedTokenType", async () => {
    expect((await exchange("john", { requested_token_type: ACCESS_TOKEN })).body).toMatchObject({ issued_token_type: ACCESS_TOKEN });
    expect(outcome(await exchange("john", { requested_token_type: REFRESH_TOKEN }))).toEqual(UNSUPPORTED);
    const refreshing = await exchange("john", { requested_token_type: REFRESH_TOKEN }, "refreshing-client");
    expect(refreshing.body).toMatchObject({ issued_token_type: REFRESH_TOKEN, refresh_token: expect.any(String) as string });
    expect((await exchange("john", { requested_token_type: ID_TOKEN })).body).toMatchObject({
      issued_token_type: ID_TOKEN,
      token_type: "N_A",
    });
    for (const type of [JWT, SAML2, "WRONG_TOKEN_TYPE"]) {
      expect(outcome(await exchange("john", { requested_token_type: type }))).toEqual(UNSUPPORTED);
    }
  });

  test("testExchange", async () => {
    const subject = await signIn("john");
    const answer = await realm.exchange(subject, { ...secret("requester-client"), scope: "optional-scope2" });
    expect(claimsOf(answer)).toMatchObject({ azp: "requester-client", preferred_username: "john", sid: decode(subject).claims["sid"] });
    expect(answer.body).toMatchObject({ issued_token_type: ACCESS_TOKEN, refresh_expires_in: 0 });
    const foreign = await realm.exchange(subject, secret("invalid-requester-client"));
    expect(outcome(foreign)).toEqual({ status: 403, error: "access_denied", description: "Client is not within the token audience" });
  });

  test("testTransientSessionForRequester", async () => {
    const { access_token: subject, refresh_token } = await realm.signIn(secret("subject-client"), "john");
    const answer = await realm.exchange(subject, { ...secret("requester-client"), scope: "openid" });
    const token = tokensOf(answer).access_token;
    const introspect = (): Promise<Answer> => realm.post("token/introspect", { token, ...secret("requester-client") });
    const userinfo = (): Promise<Response> =>
      fetch(`${realm.issuer}/protocol/openid-connect/userinfo`, { headers: { authorization: `Bearer ${token}` } });
    expect((await introspect()).body).toMatchObject({ active: true });
    expect((await userinfo()).status).toBe(200);
    await realm.post("logout", { ...secret("subject-client"), refresh_token });
    expect((await introspect()).body).toEqual({ active: false });
    expect((await userinfo()).status).toBe(401);
  });

  test("testExchangeRequestAccessTokenType", async () => {
    const answer = await exchange("john", { requested_token_type: ACCESS_TOKEN });
    expect(answer.body).toMatchObject({ issued_token_type: ACCESS_TOKEN, token_type: "Bearer" });
  });

  test("testExchangeForIdToken", async () => {
    expect((await exchange("john", { scope: "openid" })).body).toHaveProperty("id_token");
    expect((await exchange("john", {})).body).not.toHaveProperty("id_token");
    const asked = await exchange("john", { requested_token_type: ID_TOKEN, scope: "openid" });
    expect(asked.body).toMatchObject({ issued_token_type: ID_TOKEN, token_type: "N_A" });
    expect(asked.body).not.toHaveProperty("id_token");
    expect(decode(asked.body["access_token"]).claims).toMatchObject({ typ: "ID", azp: "requester-client", preferred_username: "john" });
  });

  test("testExchangeUsingServiceAccount", async () => {
    const own = tokensOf(await realm.token({ grant_type: "client_credentials", ...secret("refreshing-client") })).access_token;
    const answer = await realm.exchange(own, secret("refreshing-client"));
    expect(claimsOf(answer)).toMatchObject({ azp: "refreshing-client", preferred_username: "service-account-refreshing-client" });
    expect(claimsOf(answer)).not.toHaveProperty("sid");
    expect(outcome(await realm.exchange(own, { ...secret("refreshing-client"), requested_token_type: REFRESH_TOKEN }))).toEqual(
      badRequest("Refresh token not valid as requested_token_type because creating a new session is needed"),
    );
  });

  test("testClientExchangeToItself", async () => {
    const subject = await signIn("john", "requester-client");
    expect((await realm.exchange(subject, secret("requester-client"))).status).toBe(200);
  });

  test("testClientExchangeToItselfWithConsents", async () => {
    expect(outcome(await exchange("john", {}, "consent-client"))).toEqual(
      badRequest("Missing consents for Token Exchange in client consent-client", "invalid_scope"),
    );
  });

  test("testExchangeWithPublicClient", async () => {
    const answer = await realm.exchange(await signIn("john"), { client_id: "requester-client-public" });
    expect(outcome(answer)).toEqual(badRequest("Public client is not allowed to exchange token", "invalid_client"));
  });

  test("testOptionalScopeParamRequestedWithoutAudience", async () => {
    const answer = await exchange("john", { scope: "optional-scope2" });
    expect(targetsOf(answer)).toEqual(["target-client1", "target-client2"]);
    expect(wordsOf(answer.body["scope"])).toEqual(["default-scope1", "email", "optional-scope2", "profile"]);
  });

  test("testAudienceRequested", async () => {
    const one = await exchange("john", { audience: "target-client1" });
    expect(targetsOf(one)).toEqual(["target-client1"]);
    expect(wordsOf(one.body["scope"])).toEqual(["default-scope1", "email", "profile"]);
    const both = await exchange("john", { audience: ["target-client1", "target-client2"], scope: "optional-scope2" });
    expect(targetsOf(both)).toEqual(["target-client1", "target-client2"]);
    expect(claimsOf(both)["resource_access"]).toEqual({
      "target-client1": { roles: ["target-client1-role"] },
      "target-client2": { roles: ["target-client2-role"] },
    });
  });

  test("testUnavailableAudienceRequested", async () => {
    expect(outcome(await exchange("john", { audience: ["target-client1", "bad-client"] }))).toEqual(
      badRequest("Audience not found", "invalid_client"),
    );
    expect(outcome(await exchange("john", { audience: ["target-client1", "target-client3"] }))).toEqual(
      badRequest("Requested audience not available: target-client3"),
    );
    expect(outcome(await exchange("john", { audience: ["target-client2", "target-client3"] }))).toEqual(
      badRequest("Requested audience not available: target-client2, target-client3"),
    );
  });

  test("testScopeNotAllowed", async () => {
    for (const scope of ["optional-requester-scope", "bad-scope", "optional-scope2 bad-scope"]) {
      expect(outcome(await exchange("john", { scope }))).toEqual(badRequest(`Invalid scopes: ${scope}`, "invalid_scope"));
    }
  });

  test("testScopeFilter", async () => {
    const first = await exchange("john", { audience: "target-client1", scope: "optional-scope2" });
    expect(wordsOf(first.body["scope"])).toEqual(["default-scope1", "email", "profile"]);
    const second = await exchange("john", { audience: "target-client2", scope: "optional-scope2" });
    expect(targetsOf(second)).toEqual(["target-client2"]);
    expect(wordsOf(second.body["scope"])).toEqual(["email", "optional-scope2", "profile"]);
    // A scope that maps a realm role the user has survives the filter.
    const third = await exchange("mike", { audience: "target-client1", scope: "optional-scope2" });
    expect(wordsOf(third.body["scope"])).toEqual(["default-scope1", "email", "optional-scope2", "profile"]);
    expect(claimsOf(third)["realm_access"]).toEqual({ roles: ["all-target"] });
  });

  test("testExchangeDisabledOnClient", async () => {
    await using onlyStandard = await startServer({
      realms: ["keycloak-v2-tests-realm.json"],
      flags: ["--compatibility=keycloak", "--features-disabled=token-exchange"],
    });
    const alone = realmClient(onlyStandard.baseUrl, "test-v2");
    const subject = (await alone.signIn(secret("subject-client"), "john")).access_token;
    expect(outcome(await alone.exchange(subject, secret("disabled-requester-client")))).toEqual(
      badRequest("Standard token exchange is not enabled for the requested client"),
    );
    const impersonating = await alone.exchange(subject, { ...secret("requester-client"), requested_subject: "mike" });
    expect(outcome(impersonating)).toEqual(badRequest("Parameter 'requested_subject' is not supported for standard token exchange"));
    const missing = await alone.exchange(undefined, secret("requester-client"));
    expect(outcome(missing)).toEqual(badRequest("Parameter 'subject_token' required for standard token exchange"));
    const typeless = await alone.exchange(subject, { ...secret("requester-client"), subject_token_type: undefined });
    expect(outcome(typeless)).toEqual(badRequest("Parameter 'subject_token_type' required for standard token exchange"));
    const typed = await alone.exchange(subject, { ...secret("requester-client"), subject_token_type: ID_TOKEN });
    expect(outcome(typed)).toEqual(badRequest("Parameter 'subject_token' supports access tokens only"));
  });

  test("testExchangeChainRequesters", async () => {
    let token = await signIn("alice", "subject-client", "openid optional-requester-scope");
    for (const requester of ["requester-client-2", "requester-client"]) {
      const answer = await realm.exchange(token, secret(requester));
      expect({ requester, status: answer.status, text: answer.status === 200 ? "" : answer.text }).toEqual({
        requester,
        status: 200,
        text: "",
      });
      token = tokensOf(answer).access_token;
      expect(decode(token).claims).toMatchObject({ azp: requester, preferred_username: "alice" });
    }
  });
});

const refresh = (answer: Answer): Promise<Answer> =>
  realm.token({ grant_type: "refresh_token", ...secret("refreshing-client"), refresh_token: tokensOf(answer).refresh_token });

describe("StandardTokenExchangeRefreshBaseTokenV2Test", () => {
  test("testScopeParamIncludedAudienceIncludedRefreshToken", async () => {
    const asked = { audience: "target-client1", scope: "optional-scope2", requested_token_type: REFRESH_TOKEN };
    let answer = await exchange("mike", asked, "refreshing-client");
    for (let count = 0; count < 3; count += 1) {
      expect(targetsOf(answer)).toEqual(["target-client1"]);
      expect(wordsOf(answer.body["scope"])).toEqual(["default-scope1", "email", "optional-scope2", "profile"]);
      answer = await refresh(answer);
    }
  });

  test("testExchangeNoRefreshToken", async () => {
    expect((await exchange("john", {}, "refreshing-client")).body).not.toHaveProperty("refresh_token");
    expect(outcome(await exchange("john", { requested_token_type: REFRESH_TOKEN }))).toEqual(UNSUPPORTED);
  });

  test("testOfflineAccessNotAllowed", async () => {
    const asked = { scope: "offline_access", requested_token_type: REFRESH_TOKEN };
    expect(outcome(await exchange("john", asked, "refreshing-client"))).toEqual(
      badRequest("Scope offline_access not allowed for token exchange"),
    );
  });
});
