import type { Handlers } from "./config-commands.ts";
import { forgetInPolicies } from "./policy-references.ts";
import { clientLinks, clientValues } from "./row-values.ts";
import { endClientSessionsOf } from "./session-commands.ts";
import { forgetUser } from "./user-commands.ts";

export const clientCommands: Handlers<"saveClient" | "deleteClient"> = {
  saveClient(statements, { realmId, row }) {
    const before = statements.get("select client_id from client where id = ? and realm_id = ?", row.id, realmId);
    statements.needRealm(realmId);
    statements.need(realmId, "client_scope", [...row.defaultScopeIds, ...row.optionalScopeIds]);
    statements.need(realmId, "role", row.roleScope);
    statements.rows.save(clientValues(realmId, row));
    statements.run("delete from client_scope_client where client_uuid = ?", row.id);
    statements.run("delete from client_role_scope where client_uuid = ?", row.id);
    statements.links(clientLinks(row));
    // A name that comes or goes is known to the realm: to its roles, its permissions, the targets of other clients.
    if (before?.["client_id"] === row.clientId) statements.clientChanged(realmId, row.id);
    else statements.realmChanged(realmId);
  },

  deleteClient(statements, { realmId, id }) {
    if (!statements.get("select 1 from client where id = ? and realm_id = ?", id, realmId)) return;
    const account = statements.get("select id from realm_user where service_account_client_uuid = ? and realm_id = ?", id, realmId);
    const roles = statements.all("select id from role where client_uuid = ?", id).map((role) => role["id"] as string);
    if (account) forgetUser(statements, realmId, account["id"] as string);
    endClientSessionsOf(statements, realmId, id);
    statements.run("delete from client where id = ? and realm_id = ?", id, realmId);
    forgetInPolicies(statements, realmId, "client", [id]);
    if (roles.length > 0) forgetInPolicies(statements, realmId, "role", roles);
    statements.realmChanged(realmId);
  },
};
