import { type Kysely, sql } from "kysely";
import { createIndex, createTable, type DdlWords, type Migration } from "./migration.ts";

const REALM = { realm_id: ["realm", "id"] } as const;
const CLIENT = { client_uuid: ["client", "id"] } as const;

async function createRealmTables(db: Kysely<never>, words: DdlWords): Promise<void> {
  await createTable(db, words, "change_log", { version: "number-id", realm_id: "text", kind: "text", id: "text" });
  await createTable(db, words, "realm", { id: "id", name: "text", enabled: "integer", representation: "text" });
  await createIndex(db, "realm_name", "realm", ["name"], { unique: true });

  await createTable(
    db,
    words,
    "component",
    { id: "id", realm_id: "text", provider_type: "text", name: "text", sealed_config: "text?", representation: "text" },
    { parents: REALM },
  );
  await createIndex(db, "component_type", "component", ["realm_id", "provider_type", "name"]);

  await createTable(
    db,
    words,
    "identity_provider",
    { internal_id: "id", realm_id: "text", alias: "text", enabled: "integer", sealed_secret: "text?", representation: "text" },
    { parents: REALM },
  );
  await createIndex(db, "identity_provider_alias", "identity_provider", ["realm_id", "alias"], { unique: true });
  await createTable(
    db,
    words,
    "identity_provider_mapper",
    { id: "id", realm_id: "text", alias: "text", name: "text", representation: "text" },
    { parents: REALM },
  );
  await createIndex(db, "identity_provider_mapper_name", "identity_provider_mapper", ["realm_id", "alias", "name"], { unique: true });
}

async function createClientTables(db: Kysely<never>, words: DdlWords): Promise<void> {
  await createTable(
    db,
    words,
    "client",
    {
      id: "id",
      realm_id: "text",
      client_id: "text",
      enabled: "integer",
      sealed_secret: "text?",
      secret_hash: "text?",
      resource: "text?",
      representation: "text",
    },
    { parents: REALM },
  );
  await createIndex(db, "client_name", "client", ["realm_id", "client_id"], { unique: true });
  await createIndex(db, "client_resource", "client", ["realm_id", "resource"], { where: sql`resource is not null` });

  await createTable(
    db,
    words,
    "client_scope",
    { id: "id", realm_id: "text", name: "text", protocol: "text", representation: "text" },
    { parents: REALM },
  );
  await createIndex(db, "client_scope_name", "client_scope", ["realm_id", "name"], { unique: true });
  await createTable(
    db,
    words,
    "client_scope_client",
    { client_uuid: "text", scope_id: "text", optional: "integer", position: "integer" },
    { key: ["client_uuid", "scope_id"], parents: { ...CLIENT, scope_id: ["client_scope", "id"] } },
  );
  await createIndex(db, "client_scope_client_scope", "client_scope_client", ["scope_id"]);
}

/** Roles, and what holds or names them. The indices on the role's side serve "who has this role" and the removal of a role. */
async function createRoleTables(db: Kysely<never>, words: DdlWords): Promise<void> {
  const ROLE = { role_id: ["role", "id"] } as const;
  await createTable(
    db,
    words,
    "role",
    { id: "id", realm_id: "text", client_uuid: "text?", name: "text", representation: "text" },
    { parents: { ...REALM, ...CLIENT } },
  );
  await createIndex(db, "role_name", "role", ["realm_id", sql`coalesce(client_uuid, '')`, "name"], { unique: true });
  await createIndex(db, "role_client", "role", ["client_uuid"], { where: sql`client_uuid is not null` });
  await createTable(
    db,
    words,
    "role_composite",
    { role_id: "text", child_id: "text" },
    { key: ["role_id", "child_id"], parents: { ...ROLE, child_id: ["role", "id"] } },
  );
  await createIndex(db, "role_composite_child", "role_composite", ["child_id"]);

  await createTable(
    db,
    words,
    "realm_group",
    { id: "id", realm_id: "text", parent_id: "text?", name: "text", representation: "text" },
    { parents: { ...REALM, parent_id: ["realm_group", "id"] } },
  );
  await createIndex(db, "realm_group_name", "realm_group", ["realm_id", sql`coalesce(parent_id, '')`, "name"], { unique: true });
  await createIndex(db, "realm_group_parent", "realm_group", ["parent_id"], { where: sql`parent_id is not null` });

  for (const [table, column, parent] of [
    ["group_role", "group_id", "realm_group"],
    ["client_scope_role", "scope_id", "client_scope"],
    ["client_role_scope", "client_uuid", "client"],
  ] as const) {
    const parents = { [column]: [parent, "id"], ...ROLE } as const;
    await createTable(db, words, table, { [column]: "text", role_id: "text" }, { key: [column, "role_id"], parents });
    await createIndex(db, `${table}_role`, table, ["role_id"]);
  }
}

/** Authorization settings of a client: fine-grained permissions live in those of the admin client. */
async function createAuthorizationTables(db: Kysely<never>, words: DdlWords): Promise<void> {
  const SERVER = { client_uuid: ["authz_server", "client_uuid"] } as const;
  const named = { id: "id", client_uuid: "text", name: "text", position: "integer", representation: "text" } as const;
  await createTable(
    db,
    words,
    "authz_server",
    { client_uuid: "id", realm_id: "text", settings: "text" },
    { parents: { ...REALM, ...CLIENT } },
  );
  await createIndex(db, "authz_server_realm", "authz_server", ["realm_id"]);
  await createTable(db, words, "authz_scope", named, { parents: SERVER });
  await createIndex(db, "authz_scope_name", "authz_scope", ["client_uuid", "name"], { unique: true });
  await createTable(db, words, "authz_resource", named, { parents: SERVER });
  // Not unique: owners other than the client may use a name again.
  await createIndex(db, "authz_resource_name", "authz_resource", ["client_uuid", "name"]);
  const policy = { ...named, type: "text", logic: "text", decision_strategy: "text" } as const;
  await createTable(db, words, "authz_policy", policy, { parents: SERVER });
  await createIndex(db, "authz_policy_name", "authz_policy", ["client_uuid", "name"], { unique: true });

  for (const [table, owner, member, ownerTable, memberTable] of [
    ["authz_resource_scope", "resource_id", "scope_id", "authz_resource", "authz_scope"],
    ["authz_policy_resource", "policy_id", "resource_id", "authz_policy", "authz_resource"],
    ["authz_policy_scope", "policy_id", "scope_id", "authz_policy", "authz_scope"],
    ["authz_policy_policy", "policy_id", "applied_id", "authz_policy", "authz_policy"],
  ] as const) {
    const parents = { [owner]: [ownerTable, "id"], [member]: [memberTable, "id"] } as const;
    await createTable(db, words, table, { [owner]: "text", [member]: "text", position: "integer" }, { key: [owner, member], parents });
    await createIndex(db, `${table}_member`, table, [member]);
  }
}

export const configuration: Migration = {
  name: "0001-configuration",
  async up(db, words) {
    await createRealmTables(db, words);
    await createClientTables(db, words);
    await createRoleTables(db, words);
    await createAuthorizationTables(db, words);
  },
};
