import { type Kysely, type Selectable, sql } from "kysely";
import type { AuthorizationRows } from "./config-ports.ts";
import { grouped, readJson } from "./row-reads.ts";
import type { Schema } from "./schema.ts";

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

/** Authorization settings of one resource server, everything in stored order. */
export async function authorizationOf(db: Kysely<Schema>, server: Selectable<Schema["authz_server"]>): Promise<AuthorizationRows> {
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
    settings: readJson(server.settings),
    scopes: scopes.map(({ id, name, representation }) => ({ id, name, representation: readJson(representation) })),
    resources: resources.map(({ id, name, representation }) => ({
      id,
      name,
      representation: readJson(representation),
      scopeIds: scopesOfResource(id),
    })),
    policies: policies.map((policy) => ({
      id: policy.id,
      name: policy.name,
      type: policy.type,
      logic: policy.logic,
      decisionStrategy: policy.decision_strategy,
      representation: readJson(policy.representation),
      resourceIds: resourcesOfPolicy(policy.id),
      scopeIds: scopesOfPolicy(policy.id),
      policyIds: appliedByPolicy(policy.id),
    })),
  };
}
