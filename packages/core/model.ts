import type { ActClaim } from "@cambist/protocol/claims.ts";

/** Seconds since 1970-01-01T00:00:00Z. */
export type EpochSeconds = number;
/** A length of time in seconds. */
export type Seconds = number;
/** Which column of the refusal table and which defaults a realm's protocol endpoints use. */
export type Dialect = "native" | "keycloak";

/** Settings of one realm, read once from its representation. Zero lifespans mean "not set", as Keycloak stores them. */
export interface Realm {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly dialect: Dialect;
  readonly sslRequired: "external" | "all" | "none";
  readonly notBefore: EpochSeconds;
  readonly defaultSignatureAlgorithm: string;
  readonly accessTokenLifespan: Seconds;
  readonly ssoSessionIdleTimeout: Seconds;
  readonly ssoSessionMaxLifespan: Seconds;
  readonly ssoSessionIdleTimeoutRememberMe: Seconds;
  readonly ssoSessionMaxLifespanRememberMe: Seconds;
  readonly clientSessionIdleTimeout: Seconds;
  readonly clientSessionMaxLifespan: Seconds;
  readonly offlineSessionIdleTimeout: Seconds;
  readonly offlineSessionMaxLifespanEnabled: boolean;
  readonly offlineSessionMaxLifespan: Seconds;
  readonly clientOfflineSessionIdleTimeout: Seconds;
  readonly clientOfflineSessionMaxLifespan: Seconds;
  /** True: refresh tokens rotate (`revokeRefreshToken`). */
  readonly rotatesRefreshTokens: boolean;
  readonly refreshTokenMaxReuse: number;
  readonly loginWithEmailAllowed: boolean;
  readonly bruteForce: BruteForceSettings;
  readonly events: EventSettings;
  readonly exchange: ExchangeSettings;
  /** Realm attributes as stored. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Keycloak's brute force detection; inactive unless `enabled`. */
export interface BruteForceSettings {
  readonly enabled: boolean;
  readonly permanentLockout: boolean;
  readonly maxTemporaryLockouts: number;
  readonly strategy: "LINEAR" | "MULTIPLE";
  readonly maxFailureWaitSeconds: Seconds;
  readonly minimumQuickLoginWaitSeconds: Seconds;
  readonly waitIncrementSeconds: Seconds;
  readonly quickLoginCheckMilliSeconds: number;
  readonly maxDeltaTimeSeconds: Seconds;
  readonly failureFactor: number;
}

/** What the event view keeps; the audit log keeps everything. An empty `types` means Keycloak's saved-by-default types. */
export interface EventSettings {
  readonly enabled: boolean;
  readonly types: ReadonlySet<string>;
  readonly expiration: Seconds;
}

/** The realm attributes `cambist.*` that steer an exchange. */
export interface ExchangeSettings {
  readonly subjectAudienceRequired: boolean;
  readonly nakedImpersonation: boolean;
  readonly impersonationLifespan: Seconds;
  /** Names of roles (`role` or `client/role`) that only their holders may impersonate. */
  readonly protectedRoles: readonly string[];
  readonly maxDepth: number;
  /** Undefined: no limit. */
  readonly maxAge?: Seconds | undefined;
}

export interface Role {
  readonly id: string;
  readonly name: string;
  /** The clientId of the owning client; undefined for realm roles. */
  readonly clientId?: string;
}

/** A typed mapper that writes claims; `type` is Keycloak's `protocolMapper`. */
export interface ProtocolMapper {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly config: Readonly<Record<string, string>>;
}

export interface ClientScope {
  readonly id: string;
  readonly name: string;
  readonly protocol: string;
  /** Attribute `include.in.token.scope`: false hides the name from the claim and the answer. */
  readonly includeInTokenScope: boolean;
  /** Attribute `display.on.consent.screen`. */
  readonly displayOnConsentScreen: boolean;
  readonly mappers: readonly ProtocolMapper[];
  /** Ids of the roles mapped to this scope (not expanded). Empty: the scope applies to everybody. */
  readonly roleScope: ReadonlySet<string>;
}

export interface Client {
  /** The UUID. */
  readonly id: string;
  /** The name on the wire. */
  readonly clientId: string;
  readonly enabled: boolean;
  readonly protocol: string;
  readonly publicClient: boolean;
  readonly bearerOnly: boolean;
  readonly consentRequired: boolean;
  readonly fullScopeAllowed: boolean;
  readonly directAccessGrantsEnabled: boolean;
  readonly serviceAccountsEnabled: boolean;
  readonly notBefore: EpochSeconds;
  /** Keycloak's `clientAuthenticatorType`: `client-secret`, `client-jwt`, `client-secret-jwt`, `client-x509`. */
  readonly authenticatorType: string;
  /** SHA-256 of the secret, hex; undefined when there is none. */
  readonly secretHash?: string;
  /** Web origins with `+` resolved to the origins of the redirect URIs. `*` stays. */
  readonly webOrigins: readonly string[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly mappers: readonly ProtocolMapper[];
  /** OpenID Connect scopes only, in stored order. */
  readonly defaultScopes: readonly ClientScope[];
  readonly optionalScopes: readonly ClientScope[];
  /** Ids of the roles in the client's role scope mappings (not expanded). */
  readonly roleScope: ReadonlySet<string>;
  /** Ids of the client's own roles. */
  readonly ownRoles: ReadonlySet<string>;
}

/** A user row with its direct assignments; composites and groups are expanded by the realm view. */
export interface User {
  readonly id: string;
  readonly username: string;
  readonly email?: string;
  readonly emailVerified: boolean;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly enabled: boolean;
  readonly notBefore: EpochSeconds;
  readonly createdTimestamp?: number;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly requiredActions: readonly string[];
  /** UUID of the client whose service account this user is. */
  readonly serviceAccountClientId?: string;
  /** Direct role ids. */
  readonly roleIds: readonly string[];
  /** Direct group ids. */
  readonly groupIds: readonly string[];
  /** Ids of the organizations that the user is a member of; undefined: none. */
  readonly organizationIds?: readonly string[];
}

/** A tenant that users are members of. */
export interface Organization {
  readonly id: string;
  /** The name in scopes and claims. */
  readonly alias: string;
  readonly enabled: boolean;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** A user session; `offline` sessions are a kind of their own and share ids with the online one they came from. */
export interface UserSession {
  readonly id: string;
  readonly userId: string;
  readonly offline: boolean;
  readonly rememberMe: boolean;
  readonly started: EpochSeconds;
  readonly lastRefresh: EpochSeconds;
  readonly authMethod: string;
  readonly ipAddress: string;
  /** Keycloak's session notes (`AUTH_TIME`, `IMPERSONATOR_ID`, …). */
  readonly notes: Readonly<Record<string, string>>;
}

export interface ClientSession {
  readonly sessionId: string;
  /** UUID of the client. */
  readonly clientUuid: string;
  readonly offline: boolean;
  readonly started: EpochSeconds;
  readonly lastRefresh: EpochSeconds;
}

/** Where an exchanged token came from; kept by the server, keyed by `jti`, never read from a token. */
export interface Lineage {
  /** `jti` of the exchanged token. */
  readonly jti: string;
  /** `jti` of the subject token it was made from; undefined for naked impersonation. */
  readonly parent?: string | undefined;
  /** The subject tokens of all hops, oldest first: in `native` the token lives no longer than any of them. Absent in chains of old. */
  readonly ancestors?: readonly Ancestor[] | undefined;
  /** Requesters of all hops, oldest first (clientIds), this one last. */
  readonly requesters: readonly string[];
  /** Targets of all hops, oldest first (clientIds, the first target of each), this one last. */
  readonly targets: readonly string[];
  /** Scope words that a sent `scope` parameter left out, here or at any earlier hop. */
  readonly droppedScopes: readonly string[];
  /** Issue time of the token the chain began with. */
  readonly chainStart: EpochSeconds;
  /** The `act` of the token, kept apart so that impersonation can record it without issuing it. */
  readonly act?: ActClaim | undefined;
  /** User id of the impersonator, when a hop of the chain impersonated. */
  readonly impersonator?: string | undefined;
  /** The requester has no client session of its own in the subject's session (Keycloak V2): the token lives with the user session alone. */
  readonly transientClient?: boolean | undefined;
  /** Only for refresh tokens of an exchange: what to decide again at each refresh. */
  readonly again?: ExchangeAgain | undefined;
  readonly decision: string;
}

/** What makes a token that others were exchanged from stop: its own revocation, or the end of its client's part of the session. */
export interface Ancestor {
  readonly jti: string;
  readonly issuedAt: EpochSeconds;
  /** Id of its session; undefined: it had none. */
  readonly session?: string | undefined;
  /** UUID of its holder, where that had a client session in `session`. */
  readonly client?: string | undefined;
}

/** The exchange behind a refresh token, as far as a new decision needs it. */
export interface ExchangeAgain {
  /** The subject token itself. */
  readonly subject?: Ancestor | undefined;
  /** What the subject token said: holder, audience, scope. */
  readonly azp: string;
  readonly aud: readonly string[];
  readonly scope?: string | undefined;
  /** What the request named. */
  readonly audiences: readonly string[];
  readonly resources: readonly string[];
  readonly requestedScope?: string | undefined;
  /** The standard exchange filtered the token by these audiences: a refresh that decides nothing again keeps to them. */
  readonly filtered?: true | undefined;
}

/**
 * Read access to one version of a realm's configuration. Everything is synchronous: whoever gathers facts has loaded the clients that the
 * request, its tokens and their sessions name; of every other client a view knows only that it is there and whether it is enabled.
 */
export interface RealmView {
  readonly realm: Realm;
  readonly features: ExchangeFeatures;
  /** By the name on the wire. */
  clientByClientId(clientId: string): Client | undefined;
  /** By UUID. */
  clientById(id: string): Client | undefined;
  /** Of any client of the realm, loaded or not; undefined: there is none of that name. */
  clientIsEnabled(clientId: string): boolean | undefined;
  role(id: string): Role | undefined;
  clientRole(clientId: string, name: string): Role | undefined;
  realmRole(name: string): Role | undefined;
  /** The given role ids and everything their composites contain. */
  expandRoles(ids: Iterable<string>): ReadonlySet<string>;
  /** All effective roles of a user: direct, of groups and their parents, composites expanded. */
  effectiveRoles(user: Pick<User, "roleIds" | "groupIds">): ReadonlySet<string>;
  group(id: string): Group | undefined;
  clientScope(id: string): ClientScope | undefined;
  /** By id; undefined: the realm has none. */
  readonly organizations?: ReadonlyMap<string, Organization> | undefined;
  /** Fine-grained permissions v1; undefined when the realm has none. */
  readonly permissions: Permissions | undefined;
  /** clientId of the client that holds the admin roles: `realm-management`, in master `master-realm`. */
  readonly adminClientId: string;
}

/** Feature switches that change decisions. */
export interface ExchangeFeatures {
  readonly tokenExchange: boolean;
  readonly standardTokenExchange: boolean;
  readonly impersonation: boolean;
  readonly fineGrainedAdminPermissions: boolean;
}

export interface Group {
  readonly id: string;
  readonly name: string;
  /** Full path, `/a/b`. */
  readonly path: string;
  readonly parentId?: string;
  readonly roleIds: readonly string[];
  readonly attributes: Readonly<Record<string, readonly string[]>>;
}

/** Authorization settings of the admin client, indexed by permission name (`token-exchange.permission.client.<uuid>`). */
export interface Permissions {
  find(name: string): Permission | undefined;
}

export type DecisionStrategy = "UNANIMOUS" | "AFFIRMATIVE" | "CONSENSUS";

/** A scope permission with its policies, in stored order. */
export interface Permission {
  readonly id: string;
  readonly name: string;
  readonly logic: "POSITIVE" | "NEGATIVE";
  readonly strategy: DecisionStrategy;
  readonly policies: readonly Policy[];
}

interface PolicyBase {
  readonly id: string;
  readonly name: string;
  readonly logic: "POSITIVE" | "NEGATIVE";
}
/** Policies of Keycloak's authorization services that fine-grained permissions use; references are resolved to ids. */
export type Policy =
  | (PolicyBase & { readonly type: "client"; readonly clientIds: ReadonlySet<string> })
  | (PolicyBase & { readonly type: "user"; readonly userIds: ReadonlySet<string> })
  | (PolicyBase & {
      readonly type: "role";
      readonly fetchRoles: boolean;
      readonly roles: readonly { readonly roleId: string; readonly required: boolean }[];
    })
  | (PolicyBase & {
      readonly type: "group";
      readonly groupsClaim: string;
      readonly groups: readonly { readonly groupId: string; readonly path: string; readonly extendChildren: boolean }[];
    })
  | (PolicyBase & { readonly type: "time"; readonly config: Readonly<Record<string, string>> })
  | (PolicyBase & {
      readonly type: "regex";
      readonly targetClaim: string;
      readonly pattern: string;
      readonly targetContextAttributes: boolean;
    })
  | (PolicyBase & {
      readonly type: "client-scope";
      /** A scope without a name is no longer there. */
      readonly scopes: readonly { readonly name: string | undefined; readonly required: boolean }[];
    })
  | (PolicyBase & { readonly type: "aggregate"; readonly strategy: DecisionStrategy; readonly policies: readonly Policy[] })
  /** Of a kind that is not understood: denies, whatever its logic. */
  | (PolicyBase & { readonly type: "unknown"; readonly kind: string });
