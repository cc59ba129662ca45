import { describe, expect, test } from "vitest";
import type { TokenClaims } from "@cambist/protocol/claims.ts";
import { audienceMapper, mapper, testRealm, type RealmSketch, type UserSketch } from "../testing/realm.ts";
import type { ProtocolMapper } from "../model.ts";
import {
  buildAccessTokenClaims,
  buildIdTokenClaims,
  buildIntrospectionClaims,
  buildUserinfoClaims,
  type TokenBlueprint,
} from "./build-claims.ts";
import { applyClientScopes } from "./client-scopes.ts";
import { unsupportedMappers } from "./mapper-plan.ts";

const stamp = { issuer: "http://id.example/realms/test", jti: "token-1", now: 1_000, lifetime: 300 };
const ACCESS = { "access.token.claim": "true" };
const SERVER_CLAIMS = ["exp", "iat", "jti", "iss", "typ", "azp", "sid", "scope"];

interface Change {
  readonly user?: Partial<UserSketch>;
  readonly notes?: Readonly<Record<string, string>>;
  readonly realm?: RealmSketch;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A client with these mappers and no scopes; the user is alice. */
function blueprint(mappers: readonly ProtocolMapper[], { user, notes = {}, realm, attributes = {} }: Change = {}): TokenBlueprint {
  const view = testRealm({
    clients: [
      { clientId: "app", mappers, attributes, defaultScopes: [], optionalScopes: [], fullScopeAllowed: true, roles: ["user"] },
      { clientId: "shop", roles: ["seller", "buyer"] },
      { clientId: "a.b", roles: ["dotted"] },
      { clientId: "shut", enabled: false, roles: ["member"] },
    ],
    roles: { staff: [], lead: [] },
    groups: [
      { path: "/sales", attributes: { region: ["world"], desk: ["one"] } },
      { path: "/sales/emea", attributes: { region: ["emea"] } },
      { path: "/ops", attributes: { region: ["ops"] } },
    ],
    users: [{ username: "alice", email: "alice@example.com", firstName: "Alice", lastName: "Example", ...user }],
    ...realm,
  });
  const alice = view.user("alice");
  const effectiveRoles = view.effectiveRoles(alice);
  const builtFor = view.client("app");
  const applied = applyClientScopes({ view, client: builtFor, requested: [], effectiveRoles });
  return { view, builtFor, azp: "app", user: alice, session: { id: "session-1", notes, acr: "1" }, applied, effectiveRoles };
}

/** What the mappers add to an access token. */
function written(mappers: readonly ProtocolMapper[], change: Change = {}): Record<string, unknown> {
  const claims: TokenClaims = buildAccessTokenClaims(blueprint(mappers, change), stamp);
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !SERVER_CLAIMS.includes(name)));
}
const attribute = (config: Readonly<Record<string, string>>): ProtocolMapper =>
  mapper("oidc-usermodel-attribute-mapper", { ...ACCESS, ...config });
const attributes = { team: ["red", "blue"], floor: ["3"] };

const groupsMapper = (full: string): ProtocolMapper =>
  mapper("oidc-group-membership-mapper", { ...ACCESS, "claim.name": "groups", "full.path": full });

const renaming = (from: string, to: string): ProtocolMapper => mapper("oidc-role-name-mapper", { role: from, "new.role.name": to });

const genericMappers = (name: string): readonly ProtocolMapper[] => [
  attribute({ "user.attribute": "evil", "claim.name": name }),
  mapper("oidc-usermodel-property-mapper", { ...ACCESS, "user.attribute": "username", "claim.name": name }),
  mapper("oidc-hardcoded-claim-mapper", { ...ACCESS, "claim.name": name, "claim.value": "evil" }),
  mapper("oidc-usersessionmodel-note-mapper", { ...ACCESS, "user.session.note": "evil", "claim.name": name }),
  mapper("oidc-group-membership-mapper", { ...ACCESS, "claim.name": name }),
  mapper("oidc-usermodel-realm-role-mapper", { ...ACCESS, "claim.name": name === "realm_access.roles" ? "realm_access.x.roles" : name }),
  mapper("oidc-usermodel-client-role-mapper", {
    ...ACCESS,
    "claim.name": name === "resource_access.shop.roles" ? "resource_access.shop" : name,
  }),
];

const authTimeFrom = (note: string): ProtocolMapper =>
  mapper("oidc-usersessionmodel-note-mapper", {
    ...ACCESS,
    "user.session.note": note,
    "claim.name": "auth_time",
    "jsonType.label": "long",
  });

const placesOf = (config: Readonly<Record<string, string>>, clientAttributes: Readonly<Record<string, string>> = {}): string => {
  const plan = blueprint([mapper("oidc-hardcoded-claim-mapper", { "claim.name": "x", "claim.value": "1", ...config })], {
    attributes: clientAttributes,
  });
  const token = buildAccessTokenClaims(plan, stamp);
  const found = {
    access: token,
    id: buildIdTokenClaims(plan, stamp),
    userinfo: buildUserinfoClaims(plan),
    introspection: buildIntrospectionClaims(plan, token),
  };
  return Object.entries(found)
    .filter(([, claims]) => claims["x"] === "1")
    .map(([place]) => place)
    .join(" ");
};

describe("oidc-usermodel-attribute-mapper", () => {
  test.each([
    ["writes the first value", { "user.attribute": "team", "claim.name": "team" }, { team: "red" }],
    [
      "writes all values when multivalued",
      { "user.attribute": "team", "claim.name": "team", multivalued: "true" },
      { team: ["red", "blue"] },
    ],
    ["writes in its JSON type", { "user.attribute": "floor", "claim.name": "floor", "jsonType.label": "int" }, { floor: 3 }],
    ["nests", { "user.attribute": "floor", "claim.name": "office.floor" }, { office: { floor: "3" } }],
    ["keeps an escaped dot", { "user.attribute": "floor", "claim.name": "office\\.floor" }, { "office.floor": "3" }],
    ["knows the username as attribute", { "user.attribute": "username", "claim.name": "upn" }, { upn: "alice" }],
    ["knows the mail address as attribute", { "user.attribute": "email", "claim.name": "mail" }, { mail: "alice@example.com" }],
    ["leaves out what the user does not have", { "user.attribute": "car", "claim.name": "car" }, {}],
    ["leaves out what is not of its JSON type", { "user.attribute": "team", "claim.name": "team", "jsonType.label": "long" }, {}],
    ["does not mistake a member of every object for an attribute", { "user.attribute": "constructor", "claim.name": "x" }, {}],
    [
      "writes nothing where access.token.claim is off",
      { "user.attribute": "team", "claim.name": "team", "access.token.claim": "false" },
      {},
    ],
  ] as const)("%s", (_title, config, expected) => {
    expect(written([attribute(config)], { user: { attributes } })).toEqual(expected);
  });

  const region = { "user.attribute": "region", "claim.name": "region", multivalued: "true" };
  test("a user without the attribute takes it from the first group that has it", () => {
    expect(written([attribute(region)], { user: { groups: ["/sales/emea", "/ops"] } })).toEqual({ region: ["emea"] });
  });
  test("and from the groups above", () => {
    expect(written([attribute({ ...region, "user.attribute": "desk" })], { user: { groups: ["/sales/emea"] } })).toEqual({
      region: ["one"],
    });
  });
  test("aggregated: the user's, the groups' and those above, once each", () => {
    const aggregated = attribute({ ...region, "aggregate.attrs": "true" });
    expect(written([aggregated], { user: { groups: ["/sales/emea", "/ops"], attributes: { region: ["home", "emea"] } } })).toEqual({
      region: ["home", "emea", "world", "ops"],
    });
  });
  test("two mappers nest into one claim", () => {
    const mappers = [
      attribute({ "user.attribute": "floor", "claim.name": "office.floor" }),
      attribute({ "user.attribute": "team", "claim.name": "office.team" }),
    ];
    expect(written(mappers, { user: { attributes } })).toEqual({ office: { floor: "3", team: "red" } });
  });
  test("a path through a text writes nothing", () => {
    const mappers = [
      attribute({ "user.attribute": "floor", "claim.name": "office" }),
      attribute({ "user.attribute": "team", "claim.name": "office.team" }),
    ];
    expect(written(mappers, { user: { attributes } })).toEqual({ office: "3" });
  });
  test("names of members that every object has are names like others", () => {
    const claims = written([attribute({ "user.attribute": "floor", "claim.name": "constructor.toString" })], { user: { attributes } });
    expect(JSON.stringify(claims)).toBe('{"constructor":{"toString":"3"}}');
  });
});

describe("other mappers of user and session", () => {
  test("oidc-usermodel-property-mapper writes a field in its type", () => {
    const verified = mapper("oidc-usermodel-property-mapper", {
      ...ACCESS,
      "user.attribute": "emailVerified",
      "claim.name": "ok",
      "jsonType.label": "boolean",
    });
    expect(written([verified], { user: { emailVerified: true } })).toEqual({ ok: true });
    expect(written([mapper("oidc-usermodel-property-mapper", { ...ACCESS, "user.attribute": "attributes", "claim.name": "x" })])).toEqual(
      {},
    );
  });
  test.each([
    [{ firstName: "Alice", lastName: "Example" }, { name: "Alice Example" }],
    [{ firstName: "Alice", lastName: "" }, { name: "Alice" }],
    [{ firstName: "", lastName: "Example" }, { name: "Example" }],
    [{ firstName: "", lastName: "" }, {}],
  ])("oidc-full-name-mapper joins %o", (user, expected) => {
    expect(written([mapper("oidc-full-name-mapper", ACCESS)], { user })).toEqual(expected);
  });
  test("oidc-address-mapper writes the parts the user has, under the attributes it names", () => {
    const address = mapper("oidc-address-mapper", { ...ACCESS, "user.attribute.street": "strasse" });
    expect(written([address], { user: { attributes: { strasse: ["1 Main St"], country: ["DE"] } } })).toEqual({
      address: { street_address: "1 Main St", country: "DE" },
    });
    expect(written([address])).toEqual({ address: {} });
  });
  test("oidc-hardcoded-claim-mapper writes its value in its type", () => {
    expect(
      written([mapper("oidc-hardcoded-claim-mapper", { ...ACCESS, "claim.name": "tier", "claim.value": "2", "jsonType.label": "int" })]),
    ).toEqual({ tier: 2 });
    expect(written([mapper("oidc-hardcoded-claim-mapper", { ...ACCESS, "claim.name": "tier" })])).toEqual({});
  });
  test("oidc-group-membership-mapper writes names or paths", () => {
    const user = { groups: ["/sales/emea", "/ops"] };
    expect(written([groupsMapper("true")], { user })).toEqual({ groups: ["/sales/emea", "/ops"] });
    expect(written([groupsMapper("false")], { user })).toEqual({ groups: ["emea", "ops"] });
    expect(written([groupsMapper("true")])).toEqual({});
  });
  test("oidc-usersessionmodel-note-mapper writes a note", () => {
    const note = mapper("oidc-usersessionmodel-note-mapper", {
      ...ACCESS,
      "user.session.note": "IMPERSONATOR_ID",
      "claim.name": "impersonator.id",
    });
    expect(written([note], { notes: { IMPERSONATOR_ID: "u-1" } })).toEqual({ impersonator: { id: "u-1" } });
    expect(written([note])).toEqual({});
  });
  test("oidc-acr-mapper, oidc-sub-mapper and oidc-allowed-origins-mapper write their own claims", () => {
    const mappers = [mapper("oidc-acr-mapper", ACCESS), mapper("oidc-sub-mapper"), mapper("oidc-allowed-origins-mapper")];
    const plan = blueprint(mappers);
    const builtFor = { ...plan.builtFor, webOrigins: ["http://app.example"] };
    expect(buildAccessTokenClaims({ ...plan, builtFor }, stamp)).toMatchObject({
      acr: "1",
      sub: plan.user.id,
      "allowed-origins": ["http://app.example"],
    });
    expect(buildAccessTokenClaims(plan, stamp)).not.toHaveProperty("allowed-origins");
  });
  test("oidc-organization-membership-mapper has nothing to say", () => {
    expect(written([mapper("oidc-organization-membership-mapper", { ...ACCESS, "claim.name": "organization" })])).toEqual({});
  });
});

describe("roles and audiences", () => {
  const realmRoles = (config: Readonly<Record<string, string>>): ProtocolMapper =>
    mapper("oidc-usermodel-realm-role-mapper", { ...ACCESS, multivalued: "true", ...config }, `realm ${JSON.stringify(config)}`);
  const clientRoles = (config: Readonly<Record<string, string>>): ProtocolMapper =>
    mapper("oidc-usermodel-client-role-mapper", { ...ACCESS, multivalued: "true", ...config }, `client ${JSON.stringify(config)}`);
  const PER_CLIENT = clientRoles({ "claim.name": "resource_access.${client_id}.roles" });
  const resolve = mapper("oidc-audience-resolve-mapper");
  const user = { roles: ["staff", "shop/seller", "app/user"] };

  test.each<readonly [string, readonly ProtocolMapper[], Record<string, unknown>]>([
    ["realm roles", [realmRoles({ "claim.name": "realm_access.roles" })], { realm_access: { roles: ["staff"] } }],
    [
      "realm roles with a prefix",
      [realmRoles({ "claim.name": "groups", "usermodel.realmRoleMapping.rolePrefix": "r-" })],
      { groups: ["r-staff"] },
    ],
    ["realm roles as text", [realmRoles({ "claim.name": "groups", multivalued: "false" })], { groups: "[staff]" }],
    ["client roles per client", [PER_CLIENT], { resource_access: { shop: { roles: ["seller"] }, app: { roles: ["user"] } } }],
    [
      "client roles of one client",
      [clientRoles({ "claim.name": "resource_access.${client_id}.roles", "usermodel.clientRoleMapping.clientId": "shop" })],
      { resource_access: { shop: { roles: ["seller"] } } },
    ],
    ["client roles of all clients in one claim", [clientRoles({ "claim.name": "roles" })], { roles: ["seller", "user"] }],
    ["client roles in one nested claim", [clientRoles({ "claim.name": "x.roles" })], { x: { roles: ["seller", "user"] } }],
    [
      "client roles under a name with the client's",
      [clientRoles({ "claim.name": "of-${client_id}", "usermodel.clientRoleMapping.rolePrefix": "p-" })],
      { "of-shop": ["p-seller"], "of-app": ["p-user"] },
    ],
    [
      "realm and client roles in one claim",
      [realmRoles({ "claim.name": "roles" }), clientRoles({ "claim.name": "roles" })],
      { roles: ["staff", "seller", "user"] },
    ],
    ["the audience of clients with roles, without the client itself", [resolve], { aud: "shop" }],
    ["an audience by its mapper", [audienceMapper("app"), audienceMapper("shop"), audienceMapper("shop")], { aud: ["app", "shop"] }],
    ["a custom audience", [mapper("oidc-audience-mapper", { ...ACCESS, "included.custom.audience": "urn:x" })], { aud: "urn:x" }],
    ["SEC-INV-3 no disabled or unknown audience", ["shut", "gone"].map(audienceMapper), {}],
    [
      "SEC-INV-3 no disabled client as custom audience",
      [mapper("oidc-audience-mapper", { ...ACCESS, "included.custom.audience": "shut" })],
      {},
    ],
  ])("%s", (_title, mappers, expected) => {
    expect(written(mappers, { user })).toEqual(expected);
  });

  test("SEC-INV-3 a disabled client with roles is no audience", () => {
    expect(written([resolve], { user: { roles: ["shut/member"] } })).toEqual({});
  });
  test("no role, no claim", () => {
    expect(written([realmRoles({ "claim.name": "realm_access.roles" }), PER_CLIENT, realmRoles({ "claim.name": "groups" })])).toEqual({});
  });
  test("a client whose name has dots, or is a member of every object, is a name like others", () => {
    const realm: RealmSketch = {
      clients: [
        { clientId: "app", mappers: [PER_CLIENT], defaultScopes: [], fullScopeAllowed: true },
        { clientId: "a.b", roles: ["dotted"] },
        { clientId: "__proto__", roles: ["x"] },
      ],
      users: [{ username: "alice", roles: ["a.b/dotted", "__proto__/x"] }],
    };
    expect(JSON.stringify(written([], { realm }))).toBe('{"resource_access":{"a.b":{"roles":["dotted"]},"__proto__":{"roles":["x"]}}}');
  });
  test("oidc-hardcoded-role-mapper adds a role before audiences and role claims are written", () => {
    const hardcoded = mapper("oidc-hardcoded-role-mapper", { role: "shop.buyer" });
    expect(written([PER_CLIENT, resolve, hardcoded], { user: {} })).toEqual({
      aud: "shop",
      resource_access: { shop: { roles: ["buyer"] } },
    });
    expect(written([hardcoded], { user: {} })).toEqual({});
  });
  test("oidc-role-name-mapper renames a held role, also across clients", () => {
    const all = [realmRoles({ "claim.name": "realm_access.roles" }), PER_CLIENT];
    expect(written([...all, renaming("staff", "crew")], { user })).toMatchObject({ realm_access: { roles: ["crew"] } });
    expect(written([...all, renaming("shop.seller", "vendor")], { user })).toMatchObject({
      resource_access: { shop: { roles: ["vendor"] } },
    });
    expect(written([...all, renaming("shop.seller", "app.vendor")], { user })).toMatchObject({
      resource_access: { app: { roles: ["user", "vendor"] } },
    });
    expect(written([...all, renaming("lead", "boss")], { user })).toMatchObject({ realm_access: { roles: ["staff"] } });
  });
});

describe("SEC-JOSE-30 reserved claims", () => {
  const RESERVED = [
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "azp",
    "sid",
    "typ",
    "cnf",
    "act",
    "may_act",
    "scope",
    "acr",
    "amr",
    "auth_time",
  ];
  const nested = ["realm_access.roles", "resource_access.shop.roles", "act.sub", "may_act.sub"];
  const change: Change = {
    user: { attributes: { evil: ["evil"] }, groups: ["/ops"], roles: ["staff", "shop/seller"] },
    notes: { evil: "evil" },
  };

  test.each([...RESERVED, ...nested])("SEC-JOSE-30 no generic mapper writes %s, and all are listed", (name) => {
    const mappers = genericMappers(name);
    const clean = buildAccessTokenClaims(blueprint([], change), stamp);
    expect(buildAccessTokenClaims(blueprint(mappers, change), stamp)).toEqual(clean);
    const listed = unsupportedMappers(blueprint(mappers, change).builtFor);
    expect(listed.map(({ type }) => type)).toEqual(mappers.map(({ type }) => type));
    for (const { problem } of listed) expect(problem).toMatch(/^the claim \S+ is reserved$/);
  });
  test("SEC-TX-18 a mapper named act changes neither the token nor what introspection says", () => {
    const mappers = genericMappers("act");
    const plan = blueprint(mappers, change);
    const token = buildAccessTokenClaims({ ...plan, act: { sub: "portal-account", client_id: "portal" } }, stamp);
    expect(token.act).toEqual({ sub: "portal-account", client_id: "portal" });
    expect(buildIntrospectionClaims(plan, token).act).toEqual({ sub: "portal-account", client_id: "portal" });
    expect(buildIntrospectionClaims(plan, buildAccessTokenClaims(plan, stamp))).not.toHaveProperty("act");
    expect(buildIdTokenClaims(plan, stamp)).not.toHaveProperty("act");
    expect(buildUserinfoClaims(plan)).not.toHaveProperty("act");
  });
  test("only the note AUTH_TIME may become auth_time", () => {
    expect(written([authTimeFrom("AUTH_TIME")], { notes: { AUTH_TIME: "990" } })).toEqual({ auth_time: 990 });
    expect(written([authTimeFrom("AUTH_TIME")])).toEqual({});
    expect(written([authTimeFrom("OTHER")], { notes: { OTHER: "1" } })).toEqual({});
  });
});

test("mappers that are not understood are listed with their client scope", () => {
  const view = testRealm({
    clientScopes: [{ name: "odd", mappers: [mapper("oidc-script-based-protocol-mapper", {}, "script")] }],
    clients: [
      { clientId: "app", optionalScopes: ["odd"], mappers: [mapper("oidc-hardcoded-role-mapper", {}, "no role"), audienceMapper("app")] },
    ],
  });
  expect(unsupportedMappers(view.client("app"))).toEqual([
    { mapper: "no role", type: "oidc-hardcoded-role-mapper", problem: "it names no role" },
    { mapper: "script", type: "oidc-script-based-protocol-mapper", clientScope: "odd", problem: "mappers of this type are not supported" },
  ]);
});

test("every mapper of Keycloak's built-in client scopes is understood", () => {
  const view = testRealm({ clients: [{ clientId: "app", serviceAccountsEnabled: true }] });
  expect(unsupportedMappers(view.client("app"))).toEqual([]);
});

describe("where a mapper writes", () => {
  const ALL = {
    "access.token.claim": "true",
    "id.token.claim": "true",
    "userinfo.token.claim": "true",
    "introspection.token.claim": "true",
  };
  const LIGHTWEIGHT = { "client.use.lightweight.access.token.enabled": "true" };
  test.each([
    ["everywhere when all are on", ALL, "access id userinfo introspection"],
    ["nowhere when all are unset", {}, ""],
    ["introspection follows the access token when unset", { "access.token.claim": "true" }, "access introspection"],
    ["introspection can be off", { ...ALL, "introspection.token.claim": "false" }, "access id userinfo"],
    ["introspection alone", { "introspection.token.claim": "true" }, "introspection"],
    ["the ID token alone", { "id.token.claim": "true" }, "id"],
    ["userinfo alone", { "userinfo.token.claim": "true" }, "userinfo"],
  ] as const)("%s", (_title, config, expected) => {
    expect(placesOf(config)).toBe(expected);
  });
  test("lightweight access tokens have only what is marked for them", () => {
    expect(placesOf(ALL, LIGHTWEIGHT)).toBe("id userinfo introspection");
    expect(placesOf({ ...ALL, "lightweight.claim": "true" }, LIGHTWEIGHT)).toBe("access id userinfo introspection");
    expect(placesOf({ "lightweight.claim": "true" })).toBe("");
  });
});
