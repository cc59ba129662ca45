import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import { describe, expect, test } from "vitest";
import type { Dialect } from "../model.ts";
import type { Refusal } from "../refusals.ts";
import { DEVELOPER, standardFacts, type ExchangeChange } from "../testing/exchange.ts";
import { NOW } from "../testing/policies.ts";
import { audienceMapper, uuid } from "../testing/realm.ts";
import { decideExchange } from "./decide-exchange.ts";
import type { ExchangeDecision, Permit } from "./permit.ts";

const DIALECTS: readonly Dialect[] = ["native", "keycloak"];
const ON = { "standard.token.exchange.enabled": "true" };
const REFRESH = { ...ON, "standard.token.exchange.enableRefreshRequestedTokenType": "SAME_SESSION" };
const reports = (client: NonNullable<ExchangeChange["clients"]>[string], more: ExchangeChange = {}): ExchangeChange => ({
  ...more,
  clients: { reports: { attributes: ON, ...client }, ...more.clients },
});

const decide = (change: ExchangeChange = {}): ExchangeDecision => decideExchange(standardFacts(change));
const outcome = (change: ExchangeChange = {}): Refusal | "permit" => {
  const decision = decide(change);
  return decision.outcome === "deny" ? decision.refusal : "permit";
};
const permit = (change: ExchangeChange = {}): Permit => {
  const decision = decide(change);
  if (decision.outcome === "deny") throw new Error(`refused: ${decision.refusal}`);
  return decision;
};

test("built for the requester, filtered by the audience, no permission asked", () => {
  expect(permit()).toMatchObject({
    engine: "standard",
    builtFor: { clientId: "reports" },
    requester: { clientId: "reports" },
    targets: [{ clientId: "some-backend-service" }],
    user: { username: DEVELOPER },
    session: { kind: "existing", session: { id: "session-1" } },
    audienceFilter: new Set(["some-backend-service"]),
    addAudience: [],
    applied: { text: "profile email" },
    refreshToken: false,
    idToken: "none",
    details: {
      requested_token_type: TOKEN_TYPE.accessToken,
      username: DEVELOPER,
      subject_token_client_id: "frontend",
      audience: "some-backend-service",
    },
    evidence: { exchange_right: "standard" },
  });
  expect(permit({ permissions: {} }).outcome).toBe("permit");
});

test("without audience nothing is filtered, and the event names what aud holds", () => {
  const decision = permit({ request: { audiences: [] } });
  expect(decision).not.toHaveProperty("audienceFilter", expect.anything());
  expect(decision.details["audience"]).toBe("some-backend-service");
  expect(permit(reports({ roleScope: [] }, { request: { audiences: [] } })).details).not.toHaveProperty("audience", expect.anything());
});

test("events name the subject as soon as its token is verified, and not before", () => {
  expect(decide({ request: { audiences: ["nobody"] } })).toMatchObject({
    about: { username: DEVELOPER, subject_token_client_id: "frontend", audience: "nobody" },
  });
  expect(decide({ facts: { subject: undefined }, request: { requestedTokenType: "urn:x" } })).toEqual({
    outcome: "deny",
    refusal: "subject_token_invalid",
    about: { requested_token_type: "urn:x" },
  });
});

describe.each(DIALECTS)("%s", (dialect) => {
  test.each<readonly [string, ExchangeChange, Refusal | "permit"]>([
    ["in the audience", { claims: { azp: "frontend", aud: ["x", "reports"] } }, "permit"],
    ["the holder", { claims: { azp: "reports", aud: "x" } }, "permit"],
    ["neither", { claims: { azp: "frontend", aud: "frontend" } }, "not_in_audience"],
    ["a permission does not stand in", { claims: { azp: "frontend", aud: [] }, requester: "reports" }, "not_in_audience"],
  ])("SEC-TX-01 the requester must be the holder or in the audience: %s", (_title, change, expected) =>
    expect(outcome({ dialect, ...change })).toBe(expected),
  );

  test.each<readonly [string, ExchangeChange, Refusal]>([
    ["unknown", { request: { audiences: ["nobody"] } }, "target_unknown"],
    ["a good one and then an unknown one", { request: { audiences: ["some-backend-service", "nobody"] } }, "target_unknown"],
    ["disabled", { clients: { "some-backend-service": { enabled: false } } }, "target_disabled"],
    [
      "a good one and then a disabled one",
      { clients: { backend: { enabled: false } }, request: { audiences: ["some-backend-service", "backend"] } },
      "target_disabled",
    ],
    ["out of reach", { request: { audiences: ["backend"] } }, "audience_not_available"],
    ["one within reach and one not", { request: { audiences: ["some-backend-service", "backend"] } }, "audience_not_available"],
    ["a role the user does not have", { users: { [DEVELOPER]: { roles: ["user"] } } }, "audience_not_available"],
    ["a role that is not mapped to the requester", reports({ roleScope: [] }), "audience_not_available"],
    ["itself, which no mapper adds", { request: { audiences: ["reports"] } }, "audience_not_available"],
  ])("SEC-TX-02 SEC-TX-03 targets: %s", (_title, change, refusal) => expect(outcome({ dialect, ...change })).toBe(refusal));

  test("the missing audiences are named, in the order of the request", () =>
    expect(decide({ dialect, request: { audiences: ["portal", "some-backend-service", "backend"] } })).toMatchObject({
      about: { audience: "portal, backend" },
    }));

  test("an audience mapper makes a target available, unless the target is disabled", () => {
    const change = reports({ mappers: [audienceMapper("backend")] }, { dialect, request: { audiences: ["backend"] } });
    expect(permit(change).details["audience"]).toBe("backend");
    expect(outcome({ ...change, clients: { ...change.clients, backend: { enabled: false } } })).toBe("target_disabled");
  });

  test("a target in need of consent is not asked: the requester's consent counts", () =>
    expect(outcome({ dialect, clients: { "some-backend-service": { consentRequired: true } } })).toBe("permit"));

  test("SEC-TX-09 a public requester never may, but an unknown audience is refused first", () => {
    const open = reports({ publicClient: true }, { dialect });
    expect(outcome(open)).toBe("standard_public");
    expect(outcome({ ...open, claims: { azp: "reports" } })).toBe("standard_public");
    expect(outcome({ ...open, request: { audiences: ["nobody"] } })).toBe("target_unknown");
  });

  test.each<readonly [string, string, Refusal | "permit"]>([
    ["one of its optional scopes", "phone", "permit"],
    ["one of its default scopes", "email", "permit"],
    ["openid", "openid", "permit"],
    ["no words", "", "permit"],
    ["a word it does not have", "nonsense", "exchange_scope_unknown"],
    ["a good word and another", "email nonsense", "exchange_scope_unknown"],
    ["another case", "Email", "exchange_scope_unknown"],
    ["a prefix", "emai", "exchange_scope_unknown"],
  ])("SEC-TX-05 scope of the requester: %s", (_title, scope, expected) => expect(outcome({ dialect, request: { scope } })).toBe(expected));

  test("SEC-TX-05 SEC-DOS-02 too long or too many words", () => {
    expect(outcome({ dialect, request: { scope: "x".repeat(4097) } })).toBe("exchange_scope_malformed");
    expect(outcome({ dialect, request: { scope: Array.from({ length: 101 }, (_, index) => `w${index}`).join(" ") } })).toBe(
      "exchange_scope_malformed",
    );
  });

  const asked = (requestedTokenType: string, change: ExchangeChange = {}): Refusal | "permit" =>
    outcome({ dialect, ...change, request: { requestedTokenType } });
  test("SEC-TX-07 requested_token_type: access and ID token, a refresh token only where it is allowed", () => {
    expect([TOKEN_TYPE.accessToken, TOKEN_TYPE.idToken].map((type) => asked(type))).toEqual(["permit", "permit"]);
    for (const type of [TOKEN_TYPE.refreshToken, TOKEN_TYPE.saml2, TOKEN_TYPE.jwt, "", "urn:x", "access_token"])
      expect(asked(type)).toBe("requested_type_unsupported");
    expect(asked(TOKEN_TYPE.refreshToken, reports({ attributes: REFRESH }))).toBe("permit");
    expect(asked(TOKEN_TYPE.refreshToken, reports({ attributes: { ...REFRESH, "use.refresh.tokens": "false" } }))).toBe(
      "requested_type_unsupported",
    );
    for (const value of ["NO", "true", "same_session", ""]) {
      const attributes = { ...REFRESH, "standard.token.exchange.enableRefreshRequestedTokenType": value };
      expect(asked(TOKEN_TYPE.refreshToken, reports({ attributes }))).toBe("requested_type_unsupported");
    }
  });

  test("SEC-TX-08 a refresh keeps to the audiences that filtered the token, if there were any", () => {
    const change = reports({ attributes: REFRESH }, { dialect, request: { requestedTokenType: TOKEN_TYPE.refreshToken } });
    expect(permit(change).chain.again).toMatchObject({ audiences: ["some-backend-service"], filtered: true });
    expect(permit({ ...change, request: { ...change.request, audiences: [] } }).chain.again).not.toHaveProperty(
      "filtered",
      expect.anything(),
    );
  });

  test("SEC-TX-08 a refresh token needs an online session", () => {
    const change = reports({ attributes: REFRESH }, { dialect, request: { requestedTokenType: TOKEN_TYPE.refreshToken } });
    expect(permit(change)).toMatchObject({ refreshToken: true, details: { requested_token_type: TOKEN_TYPE.refreshToken } });
    expect(outcome({ ...change, session: { offline: true } })).toBe("standard_refresh_needs_session");
    expect(outcome({ ...change, session: null })).toBe("standard_refresh_needs_session");
  });

  test("a refresh token and offline_access exclude each other, asked for or default", () => {
    const request = { requestedTokenType: TOKEN_TYPE.refreshToken };
    const user = { users: { [DEVELOPER]: { roles: ["offline_access", "some-backend-service/viewer"] } } };
    expect(outcome(reports({ attributes: REFRESH }, { dialect, request: { ...request, scope: "offline_access" }, ...user }))).toBe(
      "standard_offline",
    );
    const byDefault = { attributes: REFRESH, defaultScopes: ["basic", "roles", "offline_access"], optionalScopes: [] };
    expect(outcome(reports(byDefault, { dialect, request: { ...request, audiences: [] }, ...user }))).toBe("standard_offline");
  });

  test("SEC-TX-26 SEC-INV-7 a bound subject token is refused, whoever holds it", () => {
    for (const cnf of [{ jkt: "x" }, {}, null, ""])
      for (const azp of ["frontend", "reports"]) expect(outcome({ dialect, claims: { azp, cnf } })).toBe("sender_constrained");
  });

  describe("SEC-TX-10 a requester in need of consent", () => {
    const asking = reports({ consentRequired: true }, { dialect });
    const consented = (...names: readonly string[]): ExchangeChange => ({ ...asking, facts: { consentedScopes: new Set(names) } });
    test("without stored consent is refused, and the text names it", () =>
      expect(decide(asking)).toMatchObject({ refusal: "standard_consent_missing", about: { client: "reports" } }));
    test("without stored consent is refused even when no scope would have to be shown", () =>
      expect(outcome(reports({ consentRequired: true, defaultScopes: ["basic"] }, { dialect, request: { audiences: [] } }))).toBe(
        "standard_consent_missing",
      ));
    test("with part of it is refused", () => expect(outcome(consented("profile"))).toBe("standard_consent_missing"));
    test("with all of it may; hidden scopes need none", () => expect(outcome(consented("profile", "email", "roles"))).toBe("permit"));
    test("a scope asked for needs consent too", () => {
      const change = consented("profile", "email", "roles");
      expect(outcome({ ...change, request: { scope: "phone" } })).toBe("standard_consent_missing");
    });
  });

  test("SEC-TX-06 a requested word that an earlier hop dropped is not given", () =>
    expect(permit({ dialect, request: { scope: "openid email profile phone" }, lineage: { droppedScopes: ["phone"] } }).applied.text).toBe(
      "openid profile email",
    ));

  test("the session of the subject lives on; the requester is in it only where it was or where a refresh token needs it", () => {
    expect(permit({ dialect }).chain.transientClient).toBe(true);
    expect(permit({ dialect, inSession: ["frontend", "reports"] }).chain).not.toHaveProperty("transientClient", expect.anything());
    const refreshed = reports({ attributes: REFRESH }, { dialect, request: { requestedTokenType: TOKEN_TYPE.refreshToken } });
    expect(permit(refreshed).chain).not.toHaveProperty("transientClient", expect.anything());
    expect(permit({ dialect, session: null }).session).toEqual({ kind: "transient" });
  });
});

test("bad characters in scope: native names the rule, keycloak repeats the words", () => {
  for (const scope of ["a\tb", 'a"b', "a\\b", "a\u00a0b"]) {
    expect(outcome({ request: { scope } })).toBe("exchange_scope_malformed");
    expect(decide({ dialect: "keycloak", request: { scope } })).toMatchObject({ refusal: "exchange_scope_unknown", about: { scope } });
  }
});

test("what is dropped is on the record, and nothing is when nothing is", () => {
  expect(permit({ request: { scope: "email" } }).evidence).toEqual({
    exchange_right: "standard",
    dropped_scopes: ["openid", "profile"],
  });
  expect(permit().evidence).toEqual({ exchange_right: "standard" });
});

test("offline_access: native never, keycloak for an access token", () => {
  expect(outcome({ request: { scope: "offline_access" } })).toBe("standard_offline");
  expect(outcome({ dialect: "keycloak", request: { scope: "offline_access" } })).toBe("permit");
});

test("an ID token stands in the place of the access token when it is the type, beside it when keycloak is asked for openid", () => {
  expect(permit({ request: { requestedTokenType: TOKEN_TYPE.idToken } }).idToken).toBe("instead");
  expect(permit({ request: { scope: "openid" } }).idToken).toBe("none");
  expect(permit({ dialect: "keycloak", request: { requestedTokenType: TOKEN_TYPE.idToken } }).idToken).toBe("instead");
  expect(permit({ dialect: "keycloak", request: { scope: "openid" } }).idToken).toBe("member");
  expect(permit({ dialect: "keycloak" }).idToken).toBe("none");
});

test("the subject token's scope plays no role but for what a sent scope leaves out of it, native", () => {
  expect(permit({ claims: { scope: "email" } }).applied.text).toBe("profile email");
  expect(permit({ claims: { scope: "openid email profile" }, request: { scope: "phone" } }).applied.text).toBe("phone");
  expect(permit({ dialect: "keycloak", claims: { scope: "openid email" }, request: { scope: "phone" } }).applied.text).toBe(
    "profile email phone",
  );
});

test("resource names a target in native only", () => {
  const clients = { "some-backend-service": { attributes: { "cambist.resource": "https://orders.example/" } } };
  const request = { audiences: [], resources: ["https://orders.example/"] };
  expect(permit({ clients, request }).audienceFilter).toEqual(new Set(["some-backend-service"]));
  expect(outcome({ clients, request: { audiences: [], resources: ["https://x.example/"] } })).toBe("resource_unknown");
  expect(permit({ dialect: "keycloak", clients, request })).not.toHaveProperty("audienceFilter", expect.anything());
});

test("a role scope of another client makes no scope apply when audiences are named", () => {
  const clientScopes = [{ name: "only-backend", roleScope: ["backend/viewer"] }];
  const change: ExchangeChange = {
    clientScopes,
    users: { [DEVELOPER]: { roles: ["some-backend-service/viewer", "backend/viewer"] } },
    clients: { reports: { attributes: ON, roleScope: ["some-backend-service/viewer"], defaultScopes: ["basic", "roles", "only-backend"] } },
  };
  expect(permit(change).applied.text).toBe("");
  expect(permit({ ...change, request: { audiences: [] } }).applied.text).toBe("only-backend");
});

test("nothing is permitted that would be over at once", () => {
  const attributes = { ...ON, "client.session.max.lifespan": "100" };
  const over = { ...reports({ attributes }), session: { started: NOW - 100 }, inSession: ["frontend", "reports"] };
  for (const dialect of DIALECTS) expect(outcome({ dialect, ...over })).toBe("subject_token_invalid");
});

test("the lifetime is the requester's, not the target's", () => {
  const lifespans = {
    reports: { attributes: { ...ON, "access.token.lifespan": "60" } },
    "some-backend-service": { attributes: { "access.token.lifespan": "30" } },
  };
  for (const dialect of DIALECTS) expect(permit({ dialect, clients: lifespans }).lifetime).toBe(60);
});

test("a client policy or the UUID does not put a requester into an audience", () =>
  expect(outcome({ claims: { azp: "frontend", aud: uuid("reports") } })).toBe("not_in_audience"));
