import { ACCESS_TOKEN, ID_TOKEN, type Parameters, REFRESH_TOKEN } from "../client.ts";
import { answers, type Case, exchange, introspect, ok, refused, refresh, serviceAccount, signIn, type Step, step } from "./case.ts";

/**
 * What Keycloak's own tests of the legacy exchange assert, under their names (ClientTokenExchangeTest, StandardTokenExchangeV1Test,
 * SubjectImpersonationTokenExchangeV1Test, OfflineTokenExchangeTest). The realm is like the one its test suite makes.
 */

const secret = (clientId: string): Parameters => ({ client_id: clientId, client_secret: "secret" });
const exchanger = secret("client-exchanger");
const directPublic = { client_id: "direct-public" };
const DIRECT_LEGAL = "00000000-0000-4000-8001-000000000005";
/** `user` holds an admin role, and the target has the full scope. */
const TARGETS = ["realm-management", "target"];
const OFFLINE = "`scope` with `offline_access`, or a subject token that has it, V1";
const toTarget = { audience: "target" };
const asAccessToken = { requested_token_type: ACCESS_TOKEN };
const somebody = { requested_subject: "impersonated-user" };
const USER = "$user.access_token";

const user = signIn("user", "user", exchanger);
const publicUser = signIn("user", "user", directPublic);

const NOT_ALLOWED = refused(403, "access_denied", "Client not allowed to exchange");
const NOT_HOLDER = refused(403, "access_denied", "Client is not the holder of the token");
const NOT_IN_AUDIENCE = refused(403, "access_denied", "Client is not within the token audience");
const DENIED = { native: refused(400, "not_allowed") };
const NO_IMPERSONATION = { native: refused(400, "access_denied") };

const test = (name: string, steps: readonly Step[], before: readonly Step[] = [user], more: Partial<Case> = {}): Case => ({
  name,
  realm: "test",
  before,
  steps,
  ...more,
});
const legalClaims = (azp: string) => ({
  azp,
  aud: TARGETS,
  preferred_username: "user",
  sid: `${USER}.sid`,
  realm_access: { roles: ["example"] },
});
const withRefreshToken = { issued_token_type: REFRESH_TOKEN, refresh_token: "<any>" };
const withoutRefreshToken = { issued_token_type: ACCESS_TOKEN, refresh_token: "<none>" };

/** Subject token of `different-scope-client`'s tests: to itself it loses `email`, for the target it has it. */
const differentScopes = (held: string, scope: string | undefined): Pick<Case, "before" | "steps"> => {
  const requester = { ...secret("different-scope-client"), ...asAccessToken, scope };
  return {
    before: [signIn("user", "user", exchanger, held)],
    steps: [
      step(exchange(requester, USER), ok({ scope: "openid profile", aud: "<none>", email_verified: "<none>" })),
      step(exchange(requester, USER, toTarget), ok({ scope: "openid profile email", aud: TARGETS, email_verified: false })),
    ],
  };
};

export const KEYCLOAK_V1: readonly Case[] = [
  test(
    "checkFeatureDisabled",
    [
      step(exchange(secret("direct-exchanger"), undefined, somebody), refused(400, "unsupported_grant_type", "Unsupported grant_type"), {
        native: refused(400, "unsupported_grant_type"),
      }),
    ],
    [],
    {
      needs: "no exchange",
    },
  ),
  test("checkFeatureEnabled", [step(exchange(secret("direct-exchanger"), undefined, somebody), ok())], []),
  ...["client-exchanger", "legal"].map((requester) =>
    test(`testExchange: ${requester}`, [
      step(exchange(secret(requester), USER, toTarget), ok(legalClaims(requester), withRefreshToken), {
        native: ok(legalClaims(requester), withoutRefreshToken),
      }),
    ]),
  ),
  test("testExchange: illegal", [step(exchange(secret("illegal"), USER, toTarget), NOT_ALLOWED, DENIED)]),
  test("testExchangeRequestAccessTokenType", [
    step(exchange(exchanger, USER, { ...toTarget, ...asAccessToken }), ok(legalClaims("client-exchanger"), withoutRefreshToken)),
  ]),
  test(
    "testExchangeUsingServiceAccount",
    [
      step(
        exchange(secret("my-service-account"), "$own.access_token", toTarget),
        ok({ azp: "my-service-account", preferred_username: "service-account-my-service-account", sid: "<none>" }, withoutRefreshToken),
      ),
    ],
    [serviceAccount("own", secret("my-service-account"))],
  ),
  { name: "testExchangeDifferentScopes", realm: "test", ...differentScopes("openid", undefined) },
  {
    name: "testExchangeDifferentScopesWithScopeParameter",
    realm: "test",
    ...differentScopes("openid profile email phone", "openid profile email"),
  },
  test(
    "testExchangeFromPublicClient",
    [
      step(exchange(exchanger, USER, toTarget), ok({ azp: "client-exchanger", aud: TARGETS })),
      step(exchange(exchanger, USER), ok({ azp: "client-exchanger" })),
      step(exchange(secret("direct-legal"), USER), NOT_IN_AUDIENCE, DENIED),
      step(exchange(directPublic, USER), ok({ azp: "direct-public" })),
    ],
    [publicUser],
  ),
  test("testImpersonation", [
    step(
      exchange(exchanger, USER, somebody),
      ok(
        { azp: "client-exchanger", preferred_username: "impersonated-user", impersonator: { id: `${USER}.sub`, username: "user" } },
        { issued_token_type: REFRESH_TOKEN },
      ),
      NO_IMPERSONATION,
    ),
    step(
      exchange(exchanger, USER, { ...toTarget, ...somebody }),
      ok({ azp: "client-exchanger", aud: "target", preferred_username: "impersonated-user", realm_access: { roles: ["example"] } }),
      NO_IMPERSONATION,
    ),
    step(exchange(directPublic, USER), NOT_HOLDER, DENIED),
    step(exchange(directPublic, USER, toTarget), NOT_HOLDER, DENIED),
    step(exchange(directPublic, USER, somebody), NOT_HOLDER, DENIED),
  ]),
  test(
    "testIntrospectTokenAfterImpersonation",
    [
      step(exchange(directPublic, USER, somebody), ok({ preferred_username: "impersonated-user" }), { as: "bob" }),
      step(
        introspect(exchanger, "$bob.access_token"),
        answers({ active: true, preferred_username: "impersonated-user", act: { sub: "user" } }),
        {
          native: answers({ active: true, preferred_username: "impersonated-user", act: "<none>" }),
        },
      ),
    ],
    [publicUser],
  ),
  test(
    "testImpersonationUsingPublicClient",
    [step(exchange(directPublic, USER, somebody), ok({ azp: "direct-public", preferred_username: "impersonated-user" }))],
    [publicUser],
  ),
  ...(
    [
      ["direct-public-untrusted", NOT_ALLOWED, NO_IMPERSONATION],
      ["direct-public", ok({ azp: "direct-public", preferred_username: "impersonated-user" }), {}],
    ] as const
  ).map(([clientId, answer, otherwise]) =>
    test(
      `testImpersonationUsingTokenIssuedToUntrustedPublicClient: ${clientId}`,
      [step(exchange({ client_id: clientId }, USER, somebody), answer, otherwise)],
      [signIn("user", "user", { client_id: clientId })],
      { realm: "test-impersonated" },
    ),
  ),
  test(
    "testBadImpersonator",
    [step(exchange(exchanger, USER, somebody), NOT_ALLOWED, NO_IMPERSONATION)],
    [signIn("user", "bad-impersonator", exchanger)],
  ),
  test(
    "testDirectImpersonation",
    [
      step(
        exchange(secret("direct-exchanger"), undefined, somebody),
        ok({ azp: "direct-exchanger", preferred_username: "impersonated-user", aud: "<none>" }),
      ),
      step(
        exchange(secret("direct-legal"), undefined, { ...somebody, ...toTarget }),
        ok({ azp: "direct-legal", aud: "target", preferred_username: "impersonated-user" }),
      ),
      step(exchange(directPublic, undefined, { ...somebody, ...toTarget }), NOT_ALLOWED, NO_IMPERSONATION),
      step(
        exchange({ client_id: "direct-no-secret" }, undefined, { ...somebody, ...toTarget }),
        refused(401, "unauthorized_client", "Invalid client or Invalid client credentials"),
        { native: refused(401, "invalid_client") },
      ),
    ],
    [],
  ),
  test("testExchangeNoRefreshToken", [
    step(exchange(exchanger, USER, toTarget), ok({}, withRefreshToken), { native: ok({}, withoutRefreshToken) }),
    step(exchange(secret("no-refresh-token"), USER, toTarget), ok({}, { refresh_token: "<none>" })),
  ]),
  test(
    "testClientExchangeToItself",
    [
      step(exchange(secret("direct-legal"), USER), ok({ azp: "direct-legal" })),
      step(exchange(secret("direct-legal"), USER, { audience: "direct-legal" }), ok({ azp: "direct-legal" })),
    ],
    [signIn("user", "user", secret("direct-legal"))],
  ),
  test(
    "testClientExchange",
    [step(exchange(secret("direct-legal"), USER, toTarget), ok({ azp: "direct-legal", aud: TARGETS }))],
    [signIn("user", "user", secret("direct-legal"))],
  ),
  test("testClientExchangeWithMoreAudiencesNotBreak", [
    step(exchange(exchanger, USER, { audience: ["target", "client-exchanger"] }), ok({ azp: "client-exchanger" })),
  ]),
  test("testPublicClientNotAllowed", [
    step(exchange(directPublic, USER), NOT_HOLDER, DENIED),
    step(exchange(directPublic, USER, { audience: "direct-public" }), NOT_HOLDER, DENIED),
    step(exchange(directPublic, USER, toTarget), NOT_HOLDER, DENIED),
    step(exchange(directPublic, USER, { audience: "client-exchanger" }), NOT_HOLDER, DENIED),
    step(exchange(secret("direct-legal"), USER), NOT_IN_AUDIENCE, DENIED),
    step(exchange(secret("direct-legal"), USER, toTarget), ok({ azp: "direct-legal", aud: TARGETS })),
  ]),
  test("testSupportedTokenTypesWhenValidatingSubjectToken", [
    ...["$user.id_token", "$user.refresh_token"].map((token) =>
      step(exchange(exchanger, token, toTarget), refused(400, "invalid_request", "Invalid token"), {
        native: refused(400, "invalid_token"),
      }),
    ),
    step(
      exchange(exchanger, "$user.id_token", { ...toTarget, subject_token_type: ID_TOKEN }),
      refused(400, "invalid_request", "Invalid token type, must be access token"),
      { native: refused(400, "invalid_request") },
    ),
  ]),
  test(
    "testExchangeForDifferentClient",
    [
      step(exchange(exchanger, USER, toTarget), ok({ azp: "client-exchanger", sid: `${USER}.sid` })),
      step(exchange(exchanger, USER, toTarget), ok({ azp: "client-exchanger", sid: `${USER}.sid` })),
    ],
    [publicUser],
  ),
  test(
    "testClientSessionStoredAsOfflineDuringTokenExchange",
    [
      step(exchange(exchanger, USER, toTarget), ok({ scope: "email openid profile offline_access" }, { refresh_token: "<any>" }), {
        ours: ok({ scope: "email openid profile" }, { refresh_token: "<any>" }),
        native: ok({ scope: "email openid profile" }, withoutRefreshToken),
      }),
    ],
    [signIn("user", "rover", exchanger, "openid offline_access")],
    { deviation: OFFLINE },
  ),
  test(
    "testRequesterClientSessionStoredAsOfflineDuringTokenExchange",
    [
      step(
        exchange(secret("legal"), USER, { ...toTarget, requested_token_type: REFRESH_TOKEN }),
        ok({ scope: "email openid profile offline_access" }, { refresh_token: "<any>" }),
        { as: "exchanged", ours: ok({ scope: "email openid profile" }), native: ok({ scope: "email openid profile" }) },
      ),
      step(refresh(secret("legal"), "$exchanged.refresh_token"), refused(400, "invalid_grant", "Session doesn't have required client"), {
        ours: ok({ azp: "legal" }),
        native: ok({ azp: "legal" }),
      }),
    ],
    [signIn("user", "rover", exchanger, "openid offline_access")],
    { deviation: OFFLINE },
  ),
  test(
    "testClientExchangeToItselfWithConsents",
    [
      step({ to: `admin PUT clients/${DIRECT_LEGAL}`, json: { consentRequired: true } }, answers({}, 204)),
      step(exchange(secret("direct-legal"), USER), refused(400, "invalid_client", "Client requires user consent"), {
        in26_1: ok({ azp: "direct-legal" }),
        native: refused(400, "invalid_target"),
      }),
      step({ to: `admin PUT clients/${DIRECT_LEGAL}`, json: { consentRequired: false } }, answers({}, 204)),
    ],
    [signIn("user", "user", secret("direct-legal"))],
  ),
];
