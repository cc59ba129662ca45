import { REFUSAL_GROUPS } from "@cambist/core/refusals.ts";
import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bench, EXCHANGE, expectRefusal, REFRESH_TOKEN, type Bench, type Parameters, type Provocation } from "../testing/bench.ts";
import { exchangeRealm } from "../testing/exchange-realm.ts";
import { claimsOf, testServer, type TestServer } from "../testing/test-server.ts";

type ExchangeRefusal = keyof typeof REFUSAL_GROUPS.exchange;
const DIALECTS = ["native", "keycloak"] as const;
const FEATURES = {
  tokenExchange: true,
  standardTokenExchange: true,
  impersonation: true,
  fineGrainedAdminPermissions: true,
  userEventMetrics: true,
};

/** `plain` has every feature, `narrow` neither V1 nor impersonation. */
const servers = {} as Record<string, TestServer>;
beforeAll(async () => {
  for (const dialect of DIALECTS) {
    servers[dialect] = await testServer([
      exchangeRealm(dialect, {
        more: {
          identityProviders: [{ alias: "upstream", providerId: "oidc", enabled: true, config: { issuer: "https://upstream.example" } }],
        },
      }),
      exchangeRealm(dialect, {
        realm: "strict",
        impersonators: ["robot"],
        attributes: { "cambist.chain.max-depth": "1", "cambist.chain.max-age": "120", "cambist.roles.protected": "vault/keeper" },
      }),
    ]);
    servers[`${dialect} without impersonation`] = await testServer([exchangeRealm(dialect)], {
      features: { ...FEATURES, impersonation: false },
    });
    servers[`${dialect} without V1`] = await testServer([exchangeRealm(dialect)], { features: { ...FEATURES, tokenExchange: false } });
  }
}, 60_000);
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

const TYPE = "TOKEN_EXCHANGE_ERROR";
/** An exchange of alice's fresh token, with these parameters different. */
const withToken =
  (form: Parameters, user = "alice") =>
  async ({ signIn, exchange }: Bench) => {
    const { access_token } = await signIn(user);
    return () => exchange(access_token, form);
  };
const withoutToken =
  (form: Parameters) =>
  ({ exchange }: Bench) =>
  () =>
    exchange("", { subject_token_type: "", ...form });
const reports = { client_id: "reports" };
const many = (count: number): string => Array.from({ length: count }, (_, index) => `&audience=c${index}`).join("");

interface ExchangeProvocation extends Provocation {
  readonly realm?: string;
  /** Ending of the server's name. */
  readonly on?: string;
}
const PROVOKED: Readonly<Record<ExchangeRefusal, ExchangeProvocation>> = {
  actor_token_unsupported: { type: TYPE, only: "native", provoke: withToken({ actor_token: "x" }) },
  subject_issuer_unsupported: { type: TYPE, provoke: withToken({ subject_issuer: "upstream" }) },
  subject_issuer_unknown: { type: TYPE, provoke: withToken({ subject_issuer: "nobody" }) },
  requested_issuer_unsupported: { type: TYPE, provoke: withToken({ requested_issuer: "upstream" }) },
  requested_issuer_unknown: { type: TYPE, provoke: withToken({ requested_issuer: "nobody" }) },
  subject_token_missing: { type: TYPE, provoke: withoutToken({}) },
  parameter_empty: {
    type: TYPE,
    only: "native",
    provoke:
      ({ token, as }) =>
      () =>
        token({ grant_type: EXCHANGE, subject_token: "", ...as("portal") }),
  },
  too_many_audiences: {
    type: TYPE,
    provoke:
      ({ token, as }) =>
      () =>
        token(new URLSearchParams({ grant_type: EXCHANGE, subject_token: "x", ...as("portal") }).toString() + many(21)),
  },
  subject_token_type_wrong: { type: TYPE, provoke: withToken({ subject_token_type: TOKEN_TYPE.idToken }) },
  subject_jwt_unparseable: {
    type: TYPE,
    provoke:
      ({ exchange }) =>
      () =>
        exchange("nonsense", { subject_token_type: TOKEN_TYPE.jwt }),
  },
  subject_token_invalid: {
    type: TYPE,
    provoke:
      ({ exchange }) =>
      () =>
        exchange("nonsense"),
  },
  requested_type_unsupported: { type: TYPE, provoke: withToken({ requested_token_type: TOKEN_TYPE.jwt }) },
  saml_target_unsupported: { type: TYPE, only: "keycloak", provoke: withToken({ requested_token_type: TOKEN_TYPE.saml2 }) },
  target_unknown: { type: TYPE, provoke: withToken({ audience: "nobody" }) },
  resource_unknown: { type: TYPE, only: "native", provoke: withToken({ resource: "https://nobody.example/" }) },
  target_disabled: { type: TYPE, provoke: withToken({ audience: "shut" }) },
  target_needs_consent: { type: TYPE, provoke: withToken({ audience: "asking" }) },
  not_token_holder: { type: TYPE, provoke: withToken({ client_id: "kiosk" }) },
  not_in_audience: { type: TYPE, provoke: withToken({ client_id: "robot", audience: "" }) },
  exchange_not_permitted: { type: TYPE, provoke: withToken({ audience: "billing" }) },
  chain_too_deep: {
    type: TYPE,
    realm: "strict",
    provoke: async ({ signIn, exchange }) => {
      const { access_token } = await signIn();
      const first = (await exchange(access_token)).json<{ access_token: string }>();
      return () => exchange(first.access_token);
    },
  },
  chain_too_old: {
    type: TYPE,
    realm: "strict",
    provoke: async ({ server, signIn, exchange }) => {
      const { access_token } = await signIn();
      server.advance(120);
      return () => exchange(access_token);
    },
  },
  exchange_scope_malformed: { type: TYPE, provoke: withToken({ scope: "x".repeat(4097) }) },
  exchange_scope_unknown: { type: TYPE, text: "Invalid scopes: nonsense", provoke: withToken({ ...reports, scope: "nonsense" }) },
  exchange_offline: {
    type: TYPE,
    realm: "strict",
    provoke: withoutToken({ client_id: "robot", audience: "", requested_subject: "alice", scope: "offline_access" }),
  },
  impersonation_target_unknown: { type: TYPE, provoke: withToken({ audience: "", requested_subject: "nobody" }, "operator") },
  impersonation_not_permitted: { type: TYPE, provoke: withToken({ audience: "", requested_subject: "bob" }) },
  impersonation_target_protected: {
    type: TYPE,
    only: "native",
    realm: "strict",
    provoke: withoutToken({ client_id: "robot", audience: "", requested_subject: "keeper" }),
  },
  impersonation_switched_off: {
    type: TYPE,
    on: " without impersonation",
    provoke: withToken({ audience: "", requested_subject: "bob" }, "operator"),
  },
  naked_impersonation_public: { type: TYPE, provoke: withoutToken({ client_id: "frontend", audience: "", requested_subject: "bob" }) },
  naked_impersonation_not_permitted: { type: TYPE, provoke: withoutToken({ audience: "", requested_subject: "bob" }) },
  standard_declined: {
    type: TYPE,
    on: " without V1",
    text: "Standard token exchange is not enabled for the requested client",
    provoke: withToken({}),
  },
  standard_public: { type: TYPE, provoke: withToken({ client_id: "open" }) },
  standard_refresh_needs_session: {
    type: TYPE,
    provoke: async ({ token, as, exchange }) => {
      const own = (await token({ grant_type: "client_credentials", ...as("renewer") })).json<{ access_token: string }>();
      return () => exchange(own.access_token, { client_id: "renewer", audience: "", requested_token_type: REFRESH_TOKEN });
    },
  },
  standard_offline: {
    type: TYPE,
    provoke: withToken({ client_id: "renewer", requested_token_type: REFRESH_TOKEN, scope: "offline_access" }, "sailor"),
  },
  standard_consent_missing: {
    type: TYPE,
    text: "Missing consents for Token Exchange in client pending",
    provoke: withToken({ client_id: "pending" }),
  },
  audience_not_available: {
    type: TYPE,
    text: "Requested audience not available: billing",
    provoke: withToken({ ...reports, audience: "billing" }),
  },
  sender_constrained: {
    type: TYPE,
    provoke: async ({ signIn, forge, exchange }) => {
      const bound = await forge({ ...claimsOf((await signIn()).access_token), cnf: { jkt: "thumbprint" } });
      return () => exchange(bound, reports);
    },
  },
};

describe.each(DIALECTS)("%s: every refusal of an exchange", (dialect) => {
  const rows = Object.entries(PROVOKED).filter(([, { only }]) => only === undefined || only === dialect);
  test.each(rows)("%s", async (refusal, { provoke, realm, on = "", ...expected }) => {
    const server = servers[`${dialect}${on}`];
    if (!server) throw new Error("no such server");
    const target = bench(server, dialect, realm);
    const record = await expectRefusal(target, refusal as ExchangeRefusal, expected, await provoke(target));
    expect(record.details).toMatchObject({ grant_type: EXCHANGE, auth_method: "token_exchange" });
  });
});

test("no row of the group is left out", () =>
  expect(Object.keys(PROVOKED).toSorted()).toEqual(Object.keys(REFUSAL_GROUPS.exchange).toSorted()));
