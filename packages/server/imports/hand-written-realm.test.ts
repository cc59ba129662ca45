import { describe, expect, test } from "vitest";

import { verifyPassword } from "../passwords/hash.ts";
import { secretsEqual } from "../secrets/secret-box.ts";
import { clientSecretPlace, credentialSecretPlace, providerSecretPlace, realmSecretPlace } from "../secrets/secret-places.ts";
import { openText } from "../secrets/sealed-text.ts";
import { ImportError } from "./import-error.ts";
import { box, importObject, NOW } from "./testing/import-testing.ts";

/** Every part of a realm, as briefly as people write it. What Keycloak 26.1.3 made of it was recorded. */
const SMALL = {
  realm: "small",
  enabled: true,
  roles: {
    realm: [{ name: "a", composite: true, composites: { realm: ["b"], client: { one: ["r"] } } }, { name: "b" }],
    client: { one: [{ name: "r" }] },
  },
  clients: [
    { clientId: "one", secret: "**********" },
    { clientId: "two", publicClient: true, defaultClientScopes: ["own", "email"] },
  ],
  clientScopes: [
    { name: "own", protocol: "openid-connect" },
    { name: "email", protocol: "openid-connect" },
  ],
  groups: [{ name: "g", realmRoles: ["a"], subGroups: [{ name: "h" }] }],
  defaultGroups: ["/g/h"],
  defaultRoles: ["b"],
  users: [
    {
      username: "U",
      enabled: true,
      groups: ["/g"],
      realmRoles: ["a"],
      clientRoles: { one: ["r"] },
      credentials: [{ type: "password", value: "u-password" }],
    },
    { username: "service-account-one", serviceAccountClientId: "one", enabled: true },
  ],
  scopeMappings: [{ client: "two", roles: ["b"] }],
  clientScopeMappings: { one: [{ client: "two", roles: ["r"] }] },
  identityProviders: [{ alias: "i", providerId: "oidc", config: { clientSecret: "upstream-secret" } }],
  identityProviderMappers: [
    { name: "m", identityProviderAlias: "i", identityProviderMapper: "oidc-user-attribute-idp-mapper", config: {} },
  ],
};

describe("a small realm with every part", () => {
  test("has its own client scopes and offline_access, and no default ones", async () => {
    const { rows } = await importObject(SMALL);
    expect(rows.clientScopes.map(({ name }) => name).toSorted()).toEqual(["email", "offline_access", "own"]);
    expect(rows.row.representation).toMatchObject({
      defaultDefaultClientScopes: [],
      defaultOptionalClientScopes: ["offline_access"],
      defaultGroups: ["/g/h"],
    });
    const one = rows.client("one");
    expect([rows.scopeNames(one.defaultScopeIds), rows.scopeNames(one.optionalScopeIds)]).toEqual([[], ["offline_access"]]);
    const two = rows.client("two");
    expect([rows.scopeNames(two.defaultScopeIds), rows.scopeNames(two.optionalScopeIds)]).toEqual([["own", "email"], []]);
    expect(rows.client("account").defaultScopeIds).toEqual([]);
  });

  test("has clients with Keycloak's defaults", async () => {
    const { rows } = await importObject(SMALL);
    expect(rows.client("one")).toMatchObject({ enabled: true, clientId: "one" });
    expect(rows.client("one").representation).toEqual({
      alwaysDisplayInConsole: false,
      attributes: { "post.logout.redirect.uris": "+", realm_client: "false" },
      authenticationFlowBindingOverrides: {},
      bearerOnly: false,
      clientAuthenticatorType: "client-secret",
      consentRequired: false,
      directAccessGrantsEnabled: false,
      frontchannelLogout: false,
      fullScopeAllowed: true,
      implicitFlowEnabled: false,
      nodeReRegistrationTimeout: -1,
      notBefore: 0,
      protocol: "openid-connect",
      publicClient: false,
      redirectUris: [],
      serviceAccountsEnabled: false,
      standardFlowEnabled: true,
      surrogateAuthRequired: false,
      webOrigins: [],
    });
    expect(rows.clients.map(({ clientId }) => clientId).toSorted()).toEqual([
      "account",
      "account-console",
      "admin-cli",
      "broker",
      "one",
      "realm-management",
      "security-admin-console",
      "two",
    ]);
  });

  test("has the built-in roles beside its own, and a default role with both", async () => {
    const { rows } = await importObject(SMALL);
    expect(rows.composite("default-roles-small")).toEqual([
      "account/manage-account",
      "account/view-profile",
      "b",
      "offline_access",
      "uma_authorization",
    ]);
    expect(rows.composite("a")).toEqual(["b", "one/r"]);
    expect(rows.row.representation["defaultRole"]).toMatchObject({ id: rows.role("default-roles-small").id, name: "default-roles-small" });
  });

  test("has scope mappings, groups, users and their roles", async () => {
    const { rows } = await importObject(SMALL);
    expect(rows.roleNames(rows.client("two").roleScope)).toEqual(["b", "one/r"]);
    const [g, h] = rows.groups;
    expect([g?.name, h?.name, h?.parentId]).toEqual(["g", "h", g?.id]);
    expect(rows.roleNames(g?.roleIds ?? [])).toEqual(["a"]);
    const user = rows.user("u");
    expect(rows.roleNames(user.roleIds)).toEqual(["a", "one/r"]);
    expect(user.groupIds).toEqual([g?.id]);
    expect(rows.user("service-account-one").serviceAccountClientUuid).toBe(rows.client("one").id);
  });

  test("a plain password is hashed", async () => {
    const { rows } = await importObject(SMALL);
    const [credential] = rows.user("u").credentials;
    expect(credential).toMatchObject({ type: "password", createdDate: NOW });
    expect(verifyPassword(credential ?? {}, "u-password")).toBe(true);
  });

  test("a masked secret is replaced by one of 32 characters, and named", async () => {
    const { rows, report } = await importObject(SMALL);
    const { id, sealedSecret = "", secretHash = "" } = rows.client("one");
    const secret = box.open(sealedSecret, clientSecretPlace(rows.row.id, id));
    expect(secret).toMatch(/^[\w-]{32}$/);
    expect(secretsEqual(secret, secretHash)).toBe(true);
    expect(report.warnings.line("small.json")).toBe("small.json: masked or empty secrets, a new one made: one");
  });

  test("a provider's secret is sealed and its mapper kept", async () => {
    const { rows } = await importObject(SMALL);
    const [provider] = rows.identityProviders;
    expect(provider?.representation).toEqual({ providerId: "oidc", config: {} });
    expect(box.open(provider?.sealedSecret ?? "", providerSecretPlace(rows.row.id, provider?.internalId ?? ""))).toBe("upstream-secret");
    expect(rows.identityProviderMappers).toMatchObject([{ alias: "i", name: "m" }]);
  });
});

test("a realm or user that does not say enabled is disabled, a client is enabled", async () => {
  const { rows } = await importObject({ realm: "r", clients: [{ clientId: "c" }], users: [{ username: "u" }] });
  expect([rows.row.enabled, rows.client("c").enabled, rows.user("u").enabled]).toEqual([false, true, false]);
});

test("settings the file does not name are a new realm's", async () => {
  const { rows } = await importObject({ realm: "r", accessTokenLifespan: "600", attributes: { a: 1 }, sslRequired: "NONE" });
  const { representation } = rows.row;
  expect(representation).toMatchObject({
    accessTokenLifespan: 600,
    ssoSessionIdleTimeout: 1800,
    sslRequired: "none",
    browserFlow: "browser",
  });
  expect(representation["attributes"]).toMatchObject({ a: "1", cibaInterval: "5" });
  expect(representation["authenticationFlows"]).toHaveLength(21);
  for (const elsewhere of ["clients", "users", "roles", "realm", "id", "enabled", "components"])
    expect(representation).not.toHaveProperty(elsewhere);
});

test("a setting that may stand among the attributes counts from there, and stands there when only its member is given", async () => {
  const { rows } = await importObject({
    realm: "r",
    clientSessionIdleTimeout: 5,
    clientOfflineSessionMaxLifespan: 7,
    attributes: { clientSessionIdleTimeout: "9", oauth2DeviceCodeLifespan: "soon", realmReusableOtpCode: "true" },
  });
  expect(rows.row.representation).toMatchObject({
    clientSessionIdleTimeout: 9,
    clientOfflineSessionMaxLifespan: 7,
    oauth2DeviceCodeLifespan: 600,
    otpPolicyCodeReusable: true,
    attributes: { clientSessionIdleTimeout: "9", clientOfflineSessionMaxLifespan: "7" },
  });
  expect(rows.row.representation["attributes"]).not.toHaveProperty("clientSessionMaxLifespan");
});

test("a service account is made where the file brings none, and its client alone gets the scope for it", async () => {
  const { rows } = await importObject({
    realm: "r",
    clients: [
      { clientId: "Job", serviceAccountsEnabled: true },
      { clientId: "known", serviceAccountsEnabled: true },
      { clientId: "optional", serviceAccountsEnabled: true, optionalClientScopes: ["service_account"] },
    ],
    users: [{ username: "service-account-known", enabled: true, serviceAccountClientId: "known" }],
  });
  expect(rows.scopeNames(rows.client("known").defaultScopeIds)).not.toContain("service_account");
  expect(rows.scopeNames(rows.client("optional").defaultScopeIds)).not.toContain("service_account");
  const user = rows.user("service-account-job");
  expect(user).toMatchObject({ enabled: true, serviceAccountClientUuid: rows.client("Job").id, createdTimestamp: NOW });
  expect(rows.roleNames(user.roleIds)).toEqual(["default-roles-r"]);
  expect(rows.scopeNames(rows.client("Job").defaultScopeIds)).toContain("service_account");
});

test("a built-in client the file names keeps what the file does not say", async () => {
  const { rows } = await importObject({
    realm: "r",
    clients: [
      { id: "rm-id", clientId: "realm-management", authorizationSettings: { policies: [] } },
      { clientId: "admin-cli", enabled: false },
    ],
  });
  const admin = rows.client("realm-management");
  expect(admin.id).toBe("rm-id");
  expect(admin.representation).toMatchObject({ bearerOnly: true, fullScopeAllowed: false, attributes: { realm_client: "true" } });
  expect(rows.composite("realm-management/realm-admin")).toHaveLength(18);
  expect(rows.authorization).toMatchObject([
    { clientUuid: "rm-id", settings: { policyEnforcementMode: "ENFORCING", decisionStrategy: "UNANIMOUS" } },
  ]);
  expect(rows.client("admin-cli")).toMatchObject({
    enabled: false,
    representation: { directAccessGrantsEnabled: true, publicClient: true },
  });
});

test("a client that the file lists roles for, be it none, has exactly those", async () => {
  const { rows } = await importObject({
    realm: "r",
    clients: [{ clientId: "account" }],
    roles: { client: { account: [{ name: "own" }] } },
  });
  expect(rows.roles.filter(({ clientUuid }) => clientUuid === rows.client("account").id).map(({ name }) => name)).toEqual(["own"]);
  expect(rows.composite("default-roles-r")).toEqual(["offline_access", "uma_authorization"]);
});

test("clients without a usable secret get one where they authenticate by it", async () => {
  const { rows } = await importObject({
    realm: "r",
    clients: [
      { clientId: "none" },
      { clientId: "empty", secret: "" },
      { clientId: "vault", secret: "${vault.key}" },
      { clientId: "public", publicClient: true },
      { clientId: "bearer", bearerOnly: true },
      { clientId: "jwt", clientAuthenticatorType: "client-jwt" },
    ],
  });
  const hasSecret = (clientId: string): boolean => rows.client(clientId).sealedSecret !== undefined;
  expect(["none", "empty", "vault"].every(hasSecret)).toBe(true);
  expect(["public", "bearer", "jwt"].some(hasSecret)).toBe(false);
  expect(secretsEqual("${vault.key}", rows.client("vault").secretHash ?? "")).toBe(false);
});

test("credentials of every age are kept", async () => {
  const { rows, report } = await importObject({
    realm: "r",
    users: [
      {
        username: "old",
        credentials: [
          {
            type: "password",
            hashedSaltedValue: "c2VjcmV0LWhhc2gtb2YtMTYrYnl0ZXM=",
            salt: "c2FsdHNhbHQ=",
            hashIterations: 27500,
            algorithm: "pbkdf2-sha256",
          },
          { type: "totp", hashedSaltedValue: "otp-seed", digits: 6, period: 30, algorithm: "HmacSHA1" },
        ],
      },
      {
        username: "new",
        credentials: [
          { id: "otp-1", type: "otp", secretData: '{"value":"otp-seed"}', credentialData: '{"subType":"totp"}', userLabel: "phone" },
        ],
      },
      { username: "temp", credentials: [{ value: "change-me", temporary: true }], requiredActions: ["VERIFY_EMAIL"] },
      { username: "odd", credentials: [{ type: "password", secretData: "{}", credentialData: '{"algorithm":"bcrypt"}' }] },
    ],
  });
  const [password, totp] = rows.user("old").credentials;
  expect(JSON.parse(password?.credentialData ?? "")).toMatchObject({ hashIterations: 27500, algorithm: "pbkdf2-sha256" });
  expect(JSON.parse(password?.secretData ?? "")).toEqual({ value: "c2VjcmV0LWhhc2gtb2YtMTYrYnl0ZXM=", salt: "c2FsdHNhbHQ=" });
  expect(totp?.type).toBe("otp");
  const [otp] = rows.user("new").credentials;
  expect(otp).toMatchObject({ id: "otp-1", type: "otp", userLabel: "phone" });
  expect(JSON.stringify([totp, otp])).not.toContain("otp-seed");
  const { sealed } = JSON.parse(otp?.secretData ?? "") as { sealed: string };
  expect(box.open(sealed, credentialSecretPlace(rows.row.id, "otp-1"))).toBe('{"value":"otp-seed"}');
  expect(rows.user("temp").requiredActions).toEqual(["VERIFY_EMAIL", "UPDATE_PASSWORD"]);
  expect(report.warnings.entries()).toEqual([["passwords in a form that cannot be verified", ["odd (malformed)"]]]);
});

test("the realm's password policy decides how plain passwords are hashed", async () => {
  const users = [{ username: "u", credentials: [{ value: "pw" }] }];
  const { rows } = await importObject({ realm: "r", passwordPolicy: "hashAlgorithm(pbkdf2-sha256) and hashIterations(1000)", users });
  expect(JSON.parse(rows.user("u").credentials[0]?.credentialData ?? "")).toMatchObject({
    algorithm: "pbkdf2-sha256",
    hashIterations: 1000,
  });
});

test("the mail server's password is sealed inside the representation", async () => {
  const { rows } = await importObject({ realm: "r", smtpServer: { host: "mail", password: "mail-password", auth: true } });
  const server = rows.row.representation["smtpServer"] as Record<string, string>;
  expect(server).toMatchObject({ host: "mail", auth: "true" });
  expect(server["password"]).not.toContain("mail-password");
  expect(openText(box, server["password"] ?? "", realmSecretPlace(rows.row.id, "smtpServer.password"))).toBe("mail-password");
});

/** A policy as exports write it: settings are JSON in texts. */
const policy = (name: string, type: string, config: object) => ({
  name,
  type,
  config: Object.fromEntries(Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)])),
});

test("policies of every kind get ids, and what is unknown denies or stays unresolved", async () => {
  const { rows, report } = await importObject({
    realm: "r",
    roles: { realm: [{ name: "a/b" }], client: { "https://api/x": [{ name: "read/all" }] } },
    groups: [{ name: "g", subGroups: [{ name: "h" }] }],
    users: [{ username: "Wile" }],
    clients: [
      { clientId: "https://api/x" },
      {
        clientId: "realm-management",
        authorizationSettings: {
          resources: [{ name: "thing", _id: "thing-id", scopes: [{ name: "view" }, { name: "made" }] }],
          scopes: [{ name: "view", id: "view-id" }],
          policies: [
            {
              name: "permission",
              type: "scope",
              logic: "NEGATIVE",
              decisionStrategy: "AFFIRMATIVE",
              config: { resources: '["thing"]', scopes: '["view"]', applyPolicies: '["clients","roles"]' },
            },
            { ...policy("clients", "client", { clients: ["https://api/x"] }), description: "d" },
            policy("roles", "role", { roles: [{ id: "a/b", required: true }, { id: "https://api/x/read/all" }, { id: "ghost" }] }),
            policy("users", "user", { users: ["wile"] }),
            policy("groups", "group", { groups: [{ path: "/g/h", extendChildren: true }, { path: "/ghost" }] }),
            policy("scopes", "client-scope", { clientScopes: [{ id: "email", required: true }] }),
            { name: "script", type: "js", config: { code: "x" } },
            { name: "all", type: "aggregate", config: { applyPolicies: '["clients","script"]' } },
          ],
        },
      },
    ],
  });
  const [authorization] = rows.authorization;
  const find = (name: string) => authorization?.policies.find((one) => one.name === name);
  const config = (name: string, member: string): unknown =>
    JSON.parse((find(name)?.representation["config"] as Record<string, string> | undefined)?.[member] ?? "null");
  expect(find("permission")).toMatchObject({
    logic: "NEGATIVE",
    decisionStrategy: "AFFIRMATIVE",
    resourceIds: ["thing-id"],
    scopeIds: ["view-id"],
    policyIds: [find("clients")?.id, find("roles")?.id],
    representation: { config: {} },
  });
  expect(authorization?.scopes.map(({ name }) => name)).toEqual(["view", "made"]);
  expect(find("clients")).toMatchObject({ logic: "POSITIVE", decisionStrategy: "UNANIMOUS", representation: { description: "d" } });
  expect(config("clients", "clients")).toEqual([rows.client("https://api/x").id]);
  expect(config("roles", "roles")).toEqual([
    { id: rows.role("a/b").id, required: true },
    { id: rows.role("https://api/x/read/all").id, required: false },
    { id: "ghost", required: false },
  ]);
  expect(config("users", "users")).toEqual([rows.user("wile").id]);
  expect(config("groups", "groups")).toEqual([
    { id: rows.groups[1]?.id, extendChildren: true },
    { id: "/ghost", extendChildren: false },
  ]);
  expect(config("scopes", "clientScopes")).toEqual([{ id: rows.scope("email").id, name: "email", required: true }]);
  expect(find("all")?.policyIds).toEqual([find("clients")?.id, find("script")?.id]);
  expect(report.warnings.entries()).toEqual([
    ["policies that name something unknown", ["roles (role ghost)", "groups (group /ghost)"]],
    ["policies that will deny", ["script (js)"]],
  ]);
});

test("what nobody knows is kept for export and named in one line", async () => {
  const { rows, report } = await importObject({
    realm: "r",
    fancyNewThing: { deep: [1] },
    clients: [
      {
        clientId: "c",
        novelty: 1,
        protocolMappers: [
          { name: "js", protocolMapper: "script-x.js" },
          { name: "sub", protocolMapper: "oidc-hardcoded-claim-mapper", config: { "claim.name": "sub" } },
        ],
      },
    ],
    users: [{ username: "u", shoeSize: 44, realmRoles: ["ghost"] }],
  });
  expect(rows.row.representation["fancyNewThing"]).toEqual({ deep: [1] });
  expect(rows.client("c").representation["novelty"]).toBe(1);
  expect(rows.user("u").representation).toEqual({ shoeSize: 44 });
  const line = report.warnings.line("r.json") ?? "";
  expect(line).toMatch(/^r\.json: [^\n]+$/);
  for (const named of [
    "fancyNewThing",
    "client c.novelty",
    "user.shoeSize",
    "client c/js (",
    "client c/sub (",
    "unknown roles left out: ghost",
  ])
    expect(line).toContain(named);
});

test("roles that only a scope mapping names are made: without them the scope would be open to all", async () => {
  const { rows } = await importObject({
    realm: "r",
    clientScopes: [{ name: "s" }],
    scopeMappings: [{ clientScope: "s", roles: ["ghost"] }],
  });
  expect(rows.roleNames(rows.scope("s").roleScope)).toEqual(["ghost"]);
});

test("consents are kept by client", async () => {
  const { rows } = await importObject({
    realm: "r",
    clients: [{ clientId: "c", consentRequired: true }],
    users: [{ username: "u", clientConsents: [{ clientId: "c", grantedClientScopes: ["email", "ghost"], createdDate: 5 }] }],
  });
  expect(rows.user("u").consents).toEqual([{ clientUuid: rows.client("c").id, scopes: ["email"], representation: { createdDate: 5 } }]);
  expect(rows.client("c").representation["fullScopeAllowed"]).toBe(false);
});

test.each([
  ["no name", {}, "realm", "this member is missing"],
  ["a name with a slash", { realm: "a/b" }, "realm", "a realm name may not hold any of / \\ ? # % ;"],
  ["a wrong type", { realm: "r", enabled: "maybe" }, "enabled", "true or false should be here"],
  ["a wrong number", { realm: "r", accessTokenLifespan: 1.5 }, "accessTokenLifespan", "a whole number should be here"],
  ["an unknown sslRequired", { realm: "r", sslRequired: "sometimes" }, "sslRequired", "one of all, external, none should be here"],
  ["clients that are no list", { realm: "r", clients: { c: 1 } }, "clients", "a list should be here"],
  ["users that are no list", { realm: "r", users: "u" }, "users", "a list should be here"],
  ["a client without a name", { realm: "r", clients: [{ name: "c" }] }, "clients[0].clientId", "this member is missing"],
  [
    "two clients of one name",
    { realm: "r", clients: [{ clientId: "c" }, { clientId: "c" }] },
    "clients[1].clientId",
    "this clientId or id is there twice",
  ],
  [
    "two roles of one name",
    { realm: "r", roles: { realm: [{ name: "a" }, { name: "a" }] } },
    "roles.realm[1].name",
    'there are two roles "a"',
  ],
  ["roles of no client", { realm: "r", roles: { client: { c: [] } } }, "roles.client.c", 'there is no client "c"'],
  [
    "a composite of nothing",
    { realm: "r", roles: { realm: [{ name: "a", composites: { realm: ["b"] } }] } },
    "roles.realm[0].composites",
    'there is no role "b"',
  ],
  ["a user of no group", { realm: "r", users: [{ username: "u", groups: ["/g"] }] }, "users[0].groups", 'there is no group "/g"'],
  ["a default group that is not there", { realm: "r", defaultGroups: ["/g"] }, "defaultGroups", 'there is no group "/g"'],
  [
    "roles of a user in no client",
    { realm: "r", users: [{ username: "u", clientRoles: { c: ["r"] } }] },
    "users[0].clientRoles",
    'there is no client "c"',
  ],
  [
    "a service account of no client",
    { realm: "r", users: [{ username: "u", serviceAccountClientId: "c" }] },
    "users[0].serviceAccountClientId",
    'there is no client "c"',
  ],
  [
    "a mapping of no client",
    { realm: "r", scopeMappings: [{ client: "c", roles: [] }] },
    "scopeMappings[0].client",
    'there is no client "c"',
  ],
  [
    "a control character",
    { realm: "r", users: [{ username: "a\u0000b" }] },
    "users[0].username",
    "control characters and broken characters cannot be stored",
  ],
  ["a user without a name", { realm: "r", users: [{ email: "a@b" }] }, "users[0].username", "this member is missing"],
  [
    "a credential of nothing",
    { realm: "r", users: [{ username: "u", credentials: [{ type: "password" }] }] },
    "users[0].credentials[0].secretData",
    "a credential needs a value, or secretData and credentialData",
  ],
  [
    "an invalid setting of ours",
    { realm: "r", attributes: { "cambist.chain.max-depth": "many" } },
    'attributes["cambist.chain.max-depth"]',
    "a whole number from 1 to 999999999 should be here",
  ],
  [
    "a plane of two words",
    { realm: "r", clients: [{ clientId: "c", attributes: { "cambist.plane": "a b" } }] },
    'clients[0].attributes["cambist.plane"]',
    /a name without spaces/,
  ],
  [
    "a key that is none",
    { realm: "r", components: { "org.keycloak.keys.KeyProvider": [{ name: "k", providerId: "rsa", config: { privateKey: ["AAAA"] } }] } },
    'components["org.keycloak.keys.KeyProvider"][0].config',
    /this key cannot be used/,
  ],
  [
    "a misspelt logic",
    { realm: "r", clients: [{ clientId: "c", authorizationSettings: { policies: [{ name: "p", type: "client", logic: "NEGATVE" }] } }] },
    "clients[0].authorizationSettings.policies[0].logic",
    /one of POSITIVE, NEGATIVE/,
  ],
  [
    "a policy for no client",
    {
      realm: "r",
      clients: [{ clientId: "c", authorizationSettings: { policies: [{ name: "p", type: "client", config: { clients: '["ghost"]' } }] } }],
    },
    "clients[0].authorizationSettings.policies[0].config.clients",
    'there is no client "ghost"',
  ],
  [
    "a policy for no user",
    {
      realm: "r",
      clients: [{ clientId: "c", authorizationSettings: { policies: [{ name: "p", type: "user", config: { users: '["ghost"]' } }] } }],
    },
    "clients[0].authorizationSettings.policies[0].config.users",
    'there is no user "ghost"',
  ],
  [
    "a permission for no resource",
    {
      realm: "r",
      clients: [{ clientId: "c", authorizationSettings: { policies: [{ name: "p", type: "scope", config: { resources: '["ghost"]' } }] } }],
    },
    "clients[0].authorizationSettings.policies[0].config",
    'there is no resource "ghost"',
  ],
  [
    "a permission by no policy",
    {
      realm: "r",
      clients: [
        { clientId: "c", authorizationSettings: { policies: [{ name: "p", type: "scope", config: { applyPolicies: '["ghost"]' } }] } },
      ],
    },
    "clients[0].authorizationSettings.policies[0].config",
    'there is no policy "ghost"',
  ],
  [
    "policy settings that are no JSON",
    {
      realm: "r",
      clients: [{ clientId: "c", authorizationSettings: { policies: [{ name: "p", type: "client", config: { clients: "c" } }] } }],
    },
    "clients[0].authorizationSettings.policies[0].config.clients",
    "a JSON list in a text should be here",
  ],
])("%s refuses the realm, naming the place", async (_title, representation, path, reason) => {
  const error = await importObject(representation as Record<string, unknown>).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ImportError);
  const { file, path: where, reason: why } = error as ImportError;
  expect([file, where]).toEqual(["test.json", path]);
  expect(why).toMatch(reason instanceof RegExp ? reason : new RegExp(`^${reason.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`));
});
