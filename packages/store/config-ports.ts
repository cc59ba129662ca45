import type { AuditRecord, Command } from "./ports.ts";

/**
 * Configuration as rows. A row keeps what is searched or joined in columns and everything else of the Keycloak representation as one JSON
 * object, so that what is not understood is still served and exported faithfully. Secrets are sealed before they come here.
 */

/** A JSON object as it stood in the realm file, minus what has columns or tables of its own. */
export type Json = Readonly<Record<string, unknown>>;

export interface RealmRow {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Realm representation without users, clients, roles, groups, client scopes, scope mappings, components, identity providers. */
  readonly representation: Json;
}
export interface RoleRow {
  readonly id: string;
  readonly name: string;
  /** UUID of the owning client; undefined for realm roles. */
  readonly clientUuid?: string;
  /** `description`, `attributes`, … */
  readonly representation: Json;
}
export interface GroupRow {
  readonly id: string;
  readonly name: string;
  readonly parentId?: string;
  /** `attributes`, `description`, … */
  readonly representation: Json;
  readonly roleIds: readonly string[];
}
export interface ClientScopeRow {
  readonly id: string;
  readonly name: string;
  readonly protocol: string;
  /** Attributes and `protocolMappers` included. */
  readonly representation: Json;
  /** Ids of the roles in its scope mappings. */
  readonly roleScope: readonly string[];
}
export interface ClientRow {
  readonly id: string;
  readonly clientId: string;
  readonly enabled: boolean;
  /** Sealed (AES-256-GCM), base64url; undefined when there is none. */
  readonly sealedSecret?: string;
  /** SHA-256 of the secret, hex. */
  readonly secretHash?: string;
  /** Client representation (attributes, `protocolMappers`, …) without secret, scope lists and authorizationSettings. */
  readonly representation: Json;
  readonly defaultScopeIds: readonly string[];
  readonly optionalScopeIds: readonly string[];
  /** Ids of the roles in its scope mappings. */
  readonly roleScope: readonly string[];
}
/** A client with what the snapshot needs beside its row. */
export interface LoadedClientRow extends ClientRow {
  /** Ids of the client's own roles. */
  readonly ownRoles: readonly string[];
}
export interface ComponentRow {
  readonly id: string;
  /** For example `org.keycloak.keys.KeyProvider`. */
  readonly providerType: string;
  readonly representation: Json;
  /** Sealed JSON of the config entries that are secret (`privateKey`, `secret`, …); they are absent from `representation`. */
  readonly sealedConfig?: string;
}
export interface IdentityProviderRow {
  readonly internalId: string;
  readonly alias: string;
  readonly enabled: boolean;
  /** Without `config.clientSecret`. */
  readonly representation: Json;
  readonly sealedSecret?: string;
}
export interface IdentityProviderMapperRow {
  readonly id: string;
  readonly alias: string;
  readonly name: string;
  readonly representation: Json;
}
/** Authorization settings of one client (fine-grained permissions live in those of the admin client). */
export interface AuthorizationRows {
  /** UUID of the client that is the resource server. */
  readonly clientUuid: string;
  /** `allowRemoteResourceManagement`, `policyEnforcementMode`, `decisionStrategy`. */
  readonly settings: Json;
  readonly scopes: readonly { readonly id: string; readonly name: string; readonly representation: Json }[];
  readonly resources: readonly {
    readonly id: string;
    readonly name: string;
    readonly representation: Json;
    readonly scopeIds: readonly string[];
  }[];
  /** Policies and permissions in stored order. `config` has references as ids (clients as UUIDs, users, roles, groups as ids). */
  readonly policies: readonly AuthorizationPolicyRow[];
}
export interface AuthorizationPolicyRow {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly logic: string;
  readonly decisionStrategy: string;
  readonly representation: Json;
  readonly resourceIds: readonly string[];
  readonly scopeIds: readonly string[];
  readonly policyIds: readonly string[];
}
export interface UserRow {
  readonly id: string;
  /** Lower-cased. */
  readonly username: string;
  /** Lower-cased. */
  readonly email?: string;
  readonly emailVerified: boolean;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly enabled: boolean;
  readonly createdTimestamp?: number;
  readonly notBefore: number;
  readonly serviceAccountClientUuid?: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly requiredActions: readonly string[];
  /** What has no column: `federationLink`, `totp`, … */
  readonly representation: Json;
  readonly roleIds: readonly string[];
  readonly groupIds: readonly string[];
  readonly credentials: readonly CredentialRow[];
  readonly federatedIdentities: readonly { readonly alias: string; readonly userId: string; readonly userName?: string }[];
  readonly consents: readonly { readonly clientUuid: string; readonly scopes: readonly string[]; readonly representation: Json }[];
}
export interface CredentialRow {
  readonly id: string;
  readonly type: string;
  readonly secretData: string;
  readonly credentialData: string;
  readonly createdDate?: number;
  readonly userLabel?: string;
  readonly priority: number;
}

export interface ClientIndexRow {
  readonly id: string;
  readonly clientId: string;
  readonly enabled: boolean;
}

/** Everything realm-wide that a snapshot is compiled from. Clients and users are read one by one. */
export interface RealmRows {
  readonly realm: RealmRow;
  readonly roles: readonly RoleRow[];
  /** clientId by UUID of every client that owns a role. */
  readonly roleOwners: ReadonlyMap<string, string>;
  /** Every client: enough to know whether a name is somebody's. */
  readonly clients: readonly ClientIndexRow[];
  /** Pairs [composite, contained]. */
  readonly composites: readonly (readonly [string, string])[];
  readonly groups: readonly GroupRow[];
  readonly clientScopes: readonly ClientScopeRow[];
  readonly keyComponents: readonly ComponentRow[];
  readonly authorization: readonly AuthorizationRows[];
  readonly identityProviders: readonly IdentityProviderRow[];
  /** The change-log version these rows are of (read in the same transaction). */
  readonly version: number;
}

export interface ConfigReads {
  realmNames(): Promise<readonly string[]>;
  findRealmIdByName(name: string): Promise<string | undefined>;
  /** All rows of one consistent read. */
  loadRealm(realmId: string): Promise<RealmRows | undefined>;
  findClientByClientId(realmId: string, clientId: string): Promise<LoadedClientRow | undefined>;
  findClientById(realmId: string, id: string): Promise<LoadedClientRow | undefined>;
  /** clientId of the clients that name this absolute URI in their attribute `cambist.resource`. */
  findClientIdsByResource(realmId: string, resource: string): Promise<readonly string[]>;
}

/** A default scope of a client; `position`: how many it had before. */
export interface AddedClientScope {
  readonly clientUuid: string;
  readonly scopeId: string;
  readonly position: number;
}

/**
 * The write side of an import: one transaction over everything, with change-log entries at its end. Rows may refer to rows that come
 * later; ids are checked for clashes with other realms. Batches are inserted as they come, so memory stays flat.
 */
export interface ImportSink {
  realm(row: RealmRow): Promise<void>;
  roles(realmId: string, rows: readonly RoleRow[]): Promise<void>;
  composites(realmId: string, pairs: readonly (readonly [string, string])[]): Promise<void>;
  groups(realmId: string, rows: readonly GroupRow[]): Promise<void>;
  clientScopes(realmId: string, rows: readonly ClientScopeRow[]): Promise<void>;
  clients(realmId: string, rows: readonly ClientRow[]): Promise<void>;
  /** Default scopes that clients have beside those they came with. */
  moreClientScopes(realmId: string, rows: readonly AddedClientScope[]): Promise<void>;
  components(realmId: string, rows: readonly ComponentRow[]): Promise<void>;
  identityProviders(realmId: string, rows: readonly IdentityProviderRow[]): Promise<void>;
  identityProviderMappers(realmId: string, rows: readonly IdentityProviderMapperRow[]): Promise<void>;
  authorization(realmId: string, rows: AuthorizationRows): Promise<void>;
  users(realmId: string, rows: readonly UserRow[]): Promise<void>;
  /** Users that are there. */
  organizationMembers(
    realmId: string,
    organizationId: string,
    rows: readonly { readonly userId: string; readonly membershipType: string }[],
  ): Promise<void>;
  /** Look-ups inside the same transaction, for references by name. */
  findRoleId(realmId: string, clientUuid: string | undefined, name: string): Promise<string | undefined>;
  findUserId(realmId: string, username: string): Promise<string | undefined>;
  findGroupId(realmId: string, path: string): Promise<string | undefined>;
  findRealmId(name: string): Promise<string | undefined>;
  findClientUuid(realmId: string, clientId: string): Promise<string | undefined>;
  /** Everything of the realm goes, its sessions too; the audit log stays. */
  deleteRealm(realmId: string): Promise<void>;
}
export interface ImportStore {
  /**
   * Commits when `work` resolves, otherwise nothing of it is stored. `also` is done at its end, in the same transaction.
   * @throws {ImportConflict} an id or name is taken.
   */
  importing<T>(
    work: (sink: ImportSink) => Promise<T>,
    also?: { readonly commands?: readonly Command[]; readonly audit?: readonly AuditRecord[] },
  ): Promise<T>;
}
/** An id, username or name in the file is taken; `what` names the kind and the value. */
export class ImportConflict extends Error {
  override readonly name = "ImportConflict";
}
