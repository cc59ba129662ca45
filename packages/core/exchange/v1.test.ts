import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import { describe, expect, test } from "vitest";
import type { Dialect } from "../model.ts";
import { exchangeToClient } from "../policy/permission-names.ts";
import type { Refusal } from "../refusals.ts";
import { DEVELOPER, exchangeFacts, impersonationFacts, type ExchangeChange } from "../testing/exchange.ts";
import { NOW } from "../testing/policies.ts";
import { clientPolicy, uuid } from "../testing/realm.ts";
import { decideExchange } from "./decide-exchange.ts";
import type { ExchangeFacts } from "./facts.ts";
import type { ExchangeDecision, Permit } from "./permit.ts";

const DIALECTS: readonly Dialect[] = ["native", "keycloak"];
const decide = (change: ExchangeChange = {}): ExchangeDecision => decideExchange(exchangeFacts(change));
const outcome = (decision: ExchangeDecision): Refusal | "permit" => (decision.outcome === "deny" ? decision.refusal : "permit");
const permitted = (facts: ExchangeFacts): Permit => {
  const decision = decideExchange(facts);
  if (decision.outcome === "deny") throw new Error(`refused: ${decision.refusal}`);
  return decision;
};
const permit = (change: ExchangeChange = {}): Permit => permitted(exchangeFacts(change));
const mayExchange = (target: string, ...requesters: readonly string[]): NonNullable<ExchangeChange["permissions"]> => ({
  [exchangeToClient(uuid(target))]: [clientPolicy(...requesters)],
});

test("the talk's exchange: built for the target, held by the requester, in the subject's session", () => {
  expect(permit()).toMatchObject({
    engine: "v1",
    builtFor: { clientId: "some-backend-service" },
    requester: { clientId: "portal" },
    user: { username: DEVELOPER },
    session: { kind: "existing", session: { id: "session-1" } },
    applied: { text: "openid profile email" },
    addAudience: ["some-backend-service"],
    lifetime: 290,
    refreshToken: false,
    idToken: "none",
    details: { audience: "some-backend-service", exchange_right: "permission" },
    evidence: { rights: [{ target: "some-backend-service", by: "permission", permission: { granted: true } }] },
  });
});

test("keycloak: the same exchange answers with a refresh and an ID token, and has no act", () => {
  const decision = permit({ dialect: "keycloak" });
  expect(decision).toMatchObject({ engine: "v1", lifetime: 300, refreshToken: true, idToken: "member" });
  expect(decision).not.toHaveProperty("act", expect.anything());
  expect(permit({ dialect: "keycloak", claims: { scope: "email" } })).toMatchObject({ idToken: "none" });
});

describe("SEC-TX-01 the requester is the holder, in the audience, or named by the target", () => {
  const toItself: ExchangeChange = { request: { audiences: [] } };
  const holder = { azp: "portal", aud: "frontend" };
  const audience = { azp: "frontend", aud: ["portal", "x"] };
  const neither = { azp: "frontend", aud: "frontend" };
  const rows: readonly (readonly [string, ExchangeChange, Refusal | "permit"])[] = [
    ["the holder, to itself", { ...toItself, claims: holder }, "permit"],
    ["the holder, to itself by name", { request: { audiences: ["portal"] }, claims: holder }, "permit"],
    ["in the audience, to itself", { ...toItself, claims: audience }, "permit"],
    ["aud is one text", { ...toItself, claims: { azp: "frontend", aud: "portal" } }, "permit"],
    ["neither, to itself", { ...toItself, claims: neither }, "not_in_audience"],
    ["a name that only begins like it", { ...toItself, claims: { azp: "frontend", aud: ["portal2", "porta"] } }, "not_in_audience"],
    ["no aud at all", { ...toItself, claims: { azp: "frontend", aud: [] } }, "not_in_audience"],
    ["the holder, to a target that permits", { claims: holder }, "permit"],
    ["in the audience, to a target that permits", { claims: audience }, "permit"],
    ["neither, to a target that permits", { claims: neither }, "permit"],
    ["the holder, to a target that does not", { claims: holder, request: { audiences: ["backend"] } }, "exchange_not_permitted"],
    ["in the audience, to a target that does not", { claims: audience, request: { audiences: ["backend"] } }, "exchange_not_permitted"],
    ["neither, to a target that does not", { claims: neither, request: { audiences: ["backend"] } }, "exchange_not_permitted"],
  ];
  describe.each(DIALECTS)("%s", (dialect) => {
    test.each(rows)("%s", (_title, change, expected) => expect(outcome(decide({ dialect, ...change }))).toBe(expected));

    const strict = { dialect, exchange: { subjectAudienceRequired: true } };
    test.each<readonly [string, ExchangeChange["claims"], Refusal | "permit"]>([
      ["the holder may", holder, "permit"],
      ["who is in the audience may", audience, "permit"],
      ["whom only the permission names may not", neither, "not_in_audience"],
    ])("where the realm requires the audience: %s", (_title, claims, expected) =>
      expect(outcome(decide({ ...strict, claims: claims ?? {} }))).toBe(expected),
    );
  });

  test("a mismatch is said in the event, allowed or refused", () => {
    expect(permit({ claims: neither }).details["subject_audience"]).toBe("mismatch");
    expect(permit({ claims: audience }).details).not.toHaveProperty("subject_audience", expect.anything());
    expect(decide({ claims: neither, exchange: { subjectAudienceRequired: true } })).toMatchObject({
      about: { audience: "some-backend-service", subject_audience: "mismatch" },
    });
  });
});

describe.each(DIALECTS)("SEC-TX-02 %s: targets must be there and usable", (dialect) => {
  test.each<readonly [string, ExchangeChange, Refusal]>([
    ["unknown", { request: { audiences: ["nobody"] } }, "target_unknown"],
    ["the empty name", { request: { audiences: [""] } }, "target_unknown"],
    ["another case of a name", { request: { audiences: ["Some-Backend-Service"] } }, "target_unknown"],
    ["a UUID is no name", { request: { audiences: [uuid("some-backend-service")] } }, "target_unknown"],
    ["disabled", { clients: { "some-backend-service": { enabled: false } } }, "target_disabled"],
    ["in need of consent", { clients: { "some-backend-service": { consentRequired: true } } }, "target_needs_consent"],
    [
      "in need of consent and disabled",
      { clients: { "some-backend-service": { consentRequired: true, enabled: false } } },
      "target_needs_consent",
    ],
    ["a good one and then an unknown one", { request: { audiences: ["some-backend-service", "nobody"] } }, "target_unknown"],
    [
      "a disabled one and then an unknown one: existence is looked at first",
      { clients: { backend: { enabled: false } }, request: { audiences: ["backend", "nobody"] } },
      "target_unknown",
    ],
    [
      "a good one and then a disabled one",
      { clients: { backend: { enabled: false } }, request: { audiences: ["some-backend-service", "backend"] } },
      "target_disabled",
    ],
    [
      "a disabled one and then one in need of consent: in the order of the request",
      {
        clients: { backend: { enabled: false }, "some-service": { consentRequired: true } },
        request: { audiences: ["backend", "some-service"] },
      },
      "target_disabled",
    ],
  ])("%s", (_title, change, refusal) => expect(outcome(decide({ dialect, ...change }))).toBe(refusal));

  test("the event names the target at fault", () =>
    expect(decide({ dialect, request: { audiences: ["some-backend-service", "nobody"] } })).toMatchObject({
      about: { audience: "nobody" },
    }));

  test("a public client or one without a service account may be a target", () => {
    const permissions = mayExchange("frontend", "portal");
    expect(permit({ dialect, permissions, request: { audiences: ["frontend"] } }).builtFor.clientId).toBe("frontend");
  });
});

test("a requester in need of consent: native refuses it as its own target, Keycloak 26.1 does not look", () => {
  const change = { clients: { portal: { consentRequired: true } }, request: { audiences: [] } };
  expect(outcome(decide(change))).toBe("target_needs_consent");
  expect(outcome(decide({ dialect: "keycloak", ...change }))).toBe("permit");
});

describe("resource, native", () => {
  const known = { clients: { "some-backend-service": { attributes: { "cambist.resource": "https://orders.example/" } } } };
  test("names a target by its URI, and the event says so", () => {
    const request = { audiences: [], resources: ["https://orders.example/"] };
    expect(permit({ ...known, request })).toMatchObject({
      builtFor: { clientId: "some-backend-service" },
      addAudience: ["some-backend-service"],
      details: { resource: "https://orders.example/" },
    });
  });
  test("a URI that no client has is refused", () =>
    expect(outcome(decide({ ...known, request: { audiences: [], resources: ["https://orders.example"] } }))).toBe("resource_unknown"));
  test("audiences come before resources", () =>
    expect(outcome(decide({ ...known, request: { audiences: ["nobody"], resources: ["https://x.example/"] } }))).toBe("target_unknown"));
  test("keycloak takes no notice of it", () =>
    expect(outcome(decide({ dialect: "keycloak", request: { resources: ["https://nobody.example/"] } }))).toBe("permit"));
});

describe.each(DIALECTS)("SEC-TX-03 %s: every audience needs its permission", (dialect) => {
  const both = mayExchange("backend", "portal");
  const two = { audiences: ["some-backend-service", "backend"] };
  test.each<readonly [string, ExchangeChange, Refusal | "permit"]>([
    ["no permission anywhere", { request: { audiences: ["backend"] } }, "exchange_not_permitted"],
    ["a permission that names somebody else", { request: { audiences: ["some-service"] } }, "exchange_not_permitted"],
    ["a permission without policies", { permissions: { [exchangeToClient(uuid("some-backend-service"))]: [] } }, "exchange_not_permitted"],
    ["each alone: the first", { permissions: both }, "permit"],
    ["each alone: the second", { permissions: both, request: { audiences: ["backend"] } }, "permit"],
    ["both together", { permissions: both, request: two }, "permit"],
    ["one of two: the whole request is refused", { request: two }, "exchange_not_permitted"],
    ["in the other order", { request: { audiences: two.audiences.toReversed() } }, "exchange_not_permitted"],
    ["the requester itself needs none", { request: { audiences: ["portal", "some-backend-service"] } }, "permit"],
    ["itself first does not open the second", { request: { audiences: ["portal", "backend"] } }, "exchange_not_permitted"],
    ["the feature is off", { features: { fineGrainedAdminPermissions: false } }, "exchange_not_permitted"],
  ])("%s", (_title, change, expected) => expect(outcome(decide({ dialect, ...change }))).toBe(expected));

  test("the refusal names the target and keeps the policies for the audit record", () =>
    expect(decide({ dialect, request: { audiences: ["some-backend-service", "some-service"] } })).toMatchObject({
      refusal: "exchange_not_permitted",
      about: { audience: "some-service" },
      evidence: { permission: { granted: false, policies: [{ effect: "deny" }] } },
    }));
});

describe("the guide's client role token-exchange", () => {
  const byRole: ExchangeChange = {
    clients: { backend: { roles: ["token-exchange"] } },
    users: { "service-account-portal": { roles: ["backend/token-exchange"], serviceAccountClientId: uuid("portal") } },
    request: { audiences: ["backend"] },
  };
  test("native lets its holder through where no permission speaks, and says so", () => {
    expect(permit(byRole)).toMatchObject({ details: { exchange_right: "role" } });
    expect(permit(byRole).evidence).toEqual({ rights: [{ target: "backend", by: "role" }] });
    expect(outcome(decide({ ...byRole, permissions: mayExchange("backend", "somebody") }))).toBe("exchange_not_permitted");
  });
  test("keycloak knows no such role", () => expect(outcome(decide({ dialect: "keycloak", ...byRole }))).toBe("exchange_not_permitted"));
});

describe.each(DIALECTS)("SEC-TX-09 %s: public requesters", (dialect) => {
  const open = mayExchange("some-backend-service", "frontend");
  test.each<readonly [string, ExchangeChange, Refusal | "permit"]>([
    ["the holder, with the target's permission", { permissions: open }, "permit"],
    ["the holder, without it", {}, "exchange_not_permitted"],
    ["somebody else's token, with it", { permissions: open, claims: { azp: "portal" } }, "not_token_holder"],
    [
      "somebody else's token whose audience it is in",
      { permissions: open, claims: { azp: "portal", aud: "frontend" } },
      "not_token_holder",
    ],
    ["the holder, to itself", { request: { audiences: [] } }, "permit"],
    ["somebody else's token, to itself", { request: { audiences: [] }, claims: { azp: "portal" } }, "not_token_holder"],
  ])("%s", (_title, change, expected) => expect(outcome(decide({ dialect, requester: "frontend", ...change }))).toBe(expected));
});

describe("SEC-TX-04 the declared type of the subject token", () => {
  const kinds = [TOKEN_TYPE.idToken, TOKEN_TYPE.refreshToken, TOKEN_TYPE.jwt, TOKEN_TYPE.saml2, "urn:x", "access_token", ""];
  describe.each(DIALECTS)("%s", (dialect) => {
    test.each(kinds)("%j is refused before the token is looked at", (subjectTokenType) =>
      expect(outcome(decide({ dialect, request: { subjectTokenType }, facts: { subject: undefined } }))).toBe("subject_token_type_wrong"),
    );
    test("none at all is taken as an access token", () =>
      expect(outcome(decide({ dialect, request: { subjectTokenType: undefined } }))).toBe("permit"));
    test("an access token that did not verify", () =>
      expect(outcome(decide({ dialect, facts: { subject: undefined } }))).toBe("subject_token_invalid"));
    test("a JWT that is none", () =>
      expect(outcome(decide({ dialect, request: { subjectTokenType: TOKEN_TYPE.jwt }, facts: { subjectUnparseable: true } }))).toBe(
        "subject_jwt_unparseable",
      ));
    test.each<readonly [string, ExchangeChange, Refusal]>([
      ["another issuer's JWT, unknown", { facts: { foreignIssuer: "https://other.example" } }, "subject_issuer_unknown"],
      [
        "another issuer's JWT, known",
        { facts: { foreignIssuer: "https://other.example", subjectIssuerKnown: true } },
        "subject_issuer_unsupported",
      ],
    ])("%s", (_title, change, refusal) =>
      expect(decide({ dialect, request: { subjectTokenType: TOKEN_TYPE.jwt }, ...change })).toMatchObject({
        refusal,
        about: { subject_issuer: "https://other.example" },
      }),
    );
    test("a JWT that this realm is said to have made is still of the wrong type", () => {
      const own = { subjectTokenType: TOKEN_TYPE.jwt, subjectIssuer: "http://id.example/realms/apixion" };
      expect(outcome(decide({ dialect, request: own, facts: { subjectUnparseable: true } }))).toBe("subject_token_type_wrong");
      expect(outcome(decide({ dialect, request: own, facts: { foreignIssuer: "https://other.example" } }))).toBe(
        "subject_token_type_wrong",
      );
    });
    test("this realm's own issuer as subject_issuer changes nothing", () =>
      expect(outcome(decide({ dialect, request: { subjectIssuer: "http://id.example/realms/apixion" } }))).toBe("permit"));
  });
});

describe("SEC-TX-11 a bad subject token never changes which rules apply", () => {
  const bad = { facts: { subject: undefined, subjectProblem: "bad signature" } };
  const allowed: ExchangeChange["permissions"] = { "admin-impersonating.permission.users": [clientPolicy("portal")] };
  describe.each(DIALECTS)("%s", (dialect) => {
    test("with requested_subject it is not taken as missing", () => {
      expect(
        outcome(decide({ dialect, permissions: allowed, claims: null, request: { requestedSubject: DEVELOPER, audiences: [] } })),
      ).toBe("permit");
      expect(outcome(decide({ dialect, permissions: allowed, ...bad, request: { requestedSubject: DEVELOPER, audiences: [] } }))).toBe(
        "subject_token_invalid",
      );
      expect(
        outcome(
          decide({ dialect, permissions: allowed, ...bad, request: { subjectToken: "", requestedSubject: DEVELOPER, audiences: [] } }),
        ),
      ).toBe("subject_token_invalid");
    });
    test("with requested_issuer it is refused first", () =>
      expect(outcome(decide({ dialect, ...bad, request: { requestedIssuer: "google" } }))).toBe("subject_token_invalid"));
    test("with subject_issuer it belongs to that issuer", () =>
      expect(outcome(decide({ dialect, ...bad, request: { subjectIssuer: "google" } }))).toBe("subject_issuer_unknown"));
    test("with actor_token it is refused all the same", () =>
      expect(outcome(decide({ dialect, ...bad, request: { actorToken: "token" } }))).toBe(
        dialect === "native" ? "actor_token_unsupported" : "subject_token_invalid",
      ));
  });
  test.each([{ subjectTokenType: TOKEN_TYPE.accessToken }, { subjectIssuer: "google" }])(
    "native: a request that describes a token it does not have is not impersonation without one: %j",
    (request) =>
      expect(
        outcome(decide({ permissions: allowed, claims: null, request: { ...request, requestedSubject: DEVELOPER, audiences: [] } })),
      ).toBe("subject_token_missing"),
  );
});

describe("without a subject token", () => {
  test("native says so at once", () => {
    expect(outcome(decide({ claims: null, request: { audiences: ["nobody"] } }))).toBe("subject_token_missing");
    expect(outcome(decide({ claims: null, requester: "frontend" }))).toBe("subject_token_missing");
  });
  test.each<readonly [string, ExchangeChange, Refusal]>([
    ["an unknown type is refused first", { request: { requestedTokenType: "urn:x" } }, "requested_type_unsupported"],
    ["an unknown audience is refused first", { request: { audiences: ["nobody"] } }, "target_unknown"],
    ["so is one that does not permit", { request: { audiences: ["backend"] } }, "exchange_not_permitted"],
    ["a public requester is not the holder", { requester: "frontend", request: { audiences: [] } }, "not_token_holder"],
    ["what Keycloak answers with 500 is refused", {}, "subject_token_missing"],
    ["to itself as well", { request: { audiences: [] } }, "subject_token_missing"],
  ])("keycloak looks at everything else first: %s", (_title, change, refusal) =>
    expect(outcome(decide({ dialect: "keycloak", claims: null, ...change }))).toBe(refusal),
  );
});

test.each(DIALECTS)("SEC-TX-26 SEC-INV-7 %s: a bound subject token is refused, whatever its binding looks like", (dialect) => {
  for (const cnf of [{ jkt: "x" }, { "x5t#S256": "x" }, {}, null, "", 0])
    expect(outcome(decide({ dialect, claims: { cnf } }))).toBe("subject_token_invalid");
});

describe("SEC-TX-07 requested_token_type", () => {
  const refused = [TOKEN_TYPE.idToken, TOKEN_TYPE.jwt, "urn:ietf:params:oauth:token-type:saml1", "access_token", "", "ACCESS_TOKEN"];
  test.each(DIALECTS)("%s: anything but access and refresh tokens is refused", (dialect) => {
    for (const requestedTokenType of refused)
      expect(outcome(decide({ dialect, request: { requestedTokenType } }))).toBe("requested_type_unsupported");
    expect(permit({ dialect, request: { requestedTokenType: TOKEN_TYPE.accessToken } }).refreshToken).toBe(false);
    expect(permit({ dialect, request: { requestedTokenType: TOKEN_TYPE.refreshToken } }).refreshToken).toBe(true);
  });
  test("a SAML assertion: native refuses the type, keycloak asks for the target's consumer URL after everything else", () => {
    const request = { requestedTokenType: TOKEN_TYPE.saml2 };
    expect(outcome(decide({ request }))).toBe("requested_type_unsupported");
    expect(outcome(decide({ dialect: "keycloak", request }))).toBe("saml_target_unsupported");
    expect(outcome(decide({ dialect: "keycloak", request: { ...request, audiences: ["backend"] } }))).toBe("exchange_not_permitted");
  });
});

describe("SEC-TX-08 refresh tokens of exchanges", () => {
  const asked = { request: { requestedTokenType: TOKEN_TYPE.refreshToken } };
  test.each<readonly [string, ExchangeChange, boolean, boolean]>([
    ["asked for", asked, true, true],
    ["not asked for", {}, false, true],
    ["a client without refresh tokens", { ...asked, clients: { portal: { attributes: { "use.refresh.tokens": "false" } } } }, false, false],
    [
      "a target without refresh tokens",
      { ...asked, clients: { "some-backend-service": { attributes: { "use.refresh.tokens": "false" } } } },
      true,
      true,
    ],
    ["an offline session", { ...asked, session: { offline: true } }, false, true],
    ["no session", { ...asked, session: null }, false, false],
  ])("%s", (_title, change, native, keycloak) => {
    expect(permit(change).refreshToken).toBe(native);
    expect(permit({ dialect: "keycloak", ...change }).refreshToken).toBe(keycloak);
  });
  test("the permit keeps what a refresh decides again", () =>
    expect(permit({ request: { requestedTokenType: TOKEN_TYPE.refreshToken, scope: "email" } }).chain.again).toEqual({
      subject: { jti: "subject-jti", issuedAt: NOW - 10, session: "session-1", client: "uuid:frontend" },
      azp: "frontend",
      aud: ["frontend", "portal", "reports"],
      scope: "openid email profile",
      audiences: ["some-backend-service"],
      resources: [],
      requestedScope: "email",
    }));
  test("a refresh decides with the session in place of the token", () => {
    const again = { azp: "frontend", aud: ["portal"], audiences: ["some-backend-service"], resources: [] };
    const facts: ExchangeChange = { claims: { exp: NOW - 5 }, facts: { again } };
    expect(permit(facts).lifetime).toBe(300);
    expect(outcome(decide({ ...facts, request: { audiences: ["backend"] } }))).toBe("exchange_not_permitted");
    expect(outcome(decide({ ...facts, clients: { "some-backend-service": { enabled: false } } }))).toBe("target_disabled");
  });
});

test("a subject token without a session gives one without a session", () =>
  expect(permit({ session: null }).session).toEqual({ kind: "transient" }));

describe("several audiences", () => {
  const two: ExchangeChange = {
    permissions: mayExchange("some-service", "portal"),
    request: { audiences: ["some-backend-service", "some-service"] },
  };
  test("native: built for the first, all in aud, roles of no other client", () =>
    expect(permit(two)).toMatchObject({
      builtFor: { clientId: "some-backend-service" },
      addAudience: ["some-backend-service", "some-service"],
      limitResourceAccess: new Set(["some-backend-service", "some-service"]),
      details: { audience: "some-backend-service some-service" },
      evidence: { rights: [{ target: "some-backend-service" }, { target: "some-service" }] },
    }));
  test("native: the requester is named when the request names it among others", () => {
    for (const audiences of [
      ["portal", "some-backend-service"],
      ["some-backend-service", "portal"],
    ])
      expect(permit({ request: { audiences } })).toMatchObject({ builtFor: { clientId: audiences[0] }, addAudience: audiences });
  });
  test("native: naming one audience twice is naming it once", () =>
    expect(permit({ request: { audiences: ["some-backend-service", "some-backend-service"] } }).addAudience).toEqual([
      "some-backend-service",
    ]));
  test("keycloak: only the first counts", () => {
    const decision = permit({ dialect: "keycloak", ...two });
    expect(decision).toMatchObject({
      builtFor: { clientId: "some-backend-service" },
      addAudience: ["some-backend-service"],
      details: { audience: "some-backend-service" },
    });
    expect(decision).not.toHaveProperty("limitResourceAccess", expect.anything());
  });
  test("to itself alone adds nothing to aud", () => {
    for (const dialect of DIALECTS) expect(permit({ dialect, request: { audiences: ["portal"] } }).addAudience).toEqual([]);
  });
});

test("an impersonation that names a target needs the target's permission too", () => {
  expect(permitted(impersonationFacts({ request: { audiences: ["some-backend-service"] } })).details).toMatchObject({
    audience: "some-backend-service",
    requested_subject: DEVELOPER,
  });
  expect(outcome(decideExchange(impersonationFacts({ request: { audiences: ["backend"] } })))).toBe("exchange_not_permitted");
});
