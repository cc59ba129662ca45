import { describe, expect, test } from "vitest";
import type { Impersonator } from "../doctor/facts.ts";
import type { Permission, Policy } from "../model.ts";
import { BE_IMPERSONATED, exchangeFromProvider, exchangeToClient, IMPERSONATE } from "../policy/permission-names.ts";
import { NOW, policy } from "../testing/policies.ts";
import { audienceMapper, clientPolicy, groupId, mapper, role, userId, uuid } from "../testing/realm.ts";
import { DIFFERENCES, findDifferences } from "./differences.ts";
import type { AdministratorFacts, SourceExchanges, SourceFacts } from "./facts.ts";
import { type MigrationChange, quietFacts } from "./testing/quiet-realm.ts";

/** By row: whom it names, as `client api (detail)`. */
const differencesOf = (change: MigrationChange): ReadonlyMap<string, string> =>
  new Map(
    findDifferences(quietFacts(change)).map(({ id, objects, count }) => {
      const names = objects.map(({ type, name, detail }) => `${type} ${name}${detail === undefined ? "" : ` (${detail})`}`);
      return [id, `${names.join("; ")}${count > objects.length ? ` of ${count}` : ""}`];
    }),
  );

test("a realm of services that do nothing unusual works here as it did there", () => {
  expect([...differencesOf({})]).toEqual([]);
});

const TO_ORDERS = exchangeToClient(uuid("orders"));
const REALM_MANAGEMENT = "realm-management";
/** `api` may exchange to `orders`, unless the policies say otherwise. */
const exchanging = (change: MigrationChange = {}, policies: readonly Policy[] = [clientPolicy("api")]): MigrationChange => ({
  ...change,
  realm: { ...change.realm, permissions: { [TO_ORDERS]: policies, ...change.realm?.permissions } },
});
const exchanged = (change: Partial<SourceExchanges> = {}): SourceExchanges => ({
  requester: "api",
  target: "orders",
  count: 8,
  withRefreshToken: 2,
  last: NOW,
  ...change,
});
const stored = (name: string, policies: readonly Policy[], logic: Permission["logic"] = "POSITIVE"): Permission => ({
  id: `permission:${name}`,
  name,
  logic,
  strategy: "UNANIMOUS",
  policies,
});
const permitting = (...permissions: readonly Permission[]): MigrationChange => ({ more: { permissions } });
const impersonator = (change: Partial<Impersonator> = {}): Impersonator => ({
  kind: "user",
  userId: userId("sam"),
  name: "sam",
  otherAdminRoles: [],
  administers: false,
  mapping: { to: "user", id: userId("sam"), name: "sam", role: { id: "r", name: "impersonation", clientId: REALM_MANAGEMENT } },
  ...change,
});
const account = impersonator({ kind: "client", name: "api", userId: userId("api") });
const administrator = (username: string, ...roles: readonly string[]): AdministratorFacts => ({
  username,
  userId: userId(username),
  roles: new Set(roles.map((name) => role(`${REALM_MANAGEMENT}/${name}`))),
  groupIds: [],
  attributes: {},
});
const impersonating = (change: MigrationChange = {}): MigrationChange => ({ impersonators: [impersonator()], ...change });
const byPermission = (policies: readonly Policy[], change: MigrationChange = {}): MigrationChange => ({
  ...change,
  realm: { ...change.realm, permissions: { [IMPERSONATE]: policies } },
});
const shopSignsIn: MigrationChange = { clients: { shop: { directAccessGrantsEnabled: true } } };
const OTP = { authenticator: "direct-grant-validate-otp" };
const directGrant = (...steps: readonly { readonly authenticator?: string; readonly flow?: string }[]) => [
  { alias: "direct grant", builtIn: true, topLevel: true, steps },
  { alias: "inner", builtIn: true, topLevel: false, steps: [OTP] },
];
const attribute = (name: string, value: string): MigrationChange => ({ clients: { api: { attributes: { [name]: value } } } });
const features = (on: readonly string[]): SourceFacts => ({ features: new Map(on.map((name) => [name, true])) });
/** The linear engine, of which the tests know that it runs no back-references. */
const noBackReference = (pattern: string): boolean | undefined => (pattern.includes("\\1") ? undefined : false);
const partner = { internalId: "partner-id", alias: "partner", enabled: true, config: {}, representation: { providerId: "oidc" } };

describe("is said with whom it concerns:", () => {
  const cases: readonly (readonly [id: string, change: MigrationChange, whom: string | undefined])[] = [
    ["issuer", { settings: { frontendUrl: "https://login.example.com" } }, "realm test (https://login.example.com)"],
    ["keys", { more: { imported: { keys: ["old (key stores are not supported)"] } } }, "key old (key stores are not supported)"],
    ["passwords", { more: { imported: { passwords: ["ann (unknown_algorithm)"] } } }, "user ann (unknown_algorithm)"],
    ["hash-algorithm", { settings: { unknownHashAlgorithm: "bcrypt" } }, "setting hashAlgorithm(bcrypt)"],
    [
      "user-stores",
      { settings: { userStores: [{ name: "corp", providerId: "ldap", kerberos: true }] } },
      "user store corp (ldap, with Kerberos)",
    ],
    ["store-users", { users: { federated: { count: 12, first: ["ann", "bob"] } } }, "user ann; user bob of 12"],
    ["sign-in-pages", { clients: { shop: { standardFlowEnabled: true } } }, "client shop"],
    ["sign-in-pages", { clients: { shop: { standardFlowEnabled: true, bearerOnly: true } } }, undefined],
    ["identity-providers", { providers: [partner] }, "identity provider partner (oidc)"],
    ["identity-providers", { providers: [{ ...partner, enabled: false }] }, undefined],
    [
      "identity-providers",
      { providers: [partner], realm: { permissions: { [exchangeFromProvider("partner-id")]: [clientPolicy("api")] } } },
      "identity provider partner (oidc; api may exchange its tokens)",
    ],
    ["sessions", { source: { sessions: [{ clientId: "shop", active: 3, offline: 1 }] } }, "client shop (3 online, 1 offline)"],
    ["sessions", { source: { sessions: [{ clientId: "shop", active: 0, offline: 0 }] } }, undefined],
    ["client-policies", { settings: { clientPolicies: ["fapi"] } }, "client policy fapi"],
    ["page-settings", { settings: { pages: ["rememberMe"] } }, "setting rememberMe"],
    ["themes", { settings: { themes: ["loginTheme acme"] } }, "setting loginTheme acme"],
    ["mail", { settings: { mailHost: "mail.example.com" } }, "setting mail.example.com"],
    ["event-listeners", { settings: { listeners: ["kafka"] } }, "extension kafka"],
    ["history", { adminEventsEnabled: true }, "realm test"],
    ["registration", { settings: { registrationHosts: ["ci.example.com"] } }, "realm test (ci.example.com)"],
    ["initial-access", { source: { initialAccessTokens: 2 } }, "realm test (2 there)"],
    ["extensions", { settings: { extensions: [{ kind: "required action", id: "sms" }] } }, "extension sms (required action)"],
    ["administration-v2", { settings: { adminPermissionsEnabled: true } }, "realm test"],
    ["secrets-made", { more: { imported: { secretsMade: ["api"] } } }, "client api"],
    ["secrets-missing", { more: { imported: { secretsMissing: ["smtpServer.password"] } } }, "setting smtpServer.password"],
    ["vault", { more: { imported: { vault: ["client api"] } } }, "setting client api"],
    ["references", { more: { imported: { references: ["nobody (unknown)"] } } }, "setting nobody (unknown)"],
    ["unknown-members", { more: { imported: { members: ["newThing"] } } }, "setting newThing"],
    ["not-enforced", { more: { imported: { settings: ["cambist.planes"] } } }, "setting cambist.planes"],

    ["saml-clients", { clients: { api: { protocol: "saml" } } }, "client api"],
    ["authorization-services", { migrated: { api: { authorizationServicesEnabled: true } } }, "client api"],
    ["missing-grants", attribute("oauth2.device.authorization.grant.enabled", "true"), "client api (device grant)"],
    ["missing-grants", attribute("oauth2.device.authorization.grant.enabled", "false"), undefined],
    ["bound-tokens", attribute("dpop.bound.access.tokens", "true"), "client api (DPoP)"],
    ["client-authentication", { clients: { api: { authenticatorType: "client-x509" } } }, "client api (client-x509)"],
    ["client-authentication", { clients: { shop: { authenticatorType: "client-x509" } } }, undefined],
    [
      "client-keys",
      {
        clients: {
          api: {
            authenticatorType: "client-jwt",
            attributes: { "use.jwks.url": "true", "jwks.url": "https://api.example.com/jwks" },
          },
        },
      },
      "client api (https://api.example.com/jwks)",
    ],
    ["logout-calls", attribute("backchannel.logout.url", "https://api.example.com/out"), "client api (https://api.example.com/out)"],
    ["logout-calls", { migrated: { api: { adminUrl: "https://api.example.com/k" } } }, "client api (https://api.example.com/k)"],
    ["signatures", attribute("access.token.signed.response.alg", "ES256K"), "client api (access token ES256K)"],
    ["signatures", attribute("access.token.signed.response.alg", "ES384"), undefined],
    ["signatures", attribute("user.info.response.signature.alg", "HS256"), "client api (userinfo HS256)"],
    ["signatures", { realm: { realm: { defaultSignatureAlgorithm: "ES256K" } } }, "realm test (ES256K)"],
    ["encryption", attribute("id.token.encrypted.response.alg", "RSA-OAEP"), "client api (id.token.encrypted.response.alg RSA-OAEP)"],
    ["subjects", { clients: { api: { mappers: [mapper("oidc-sha256-pairwise-sub-mapper")] } } }, "client api"],
    ["mappers", { clients: { api: { mappers: [mapper("oidc-sha256-pairwise-sub-mapper")] } } }, undefined],
    [
      "mappers",
      { clients: { api: { mappers: [mapper("oidc-hardcoded-claim-mapper", { "claim.name": "azp" }, "fake")] } } },
      "mapper fake (oidc-hardcoded-claim-mapper of client api: the claim azp is reserved)",
    ],
    [
      "mappers",
      { clients: { api: { mappers: [mapper("home-made")] } } },
      "mapper home-made (home-made of client api: mappers of this type are not supported)",
    ],

    [
      "flows",
      {
        settings: {
          flows: [
            { alias: "browser", builtIn: true, topLevel: true, steps: [] },
            { alias: "strict", builtIn: false, topLevel: true, steps: [] },
            { alias: "strict forms", builtIn: false, topLevel: false, steps: [] },
          ],
          bindings: [{ place: "browserFlow", alias: "strict" }],
        },
        migrated: { api: { ownFlows: ["browser"] } },
      },
      "flow strict (as browserFlow); client api (browser)",
    ],
    [
      "second-factor",
      { ...shopSignsIn, settings: { flows: directGrant({ flow: "inner" }) }, users: { secondFactor: { count: 1, first: ["ann"] } } },
      "user ann",
    ],
    ["second-factor", { ...shopSignsIn, users: { secondFactor: { count: 1, first: ["ann"] } } }, undefined],
    ["second-factor", { settings: { flows: directGrant(OTP) }, users: { secondFactor: { count: 1, first: ["ann"] } } }, undefined],
    [
      "password-grant",
      { ...shopSignsIn, settings: { flows: directGrant(OTP, { authenticator: "conditional-user-role" }) } },
      "flow direct grant (conditional-user-role)",
    ],
    ["password-grant", { ...shopSignsIn, settings: { flows: directGrant(OTP) } }, undefined],

    [
      "policy-kinds",
      permitting(stored(TO_ORDERS, [policy({ type: "unknown", kind: "js" }, "POSITIVE", "by script")])),
      "policy by script (type js; in exchange to orders)",
    ],
    ["policy-kinds", permitting(stored("view.permission.users", [policy({ type: "unknown", kind: "js" })])), undefined],
    [
      "policy-patterns",
      {
        matchesRegex: noBackReference,
        ...permitting(
          stored(TO_ORDERS, [
            policy({
              type: "aggregate",
              strategy: "UNANIMOUS",
              policies: [policy({ type: "regex", targetClaim: "a", pattern: "\\1", targetContextAttributes: false }, "POSITIVE", "back")],
            }),
          ]),
        ),
      },
      "policy back (\\1; in exchange to orders)",
    ],
    [
      "policy-nobody",
      permitting(stored(BE_IMPERSONATED, [policy({ type: "user", userIds: new Set() }, "NEGATIVE", "all but")])),
      `policy all but (type user; in ${BE_IMPERSONATED})`,
    ],
    ["policy-nobody", permitting(stored(BE_IMPERSONATED, [policy({ type: "user", userIds: new Set() })])), undefined],
    ["permission-logic", permitting(stored(IMPERSONATE, [clientPolicy("api")], "NEGATIVE")), `permission ${IMPERSONATE}`],
    [
      "administration",
      permitting(stored(`manage.permission.client.${uuid("orders")}`, [clientPolicy("api")]), stored(TO_ORDERS, [clientPolicy("api")])),
      "permission manage of client orders",
    ],
    [
      "permissions-off",
      { ...permitting(stored(TO_ORDERS, [])), realm: { features: { fineGrainedAdminPermissions: false } } },
      `permission ${TO_ORDERS}`,
    ],

    ["exchange-on", exchanging({ source: features(["IMPERSONATION"]) }), `permission ${TO_ORDERS} (api to orders)`],
    ["exchange-on", exchanging({ source: features(["TOKEN_EXCHANGE"]) }), undefined],
    ["exchange-on", exchanging(), undefined],
    ["standard-exchange", { ...attribute("standard.token.exchange.enabled", "true"), source: features(["TOKEN_EXCHANGE"]) }, "client api"],
    [
      "standard-exchange",
      { ...attribute("standard.token.exchange.enabled", "true"), source: features(["TOKEN_EXCHANGE_STANDARD_V2"]) },
      undefined,
    ],
    [
      "standard-exchange",
      {
        ...attribute("standard.token.exchange.enabled", "true"),
        source: features(["TOKEN_EXCHANGE"]),
        realm: { features: { standardTokenExchange: false } },
      },
      undefined,
    ],
    [
      "long-chains",
      exchanging({ realm: { permissions: { [exchangeToClient(uuid("api"))]: [clientPolicy("orders")] } } }),
      "client api (in a circle); client orders (in a circle)",
    ],
    ["long-chains", exchanging({ realm: { exchange: { maxDepth: 1 } } }), undefined],

    ["refresh-token", exchanging(), "client api"],
    ["refresh-token", exchanging({ realm: { features: { tokenExchange: false } } }), undefined],
    ["refresh-token", exchanging({ clients: { api: { attributes: { "use.refresh.tokens": "false" } } } }), undefined],
    ["refresh-token", exchanging({ clients: { api: { attributes: { "standard.token.exchange.enabled": "true" } } } }), undefined],
    ["refresh-token", exchanging({ clients: { api: { enabled: false } } }), undefined],
    ["refresh-token", exchanging({ source: { exchanges: [exchanged()] } }), "client api (2 of 8 exchanges on record gave one)"],
    ["refresh-token", exchanging({ source: { exchanges: [exchanged({ withRefreshToken: 0 })] } }), undefined],
    ["refresh-token", { source: { exchanges: [exchanged({ requester: "gone" })] } }, undefined],
    ["answer", { source: { exchanges: [exchanged({ requester: "shop", target: "shop" })] } }, "client shop"],
    ["answer", exchanging({}, [policy({ type: "time", config: { hour: "3" } })]), "client api; client shop"],
    ["answer", exchanging({}, [clientPolicy("orders")]), undefined],
    ["refusals", exchanging(), "client api"],
    ["password-refusals", shopSignsIn, "client shop"],
    [
      "answer",
      exchanging(
        {
          more: {
            accounts: new Map([[uuid("api"), { userId: userId("api"), roles: new Set([role("mover")]), groupIds: [], attributes: {} }]]),
          },
          realm: { roles: { mover: [] } },
        },
        [policy({ type: "role", fetchRoles: false, roles: [{ roleId: role("mover"), required: false }] })],
      ),
      "client api",
    ],
    [
      "answer",
      exchanging({}, [
        policy({ type: "group", groupsClaim: "", groups: [{ groupId: groupId("/none"), path: "/none", extendChildren: false }] }),
      ]),
      undefined,
    ],
    [
      "lifespan",
      exchanging({ clients: { orders: { attributes: { "access.token.lifespan": "900" } } } }),
      "client orders (900 s there, 300 s here)",
    ],
    [
      "lifespan",
      exchanging({ clients: { orders: { attributes: { "access.token.lifespan": "-1" } } } }),
      "client orders (as long as the session there, 300 s here)",
    ],
    ["lifespan", exchanging(), undefined],
    ["lifespan", { clients: { orders: { attributes: { "access.token.lifespan": "900" } } } }, undefined],
    ["ends-with-subject", exchanging(), "client orders"],
    ["act", exchanging(), "client orders"],
    ["act", { source: { exchanges: [exchanged({ requester: "shop", target: "shop" })] } }, undefined],
    ["audience", exchanging(), "client api (exchanges to orders)"],
    ["audience", exchanging({ clients: { shop: { directAccessGrantsEnabled: true, mappers: [audienceMapper("api")] } } }), undefined],
    ["audience", exchanging({ clients: { shop: { mappers: [audienceMapper("api")] } } }), "client api (exchanges to orders)"],
    [
      "audience",
      exchanging({ clients: { api: { roles: ["caller"] }, shop: { directAccessGrantsEnabled: true, roleScope: ["api/caller"] } } }),
      undefined,
    ],
    ["audience", exchanging({ clients: { api: { directAccessGrantsEnabled: true } } }), undefined],
    ["role-right", { clients: { orders: { roles: ["token-exchange"] } } }, "role orders/token-exchange (nobody holds it yet)"],
    [
      "role-right",
      { clients: { orders: { roles: ["token-exchange"] }, api: { exchangeRoles: ["orders"] } } },
      "role orders/token-exchange (held by api)",
    ],
    ["role-right", exchanging({ clients: { orders: { roles: ["token-exchange"] } } }), undefined],
    ["permission-empty", exchanging({}, []), `permission ${TO_ORDERS} (of client orders)`],
    ["permission-empty", exchanging({ clients: { orders: { roles: ["token-exchange"] } } }, []), undefined],
    [
      "several-targets",
      exchanging({ realm: { permissions: { [exchangeToClient(uuid("shop"))]: [clientPolicy("api")] } } }),
      "client api (orders, shop)",
    ],
    ["several-targets", exchanging(), undefined],
    [
      "dropped-scopes",
      exchanging({ realm: { permissions: { [exchangeToClient(uuid("api"))]: [clientPolicy("shop")] } } }),
      "client api (exchanges on to orders)",
    ],
    ["dropped-scopes", exchanging(), undefined],
    ["consent", { clients: { api: { consentRequired: true } } }, "client api"],
    ["consent", { clients: { shop: { consentRequired: true } } }, undefined],
    ["events", { realm: { realm: { events: { enabled: true, types: new Set(), expiration: 0 } } } }, "realm test"],

    ["impersonation-account", { impersonators: [account] }, "client api"],
    ["impersonation-account", impersonating(), undefined],
    ["impersonation-account", byPermission([clientPolicy("api")], { impersonators: [account] }), undefined],
    ["impersonation-account", { impersonators: [account], realm: { features: { impersonation: false } } }, undefined],
    ["impersonation-role", impersonating(shopSignsIn), "user sam (tokens of shop)"],
    ["impersonation-role", impersonating({ clients: { shop: { directAccessGrantsEnabled: true, fullScopeAllowed: true } } }), undefined],
    [
      "impersonation-role",
      impersonating({ clients: { shop: { directAccessGrantsEnabled: true, roleScope: [`${REALM_MANAGEMENT}/impersonation`] } } }),
      undefined,
    ],
    ["impersonation-lifetime", impersonating(), "realm test (300 s there, 120 s here)"],
    ["impersonation-lifetime", byPermission([clientPolicy("api")]), "realm test (300 s there, 120 s here)"],
    ["impersonation-lifetime", impersonating({ realm: { realm: { accessTokenLifespan: 60 } } }), "realm test (60 s as there)"],
    ["impersonation-lifetime", byPermission([]), undefined],
    [
      "impersonation-protected",
      impersonating({
        more: { administrators: [administrator("sam", "impersonation"), administrator("boss", "impersonation", "manage-users")] },
      }),
      "user boss (holds manage-users)",
    ],
    [
      "impersonation-protected",
      impersonating({
        more: { administrators: [administrator("sam", "impersonation", "manage-users"), administrator("boss", "manage-users")] },
      }),
      undefined,
    ],
    [
      "impersonation-protected",
      byPermission([clientPolicy("api")], { more: { administrators: [administrator("boss", "manage-users")] } }),
      "user boss (holds manage-users)",
    ],
    [
      "impersonation-final",
      byPermission(
        [policy({ type: "user", userIds: new Set([userId("boss")]) })],
        impersonating({ more: { administrators: [administrator("sam", "impersonation")] } }),
      ),
      "user sam",
    ],
    [
      "impersonation-final",
      byPermission(
        [policy({ type: "user", userIds: new Set([userId("sam")]) })],
        impersonating({ more: { administrators: [administrator("sam", "impersonation")] } }),
      ),
      undefined,
    ],
    ["impersonation-client", byPermission([clientPolicy("api")]), `permission ${IMPERSONATE} (api)`],
    ["impersonation-client", byPermission([policy({ type: "user", userIds: new Set([userId("sam")]) })]), undefined],
    ["naked-impersonation", byPermission([clientPolicy("api", "shop")]), "client api"],
    ["naked-impersonation", byPermission([clientPolicy("api")], { realm: { exchange: { nakedImpersonation: false } } }), undefined],
    ["impersonate-disabled", impersonating({ users: { disabled: { count: 1, first: ["ann"] } } }), "user ann"],
    ["impersonate-disabled", { users: { disabled: { count: 1, first: ["ann"] } } }, undefined],
    [
      "impersonate-disabled",
      impersonating({ users: { disabled: { count: 1, first: ["ann"] } }, source: { version: "26.5.2" } }),
      undefined,
    ],
    [
      "impersonate-disabled",
      impersonating({ users: { disabled: { count: 1, first: ["ann"] } }, source: { version: "26.1.3" } }),
      "user ann",
    ],
    ["impersonate-again", { impersonators: [impersonator(), account] }, "user sam"],
    ["impersonate-again", impersonating(), undefined],

    ["version", { source: { version: "24.0.5" } }, "realm test (comes from 24.0.5)"],
    ["version", { source: { version: "26.1.3" } }, undefined],
  ];
  test.each(cases.map(([id, change, whom]) => [id, whom ?? "nobody", change] as const))("%s: %s", (id, whom, change) => {
    expect(differencesOf(change).get(id) ?? "nobody").toBe(whom);
  });

  test("every row of the table, at least once", () => {
    const provoked = new Set(cases.flatMap(([id, , whom]) => (whom === undefined ? [] : [id])));
    expect(DIFFERENCES.map(({ id }) => id).filter((id) => !provoked.has(id))).toEqual([]);
  });
});

test("rows say what, why and what to do, each under a name of its own", () => {
  expect(new Set(DIFFERENCES.map(({ id }) => id)).size).toBe(DIFFERENCES.length);
  for (const { what, why, change } of DIFFERENCES) for (const text of [what, why, change]) expect(text).toMatch(/^[A-Z].*\.$/);
});

test("what holds in both dialects comes first", () => {
  const order = { both: 0, native: 1, keycloak: 2 };
  const dialects = findDifferences(quietFacts(exchanging({ source: { version: "24.0.5", initialAccessTokens: 1 } }))).map(
    ({ dialect }) => order[dialect],
  );
  expect(dialects).toEqual(dialects.toSorted((a, b) => a - b));
  expect(new Set(dialects).size).toBe(3);
});

test("a permission that hundreds of clients might pass is asked about those its policies name", () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, number) => [`service-${number}`, {}]));
  const permissions = Object.fromEntries(Object.keys(many).map((name) => [exchangeToClient(uuid(name)), [clientPolicy("api")]]));
  const found = findDifferences(quietFacts({ clients: many, realm: { permissions } })).find(({ id }) => id === "act");
  expect(found?.count).toBe(300);
});
