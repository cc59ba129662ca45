import { describe, expect, test } from "vitest";
import type { Policy } from "../model.ts";
import { BE_IMPERSONATED, exchangeToClient, IMPERSONATE } from "../policy/permission-names.ts";
import { NOW, policy } from "../testing/policies.ts";
import { audienceMapper, clientPolicy, mapper, role, uuid } from "../testing/realm.ts";
import { CHECKS, examineRealm, needsWork } from "./checks.ts";
import type { Impersonator, KeyFacts } from "./facts.ts";
import { type Change, DAY, healthyFacts } from "./testing/healthy-realm.ts";

const TO_ORDERS = exchangeToClient(uuid("orders"));
const findingsOf = (change: Change) => examineRealm(healthyFacts(change));
const shortly = (change: Change): readonly string[] =>
  findingsOf(change).map(({ check, severity, object }) => `${severity} ${check} ${object.name}`);

const fixOf = (change: Change) => findingsOf(change)[0]?.fix;

test("a realm that follows every practice has no finding", () => {
  expect(findingsOf({})).toEqual([]);
});

const negative = (one: Policy): Policy => ({ ...one, logic: "NEGATIVE" });
const permissions = (policies: Readonly<Record<string, readonly Policy[]>>): Change => ({
  realm: { permissions: { [TO_ORDERS]: [clientPolicy("api")], ...policies } },
});
const key = (change: Partial<KeyFacts>): Change => ({
  keys: [
    {
      id: "k1",
      name: "rsa",
      algorithm: "RS256",
      bits: 2048,
      priority: 100,
      active: true,
      notBefore: NOW - DAY,
      notAfter: NOW + 999 * DAY,
      ...change,
    },
  ],
});
const impersonator = (change: Partial<Impersonator> = {}): Change => ({
  impersonators: [
    {
      kind: "user",
      userId: "u1",
      name: "sam",
      otherAdminRoles: [],
      administers: false,
      mapping: {
        to: "user",
        id: "u1",
        name: "sam",
        role: { id: "r1", name: "impersonation", clientId: "realm-management", clientUuid: uuid("realm-management") },
      },
      ...change,
    },
  ],
});
const orders = { attributes: { "access.token.lifespan": "900" } };
const others = Object.fromEntries(["one", "two", "three", "four"].map((name) => [name, { serviceAccountsEnabled: true }]));
const exchanged = { target: "orders", subjectClient: "shop", mismatch: false, count: 1, last: NOW };
const use = (change: Partial<ReturnType<typeof healthyFacts>["use"]>): Change => ({ use: { ...healthyFacts().use, ...change } });

test.each<readonly [string, Change, readonly string[]]>([
  ["Full Scope", { clients: { api: { fullScopeAllowed: true } } }, ["warning full-scope api"]],
  ["Full Scope of a disabled client", { clients: { api: { fullScopeAllowed: true, enabled: false } } }, []],
  ["Full Scope of a SAML client", { clients: { old: { fullScopeAllowed: true, protocol: "saml" } } }, []],

  ["a permission without policies", { policies: [] }, ["warning permission-empty " + TO_ORDERS]],
  ["a permission for all but one", { policies: [negative(clientPolicy("shop"))] }, ["critical permission-open " + TO_ORDERS]],
  [
    "a permission by time alone",
    { policies: [policy({ type: "time", config: { hour: "3" } })] },
    ["critical permission-open " + TO_ORDERS],
  ],
  [
    "a permission by time in an aggregate",
    { policies: [policy({ type: "aggregate", strategy: "UNANIMOUS", policies: [policy({ type: "time", config: {} })] })] },
    ["critical permission-open " + TO_ORDERS],
  ],
  ["a permission by time and client", { policies: [policy({ type: "time", config: { hour: "3" } }), clientPolicy("api")] }, []],
  [
    "a permission for a role that everybody holds",
    { policies: [policy({ type: "role", fetchRoles: false, roles: [{ roleId: role("default-roles"), required: false }] })] },
    ["critical permission-open " + TO_ORDERS],
  ],
  [
    "a permission for a role that few hold",
    { policies: [policy({ type: "role", fetchRoles: false, roles: [{ roleId: role("orders/token-exchange"), required: false }] })] },
    [],
  ],
  [
    "a permission that names every client there is",
    { clients: others, policies: [clientPolicy("api", "shop", ...Object.keys(others))] },
    ["critical permission-open " + TO_ORDERS, "warning public-requester shop"],
  ],
  ["a permission that names all clients but one", { clients: others, policies: [clientPolicy("api", "one", "two", "three", "four")] }, []],
  ["a policy of an unknown kind", { policies: [policy({ type: "unknown", kind: "js" })] }, []],
  [
    "the exchange role among the default roles",
    { defaultRoles: new Set([role("orders/token-exchange")]) },
    ["critical exchange-role-for-all orders/token-exchange"],
  ],
  [
    "the same in the other dialect, where that role means nothing",
    { defaultRoles: new Set([role("orders/token-exchange")]), realm: { realm: { dialect: "keycloak" } } },
    [],
  ],

  ["a permission nobody used", use({ usedPermissions: new Set() }), ["warning permission-unused " + TO_ORDERS]],
  ["a permission nobody used, as far as a short log tells", use({ usedPermissions: new Set(), since: NOW - 29 * DAY }), []],
  ["a permission nobody used in a realm without records", use({ usedPermissions: new Set(), since: undefined }), []],
  ["a permission nobody used, of which a policy is new", use({ usedPermissions: new Set(), changed: new Set(["policy:api"]) }), []],
  ["a permission nobody used, switched on lately", use({ usedPermissions: new Set(), changed: new Set([uuid("orders")]) }), []],

  ["a public client in a policy", { policies: [clientPolicy("api", "shop")] }, ["warning public-requester shop"]],
  ["a public client that a policy excludes", { policies: [clientPolicy("api"), negative(clientPolicy("shop"))] }, []],
  ["a public client that exchanged", use({ pairs: [{ ...exchanged, requester: "shop" }] }), ["warning public-requester shop"]],
  [
    "a requester outside the audience",
    use({ pairs: [{ ...exchanged, requester: "api", mismatch: true }] }),
    ["warning audience-mismatch api"],
  ],
  ["a requester that is gone", use({ pairs: [{ ...exchanged, requester: "gone", mismatch: true }] }), ["warning audience-mismatch gone"]],

  ["tokens without audience", { clients: { shop: { defaultScopes: ["basic"] } } }, ["warning audience-missing shop"]],
  ["an audience mapper of the client's own", { clients: { shop: { defaultScopes: ["basic"], mappers: [audienceMapper("api")] } } }, []],
  [
    "an audience for ID tokens alone",
    { clients: { shop: { defaultScopes: [], mappers: [mapper("oidc-audience-mapper", { "access.token.claim": "false" })] } } },
    ["warning audience-missing shop"],
  ],
  ["a client that gets no tokens", { clients: { silent: { defaultScopes: [] } } }, []],
  ["a mapper nobody runs", { clients: { api: { mappers: [mapper("oidc-script-mapper", {}, "mine")] } } }, ["hint mapper-ignored api"]],

  [
    "a long life of a target's tokens",
    { clients: { orders }, realm: { realm: { accessTokenLifespan: 3600 } } },
    ["warning token-lifetime orders"],
  ],
  ["a long life that the realm cuts", { clients: { orders } }, []],
  [
    "a long life that the other dialect does not cut",
    { clients: { orders }, realm: { realm: { dialect: "keycloak" } } },
    ["warning token-lifetime orders"],
  ],
  ["exactly five minutes", { clients: { orders: { attributes: { "access.token.lifespan": "300" } } } }, []],
  ["a long life of tokens that nobody exchanges for", { clients: { api: orders, orders: {} } }, []],
  [
    "a long life of a target by role",
    { clients: { api: { exchangeRoles: ["billing"] }, billing: { attributes: {} } }, realm: { realm: { accessTokenLifespan: 600 } } },
    ["warning token-lifetime billing"],
  ],
  [
    "a long life of a standard exchange, whose token is the requester's",
    { clients: { api: { attributes: { "standard.token.exchange.enabled": "true" } } }, realm: { realm: { accessTokenLifespan: 600 } } },
    ["warning token-lifetime api"],
  ],
  ["a long life of impersonated tokens", { realm: { exchange: { impersonationLifespan: 600 } } }, ["warning impersonation-lifetime test"]],

  ["an impersonator that does nothing else", impersonator(), []],
  ["an impersonator with other admin roles", impersonator({ otherAdminRoles: ["manage-users"] }), ["warning impersonation-general sam"]],
  [
    "an impersonator by administering everything",
    impersonator({ administers: true, otherAdminRoles: ["manage-users"] }),
    ["hint impersonation-general sam"],
  ],
  ["a client that impersonates and exchanges", impersonator({ kind: "client", name: "api" }), ["warning impersonation-general api"]],
  [
    "a client that impersonates only",
    { ...impersonator({ kind: "client", name: "desk" }), clients: { desk: { serviceAccountsEnabled: true } } },
    [],
  ],
  [
    "a client that impersonates and signs people in",
    { ...impersonator({ kind: "client", name: "desk" }), clients: { desk: { standardFlowEnabled: true } } },
    ["warning impersonation-general desk"],
  ],
  [
    "a client that impersonates and administers everything",
    { ...impersonator({ kind: "client", name: "desk", administers: true }), clients: { desk: { serviceAccountsEnabled: true } } },
    ["warning impersonation-general desk"],
  ],
  [
    "impersonation switched off",
    { ...impersonator({ otherAdminRoles: ["manage-users"] }), realm: { features: { impersonation: false } } },
    [],
  ],
  [
    "impersonation for every client",
    permissions({ [IMPERSONATE]: [negative(clientPolicy("shop"))] }),
    ["critical impersonation-open " + IMPERSONATE],
  ],
  ["impersonation for one client", permissions({ [IMPERSONATE]: [clientPolicy("desk")] }), []],
  ["everybody may be impersonated", permissions({ [BE_IMPERSONATED]: [negative(clientPolicy("shop"))] }), []],

  ["events off", { realm: { realm: { events: { enabled: false, types: new Set(), expiration: 0 } } } }, ["warning events-off test"]],
  [
    "events of other types only",
    { realm: { realm: { events: { enabled: true, types: new Set(["LOGIN"]), expiration: 0 } } } },
    ["warning events-off test"],
  ],
  ["admin events off", { adminEventsEnabled: false }, ["hint admin-events-off test"]],

  ["an old key", key({ notBefore: NOW - 366 * DAY }), ["warning key-rotation rsa"]],
  ["a key of exactly a year", key({ notBefore: NOW - 365 * DAY }), []],
  ["a key whose certificate ends soon", key({ notAfter: NOW + 29 * DAY }), ["warning key-rotation rsa"]],
  ["a short key", key({ bits: 1024 }), ["critical key-rotation rsa"]],
  ["an old key that only verifies", key({ notBefore: NOW - 999 * DAY, active: false }), []],
  ["RS256", { realm: { realm: { defaultSignatureAlgorithm: "RS256" } } }, ["hint es256 test"]],

  ["a password everybody tries", { guessablePasswords: [{ id: "u1", username: "admin" }] }, ["critical admin-password admin"]],
  ["passwords nobody looked at", { guessablePasswords: undefined }, []],

  ["redirects to anywhere", { clients: { shop: { redirectUris: ["*"] } } }, ["critical redirect-wildcard shop"]],
  ["redirects to any host of a scheme", { clients: { shop: { redirectUris: ["https://*"] } } }, ["critical redirect-wildcard shop"]],
  [
    "redirects to hosts with this beginning",
    { clients: { shop: { redirectUris: ["https://shop.example*"] } } },
    ["critical redirect-wildcard shop"],
  ],
  [
    "redirects to any path of a site",
    { clients: { shop: { redirectUris: ["https://shop.example.com/*"] } } },
    ["hint redirect-wildcard shop"],
  ],
  ["redirects to any path below the root", { clients: { shop: { redirectUris: ["/*"] } } }, ["hint redirect-wildcard shop"]],
  ["redirects to any host, spelt as a path", { clients: { shop: { redirectUris: ["//*"] } } }, ["critical redirect-wildcard shop"]],
  ["a wildcard where no flow redirects", { clients: { api: { redirectUris: ["*"] } } }, []],

  ["planes, and clients on none", { clients: { orders: { attributes: { "cambist.plane": "data" } } } }, ["warning plane-missing api"]],
  [
    "an identity provider whose audience nobody checks",
    { providers: [provider({ "cambist.audience.unchecked": "true" })] },
    ["warning audience-unchecked hub"],
  ],
  ["an identity provider that checks", { providers: [provider({})] }, []],
])("%s", (_title, change, expected) => {
  expect(shortly(change)).toEqual(expected);
});

function provider(config: Readonly<Record<string, string>>) {
  return { internalId: "p1", alias: "hub", enabled: true, config, representation: { alias: "hub", enabled: true, config } };
}

describe("fixes", () => {
  test("name the call and the same for Keycloak's tool", () => {
    expect(fixOf({ clients: { api: { fullScopeAllowed: true } } })).toMatchObject({
      safe: false,
      request: { method: "PUT", path: "/admin/realms/test/clients/uuid%3Aapi", body: { fullScopeAllowed: false } },
      kcadm: "kcadm.sh update clients/uuid%3Aapi -r test -b '{\"fullScopeAllowed\":false}'",
    });
    expect(fixOf({ adminEventsEnabled: false })?.kcadm).toBe("kcadm.sh update realms/test -b '{\"adminEventsEnabled\":true}'");
  });

  test("quote what a shell would read", () => {
    const name = "it's $(here)";
    const change = { realm: { realm: { name } }, clients: { api: { attributes: { "standard.token.exchange.enabled": "true" } } } };
    const fix = fixOf({ ...change, realm: { realm: { name, accessTokenLifespan: 600 } } });
    expect(fix?.request?.path).toMatch(/^\/admin\/realms\/it's%20%24\(here\)\/clients\//);
    expect(fix?.kcadm).toContain(String.raw`-r 'it'\''s $(here)' -b '{"attributes":{"access.token.lifespan":"300"}}'`);
  });

  test("a change of realm attributes keeps the others", () => {
    const fix = fixOf({ realm: { realm: { attributes: { mine: "1" } }, exchange: { impersonationLifespan: 600 } } });
    expect(fix?.request?.body).toEqual({ attributes: { mine: "1", "cambist.impersonation.lifespan": "120" } });
  });

  test("a mismatch is mended at the client that the token was issued to", () => {
    const fix = fixOf(use({ pairs: [{ ...exchanged, requester: "api", mismatch: true }] }));
    expect(fix?.request).toMatchObject({
      method: "POST",
      path: "/admin/realms/test/clients/uuid%3Ashop/protocol-mappers/models",
      body: { config: { "included.client.audience": "api" } },
    });
  });

  test("exact redirect URIs stay, wild ones go or ask for their path", () => {
    const redirectUris = ["https://a.example/x", "*", "https://b.example/*"];
    expect(fixOf({ clients: { shop: { redirectUris } } })?.request?.body).toEqual({
      redirectUris: ["https://a.example/x", "https://b.example/<path>"],
    });
  });

  test("the role is taken where it was given", () => {
    const fix = fixOf(impersonator({ otherAdminRoles: ["manage-users"] }));
    expect(fix?.request).toEqual({
      method: "DELETE",
      path: "/admin/realms/test/users/u1/role-mappings/clients/uuid%3Arealm-management",
      body: [{ id: "r1", name: "impersonation" }],
    });
    expect(fix?.kcadm).toBe("kcadm.sh remove-roles -r test --uid u1 --cclientid realm-management --rolename impersonation");
  });

  test("those that are safe are one call with nothing to fill in", () => {
    const all = findingsOf({
      adminEventsEnabled: false,
      clients: { orders },
      realm: { realm: { dialect: "keycloak", events: { enabled: false, types: new Set(), expiration: 0 } } },
    });
    expect(all.map(({ check, fix }) => [check, fix.safe])).toEqual([
      ["events-off", true],
      ["token-lifetime", true],
      ["admin-events-off", true],
    ]);
    for (const { fix } of all) expect(JSON.stringify(fix.request)).not.toContain("<");
  });
});

test("ids of checks are unique, and each has a reason", () => {
  expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
  for (const { why } of CHECKS) expect(why).toMatch(/^[A-Z].*\.$/);
});

test("worst first; hints alone are no work", () => {
  const findings = findingsOf({ adminEventsEnabled: false, clients: { shop: { redirectUris: ["*"] } } });
  expect(findings.map(({ severity }) => severity)).toEqual(["critical", "hint"]);
  expect(needsWork(findings)).toBe(true);
  expect(needsWork(findings.slice(1))).toBe(false);
});
