import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { AdminReads } from "./admin-ports.ts";
import { authorizationReads } from "./authorization-reads.ts";
import type { ClientScopeRow, ConfigReads, GroupRow, LoadedClientRow, RealmRows } from "./config-ports.ts";
import { grouped, readClient, readClientScope, readComponent, readGroup, readIdentityProvider, readRealm, readRole } from "./row-reads.ts";
import type { Schema } from "./schema.ts";
import { inSnapshot } from "./snapshot.ts";

/** What snapshots of realms are made of, in plain SQL that both engines understand: a worker compiles realms without the query builder. */
const SQL = {
  realmNames: "select name from realm order by name",
  realmIdByName: "select id from realm where name = ?",
  version: "select coalesce(max(version), 0) as version from change_log",
  realm: "select * from realm where id = ?",
  realmByName: "select * from realm where name = ?",
  roles: "select * from role where realm_id = ? order by name, id",
  roleOwners: `select distinct client.id, client.client_id from role join client on client.id = role.client_uuid where role.realm_id = ?`,
  clientIndex: "select id, client_id, enabled from client where realm_id = ?",
  composites: `select role_composite.role_id, role_composite.child_id from role_composite join role on role.id = role_composite.role_id
    where role.realm_id = ?`,
  groups: "select * from realm_group where realm_id = ? order by name, id",
  groupRoles: `select group_role.group_id, group_role.role_id from group_role join realm_group on realm_group.id = group_role.group_id
    where realm_group.realm_id = ?`,
  clientScopes: "select * from client_scope where realm_id = ? order by name",
  clientScopeRoles: `select client_scope_role.scope_id, client_scope_role.role_id
    from client_scope_role join client_scope on client_scope.id = client_scope_role.scope_id where client_scope.realm_id = ?`,
  components: "select * from component where realm_id = ? order by name, id",
  keyComponents: "select * from component where realm_id = ? and provider_type = 'org.keycloak.keys.KeyProvider' order by id",
  identityProviders: "select * from identity_provider where realm_id = ? order by alias",
  authorizationServers: "select * from authz_server where realm_id = ? order by client_uuid",
  authorizationServer: "select * from authz_server where realm_id = ? and client_uuid = ?",
  clientByClientId: "select * from client where realm_id = ? and client_id = ?",
  clientById: "select * from client where realm_id = ? and id = ?",
  clientScopeLinks: "select scope_id, optional from client_scope_client where client_uuid = ? order by position",
  clientRoleScope: "select role_id from client_role_scope where client_uuid = ?",
  ownRoles: "select id from role where client_uuid = ? order by name",
  clientIdsByResource: "select client_id from client where realm_id = ? and resource = ? order by client_id",
} as const;

/** Statements of {@link SQL}; a row of them is a row of its table, or the columns that the text names. */
type Query = <Row>(name: keyof typeof SQL, ...values: readonly SQLInputValue[]) => Row[];

function queryOf(database: DatabaseSync): Query {
  const prepared = new Map(Object.entries(SQL).map(([name, text]) => [name, database.prepare(text)]));
  return <Row>(name: keyof typeof SQL, ...values: readonly SQLInputValue[]) => (prepared.get(name)?.all(...values) ?? []) as Row[];
}

function groupsOf(query: Query, realmId: string): GroupRow[] {
  const roleIds = grouped(
    query<Schema["group_role"]>("groupRoles", realmId),
    (link) => link.group_id,
    (link) => link.role_id,
  );
  return query<Schema["realm_group"]>("groups", realmId).map((row) => readGroup(row, roleIds(row.id)));
}

function clientScopesOf(query: Query, realmId: string): ClientScopeRow[] {
  const roleScope = grouped(
    query<Schema["client_scope_role"]>("clientScopeRoles", realmId),
    (link) => link.scope_id,
    (link) => link.role_id,
  );
  return query<Schema["client_scope"]>("clientScopes", realmId).map((row) => readClientScope(row, roleScope(row.id)));
}

const compositesOf = (query: Query, realmId: string): (readonly [string, string])[] =>
  query<Schema["role_composite"]>("composites", realmId).map((row) => [row.role_id, row.child_id] as const);

const identityProvidersOf = (query: Query, realmId: string) =>
  query<Schema["identity_provider"]>("identityProviders", realmId).map(readIdentityProvider);

function loadRealm(query: Query, authorizationOf: ReturnType<typeof authorizationReads>, realmId: string): RealmRows | undefined {
  const [realm] = query<Schema["realm"]>("realm", realmId);
  if (!realm) return undefined;
  const owners = query<Pick<Schema["client"], "id" | "client_id">>("roleOwners", realmId);
  const clients = query<Pick<Schema["client"], "id" | "client_id" | "enabled">>("clientIndex", realmId);
  return {
    realm: readRealm(realm),
    roles: query<Schema["role"]>("roles", realmId).map(readRole),
    roleOwners: new Map(owners.map((row) => [row.id, row.client_id])),
    clients: clients.map((row) => ({ id: row.id, clientId: row.client_id, enabled: row.enabled === 1 })),
    composites: compositesOf(query, realmId),
    groups: groupsOf(query, realmId),
    clientScopes: clientScopesOf(query, realmId),
    keyComponents: query<Schema["component"]>("keyComponents", realmId).map(readComponent),
    authorization: query<Schema["authz_server"]>("authorizationServers", realmId).map(authorizationOf),
    identityProviders: identityProvidersOf(query, realmId),
    version: query<{ version: number }>("version")[0]?.version ?? 0,
  };
}

function loadClient(query: Query, row: Schema["client"] | undefined): LoadedClientRow | undefined {
  if (!row) return undefined;
  const scopes = query<Schema["client_scope_client"]>("clientScopeLinks", row.id);
  const roleScope = query<Schema["client_role_scope"]>("clientRoleScope", row.id).map((role) => role.role_id);
  const ownRoles = query<Schema["role"]>("ownRoles", row.id).map((role) => role.id);
  return { ...readClient(row, scopes, roleScope), ownRoles };
}

/** The lists of administration that snapshots are made of too. */
export type SharedRead =
  | "realmByName"
  | "compositePairs"
  | "allGroups"
  | "clientScopes"
  | "components"
  | "identityProviders"
  | "authorization";

/** Configuration as rows; every call that takes more than one statement sees one commit. */
export function configReads(database: DatabaseSync): { readonly config: ConfigReads; readonly shared: Pick<AdminReads, SharedRead> } {
  const query = queryOf(database);
  const authorizationOf = authorizationReads(database);
  return {
    config: {
      async realmNames() {
        return query<{ name: string }>("realmNames").map((row) => row.name);
      },
      async findRealmIdByName(name) {
        return query<{ id: string }>("realmIdByName", name)[0]?.id;
      },
      async loadRealm(realmId) {
        return inSnapshot(database, () => loadRealm(query, authorizationOf, realmId));
      },
      async findClientByClientId(realmId, clientId) {
        return inSnapshot(database, () => loadClient(query, query<Schema["client"]>("clientByClientId", realmId, clientId)[0]));
      },
      async findClientById(realmId, id) {
        return inSnapshot(database, () => loadClient(query, query<Schema["client"]>("clientById", realmId, id)[0]));
      },
      async findClientIdsByResource(realmId, resource) {
        return query<{ client_id: string }>("clientIdsByResource", realmId, resource).map((row) => row.client_id);
      },
    },
    shared: {
      async realmByName(name) {
        return query<Schema["realm"]>("realmByName", name).map(readRealm)[0];
      },
      async compositePairs(realmId) {
        return compositesOf(query, realmId);
      },
      async allGroups(realmId) {
        return inSnapshot(database, () => groupsOf(query, realmId));
      },
      async clientScopes(realmId) {
        return inSnapshot(database, () => clientScopesOf(query, realmId));
      },
      async components(realmId) {
        return query<Schema["component"]>("components", realmId).map(readComponent);
      },
      async identityProviders(realmId) {
        return identityProvidersOf(query, realmId);
      },
      async authorization(realmId, clientUuid) {
        return inSnapshot(
          database,
          () => query<Schema["authz_server"]>("authorizationServer", realmId, clientUuid).map(authorizationOf)[0],
        );
      },
    },
  };
}
