import type {
  Client,
  ClientScope,
  ExchangeFeatures,
  ExchangeSettings,
  Group,
  Permission,
  Policy,
  ProtocolMapper,
  Realm,
  RealmView,
  Role,
  User,
} from "../model.ts";
import { builtInScopes } from "./client-scopes.ts";

/**
 * A realm in plain values. Roles are written `name` or `client/name`, groups by path, scopes by name; ids follow from the names, so that
 * tests can spell them: `role(name)`, `uuid(clientId)`, `user-id:<username>`, `group:<path>`.
 */
export interface RealmSketch {
  readonly realm?: Omit<Partial<Realm>, "exchange">;
  readonly exchange?: Partial<ExchangeSettings>;
  readonly features?: Partial<ExchangeFeatures>;
  /** Roles of the realm, and composites of any role: what the role contains. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  readonly clients?: readonly ClientSketch[];
  /** Besides Keycloak's built-in ones; a scope of the same name replaces the built-in one. */
  readonly clientScopes?: readonly ScopeSketch[];
  readonly groups?: readonly (Partial<Omit<Group, "roleIds">> & { readonly path: string; readonly roles?: readonly string[] })[];
  readonly users?: readonly UserSketch[];
  /** By permission name. */
  readonly permissions?: Readonly<Record<string, readonly Policy[] | Permission>>;
}
export type ClientSketch = Omit<Partial<Client>, "roleScope" | "ownRoles" | "defaultScopes" | "optionalScopes"> & {
  readonly clientId: string;
  readonly roles?: readonly string[];
  readonly roleScope?: readonly string[];
  readonly defaultScopes?: readonly string[];
  readonly optionalScopes?: readonly string[];
};
export type ScopeSketch = Omit<Partial<ClientScope>, "roleScope"> & { readonly name: string; readonly roleScope?: readonly string[] };
export type UserSketch = Omit<Partial<User>, "roleIds" | "groupIds"> & {
  readonly username: string;
  readonly roles?: readonly string[];
  readonly groups?: readonly string[];
};

/** A view of a sketched realm, and getters that fail loudly on a name the sketch does not have. */
export interface TestRealm extends RealmView {
  client(clientId: string): Client;
  user(username: string): User;
}

/** Id of a role written `name` or `client/name`. */
export const role = (name: string): string => `role:${name}`;
/** UUID of a client. */
export const uuid = (clientId: string): string => `uuid:${clientId}`;
export const userId = (username: string): string => `user-id:${username}`;
export const groupId = (path: string): string => `group:${path}`;

/** Builds the view. Two calls share nothing, so caches of one test do not reach another. */
export function testRealm(sketch: RealmSketch = {}): TestRealm {
  const scopes = new Map<string, ClientScope>();
  for (const scope of [...builtInScopes(), ...(sketch.clientScopes ?? [])]) scopes.set(scope.name, buildScope(scope));
  const clients = (sketch.clients ?? []).map((client) => buildClient(client, scopes));
  const composites = sketch.roles ?? {};
  const roleNames = [
    ...Object.keys(composites),
    ...Object.values(composites).flat(),
    ...(sketch.clients ?? []).flatMap(({ clientId, roles = [] }) => roles.map((name) => `${clientId}/${name}`)),
    ...[...scopes.values()].flatMap(({ roleScope }) => [...roleScope].map((id) => id.slice("role:".length))),
  ];
  const roles = new Map(roleNames.map((name) => [role(name), buildRole(name)]));
  const groups = new Map((sketch.groups ?? []).map((group) => [groupId(group.path), buildGroup(group)]));
  const users = (sketch.users ?? []).map(buildUser);
  const permissions = new Map(Object.entries(sketch.permissions ?? {}).map(([name, value]) => [name, buildPermission(name, value)]));

  const expandRoles = (ids: Iterable<string>): ReadonlySet<string> => {
    const found = new Set<string>();
    const visit = (id: string): void => {
      if (found.has(id)) return;
      found.add(id);
      for (const contained of composites[id.slice("role:".length)] ?? []) visit(role(contained));
    };
    for (const id of ids) visit(id);
    return found;
  };
  const rolesOfGroup = (id: string | undefined): readonly string[] => {
    const group = id === undefined ? undefined : groups.get(id);
    return group ? [...group.roleIds, ...rolesOfGroup(group.parentId)] : [];
  };
  const realm = buildRealm(sketch);
  const clientByClientId = (clientId: string): Client | undefined => clients.find((client) => client.clientId === clientId);
  return {
    realm,
    features: {
      tokenExchange: true,
      standardTokenExchange: true,
      impersonation: true,
      fineGrainedAdminPermissions: true,
      ...sketch.features,
    },
    clientByClientId,
    clientIsEnabled: (clientId) => clientByClientId(clientId)?.enabled,
    clientById: (id) => clients.find((client) => client.id === id),
    role: (id) => roles.get(id),
    clientRole: (clientId, name) => roles.get(role(`${clientId}/${name}`)),
    realmRole: (name) => roles.get(role(name)),
    expandRoles,
    effectiveRoles: ({ roleIds, groupIds }) => expandRoles([...roleIds, ...groupIds.flatMap(rolesOfGroup)]),
    group: (id) => groups.get(id),
    clientScope: (id) => [...scopes.values()].find((scope) => scope.id === id),
    permissions: permissions.size > 0 ? { find: (name) => permissions.get(name) } : undefined,
    adminClientId: realm.name === "master" ? "master-realm" : "realm-management",
    client: (clientId) => known(clientByClientId(clientId), `client ${clientId}`),
    user: (username) =>
      known(
        users.find((user) => user.username === username),
        `user ${username}`,
      ),
  };
}

/** A client policy: these clients (by clientId) may. */
export const clientPolicy = (...clientIds: readonly string[]): Policy => ({
  id: `policy:${clientIds.join("+")}`,
  name: `${clientIds.join(" and ")} may`,
  logic: "POSITIVE",
  type: "client",
  clientIds: new Set(clientIds),
});

export const mapper = (type: string, config: Readonly<Record<string, string>> = {}, name = type): ProtocolMapper => ({
  id: `mapper:${name}`,
  name,
  type,
  config,
});

/** An `oidc-audience-mapper` for a client, as Keycloak's console writes it. */
export const audienceMapper = (clientId: string): ProtocolMapper =>
  mapper(
    "oidc-audience-mapper",
    { "included.client.audience": clientId, "access.token.claim": "true", "id.token.claim": "false" },
    `aud-${clientId}`,
  );

function known<T>(found: T | undefined, name: string): T {
  if (found === undefined) throw new Error(`the test realm has no ${name}`);
  return found;
}

const DEFAULT_SCOPES = ["web-origins", "acr", "roles", "profile", "basic", "email"];
const OPTIONAL_SCOPES = ["address", "phone", "offline_access", "organization", "microprofile-jwt"];

function buildScope({ roleScope = [], ...scope }: ScopeSketch): ClientScope {
  return {
    id: `scope:${scope.name}`,
    protocol: "openid-connect",
    includeInTokenScope: true,
    displayOnConsentScreen: true,
    mappers: [],
    ...scope,
    roleScope: new Set(roleScope.map(role)),
  };
}

function buildClient(sketch: ClientSketch, scopes: ReadonlyMap<string, ClientScope>): Client {
  const { roles = [], roleScope = [], defaultScopes, optionalScopes = OPTIONAL_SCOPES, ...client } = sketch;
  const serviceAccountsEnabled = client.serviceAccountsEnabled ?? false;
  const named = (names: readonly string[]): readonly ClientScope[] =>
    names.map((name) => {
      const scope = scopes.get(name);
      if (!scope) throw new Error(`the test realm has no client scope ${name}`);
      return scope;
    });
  return {
    id: uuid(client.clientId),
    enabled: true,
    protocol: "openid-connect",
    publicClient: false,
    bearerOnly: false,
    consentRequired: false,
    fullScopeAllowed: false,
    directAccessGrantsEnabled: false,
    serviceAccountsEnabled,
    notBefore: 0,
    authenticatorType: "client-secret",
    webOrigins: [],
    attributes: {},
    mappers: [],
    ...client,
    defaultScopes: named(defaultScopes ?? (serviceAccountsEnabled ? [...DEFAULT_SCOPES, "service_account"] : DEFAULT_SCOPES)),
    optionalScopes: named(optionalScopes),
    roleScope: new Set(roleScope.map(role)),
    ownRoles: new Set(roles.map((name) => role(`${client.clientId}/${name}`))),
  };
}

function buildRole(name: string): Role {
  const slash = name.indexOf("/");
  return slash === -1 ? { id: role(name), name } : { id: role(name), name: name.slice(slash + 1), clientId: name.slice(0, slash) };
}

function buildGroup({ roles = [], ...group }: NonNullable<RealmSketch["groups"]>[number]): Group {
  const slash = group.path.lastIndexOf("/");
  return {
    id: groupId(group.path),
    name: group.path.slice(slash + 1),
    attributes: {},
    ...(slash > 0 && { parentId: groupId(group.path.slice(0, slash)) }),
    ...group,
    roleIds: roles.map(role),
  };
}

function buildUser({ roles = [], groups = [], ...user }: UserSketch): User {
  return {
    id: userId(user.username),
    emailVerified: false,
    enabled: true,
    notBefore: 0,
    attributes: {},
    requiredActions: [],
    ...user,
    roleIds: roles.map(role),
    groupIds: groups.map(groupId),
  };
}

function buildPermission(name: string, value: readonly Policy[] | Permission): Permission {
  return "policies" in value ? value : { id: `permission:${name}`, name, logic: "POSITIVE", strategy: "UNANIMOUS", policies: value };
}

function buildRealm({ realm = {}, exchange = {} }: RealmSketch): Realm {
  return {
    id: "realm-id",
    name: "test",
    enabled: true,
    dialect: "native",
    sslRequired: "external",
    notBefore: 0,
    defaultSignatureAlgorithm: "RS256",
    accessTokenLifespan: 300,
    ssoSessionIdleTimeout: 1800,
    ssoSessionMaxLifespan: 36_000,
    ssoSessionIdleTimeoutRememberMe: 0,
    ssoSessionMaxLifespanRememberMe: 0,
    clientSessionIdleTimeout: 0,
    clientSessionMaxLifespan: 0,
    offlineSessionIdleTimeout: 2_592_000,
    offlineSessionMaxLifespanEnabled: false,
    offlineSessionMaxLifespan: 5_184_000,
    clientOfflineSessionIdleTimeout: 0,
    clientOfflineSessionMaxLifespan: 0,
    rotatesRefreshTokens: false,
    refreshTokenMaxReuse: 0,
    loginWithEmailAllowed: true,
    bruteForce: {
      enabled: false,
      permanentLockout: false,
      maxTemporaryLockouts: 0,
      strategy: "MULTIPLE",
      maxFailureWaitSeconds: 900,
      minimumQuickLoginWaitSeconds: 60,
      waitIncrementSeconds: 60,
      quickLoginCheckMilliSeconds: 1000,
      maxDeltaTimeSeconds: 43_200,
      failureFactor: 30,
    },
    events: { enabled: false, types: new Set(), expiration: 0 },
    exchange: {
      subjectAudienceRequired: false,
      nakedImpersonation: true,
      impersonationLifespan: 120,
      protectedRoles: [],
      maxDepth: 8,
      ...exchange,
    },
    attributes: {},
    ...realm,
  };
}
