import { ACCESS_TOKEN, ID_TOKEN, JWT, type Parameters, REFRESH_TOKEN, SAML2 } from "../client.ts";
import {
  answers,
  type Case,
  exchange,
  introspect,
  logout,
  ok,
  refresh,
  refused,
  revoke,
  serviceAccount,
  signIn,
  type Step,
  step,
  userinfo,
} from "./case.ts";

/**
 * What Keycloak's own tests of the standard exchange (V2) assert, under their names (StandardBaseTokenExchangeV2Test,
 * StandardTokenExchangeRefreshBaseTokenV2Test, StandardTokenExchangeV2WithLegacyTokenExchangeTest). The realm is like the one its test suite
 * makes; `refreshing-client` and `consent-client` stand for switches those tests turn midway.
 */

const secret = (clientId: string): Parameters => ({ client_id: clientId, client_secret: "secret" });
const [requester, refreshing, second] = ["requester-client", "refreshing-client", "requester-client-2"].map(secret) as [
  Parameters,
  Parameters,
  Parameters,
];
const subjectClient = secret("subject-client");
const SUBJECT = "$subject.access_token";
const asRefreshToken = { requested_token_type: REFRESH_TOKEN };
const TARGET_1 = "00000000-0000-4000-8003-000000000009";

const as = (username: string, client = subjectClient, scope = "openid"): readonly Step[] => [signIn("subject", username, client, scope)];
const john = as("john");
const test = (name: string, steps: readonly Step[], before: readonly Step[] = john, more: Partial<Case> = {}): Case => ({
  name,
  realm: "test-v2",
  needs: "standard exchange",
  before,
  steps,
  ...more,
});

const UNSUPPORTED = refused(400, "invalid_request", "requested_token_type unsupported");
const INVALID = { native: refused(400, "invalid_request") };
const NO_TARGET = { native: refused(400, "invalid_target") };
const BAD_SCOPE = { native: refused(400, "invalid_scope") };
const accessToken = { issued_token_type: ACCESS_TOKEN, token_type: "Bearer", refresh_token: "<none>" };
const BOTH = {
  "target-client1": { roles: ["target-client1-role"] },
  "target-client2": { roles: ["target-client2-role"] },
};
const REFRESH = "refresh of a standard exchange with `audience`";
const NARROW = { aud: "target-client1", scope: "email profile default-scope1 optional-scope2" };
const WIDER = { ...NARROW, aud: ["refreshing-client", "target-client1"] };
/** In the native dialect a `scope` drops what it does not name from the subject token's own scopes. */
const NATIVE_NARROW = { aud: "target-client1", scope: "default-scope1 optional-scope2" };
const INACTIVE = answers({ active: false });

/** A revocation does not reach what was exchanged yet. */
const REVOCATION = "revocation of a token that was exchanged";
const NOT_YET_INACTIVE = { ours: answers({ active: true }), native: answers({ active: true }) };
const NOT_YET_REFUSED = { ours: ok(), native: ok() };

/** An exchange that gives a refresh token, so that the requester has a session of its own that a revocation can end. */
const exchanged = (name: string, client: Parameters, token: string): Step => ({
  ...step(exchange(client, token, asRefreshToken), ok({}, { refresh_token: "<any>" })),
  as: name,
});

export const KEYCLOAK_V2: readonly Case[] = [
  test("testSubjectTokenType", [
    step(exchange(requester, SUBJECT), ok({ azp: "requester-client" })),
    ...[REFRESH_TOKEN, ID_TOKEN, SAML2, JWT, "WRONG_TOKEN_TYPE"].map((type) =>
      step(exchange(requester, SUBJECT, { subject_token_type: type }), refused(400, "invalid_request"), INVALID),
    ),
  ]),
  test("testRequestedTokenType", [
    step(exchange(requester, SUBJECT, { requested_token_type: ACCESS_TOKEN }), ok({}, accessToken)),
    step(exchange(requester, SUBJECT, asRefreshToken), UNSUPPORTED, INVALID),
    step(exchange(refreshing, SUBJECT, asRefreshToken), ok({}, { issued_token_type: REFRESH_TOKEN, refresh_token: "<any>" })),
    step(exchange(requester, SUBJECT, { requested_token_type: ID_TOKEN }), ok({}, { issued_token_type: ID_TOKEN, token_type: "N_A" })),
    ...[JWT, SAML2, "WRONG_TOKEN_TYPE"].map((type) =>
      step(exchange(requester, SUBJECT, { requested_token_type: type }), UNSUPPORTED, INVALID),
    ),
  ]),
  test("testExchange (V2)", [
    step(
      exchange(requester, SUBJECT, { scope: "optional-scope2" }),
      ok({ azp: "requester-client", sub: `${SUBJECT}.sub`, sid: `${SUBJECT}.sid` }, accessToken),
    ),
    step(exchange(secret("invalid-requester-client"), SUBJECT), refused(403, "access_denied", "Client is not within the token audience"), {
      native: refused(400, "not_allowed"),
    }),
  ]),
  test(
    "testTransientSessionForRequester",
    [
      step(exchange(refreshing, SUBJECT, { scope: "openid" }), ok({ sid: `${SUBJECT}.sid` }), { as: "exchanged" }),
      step(introspect(refreshing, "$exchanged.access_token"), answers({ active: true, client_id: "refreshing-client" })),
      step(userinfo("$exchanged.access_token"), answers({ sub: `${SUBJECT}.sub` }), { ours: answers({ sub: `${SUBJECT}.sub` }) }),
      step({ to: `admin DELETE sessions/${SUBJECT}.sid` }, answers({}, 204)),
      step(introspect(refreshing, "$exchanged.access_token"), INACTIVE),
      step(userinfo("$exchanged.access_token"), answers({}, 401), { ours: answers({}, 401) }),
    ],
    john,
    { deviation: "userinfo after a standard exchange" },
  ),
  test("testExchangeRequestAccessTokenType (V2)", [
    step(exchange(requester, SUBJECT, { requested_token_type: ACCESS_TOKEN }), ok({ azp: "requester-client" }, accessToken)),
  ]),
  test("testExchangeForIdToken", [
    step(exchange(requester, SUBJECT, { scope: "openid" }), ok({}, { id_token: "<any>" }), {
      native: ok({ scope: "default-scope1 openid" }, { id_token: "<none>" }),
    }),
    step(exchange(requester, SUBJECT), ok({}, { id_token: "<none>" })),
    step(
      exchange(requester, SUBJECT, { requested_token_type: ID_TOKEN, scope: "openid" }),
      ok(
        { typ: "ID", azp: "requester-client", aud: "requester-client", sub: `${SUBJECT}.sub` },
        { issued_token_type: ID_TOKEN, token_type: "N_A", id_token: "<none>" },
      ),
    ),
  ]),
  test(
    "testExchangeUsingServiceAccount (V2)",
    [
      step(
        exchange(refreshing, "$own.access_token"),
        ok({ azp: "refreshing-client", preferred_username: "service-account-refreshing-client", sid: "<none>" }),
      ),
      step(
        exchange(refreshing, "$own.access_token", asRefreshToken),
        refused(400, "invalid_request", "Refresh token not valid as requested_token_type because creating a new session is needed"),
        INVALID,
      ),
    ],
    [serviceAccount("own", refreshing)],
  ),
  test("testClientExchangeToItself (V2)", [step(exchange(requester, SUBJECT), ok({ azp: "requester-client" }))], as("john", requester)),
  test("testClientExchangeToItselfWithConsents (V2)", [
    step(
      exchange(secret("consent-client"), SUBJECT),
      refused(400, "invalid_scope", "Missing consents for Token Exchange in client consent-client"),
      BAD_SCOPE,
    ),
  ]),
  test("testExchangeWithPublicClient", [
    step(
      exchange({ client_id: "requester-client-public" }, SUBJECT),
      refused(400, "invalid_client", "Public client is not allowed to exchange token"),
      { native: refused(400, "not_allowed") },
    ),
  ]),
  test("testOptionalScopeParamRequestedWithoutAudience", [
    step(
      exchange(requester, SUBJECT, { scope: "optional-scope2" }),
      ok({ aud: ["target-client1", "target-client2"], scope: "email profile default-scope1 optional-scope2", resource_access: BOTH }),
      { native: ok({ aud: ["target-client1", "target-client2"], scope: "default-scope1 optional-scope2", resource_access: BOTH }) },
    ),
  ]),
  test("testAudienceRequested", [
    step(
      exchange(requester, SUBJECT, { audience: "target-client1" }),
      ok({ aud: "target-client1", scope: "email profile default-scope1" }),
    ),
    step(
      exchange(requester, SUBJECT, { audience: ["target-client1", "target-client2"], scope: "optional-scope2" }),
      ok({ aud: ["target-client1", "target-client2"], resource_access: BOTH }),
    ),
  ]),
  test("testUnavailableAudienceRequested", [
    step(
      exchange(requester, SUBJECT, { audience: ["target-client1", "bad-client"] }),
      refused(400, "invalid_client", "Audience not found"),
      NO_TARGET,
    ),
    step(
      exchange(requester, SUBJECT, { audience: ["target-client1", "target-client3"] }),
      refused(400, "invalid_request", "Requested audience not available: target-client3"),
      NO_TARGET,
    ),
    step(
      exchange(requester, SUBJECT, { audience: ["target-client2", "target-client3"] }),
      refused(400, "invalid_request", "Requested audience not available: target-client2, target-client3"),
      NO_TARGET,
    ),
  ]),
  test(
    "testScopeNotAllowed",
    ["optional-requester-scope", "bad-scope", "optional-scope2 bad-scope"].map((scope) =>
      step(exchange(requester, SUBJECT, { scope }), refused(400, "invalid_scope", `Invalid scopes: ${scope}`), BAD_SCOPE),
    ),
  ),
  test("testScopeFilter: john", [
    step(
      exchange(requester, SUBJECT, { audience: "target-client1", scope: "optional-scope2" }),
      ok({ aud: "target-client1", scope: "email profile default-scope1" }),
      { native: ok({ aud: "target-client1", scope: "default-scope1" }) },
    ),
    step(
      exchange(requester, SUBJECT, { audience: "target-client2", scope: "optional-scope2" }),
      ok({ aud: "target-client2", scope: "email profile optional-scope2" }),
      { native: ok({ aud: "target-client2", scope: "optional-scope2" }) },
    ),
  ]),
  test(
    "testScopeFilter: mike, whose realm role keeps the scope",
    [
      step(
        exchange(requester, SUBJECT, { audience: "target-client1", scope: "optional-scope2" }),
        ok({ aud: "target-client1", scope: "email profile default-scope1 optional-scope2", realm_access: { roles: ["all-target"] } }),
        { native: ok({ scope: "default-scope1 optional-scope2", realm_access: { roles: ["all-target"] } }) },
      ),
    ],
    as("mike"),
  ),
  test(
    "testExchangeDisabledOnClient",
    [
      step(
        exchange(secret("disabled-requester-client"), SUBJECT),
        refused(400, "invalid_request", "Standard token exchange is not enabled for the requested client"),
        INVALID,
      ),
    ],
    john,
    { needs: "only the standard exchange" },
  ),
  test("StandardTokenExchangeV2WithLegacyTokenExchangeTest: a requester without the switch", [
    step(exchange(secret("outside-client"), SUBJECT), refused(403, "access_denied", "Client is not within the token audience"), {
      native: refused(400, "not_allowed"),
    }),
  ]),
  test("testConsents", [], [], { needs: "login" }),
  test("testIntrospectionWithExchangedTokenAfterSSOLoginOfRequesterClient", [], [], { needs: "login" }),
  ...(
    [
      ["the subject's access token", revoke(subjectClient, SUBJECT)],
      ["the subject's refresh token", revoke(subjectClient, "$subject.refresh_token")],
    ] as const
  ).map(([name, revocation]) =>
    test(
      `testTokenRevocation: ${name} ends what was exchanged from it`,
      [
        exchanged("exchanged", refreshing, SUBJECT),
        step(introspect(refreshing, "$exchanged.access_token"), answers({ active: true })),
        step(revocation, answers()),
        step(introspect(refreshing, "$exchanged.access_token"), INACTIVE, NOT_YET_INACTIVE),
        step(refresh(refreshing, "$exchanged.refresh_token"), refused(400, "invalid_grant"), NOT_YET_REFUSED),
      ],
      john,
      { deviation: REVOCATION },
    ),
  ),
  test("testTokenRevocation: the exchanged refresh token leaves the subject's tokens alone", [
    exchanged("exchanged", refreshing, SUBJECT),
    step(revoke(refreshing, "$exchanged.refresh_token"), answers()),
    step(refresh(refreshing, "$exchanged.refresh_token"), refused(400, "invalid_grant"), { native: refused(400, "invalid_grant") }),
    step(refresh(subjectClient, "$subject.refresh_token"), ok({ azp: "subject-client" })),
  ]),
  test("testTokenRevocation: the exchanged access token alone", [
    exchanged("exchanged", refreshing, SUBJECT),
    step(revoke(refreshing, "$exchanged.access_token"), answers()),
    step(introspect(refreshing, "$exchanged.access_token"), INACTIVE),
    step(refresh(refreshing, "$exchanged.refresh_token"), ok({ azp: "refreshing-client" })),
    step(refresh(subjectClient, "$subject.refresh_token"), ok({ azp: "subject-client" })),
  ]),
  test("testTokenRevocation: a token of another client", [
    exchanged("exchanged", refreshing, SUBJECT),
    step(revoke(subjectClient, "$exchanged.access_token"), refused(400, "invalid_request", "Unmatching clients"), INVALID),
  ]),
  test(
    "testTokenRevocation: the first token of a chain ends the chain",
    [
      exchanged("middle", second, SUBJECT),
      exchanged("last", refreshing, "$middle.access_token"),
      step(revoke(subjectClient, SUBJECT), answers()),
      step(introspect(refreshing, "$last.access_token"), INACTIVE, NOT_YET_INACTIVE),
      step(refresh(refreshing, "$last.refresh_token"), refused(400, "invalid_grant"), NOT_YET_REFUSED),
    ],
    as("alice", subjectClient, "openid optional-requester-scope"),
    { deviation: REVOCATION },
  ),
  test(
    "testExchangeChainRequesters",
    [
      step(exchange(second, SUBJECT), ok({ azp: "requester-client-2", preferred_username: "alice" }), { as: "one" }),
      step(exchange(requester, "$one.access_token"), ok({ azp: "requester-client", preferred_username: "alice" }), { as: "two" }),
    ],
    as("alice", subjectClient, "openid optional-requester-scope"),
  ),
  test(
    "testTransientOfflineSessionForRequester",
    [
      step(exchange(refreshing, SUBJECT, { scope: "openid" }), ok({ azp: "refreshing-client", sid: `${SUBJECT}.sid` }), {
        as: "exchanged",
      }),
      step(introspect(refreshing, "$exchanged.access_token"), answers({ active: true })),
      step({ to: `admin DELETE sessions/${SUBJECT}.sid?isOffline=true` }, answers({}, 204)),
      step(introspect(refreshing, "$exchanged.access_token"), INACTIVE),
    ],
    as("rover", subjectClient, "openid offline_access"),
  ),
  test(
    "testTransientSessionWithAdminApi",
    [
      step(exchange(requester, SUBJECT), ok({ azp: "requester-client" }), { as: "exchanged" }),
      step({ to: "admin GET users/count", headers: { authorization: "Bearer $exchanged.access_token" } }, answers({}, 200), {
        // A delegated token administers only when its last exchange was for that.
        native: refused(401, "HTTP 401 Unauthorized"),
      }),
      step({ to: `admin DELETE sessions/${SUBJECT}.sid` }, answers({}, 204)),
      step(
        { to: "admin GET users/count", headers: { authorization: "Bearer $exchanged.access_token" } },
        refused(401, "HTTP 401 Unauthorized"),
      ),
    ],
    as("warden"),
  ),
  test("testTransientSessionWithAccountApi", [], [], { needs: "the account API" }),
  test("testSenderConstrainedTokenRejection", [], [], { needs: "a proof of possession" }),

  test(
    "testScopeParamIncludedAudienceIncludedRefreshToken",
    [
      step(exchange(refreshing, SUBJECT, { audience: "target-client1", scope: "optional-scope2", ...asRefreshToken }), ok(NARROW), {
        as: "first",
        native: ok(NATIVE_NARROW),
      }),
      step(refresh(refreshing, "$first.refresh_token"), ok(WIDER), { as: "second", ours: ok(NARROW), native: ok(NATIVE_NARROW) }),
      step(refresh(refreshing, "$second.refresh_token"), ok(WIDER), { ours: ok(NARROW), native: ok(NATIVE_NARROW) }),
    ],
    as("mike"),
    { deviation: REFRESH },
  ),
  test(
    "testRefreshIgnoresDisabledAudienceClient",
    [
      step(
        exchange(refreshing, SUBJECT, { audience: ["target-client1", "target-client2"], scope: "optional-scope2", ...asRefreshToken }),
        ok({ aud: ["target-client1", "target-client2"] }),
        { as: "first" },
      ),
      step({ to: `admin PUT clients/${TARGET_1}`, json: { enabled: false } }, answers({}, 204)),
      step(refresh(refreshing, "$first.refresh_token"), ok({ aud: ["refreshing-client", "target-client1", "target-client2"] }), {
        ours: ok({ aud: "target-client2" }),
        native: refused(400, "invalid_grant"),
      }),
      step({ to: `admin PUT clients/${TARGET_1}`, json: { enabled: true } }, answers({}, 204)),
    ],
    john,
    { deviation: REFRESH },
  ),
  test("testExchangeNoRefreshToken (V2)", [
    step(exchange(refreshing, SUBJECT), ok({}, { refresh_token: "<none>" })),
    step(exchange(requester, SUBJECT, asRefreshToken), UNSUPPORTED, INVALID),
  ]),
  test("testOfflineAccessNotAllowed", [
    step(
      exchange(refreshing, SUBJECT, { scope: "offline_access", ...asRefreshToken }),
      // "Scope offline_access not allowed for token exchange" is for users who hold the role.
      refused(400, "not_allowed", "Offline tokens not allowed for the user or client"),
      { native: refused(400, "invalid_scope") },
    ),
  ]),
  test(
    "testOfflineAccessLoginWithRegularTokenExchange",
    [step(exchange(refreshing, SUBJECT), ok({ azp: "refreshing-client" }))],
    as("rover", subjectClient, "openid offline_access"),
  ),
  test(
    "testOfflineAccessNotAllowedAfterOfflineAccessLogin",
    [
      step(
        exchange(refreshing, SUBJECT, asRefreshToken),
        refused(400, "invalid_request", "Refresh token not valid as requested_token_type because creating a new session is needed"),
        INVALID,
      ),
    ],
    as("rover", subjectClient, "openid offline_access"),
  ),
  test("testClientPolicies", [], [], { needs: "a client policy" }),
  test("testDownscopeClientPolicies", [], [], { needs: "a client policy" }),
  test("testJWTClaimClientPolicies", [], [], { needs: "a client policy" }),

  test("logout of the subject's session ends the exchanged token", [
    step(exchange(refreshing, SUBJECT), ok(), { as: "exchanged" }),
    step(logout(subjectClient, "$subject.refresh_token"), answers({}, 204)),
    step(introspect(refreshing, "$exchanged.access_token"), INACTIVE),
  ]),
];
