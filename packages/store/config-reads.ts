import type { Kysely, Selectable } from "kysely";
import { authorizationOf } from "./authorization-reads.ts";
import type {
  AuthorizationRows,
  ClientIndexRow,
  ClientScopeRow,
  ComponentRow,
  ConfigReads,
  GroupRow,
  IdentityProviderRow,
  LoadedClientRow,
  RealmRows,
  RoleRow,
} from "./config-ports.ts";
import { grouped, readClient, readClientScope, readComponent, readGroup, readIdentityProvider, readRealm, readRole } from "./row-reads.ts";
import type { Schema } from "./schema.ts";

/** Runs reads that must see one and the same commit. */
export type Snapshot = <T>(work: (db: Kysely<Schema>) => Promise<T>) => Promise<T>;

const KEY_PROVIDER = "org.keycloak.keys.KeyProvider";

async function rolesOf(db: Kysely<Schema>, realmId: string): Promise<RoleRow[]> {
  const rows = await db.selectFrom("role").selectAll().where("realm_id", "=", realmId).orderBy("name").orderBy("id").execute();
  return rows.map(readRole);
}

async function clientIndexOf(db: Kysely<Schema>, realmId: string): Promise<ClientIndexRow[]> {
  const rows = await db.selectFrom("client").select(["id", "client_id", "enabled"]).where("realm_id", "=", realmId).execute();
  return rows.map((row) => ({ id: row.id, clientId: row.client_id, enabled: row.enabled === 1 }));
}

async function roleOwnersOf(db: Kysely<Schema>, realmId: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom("role")
    .innerJoin("client", "client.id", "role.client_uuid")
    .select(["client.id", "client.client_id"])
    .distinct()
    .where("role.realm_id", "=", realmId)
    .execute();
  return new Map(rows.map((row) => [row.id, row.client_id]));
}

export async function compositesOf(db: Kysely<Schema>, realmId: string): Promise<(readonly [string, string])[]> {
  const rows = await db
    .selectFrom("role_composite")
    .innerJoin("role", "role.id", "role_composite.role_id")
    .select(["role_composite.role_id", "role_composite.child_id"])
    .where("role.realm_id", "=", realmId)
    .execute();
  return rows.map((row) => [row.role_id, row.child_id] as const);
}

export async function groupsOf(db: Kysely<Schema>, realmId: string): Promise<GroupRow[]> {
  const rows = await db.selectFrom("realm_group").selectAll().where("realm_id", "=", realmId).orderBy("name").orderBy("id").execute();
  const links = await db
    .selectFrom("group_role")
    .innerJoin("realm_group", "realm_group.id", "group_role.group_id")
    .select(["group_role.group_id", "group_role.role_id"])
    .where("realm_group.realm_id", "=", realmId)
    .execute();
  const roleIds = grouped(
    links,
    (link) => link.group_id,
    (link) => link.role_id,
  );
  return rows.map((row) => readGroup(row, roleIds(row.id)));
}

export async function clientScopesOf(db: Kysely<Schema>, realmId: string): Promise<ClientScopeRow[]> {
  const rows = await db.selectFrom("client_scope").selectAll().where("realm_id", "=", realmId).orderBy("name").execute();
  const links = await db
    .selectFrom("client_scope_role")
    .innerJoin("client_scope", "client_scope.id", "client_scope_role.scope_id")
    .select(["client_scope_role.scope_id", "client_scope_role.role_id"])
    .where("client_scope.realm_id", "=", realmId)
    .execute();
  const roleScope = grouped(
    links,
    (link) => link.scope_id,
    (link) => link.role_id,
  );
  return rows.map((row) => readClientScope(row, roleScope(row.id)));
}

async function keyComponentsOf(db: Kysely<Schema>, realmId: string): Promise<ComponentRow[]> {
  const rows = await db
    .selectFrom("component")
    .selectAll()
    .where("realm_id", "=", realmId)
    .where("provider_type", "=", KEY_PROVIDER)
    .orderBy("id")
    .execute();
  return rows.map(readComponent);
}

export async function identityProvidersOf(db: Kysely<Schema>, realmId: string): Promise<IdentityProviderRow[]> {
  const rows = await db.selectFrom("identity_provider").selectAll().where("realm_id", "=", realmId).orderBy("alias").execute();
  return rows.map(readIdentityProvider);
}

async function loadRealm(db: Kysely<Schema>, realmId: string): Promise<RealmRows | undefined> {
  const version = await db
    .selectFrom("change_log")
    .select((expression) => expression.fn.max("version").as("version"))
    .executeTakeFirst();
  const realm = await db.selectFrom("realm").selectAll().where("id", "=", realmId).executeTakeFirst();
  if (!realm) return undefined;
  const servers = await db.selectFrom("authz_server").selectAll().where("realm_id", "=", realmId).orderBy("client_uuid").execute();
  const authorization: AuthorizationRows[] = [];
  for (const server of servers) authorization.push(await authorizationOf(db, server));
  return {
    realm: readRealm(realm),
    roles: await rolesOf(db, realmId),
    roleOwners: await roleOwnersOf(db, realmId),
    clients: await clientIndexOf(db, realmId),
    composites: await compositesOf(db, realmId),
    groups: await groupsOf(db, realmId),
    clientScopes: await clientScopesOf(db, realmId),
    keyComponents: await keyComponentsOf(db, realmId),
    authorization,
    identityProviders: await identityProvidersOf(db, realmId),
    version: version?.version ?? 0,
  };
}

async function loadClient(db: Kysely<Schema>, row: Selectable<Schema["client"]>): Promise<LoadedClientRow> {
  const scopes = await db
    .selectFrom("client_scope_client")
    .select(["scope_id", "optional"])
    .where("client_uuid", "=", row.id)
    .orderBy("position")
    .execute();
  const roleScope = await db.selectFrom("client_role_scope").select("role_id").where("client_uuid", "=", row.id).execute();
  const ownRoles = await db.selectFrom("role").select("id").where("client_uuid", "=", row.id).orderBy("name").execute();
  const client = readClient(
    row,
    scopes,
    roleScope.map((role) => role.role_id),
  );
  return { ...client, ownRoles: ownRoles.map((role) => role.id) };
}

/** Configuration as rows; every call that takes more than one statement sees one commit. */
export const configReads = (db: Kysely<Schema>, snapshot: Snapshot): ConfigReads => ({
  async realmNames() {
    const rows = await db.selectFrom("realm").select("name").orderBy("name").execute();
    return rows.map((row) => row.name);
  },
  async findRealmIdByName(name) {
    const row = await db.selectFrom("realm").select("id").where("name", "=", name).executeTakeFirst();
    return row?.id;
  },
  loadRealm: (realmId) => snapshot((transaction) => loadRealm(transaction, realmId)),
  findClientByClientId: (realmId, clientId) =>
    snapshot(async (transaction) => {
      const found = transaction.selectFrom("client").selectAll().where("realm_id", "=", realmId).where("client_id", "=", clientId);
      const row = await found.executeTakeFirst();
      return row && loadClient(transaction, row);
    }),
  findClientById: (realmId, id) =>
    snapshot(async (transaction) => {
      const found = transaction.selectFrom("client").selectAll().where("realm_id", "=", realmId).where("id", "=", id);
      const row = await found.executeTakeFirst();
      return row && loadClient(transaction, row);
    }),
  async findClientIdsByResource(realmId, resource) {
    const found = db.selectFrom("client").select("client_id").where("realm_id", "=", realmId).where("resource", "=", resource);
    const rows = await found.orderBy("client_id").execute();
    return rows.map((row) => row.client_id);
  },
});
