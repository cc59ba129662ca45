import fc from "fast-check";
import { confidential } from "./walk-realm.ts";
import { person, uuidOf } from "./exchange-realm.ts";

/** Names that random realms are made of. */
export const CLIENTS = ["c0", "c1", "c2", "c3", "c4"] as const;
export const USERS = ["u0", "u1", "u2"] as const;
const WORDS = ["s0", "s1", "s2", "s3"] as const;
/** Its name is in no token. */
export const HIDDEN_WORD = "s1";
const ROLES = ["r0", "r1", ...CLIENTS.map((clientId) => `${clientId}/a`)];
const GROUPS = ["/g0", "/g0/g1", "/g2"];
export const IMPERSONATION = "realm-management/impersonation";

export type Logic = "POSITIVE" | "NEGATIVE";
export type Strategy = "UNANIMOUS" | "AFFIRMATIVE" | "CONSENSUS";
interface Listed {
  readonly name: string;
  /** Required, of roles and scopes; with the groups below, of groups. */
  readonly flag: boolean;
}
export type RandomPolicy = { readonly logic: Logic } & (
  | { readonly type: "client" | "user"; readonly names: readonly string[] }
  | { readonly type: "role" | "group" | "client-scope"; readonly listed: readonly Listed[] }
  | { readonly type: "regex"; readonly pattern: string }
  /** Both in seconds from the start of the clock. */
  | { readonly type: "time"; readonly from: number; readonly until: number }
  | { readonly type: "aggregate"; readonly strategy: Strategy; readonly members: readonly RandomPolicy[] }
);
export interface RandomPermission {
  readonly strategy: Strategy;
  readonly policies: readonly RandomPolicy[];
}
export interface RandomClient {
  readonly clientId: string;
  readonly enabled: boolean;
  readonly publicClient: boolean;
  readonly consentRequired: boolean;
  readonly fullScopeAllowed: boolean;
  readonly hasServiceAccount: boolean;
  readonly standard: boolean;
  readonly lifespan: number | undefined;
  readonly roleScope: readonly string[];
  readonly defaults: readonly string[];
  readonly withRoles: boolean;
  /** Named by its audience mappers. */
  readonly audiences: readonly string[];
}
export interface RandomUser {
  readonly username: string;
  readonly enabled: boolean;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
}
/** A realm in plain values: what is imported is made of it, and so is what is expected. */
export interface RandomRealm {
  readonly dialect: "native" | "keycloak";
  readonly lifespan: number;
  readonly sessionMax: number;
  readonly maxDepth: number;
  readonly maxAge: number | undefined;
  readonly impersonationLifespan: number;
  readonly naked: boolean;
  readonly subjectAudienceRequired: boolean;
  readonly protectedRoles: readonly string[];
  readonly scopeRoles: readonly string[];
  readonly groupRoles: Readonly<Record<string, readonly string[]>>;
  readonly clients: readonly RandomClient[];
  readonly users: readonly RandomUser[];
  /** Roles and groups of service accounts, by clientId. */
  readonly accounts: Readonly<Record<string, { readonly roles: readonly string[]; readonly groups: readonly string[] }>>;
  /** By clientId of the target. */
  readonly permissions: Readonly<Record<string, RandomPermission | undefined>>;
  readonly impersonate: RandomPermission | undefined;
}
/** One request, before it is known which tokens there are. */
export interface RandomHop {
  readonly requester: string;
  /** Which of the tokens so far, counted from the newest; undefined: none is sent. */
  readonly back: number | undefined;
  readonly audiences: readonly string[];
  readonly scope: readonly string[] | undefined;
  readonly requestedSubject: string | undefined;
  readonly wait: number;
}

const some = <T>(from: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...from]);
/** True `yes` times in ten. */
const chance = (yes: number): fc.Arbitrary<boolean> => fc.integer({ min: 0, max: 9 }).map((drawn) => drawn < yes);
const perhaps = <T>(value: fc.Arbitrary<T>, yes: number): fc.Arbitrary<T | undefined> =>
  fc.tuple(chance(yes), value).map(([is, drawn]) => (is ? drawn : undefined));
const byName = <T>(names: readonly string[], value: fc.Arbitrary<T>): fc.Arbitrary<Readonly<Record<string, T>>> =>
  fc.tuple(...names.map(() => value)).map((drawn) => Object.fromEntries(names.map((name, index) => [name, drawn[index] as T])));

const strategy = fc.constantFrom<Strategy>("UNANIMOUS", "UNANIMOUS", "AFFIRMATIVE", "CONSENSUS");
const logic = chance(8).map((positive): Logic => (positive ? "POSITIVE" : "NEGATIVE"));
const listed = (names: readonly string[]): fc.Arbitrary<readonly Listed[]> =>
  some(names).chain((chosen) => fc.tuple(...chosen.map((name) => chance(3).map((flag) => ({ name, flag })))));
const most = (names: readonly string[]): fc.Arbitrary<readonly string[]> => fc.subarray([...names], { minLength: names.length - 2 });

const leaf: fc.Arbitrary<RandomPolicy> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ logic, type: fc.constant("client" as const), names: most(CLIENTS) }) },
  fc.record({ logic, type: fc.constant("user" as const), names: some(USERS) }),
  // Says nothing about anybody, and must not permit everybody when it is turned round.
  fc.record({ logic: fc.constant<Logic>("NEGATIVE"), type: fc.constant("user" as const), names: fc.constant([]) }),
  { weight: 2, arbitrary: fc.record({ logic, type: fc.constant("role" as const), listed: listed(ROLES) }) },
  fc.record({ logic, type: fc.constant("group" as const), listed: listed(GROUPS) }),
  fc.record({ logic, type: fc.constant("client-scope" as const), listed: listed(WORDS) }),
  fc.record({ logic, type: fc.constant("regex" as const), pattern: fc.constantFrom("c[0-2]", "c.", "d.*", "c1|c2|c3") }),
  fc.record({
    logic,
    type: fc.constant("time" as const),
    from: fc.integer({ min: -50, max: 50 }),
    until: fc.integer({ min: 20, max: 400 }),
  }),
);
const policy: fc.Arbitrary<RandomPolicy> = fc.oneof(
  { weight: 8, arbitrary: leaf },
  fc.record({ logic, type: fc.constant("aggregate" as const), strategy, members: fc.array(leaf, { minLength: 1, maxLength: 3 }) }),
);
const EVERYBODY_MAY: RandomPermission = {
  strategy: "UNANIMOUS",
  policies: [{ type: "client", logic: "POSITIVE", names: CLIENTS }],
};
const permission: fc.Arbitrary<RandomPermission> = fc.record({ strategy, policies: fc.array(policy, { maxLength: 3 }) });

const client = (clientId: string): fc.Arbitrary<RandomClient> =>
  fc.record({
    clientId: fc.constant(clientId),
    enabled: clientId === "c0" ? fc.constant(true) : chance(9),
    publicClient: chance(1),
    consentRequired: clientId === "c0" ? fc.constant(false) : chance(1),
    fullScopeAllowed: chance(4),
    hasServiceAccount: chance(6),
    standard: chance(3),
    lifespan: perhaps(fc.constantFrom(20, 90, 5000), 3),
    roleScope: some(ROLES),
    defaults: some(WORDS),
    withRoles: chance(8),
    audiences: some(CLIENTS),
  });
const user = (username: string): fc.Arbitrary<RandomUser> =>
  fc.record({
    username: fc.constant(username),
    // The last one is only ever impersonated.
    enabled: username === "u2" ? chance(7) : fc.constant(true),
    roles: some([...ROLES, IMPERSONATION]),
    groups: some(GROUPS),
  });
const account = fc.record({
  roles: some([...CLIENTS.map((owner) => `${owner}/token-exchange`), "r0", IMPERSONATION]),
  groups: some(GROUPS),
});

/** `open`: everybody may exchange to everybody, so that chains get long. */
export function randomRealm(open = false): fc.Arbitrary<RandomRealm> {
  const realm: fc.Arbitrary<RandomRealm> = fc.record({
    dialect: fc.constantFrom<"native" | "keycloak">("native", "native", "keycloak"),
    lifespan: fc.integer({ min: 60, max: 900 }),
    sessionMax: fc.integer({ min: 120, max: 2000 }),
    maxDepth: fc.constantFrom(8, 8, 8, 3),
    maxAge: perhaps(fc.integer({ min: 60, max: 600 }), 2),
    impersonationLifespan: fc.integer({ min: 10, max: 200 }),
    naked: chance(8),
    subjectAudienceRequired: chance(1),
    protectedRoles: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, some(ROLES)),
    scopeRoles: some(ROLES),
    groupRoles: byName(GROUPS, some(ROLES)),
    clients: fc.tuple(...CLIENTS.map(client)),
    users: fc.tuple(...USERS.map(user)),
    accounts: byName(CLIENTS, account),
    permissions: byName(CLIENTS, perhaps(permission, 7)),
    impersonate: fc.oneof(permission, fc.constant(EVERYBODY_MAY), fc.constant(undefined)),
  });
  if (!open) return realm;
  return realm.map((drawn) => ({
    ...drawn,
    dialect: "native",
    sessionMax: 2000,
    maxDepth: 8,
    maxAge: undefined,
    subjectAudienceRequired: false,
    clients: drawn.clients.map((one) => ({
      ...one,
      enabled: true,
      publicClient: false,
      consentRequired: false,
      standard: false,
      lifespan: undefined,
    })),
    permissions: Object.fromEntries(CLIENTS.map((clientId) => [clientId, EVERYBODY_MAY])),
  }));
}

export function randomHop(open = false): fc.Arbitrary<RandomHop> {
  return fc.record({
    requester: fc.constantFrom(...CLIENTS),
    back: open ? fc.constant(0) : fc.constantFrom(0, 0, 0, 1, 2, undefined),
    audiences: fc.array(fc.constantFrom(...CLIENTS, ...(open ? [] : ["nobody"])), { minLength: open ? 1 : 0, maxLength: open ? 1 : 2 }),
    scope: perhaps(some(["openid", ...WORDS]), 4),
    requestedSubject: open ? fc.constant(undefined) : perhaps(fc.constantFrom(...USERS, ...USERS, "nobody"), 4),
    wait: fc.integer({ min: 0, max: open ? 2 : 25 }),
  });
}

type Json = Readonly<Record<string, unknown>>;
const REALM = "random";

function byOwner(roles: readonly string[]): Json {
  const clientRoles: Record<string, string[]> = {};
  for (const role of roles) {
    const [owner = "", name] = role.split("/");
    if (name !== undefined) (clientRoles[owner] ??= []).push(name);
  }
  return { realmRoles: roles.filter((role) => !role.includes("/")), clientRoles };
}

/** The realm as a file to be imported. The clock starts at `start`. */
export function representationOf(realm: RandomRealm, start: number): Json {
  const scopeMappings = (kind: "client" | "clientScope", holder: string, roles: readonly string[]) => ({
    realm: { [kind]: holder, roles: roles.filter((role) => !role.includes("/")) },
    clients: Object.fromEntries(CLIENTS.map((owner) => [owner, { [kind]: holder, roles: roles.includes(`${owner}/a`) ? ["a"] : [] }])),
  });
  const mappings = [
    ...realm.clients.map(({ clientId, roleScope }) => scopeMappings("client", clientId, roleScope)),
    scopeMappings("clientScope", "s0", realm.scopeRoles),
  ];
  return {
    realm: REALM,
    enabled: true,
    accessTokenLifespan: realm.lifespan,
    ssoSessionMaxLifespan: realm.sessionMax,
    eventsEnabled: true,
    attributes: {
      "cambist.compatibility": realm.dialect,
      "cambist.chain.max-depth": String(realm.maxDepth),
      ...(realm.maxAge !== undefined && { "cambist.chain.max-age": String(realm.maxAge) }),
      "cambist.impersonation.lifespan": String(realm.impersonationLifespan),
      "cambist.naked-impersonation": String(realm.naked),
      "cambist.subject-audience.required": String(realm.subjectAudienceRequired),
      "cambist.roles.protected": realm.protectedRoles.join(","),
    },
    roles: {
      realm: [{ name: "r0", composite: true, composites: { realm: ["r1"] } }, { name: "r1" }],
      client: Object.fromEntries(CLIENTS.map((clientId) => [clientId, [{ name: "a" }, { name: "token-exchange" }]])),
    },
    clientScopes: [
      ...WORDS.map((name) => ({
        name,
        protocol: "openid-connect",
        attributes: { "include.in.token.scope": String(name !== HIDDEN_WORD) },
      })),
      {
        name: "basic",
        protocol: "openid-connect",
        attributes: { "include.in.token.scope": "false" },
        protocolMappers: [mapper("sub", "oidc-sub-mapper", {})],
      },
      {
        name: "roles",
        protocol: "openid-connect",
        attributes: { "include.in.token.scope": "false" },
        protocolMappers: [
          mapper("realm roles", "oidc-usermodel-realm-role-mapper", { "claim.name": "realm_access.roles", multivalued: "true" }),
          mapper("client roles", "oidc-usermodel-client-role-mapper", {
            "claim.name": "resource_access.${client_id}.roles",
            multivalued: "true",
          }),
          mapper("audience resolve", "oidc-audience-resolve-mapper", {}),
        ],
      },
    ],
    defaultDefaultClientScopes: [],
    defaultOptionalClientScopes: [],
    clients: [
      ...realm.clients.map((one) => ({
        ...confidential(one.clientId),
        id: uuidOf(REALM, one.clientId),
        enabled: one.enabled,
        publicClient: one.publicClient,
        consentRequired: one.consentRequired,
        fullScopeAllowed: one.fullScopeAllowed,
        serviceAccountsEnabled: one.hasServiceAccount && !one.publicClient,
        directAccessGrantsEnabled: true,
        defaultClientScopes: ["basic", ...(one.withRoles ? ["roles"] : []), ...one.defaults],
        optionalClientScopes: WORDS.filter((word) => !one.defaults.includes(word)),
        protocolMappers: one.audiences.map((audience) =>
          mapper(`audience ${audience}`, "oidc-audience-mapper", { "included.client.audience": audience }),
        ),
        attributes: {
          "standard.token.exchange.enabled": String(one.standard),
          ...(one.lifespan !== undefined && { "access.token.lifespan": String(one.lifespan) }),
        },
      })),
      {
        clientId: "realm-management",
        authorizationServicesEnabled: true,
        authorizationSettings: authorization(realm, start),
      },
    ],
    groups: [
      { name: "g0", ...byOwner(realm.groupRoles["/g0"] ?? []), subGroups: [{ name: "g1", ...byOwner(realm.groupRoles["/g0/g1"] ?? []) }] },
      { name: "g2", ...byOwner(realm.groupRoles["/g2"] ?? []) },
    ],
    scopeMappings: mappings.map((mapping) => mapping.realm).filter(({ roles }) => roles.length > 0),
    clientScopeMappings: Object.fromEntries(
      CLIENTS.map((owner) => [owner, mappings.flatMap(({ clients }) => clients[owner] ?? []).filter(({ roles }) => roles.length > 0)]),
    ),
    users: [
      ...realm.users.map(({ username, enabled, roles, groups }) => person(username, { enabled, groups, ...byOwner(roles) })),
      ...realm.clients.filter(hasAccount).map(({ clientId }) => ({
        username: `service-account-${clientId}`,
        enabled: true,
        serviceAccountClientId: clientId,
        groups: realm.accounts[clientId]?.groups ?? [],
        ...byOwner(realm.accounts[clientId]?.roles ?? []),
      })),
    ],
  };
}

/** A public client has none, whatever it says. */
export const hasAccount = ({ hasServiceAccount, publicClient }: RandomClient): boolean => hasServiceAccount && !publicClient;

const mapper = (name: string, protocolMapper: string, config: Json): Json => ({
  name,
  protocol: "openid-connect",
  protocolMapper,
  config: { "access.token.claim": "true", ...config },
});

/** Permissions and policies as Keycloak exports them. */
function authorization({ permissions, impersonate }: RandomRealm, start: number): Json {
  const policies: Json[] = [];
  const add = (one: RandomPolicy): string => {
    const config = configOf(one, start, add);
    const name = `policy ${policies.length}`;
    policies.push({ name, type: one.type, logic: one.logic, ...(one.type === "aggregate" && { decisionStrategy: one.strategy }), config });
    return name;
  };
  const resources: Json[] = [{ name: "Users", scopes: [{ name: "impersonate" }] }];
  const rights: Json[] = [];
  const permit = (name: string, resource: string, scope: string, { strategy: decisionStrategy, policies: own }: RandomPermission): void => {
    const config = {
      resources: JSON.stringify([resource]),
      scopes: JSON.stringify([scope]),
      applyPolicies: JSON.stringify(own.map(add)),
    };
    rights.push({ name, type: "scope", logic: "POSITIVE", decisionStrategy, config });
  };
  for (const [clientId, found] of Object.entries(permissions)) {
    const resource = `client.resource.${uuidOf(REALM, clientId)}`;
    resources.push({ name: resource, type: "Client", scopes: [{ name: "token-exchange" }] });
    if (found) permit(`token-exchange.permission.client.${uuidOf(REALM, clientId)}`, resource, "token-exchange", found);
  }
  if (impersonate) permit("admin-impersonating.permission.users", "Users", "impersonate", impersonate);
  return {
    policyEnforcementMode: "ENFORCING",
    decisionStrategy: "UNANIMOUS",
    resources,
    scopes: [{ name: "token-exchange" }, { name: "impersonate" }],
    policies: [...policies, ...rights],
  };
}

function configOf(one: RandomPolicy, start: number, add: (member: RandomPolicy) => string): Json {
  const time = (seconds: number): string => new Date((start + seconds) * 1000).toISOString().slice(0, 19).replace("T", " ");
  switch (one.type) {
    case "client":
      return { clients: JSON.stringify(one.names) };
    case "user":
      return { users: JSON.stringify(one.names) };
    case "role":
      return { roles: JSON.stringify(one.listed.map(({ name, flag }) => ({ id: name, required: flag }))) };
    case "group":
      return { groups: JSON.stringify(one.listed.map(({ name, flag }) => ({ path: name, extendChildren: flag }))) };
    case "client-scope":
      return { clientScopes: JSON.stringify(one.listed.map(({ name, flag }) => ({ id: name, required: flag }))) };
    case "regex":
      return { pattern: one.pattern, targetClaim: "kc.client.id", targetContextAttributes: "true" };
    case "time":
      return { nbf: time(one.from), noa: time(one.until) };
    default:
      return { applyPolicies: JSON.stringify(one.members.map(add)) };
  }
}
