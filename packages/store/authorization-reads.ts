import type { DatabaseSync } from "node:sqlite";
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

/** Reads what the resources or policies of a server are linked to, in stored order. */
function linkReads(database: DatabaseSync, { table, owner, member, ownerTable }: LinkTable) {
  const links = database.prepare(
    `select link.${owner} as owner, link.${member} as member from ${table} as link join ${ownerTable} as o on o.id = link.${owner}
     where o.client_uuid = ? order by link.position`,
  );
  return (clientUuid: string) =>
    grouped(
      links.all(clientUuid),
      (link) => link["owner"] as string,
      (link) => link["member"] as string,
    );
}

/** Reads the authorization settings of one resource server, everything in stored order. */
export function authorizationReads(database: DatabaseSync): (server: Schema["authz_server"]) => AuthorizationRows {
  const inOrder = <Table extends "authz_scope" | "authz_resource" | "authz_policy">(table: Table) => {
    const statement = database.prepare(`select * from ${table} where client_uuid = ? order by position`);
    return (clientUuid: string) => statement.all(clientUuid) as unknown as Schema[Table][];
  };
  const scopes = inOrder("authz_scope");
  const resources = inOrder("authz_resource");
  const policies = inOrder("authz_policy");
  const scopesOfResource = linkReads(database, LINKS.scopesOfResource);
  const resourcesOfPolicy = linkReads(database, LINKS.resourcesOfPolicy);
  const scopesOfPolicy = linkReads(database, LINKS.scopesOfPolicy);
  const appliedByPolicy = linkReads(database, LINKS.appliedByPolicy);

  return ({ client_uuid: clientUuid, settings }) => {
    const resourceScopes = scopesOfResource(clientUuid);
    const policyResources = resourcesOfPolicy(clientUuid);
    const policyScopes = scopesOfPolicy(clientUuid);
    const appliedPolicies = appliedByPolicy(clientUuid);
    return {
      clientUuid,
      settings: readJson(settings),
      scopes: scopes(clientUuid).map(({ id, name, representation }) => ({ id, name, representation: readJson(representation) })),
      resources: resources(clientUuid).map(({ id, name, representation }) => ({
        id,
        name,
        representation: readJson(representation),
        scopeIds: resourceScopes(id),
      })),
      policies: policies(clientUuid).map((policy) => ({
        id: policy.id,
        name: policy.name,
        type: policy.type,
        logic: policy.logic,
        decisionStrategy: policy.decision_strategy,
        representation: readJson(policy.representation),
        resourceIds: policyResources(policy.id),
        scopeIds: policyScopes(policy.id),
        policyIds: appliedPolicies(policy.id),
      })),
    };
  };
}
