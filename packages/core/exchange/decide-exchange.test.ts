import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import { describe, expect, test } from "vitest";
import type { Refusal, REFUSAL_GROUPS } from "../refusals.ts";
import { bothChanges, exchangeFacts, impersonationFacts, standardFacts, type ExchangeChange } from "../testing/exchange.ts";
import { decideExchange } from "./decide-exchange.ts";
import type { ExchangeFacts } from "./facts.ts";

const refusalOf = (facts: ExchangeFacts): Refusal | "permit" => {
  const decision = decideExchange(facts);
  return decision.outcome === "deny" ? decision.refusal : "permit";
};
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `client-${index}`);
const ALL_HOPS = { requesters: names(8), targets: names(8) };

describe("what every request must pass, whichever engine decides", () => {
  test.each(["native", "keycloak"] as const)("%s: SEC-DOS-02 at most 20 values of audience and resource together", (dialect) => {
    const request = { audiences: names(10), resources: names(10) };
    expect(refusalOf(exchangeFacts({ dialect, request }))).toBe("target_unknown");
    expect(refusalOf(exchangeFacts({ dialect, request: { ...request, resources: names(11) } }))).toBe("too_many_audiences");
    expect(refusalOf(standardFacts({ dialect, request: { audiences: names(21) } }))).toBe("too_many_audiences");
  });

  test.each<readonly [string, NonNullable<ExchangeChange["request"]>, Refusal]>([
    ["an empty parameter", { emptyParameter: "scope" }, "parameter_empty"],
    ["actor_token", { actorToken: "token" }, "actor_token_unsupported"],
    ["actor_token_type", { actorTokenType: TOKEN_TYPE.accessToken }, "actor_token_unsupported"],
  ])("SEC-TX-30 native refuses %s, keycloak takes no notice of it", (_title, request, refusal) => {
    for (const factsOf of [exchangeFacts, standardFacts]) {
      expect(refusalOf(factsOf({ request }))).toBe(refusal);
      expect(refusalOf(factsOf({ dialect: "keycloak", request }))).toBe("permit");
    }
  });

  test("the text names the empty parameter", () =>
    expect(decideExchange(exchangeFacts({ request: { emptyParameter: "scope" } }))).toMatchObject({ about: { parameter: "scope" } }));

  test("with the features off that would decide it, an exchange is declined with the reason", () =>
    expect(decideExchange(exchangeFacts({ features: { tokenExchange: false } }))).toEqual({
      outcome: "deny",
      refusal: "standard_declined",
      about: { cause: "Standard token exchange is not enabled for the requested client" },
    }));

  test("a client with the standard exchange gets it even where a permission would let it through V1", () => {
    expect(decideExchange(standardFacts())).toMatchObject({ outcome: "permit", engine: "standard" });
    expect(decideExchange(exchangeFacts())).toMatchObject({ outcome: "permit", engine: "v1" });
  });
});

/** Each line breaks one thing; in wire order. */
type Line = readonly [Refusal, ExchangeChange];
const request = (change: NonNullable<ExchangeChange["request"]>): ExchangeChange => ({ request: change });

const FIRST: readonly Line[] = [["too_many_audiences", request({ resources: names(21) })]];
const NATIVE_FIRST: readonly Line[] = [
  ...FIRST,
  ["parameter_empty", request({ emptyParameter: "scope" })],
  ["actor_token_unsupported", request({ actorToken: "token" })],
];
const PUBLIC: Line = ["not_token_holder", { clients: { portal: { publicClient: true } } }];
const V1_TARGETS: readonly Line[] = [
  ["chain_too_deep", { lineage: ALL_HOPS }],
  ["chain_too_old", { exchange: { maxAge: 5 } }],
  ["target_unknown", request({ audiences: ["nobody"] })],
  ["target_needs_consent", { clients: { asking: { consentRequired: true } }, request: { audiences: ["asking"] } }],
  ["target_disabled", { clients: { shut: { enabled: false } }, request: { audiences: ["shut"] } }],
];
const V1_BEFORE: readonly Line[] = [
  ["subject_token_invalid", { claims: { cnf: { jkt: "key" } } }],
  ["impersonation_target_unknown", request({ requestedSubject: "nobody" })],
  ["requested_issuer_unknown", request({ requestedIssuer: "google" })],
  ["requested_type_unsupported", request({ requestedTokenType: TOKEN_TYPE.idToken })],
  ...V1_TARGETS,
];
const STANDARD: readonly Line[] = [
  ["sender_constrained", { claims: { cnf: { jkt: "key" } } }],
  ["requested_type_unsupported", request({ requestedTokenType: TOKEN_TYPE.saml2 })],
  ["chain_too_deep", { lineage: ALL_HOPS }],
  ["chain_too_old", { exchange: { maxAge: 5 } }],
  ["target_unknown", request({ audiences: ["nobody"] })],
  ["standard_public", { clients: { reports: { publicClient: true } } }],
  ["target_disabled", { clients: { shut: { enabled: false } }, request: { audiences: ["shut"] } }],
  ["not_in_audience", { claims: { azp: "portal" } }],
  ["exchange_scope_unknown", request({ scope: "nonsense" })],
];
const WITH_REFRESH: ExchangeChange = {
  clients: {
    reports: {
      attributes: {
        "standard.token.exchange.enabled": "true",
        "standard.token.exchange.enableRefreshRequestedTokenType": "SAME_SESSION",
      },
    },
  },
  request: { requestedTokenType: TOKEN_TYPE.refreshToken },
};
const ORDERS: readonly (readonly [string, (change: ExchangeChange) => ExchangeFacts, ExchangeChange, readonly Line[]])[] = [
  [
    "V1, native",
    exchangeFacts,
    {},
    [
      ...NATIVE_FIRST,
      ...V1_BEFORE,
      ["exchange_not_permitted", request({ audiences: ["backend"] })],
      ["exchange_scope_malformed", request({ scope: "a\tb" })],
    ],
  ],
  [
    "V1, native, public requester",
    exchangeFacts,
    {},
    [...NATIVE_FIRST, ...V1_BEFORE, PUBLIC, ["exchange_offline", request({ scope: "offline_access" })]],
  ],
  [
    "V1, keycloak",
    exchangeFacts,
    { dialect: "keycloak" },
    [
      ...FIRST,
      ...V1_BEFORE,
      ["exchange_not_permitted", request({ audiences: ["backend"] })],
      ["exchange_offline", { claims: { scope: "openid offline_access" } }],
    ],
  ],
  [
    "V1, keycloak, a SAML assertion wanted",
    exchangeFacts,
    { dialect: "keycloak" },
    [...FIRST, ...V1_TARGETS, PUBLIC, ["saml_target_unsupported", request({ requestedTokenType: TOKEN_TYPE.saml2 })]],
  ],
  [
    "standard, native",
    standardFacts,
    { claims: { aud: "somebody", azp: "reports" } },
    [...NATIVE_FIRST, ...STANDARD, ["audience_not_available", request({ audiences: ["backend"] })]],
  ],
  [
    "standard, keycloak",
    standardFacts,
    { dialect: "keycloak", claims: { aud: "somebody", azp: "reports" } },
    [...FIRST, ...STANDARD, ["audience_not_available", request({ audiences: ["backend"] })]],
  ],
  [
    "standard, a refresh token wanted",
    standardFacts,
    WITH_REFRESH,
    [
      ["exchange_scope_unknown", request({ scope: "nonsense" })],
      ["standard_refresh_needs_session", { session: { offline: true } }],
      ["standard_offline", request({ scope: "offline_access" })],
      ["standard_consent_missing", { clients: { reports: { consentRequired: true } } }],
      ["audience_not_available", request({ audiences: ["backend"] })],
    ],
  ],
];

describe.each(ORDERS)("order is wire behaviour: %s", (_title, factsOf, base, lines) => {
  test("without a fault it is permitted", () => expect(refusalOf(factsOf(base))).toBe("permit"));

  test.each(lines.map(([refusal, change], index) => [refusal, change, index] as const))(
    "%s is refused, and hides whatever comes after it",
    (refusal, change, index) => {
      const broken = bothChanges(base, change);
      expect(refusalOf(factsOf(broken))).toBe(refusal);
      for (const [, later] of lines.slice(index + 1))
        expect([later, refusalOf(factsOf(bothChanges(broken, later)))]).toEqual([later, refusal]);
    },
  );
});

/** One request for every row of the exchange group. */
const PROVOKED: Readonly<Record<keyof typeof REFUSAL_GROUPS.exchange, ExchangeFacts>> = {
  actor_token_unsupported: exchangeFacts(request({ actorToken: "token" })),
  subject_issuer_unsupported: exchangeFacts({ request: { subjectIssuer: "google" }, facts: { subjectIssuerKnown: true } }),
  subject_issuer_unknown: exchangeFacts(request({ subjectIssuer: "google" })),
  requested_issuer_unsupported: exchangeFacts({ request: { requestedIssuer: "google" }, facts: { requestedIssuerKnown: true } }),
  requested_issuer_unknown: exchangeFacts(request({ requestedIssuer: "google" })),
  subject_token_missing: exchangeFacts({ claims: null }),
  parameter_empty: exchangeFacts(request({ emptyParameter: "audience" })),
  too_many_audiences: exchangeFacts(request({ audiences: names(21) })),
  subject_token_type_wrong: exchangeFacts(request({ subjectTokenType: TOKEN_TYPE.idToken })),
  subject_jwt_unparseable: exchangeFacts({ request: { subjectTokenType: TOKEN_TYPE.jwt }, facts: { subjectUnparseable: true } }),
  subject_token_invalid: exchangeFacts({ facts: { subject: undefined } }),
  requested_type_unsupported: exchangeFacts(request({ requestedTokenType: TOKEN_TYPE.jwt })),
  saml_target_unsupported: exchangeFacts({ dialect: "keycloak", request: { requestedTokenType: TOKEN_TYPE.saml2 } }),
  target_unknown: exchangeFacts(request({ audiences: ["nobody"] })),
  resource_unknown: exchangeFacts(request({ resources: ["https://nobody.example/"] })),
  target_disabled: exchangeFacts({ clients: { "some-backend-service": { enabled: false } } }),
  target_needs_consent: exchangeFacts({ clients: { "some-backend-service": { consentRequired: true } } }),
  not_token_holder: exchangeFacts({ clients: { portal: { publicClient: true } } }),
  not_in_audience: exchangeFacts({ claims: { aud: "frontend" }, request: { audiences: [] } }),
  exchange_not_permitted: exchangeFacts(request({ audiences: ["backend"] })),
  chain_too_deep: exchangeFacts({ lineage: ALL_HOPS }),
  chain_too_old: exchangeFacts({ exchange: { maxAge: 9 } }),
  exchange_scope_malformed: exchangeFacts(request({ scope: "a\tb" })),
  exchange_scope_unknown: standardFacts(request({ scope: "nonsense" })),
  exchange_offline: exchangeFacts(request({ scope: "offline_access" })),
  impersonation_target_unknown: impersonationFacts(request({ requestedSubject: "nobody" })),
  impersonation_not_permitted: impersonationFacts({ users: { operator: { roles: [] } } }),
  impersonation_target_protected: impersonationFacts({ exchange: { protectedRoles: ["portal/admin"] } }),
  impersonation_switched_off: impersonationFacts({ features: { impersonation: false } }),
  naked_impersonation_public: impersonationFacts({ claims: null, requester: "frontend" }),
  naked_impersonation_not_permitted: impersonationFacts({ claims: null }),
  standard_declined: exchangeFacts({ features: { tokenExchange: false } }),
  standard_public: standardFacts({ clients: { reports: { publicClient: true } } }),
  standard_refresh_needs_session: standardFacts({ ...WITH_REFRESH, session: null }),
  standard_offline: standardFacts(request({ scope: "offline_access" })),
  standard_consent_missing: standardFacts({ clients: { reports: { consentRequired: true } } }),
  audience_not_available: standardFacts(request({ audiences: ["backend"] })),
  sender_constrained: standardFacts({ claims: { cnf: {} } }),
};

test.each(Object.entries(PROVOKED))("the row %s can be provoked", (refusal, facts) => expect(refusalOf(facts)).toBe(refusal));

test("SEC-INV-9 the same facts give the same decision, and deciding changes no fact", () => {
  for (const facts of Object.values(PROVOKED).concat(exchangeFacts(), standardFacts(), impersonationFacts())) {
    const before = JSON.stringify(facts);
    expect(decideExchange(facts)).toEqual(decideExchange(facts));
    expect(JSON.stringify(facts)).toBe(before);
  }
});
