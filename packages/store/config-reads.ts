import { type Kysely, type Selectable, sql } from "kysely";
import type {
  AuthorizationRows,
  ClientIndexRow,
  ClientScopeRow,
  ComponentRow,
  ConfigReads,
  GroupRow,
  IdentityProviderRow,
  Json,
  LoadedClientRow,
  RealmRows,
  RoleRow,
} from "./config-ports.ts";
import type { Schema } from "./schema.ts";

/** Runs reads that must see one and the same commit. */
export type Snapshot = <T>(work: (db: Kysely<Schema>) => Promise<T>) => Promise<T>;

const KEY_PROVIDER = "org.keycloak.keys.KeyProvider";

const json = (text: string): Json => JSON.parse(text) as Json;

/** Values of `value`, in row order, by the `key` of their rows. */
function grouped<Row>(rows: readonly Row[], key: (row: Row) => string, value: (row: Row) => string): (key: string) => readonly string[] {
  const groups = new Map<string, string[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(value(row));
    else groups.set(key(row), [value(row)]);
  }
  return (wanted) => groups.get(wanted) ?? [];
}

async function rolesOf(db: Kysely<Schema>, realmId: string): Promise<RoleRow[]> {
  const rows = await db.selectFrom("role").selectAll().where("realm_id", "=", realmId).orderBy("name").orderBy("id").execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    ...(row.client_uuid !== null && { clientUuid: row.client_uuid }),
    representation: json(row.representation),
  }));
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

async function compositesOf(db: Kysely<Schema>, realmId: string): Promise<(readonly [string, string])[]> {
  const rows = await db
    .selectFrom("role_composite")
    .innerJoin("role", "role.id", "role_composite.role_id")
    .select(["role_composite.role_id", "role_composite.child_id"])
    .where("role.realm_id", "=", realmId)
    .execute();
  return rows.map((row) => [row.role_id, row.child_id] as const);
}

async function groupsOf(db: Kysely<Schema>, realmId: string): Promise<GroupRow[]> {
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
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    ...(row.parent_id !== null && { parentId: row.parent_id }),
    representation: json(row.representation),
    roleIds: roleIds(row.id),
  }));
}

async function clientScopesOf(db: Kysely<Schema>, realmId: string): Promise<ClientScopeRow[]> {
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
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    protocol: row.protocol,
    representation: json(row.representation),
    roleScope: roleScope(row.id),
  }));
}

async function keyComponentsOf(db: Kysely<Schema>, realmId: string): Promise<ComponentRow[]> {
  const rows = await db
    .selectFrom("component")
    .selectAll()
    .where("realm_id", "=", realmId)
    .where("provider_type", "=", KEY_PROVIDER)
    .orderBy("id")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    providerType: row.provider_type,
    representation: json(row.representation),
    ...(row.sealed_config !== null && { sealedConfig: row.sealed_config }),
  }));
}

async function identityProvidersOf(db: Kysely<Schema>, realmId: string): Promise<IdentityProviderRow[]> {
  const rows = await db.selectFrom("identity_provider").selectAll().where("realm_id", "=", realmId).orderBy("alias").execute();
  return rows.map((row) => ({
    internalId: row.internal_id,
    alias: row.alias,
    enabled: row.enabled === 1,
    representation: json(row.representation),
    ...(row.sealed_secret !== null && { sealedSecret: row.sealed_secret }),
  }));
}

interface LinkTable {
  readonly table: string;
  readonly owner: string;
  readonly member: string;
  readonly ownerTable: string;
}
const LINKS = {
  scopesOfResource: { table: "authz_resource_scope", owner: "resource_id", member: "scope_id", ownerTable: "authz_resource" },
  resourcesOfPolicy: { table: "authz_policy_resource", owner: "policy_id", member: "resource_id", ownerTable: "authz_policy" },
  scopesOfPolicy: { table: "authz_policy_scope", owner: "policy_id", member: "scope_id", ownerTable: "authz_policy" },
  appliedByPolicy: { table: "authz_policy_policy", owner: "policy_id", member: "applied_id", ownerTable: "authz_policy" },
} as const satisfies Record<string, LinkTable>;

/** What the resources or policies of a server are linked to, in stored order. */
async function linksOf(db: Kysely<Schema>, clientUuid: string, { table, owner, member, ownerTable }: LinkTable) {
  const { rows } = await sql<{ owner: string; member: string }>`
    select link.${sql.ref(owner)} as owner, link.${sql.ref(member)} as member
    from ${sql.table(table)} as link join ${sql.table(ownerTable)} as o on o.id = link.${sql.ref(owner)}
    where o.client_uuid = ${clientUuid} order by link.position`.execute(db);
  return grouped(
    rows,
    (link) => link.owner,
    (link) => link.member,
  );
}

async function authorizationOf(db: Kysely<Schema>, server: Selectable<Schema["authz_server"]>): Promise<AuthorizationRows> {
  const of = (table: "authz_scope" | "authz_resource") =>
    db.selectFrom(table).selectAll().where("client_uuid", "=", server.client_uuid).orderBy("position").execute();
  const scopes = await of("authz_scope");
  const resources = await of("authz_resource");
  const policies = await db
    .selectFrom("authz_policy")
    .selectAll()
    .where("client_uuid", "=", server.client_uuid)
    .orderBy("position")
    .execute();
  const scopesOfResource = await linksOf(db, server.client_uuid, LINKS.scopesOfResource);
  const resourcesOfPolicy = await linksOf(db, server.client_uuid, LINKS.resourcesOfPolicy);
  const scopesOfPolicy = await linksOf(db, server.client_uuid, LINKS.scopesOfPolicy);
  const appliedByPolicy = await linksOf(db, server.client_uuid, LINKS.appliedByPolicy);
  return {
    clientUuid: server.client_uuid,
    settings: json(server.settings),
    scopes: scopes.map(({ id, name, representation }) => ({ id, name, representation: json(representation) })),
    resources: resources.map(({ id, name, representation }) => ({
      id,
      name,
      representation: json(representation),
      scopeIds: scopesOfResource(id),
    })),
    policies: policies.map((policy) => ({
      id: policy.id,
      name: policy.name,
      type: policy.type,
      logic: policy.logic,
      decisionStrategy: policy.decision_strategy,
      representation: json(policy.representation),
      resourceIds: resourcesOfPolicy(policy.id),
      scopeIds: scopesOfPolicy(policy.id),
      policyIds: appliedByPolicy(policy.id),
    })),
  };
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
    realm: { id: realm.id, name: realm.name, enabled: realm.enabled === 1, representation: json(realm.representation) },
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
  return {
    id: row.id,
    clientId: row.client_id,
    enabled: row.enabled === 1,
    ...(row.sealed_secret !== null && { sealedSecret: row.sealed_secret }),
    ...(row.secret_hash !== null && { secretHash: row.secret_hash }),
    representation: json(row.representation),
    defaultScopeIds: scopes.filter((scope) => scope.optional === 0).map((scope) => scope.scope_id),
    optionalScopeIds: scopes.filter((scope) => scope.optional === 1).map((scope) => scope.scope_id),
    roleScope: roleScope.map((role) => role.role_id),
    ownRoles: ownRoles.map((role) => role.id),
  };
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
