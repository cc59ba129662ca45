import { StorageConflict } from "./admin-ports.ts";
import type { Handlers } from "./config-commands.ts";
import type { ConfigStatements } from "./config-statements.ts";
import {
  authorizationPolicyLinks,
  authorizationPolicyValues,
  authorizationResourceLinks,
  authorizationResourceValues,
  authorizationScopeValues,
  authorizationServerValues,
  type Link,
} from "./row-values.ts";
import type { StoredRow } from "./row-writer.ts";

const TABLES = { scope: "authz_scope", resource: "authz_resource", policy: "authz_policy" } as const;
type Kind = keyof typeof TABLES;

/** @throws {StorageConflict} one of them is gone, or of another resource server */
function need(statements: ConfigStatements, clientUuid: string, kind: Kind, ids: readonly string[]): void {
  for (const id of ids) {
    if (!statements.get(`select 1 from ${TABLES[kind]} where id = ? and client_uuid = ?`, id, clientUuid))
      throw new StorageConflict(`the authorization ${kind} with the id "${id}" is gone`);
  }
}

/** New ones come last; one that is replaced keeps its place. */
function nextPosition(statements: ConfigStatements, clientUuid: string, kind: Kind): number {
  const row = statements.get(`select coalesce(max(position), -1) + 1 as next from ${TABLES[kind]} where client_uuid = ?`, clientUuid);
  return Number(row?.["next"] ?? 0);
}

type ObjectRow = StoredRow<(typeof TABLES)[Kind]>;

/** Replaces the row and what it is linked to. */
function save(statements: ConfigStatements, row: ObjectRow, linkTables: readonly string[], links: readonly Link[]): void {
  statements.rows.save(row);
  for (const table of linkTables) {
    const owner = row.table === "authz_resource" ? "resource_id" : "policy_id";
    statements.run(`delete from ${table} where ${owner} = ?`, row.id);
  }
  statements.links(links);
}

export const authorizationCommands: Handlers<
  | "saveResourceServer"
  | "deleteResourceServer"
  | "saveAuthorizationScope"
  | "saveAuthorizationResource"
  | "saveAuthorizationPolicy"
  | "deleteAuthorizationObject"
> = {
  saveResourceServer(statements, { realmId, clientUuid, settings }) {
    statements.need(realmId, "client", [clientUuid]);
    statements.rows.save(authorizationServerValues(realmId, { clientUuid, settings }));
    statements.realmChanged(realmId);
  },
  deleteResourceServer(statements, { realmId, clientUuid }) {
    const deleted = statements.get("delete from authz_server where client_uuid = ? and realm_id = ? returning 1", clientUuid, realmId);
    if (deleted) statements.realmChanged(realmId);
  },

  saveAuthorizationScope(statements, { realmId, clientUuid, row }) {
    statements.need(realmId, "authz_server", [clientUuid]);
    save(statements, authorizationScopeValues(clientUuid, row, nextPosition(statements, clientUuid, "scope")), [], []);
    statements.realmChanged(realmId);
  },
  saveAuthorizationResource(statements, { realmId, clientUuid, row }) {
    statements.need(realmId, "authz_server", [clientUuid]);
    need(statements, clientUuid, "scope", row.scopeIds);
    const values = authorizationResourceValues(clientUuid, row, nextPosition(statements, clientUuid, "resource"));
    save(statements, values, ["authz_resource_scope"], authorizationResourceLinks(row));
    statements.realmChanged(realmId);
  },
  saveAuthorizationPolicy(statements, { realmId, clientUuid, row }) {
    statements.need(realmId, "authz_server", [clientUuid]);
    need(statements, clientUuid, "resource", row.resourceIds);
    need(statements, clientUuid, "scope", row.scopeIds);
    need(statements, clientUuid, "policy", row.policyIds);
    const values = authorizationPolicyValues(clientUuid, row, nextPosition(statements, clientUuid, "policy"));
    const links = ["authz_policy_resource", "authz_policy_scope", "authz_policy_policy"];
    save(statements, values, links, authorizationPolicyLinks(row));
    statements.realmChanged(realmId);
  },
  deleteAuthorizationObject(statements, { realmId, clientUuid, kind, id }) {
    const text = `delete from ${TABLES[kind]} where id = ? and client_uuid = ?
      and client_uuid in (select client_uuid from authz_server where realm_id = ?) returning 1`;
    if (statements.get(text, id, clientUuid, realmId)) statements.realmChanged(realmId);
  },
};
