import type { EpochSeconds } from "@cambist/core/model.ts";
import type {
  AuthorizationPolicyRow,
  AuthorizationRows,
  ClientRow,
  ClientScopeRow,
  ComponentRow,
  CredentialRow,
  GroupRow,
  IdentityProviderMapperRow,
  IdentityProviderRow,
  Json,
  RealmRow,
  RoleRow,
  UserRow,
} from "./config-ports.ts";
import type { EpochMillis, StoredAuditRecord } from "./ports.ts";

/**
 * What administration asks of storage. Changes are commands of a write unit, so that they commit with their admin event; each change of
 * configuration leaves its change-log entry in the same commit: kind `client` for a client that keeps its name, else `realm`; users leave
 * none, since they are read at each use.
 */

/**
 * `save` inserts or replaces by id. A name that another row has, or something named that is gone (or of another realm), rejects the unit with
 * {@link StorageConflict}. Commands are carried out in order, so what is named is saved first. `delete` and `remove` of what is not there do
 * nothing. What is deleted is taken out of the policies that name it as well; a policy that names nothing any more stays and grants nothing.
 */
export type ConfigCommand =
  | { readonly do: "saveRealm"; readonly realmId: string; readonly row: RealmRow }
  /** Everything of the realm, its sessions too; the audit log stays. */
  | { readonly do: "deleteRealm"; readonly realmId: string }
  /** With its scope assignments and role scope, which replace what is stored. */
  | { readonly do: "saveClient"; readonly realmId: string; readonly row: ClientRow }
  /** With its roles, its service account and its sessions; sessions that had no other client end. */
  | { readonly do: "deleteClient"; readonly realmId: string; readonly id: string }
  | { readonly do: "saveRole"; readonly realmId: string; readonly row: RoleRow }
  | { readonly do: "deleteRole"; readonly realmId: string; readonly id: string }
  | { readonly do: "addComposites"; readonly realmId: string; readonly roleId: string; readonly childIds: readonly string[] }
  | { readonly do: "removeComposites"; readonly realmId: string; readonly roleId: string; readonly childIds: readonly string[] }
  /** With its role ids, which replace what is stored. */
  | { readonly do: "saveGroup"; readonly realmId: string; readonly row: GroupRow }
  /** With its sub-groups and memberships. */
  | { readonly do: "deleteGroup"; readonly realmId: string; readonly id: string }
  /** With its role scope, which replaces what is stored. */
  | { readonly do: "saveClientScope"; readonly realmId: string; readonly row: ClientScopeRow }
  | { readonly do: "deleteClientScope"; readonly realmId: string; readonly id: string }
  | { readonly do: "saveComponent"; readonly realmId: string; readonly row: ComponentRow }
  | { readonly do: "deleteComponent"; readonly realmId: string; readonly id: string }
  /** Mappers and users' links follow a new alias. */
  | { readonly do: "saveIdentityProvider"; readonly realmId: string; readonly row: IdentityProviderRow }
  /** With its mappers and the users' links. */
  | { readonly do: "deleteIdentityProvider"; readonly realmId: string; readonly internalId: string }
  | { readonly do: "saveIdentityProviderMapper"; readonly realmId: string; readonly row: IdentityProviderMapperRow }
  | { readonly do: "deleteIdentityProviderMapper"; readonly realmId: string; readonly id: string }
  /** The resource server of a client; its scopes, resources and policies stay. */
  | { readonly do: "saveResourceServer"; readonly realmId: string; readonly clientUuid: string; readonly settings: Json }
  | { readonly do: "deleteResourceServer"; readonly realmId: string; readonly clientUuid: string }
  | {
      readonly do: "saveAuthorizationScope";
      readonly realmId: string;
      readonly clientUuid: string;
      readonly row: AuthorizationRows["scopes"][number];
    }
  | {
      readonly do: "saveAuthorizationResource";
      readonly realmId: string;
      readonly clientUuid: string;
      readonly row: AuthorizationRows["resources"][number];
    }
  | { readonly do: "saveAuthorizationPolicy"; readonly realmId: string; readonly clientUuid: string; readonly row: AuthorizationPolicyRow }
  | {
      readonly do: "deleteAuthorizationObject";
      readonly realmId: string;
      readonly clientUuid: string;
      readonly kind: "scope" | "resource" | "policy";
      readonly id: string;
    }
  /** The user's own columns; another's e-mail address is a conflict unless the realm allows it; `notBefore` only grows; roles, groups, credentials, links and consents have commands of their own. */
  | { readonly do: "saveUser"; readonly realmId: string; readonly row: UserColumns }
  /** With online and offline sessions and login failures. */
  | { readonly do: "deleteUser"; readonly realmId: string; readonly userId: string }
  | {
      readonly do: "addUserRoles" | "removeUserRoles";
      readonly realmId: string;
      readonly userId: string;
      readonly roleIds: readonly string[];
    }
  | { readonly do: "joinGroup" | "leaveGroup"; readonly realmId: string; readonly userId: string; readonly groupId: string }
  /** By id; a password replaces the user's other passwords. */
  | { readonly do: "saveCredential"; readonly realmId: string; readonly userId: string; readonly row: CredentialRow }
  | { readonly do: "deleteCredential"; readonly realmId: string; readonly userId: string; readonly id: string }
  /** One account of a provider is one user's: a second user is a conflict. */
  | {
      readonly do: "saveFederatedIdentity";
      readonly realmId: string;
      readonly userId: string;
      readonly link: UserRow["federatedIdentities"][number];
    }
  | { readonly do: "deleteFederatedIdentity"; readonly realmId: string; readonly userId: string; readonly alias: string }
  | { readonly do: "deleteConsent"; readonly realmId: string; readonly userId: string; readonly clientUuid: string }
  /** A user who is a member already is a conflict. */
  | {
      readonly do: "addOrganizationMember";
      readonly realmId: string;
      readonly organizationId: string;
      readonly userId: string;
      readonly membershipType: string;
    }
  | { readonly do: "removeOrganizationMember"; readonly realmId: string; readonly organizationId: string; readonly userId: string }
  /** Of an organization that goes. */
  | { readonly do: "removeOrganizationMembers"; readonly realmId: string; readonly organizationId: string }
  /** Online sessions of one user, or of the whole realm (then offline ones too when `offline`). */
  | { readonly do: "endUserSessions"; readonly realmId: string; readonly userId: string }
  | { readonly do: "endRealmSessions"; readonly realmId: string; readonly offline: boolean }
  | { readonly do: "clearRealmLoginFailures"; readonly realmId: string }
  /** The event view begins after everything recorded so far; the audit log keeps its records. */
  | { readonly do: "clearEventView"; readonly realmId: string; readonly kind: "events" | "admin-events" };

export type UserColumns = Omit<UserRow, "roleIds" | "groupIds" | "credentials" | "federatedIdentities" | "consents">;

/** A name or id is taken, or what the row belongs to is gone; nothing of the unit was written. */
export class StorageConflict extends Error {
  override readonly name = "StorageConflict";
}

/** `first` rows are skipped; `max` undefined or negative: no limit. */
export interface Page {
  readonly first?: number | undefined;
  readonly max?: number | undefined;
}
/** Text filters are case-insensitive; `%` and `_` in them mean themselves. */
export interface UserFilter extends Page {
  /** Keycloak's `search`: each word a prefix match over username, first name, last name, e-mail; `*` wild, `"…"` equal. */
  readonly search?: string | undefined;
  readonly username?: string | undefined;
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
  readonly email?: string | undefined;
  readonly exact?: boolean | undefined;
  readonly enabled?: boolean | undefined;
  readonly emailVerified?: boolean | undefined;
  readonly idpAlias?: string | undefined;
  readonly idpUserId?: string | undefined;
  /** Attribute equals value, all of them. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
  /** Service accounts are left out unless asked for. */
  readonly withServiceAccounts?: boolean | undefined;
}
export interface ClientFilter extends Page {
  /** Exact, or with `search` a substring in any case. */
  readonly clientId?: string | undefined;
  readonly search?: boolean | undefined;
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}
export interface RoleFilter extends Page {
  /** Substring of name or description. */
  readonly search?: string | undefined;
}
export interface MemberFilter extends Page {
  /** Substring of username, e-mail address or one of the names, in any case; the whole of it when `exact`. */
  readonly search?: string | undefined;
  readonly exact?: boolean | undefined;
  readonly membershipType?: string | undefined;
}
/** A user as a member of an organization. */
export interface OrganizationMember {
  readonly user: UserColumns;
  readonly membershipType: string;
}
export interface GroupFilter extends Page {
  /** Undefined: top level. */
  readonly parentId?: string | undefined;
  readonly search?: string | undefined;
  readonly exact?: boolean | undefined;
}

export interface SessionListRow {
  readonly id: string;
  readonly userId: string;
  readonly username: string;
  readonly offline: boolean;
  readonly rememberMe: boolean;
  readonly ipAddress: string;
  readonly started: EpochSeconds;
  readonly lastRefresh: EpochSeconds;
  /** UUIDs of its clients. */
  readonly clientUuids: readonly string[];
}

/** One record of the event view or of the admin events, newest first. */
export interface EventFilter extends Page {
  readonly kind: "events" | "admin-events";
  readonly types?: readonly string[] | undefined;
  readonly clientId?: string | undefined;
  readonly userId?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly dateFrom?: EpochMillis | undefined;
  readonly dateTo?: EpochMillis | undefined;
  readonly oldestFirst?: boolean | undefined;
  /** Members of the record's details that must be equal: `resourceType`, `authRealm`, `authClient`, `authUser`, `authIpAddress`. */
  readonly details?: Readonly<Record<string, readonly string[]>> | undefined;
  /** A pattern with `*` over `resourcePath`. */
  readonly resourcePath?: string | undefined;
}

/** Committed configuration as administration lists it. Lists come in Keycloak's order: users by username, clients by clientId, the rest by name. */
export interface AdminReads {
  realms(): Promise<readonly RealmRow[]>;
  realmByName(name: string): Promise<RealmRow | undefined>;
  clients(realmId: string, filter?: ClientFilter): Promise<readonly ClientRow[]>;
  client(realmId: string, id: string): Promise<ClientRow | undefined>;
  clientByClientId(realmId: string, clientId: string): Promise<ClientRow | undefined>;
  /** Of a client, or of the realm when undefined. */
  roles(realmId: string, clientUuid: string | undefined, filter?: RoleFilter): Promise<readonly RoleRow[]>;
  role(realmId: string, id: string): Promise<RoleRow | undefined>;
  roleByName(realmId: string, clientUuid: string | undefined, name: string): Promise<RoleRow | undefined>;
  rolesById(realmId: string, ids: readonly string[]): Promise<readonly RoleRow[]>;
  /** Direct members of a composite. */
  composites(realmId: string, roleId: string): Promise<readonly RoleRow[]>;
  /** Those of these roles that contain others. */
  compositesAmong(roleIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Every pair [composite, contained] of the realm. */
  compositePairs(realmId: string): Promise<readonly (readonly [string, string])[]>;
  usersWithRole(realmId: string, roleId: string, page: Page): Promise<readonly UserColumns[]>;
  groupsWithRole(realmId: string, roleId: string, page: Page): Promise<readonly GroupRow[]>;
  clientScopes(realmId: string): Promise<readonly ClientScopeRow[]>;
  clientScope(realmId: string, id: string): Promise<ClientScopeRow | undefined>;
  groups(realmId: string, filter: GroupFilter): Promise<readonly GroupRow[]>;
  /** All groups, for paths and trees. */
  allGroups(realmId: string): Promise<readonly GroupRow[]>;
  group(realmId: string, id: string): Promise<GroupRow | undefined>;
  groupMembers(realmId: string, groupId: string, page: Page): Promise<readonly UserColumns[]>;
  organizationMembers(realmId: string, organizationId: string, filter: MemberFilter): Promise<readonly OrganizationMember[]>;
  countOrganizationMembers(realmId: string, organizationId: string): Promise<number>;
  organizationMember(realmId: string, organizationId: string, userId: string): Promise<OrganizationMember | undefined>;
  /** Ids of the organizations of a user, by id. */
  organizationIdsOfUser(realmId: string, userId: string): Promise<readonly string[]>;
  users(realmId: string, filter: UserFilter): Promise<readonly UserColumns[]>;
  countUsers(realmId: string, filter: UserFilter): Promise<number>;
  user(realmId: string, id: string): Promise<UserRow | undefined>;
  /** Everything of these users, in the order of the ids; those that are not there are left out. */
  usersByIds(realmId: string, ids: readonly string[]): Promise<readonly UserRow[]>;
  /** In pages by user name, for exports: everything of each user; undefined begins. */
  usersAfterName(realmId: string, afterUsername: string | undefined, limit: number): Promise<readonly UserRow[]>;
  components(realmId: string): Promise<readonly ComponentRow[]>;
  component(realmId: string, id: string): Promise<ComponentRow | undefined>;
  identityProviders(realmId: string): Promise<readonly IdentityProviderRow[]>;
  identityProvider(realmId: string, alias: string): Promise<IdentityProviderRow | undefined>;
  identityProviderMappers(realmId: string, alias: string): Promise<readonly IdentityProviderMapperRow[]>;
  authorization(realmId: string, clientUuid: string): Promise<AuthorizationRows | undefined>;
  userSessions(realmId: string, userId: string, offline: boolean): Promise<readonly SessionListRow[]>;
  clientSessions(realmId: string, clientUuid: string, offline: boolean, page: Page): Promise<readonly SessionListRow[]>;
  countClientSessions(realmId: string, clientUuid: string, offline: boolean): Promise<number>;
  session(realmId: string, id: string, offline: boolean): Promise<SessionListRow | undefined>;
  events(realmId: string, filter: EventFilter): Promise<readonly StoredAuditRecord[]>;
}
