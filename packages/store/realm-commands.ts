import type { Handlers } from "./config-commands.ts";
import { deleteRealmRows } from "./delete-realm.ts";
import { forgetInPolicies } from "./policy-references.ts";
import { clientScopeLinks, clientScopeValues, componentValues, realmValues } from "./row-values.ts";

export const realmCommands: Handlers<
  "saveRealm" | "deleteRealm" | "saveClientScope" | "deleteClientScope" | "saveComponent" | "deleteComponent"
> = {
  saveRealm(statements, { realmId, row }) {
    statements.rows.save(realmValues({ ...row, id: realmId }));
    statements.realmChanged(realmId);
  },
  deleteRealm(statements, { realmId }) {
    if (!statements.get("select 1 from realm where id = ?", realmId)) return;
    deleteRealmRows(statements.database, realmId);
    statements.realmChanged(realmId);
  },

  saveClientScope(statements, { realmId, row }) {
    statements.needRealm(realmId);
    statements.need(realmId, "role", row.roleScope);
    statements.rows.save(clientScopeValues(realmId, row));
    statements.run("delete from client_scope_role where scope_id = ?", row.id);
    statements.links(clientScopeLinks(row));
    statements.realmChanged(realmId);
  },
  deleteClientScope(statements, { realmId, id }) {
    if (!statements.get("delete from client_scope where id = ? and realm_id = ? returning 1", id, realmId)) return;
    forgetInPolicies(statements, realmId, "client-scope", [id]);
    statements.realmChanged(realmId);
  },

  saveComponent(statements, { realmId, row }) {
    statements.needRealm(realmId);
    statements.rows.save(componentValues(realmId, row));
    statements.realmChanged(realmId);
  },
  deleteComponent(statements, { realmId, id }) {
    const deleted = statements.get("delete from component where id = ? and realm_id = ? returning 1", id, realmId);
    if (deleted) statements.realmChanged(realmId);
  },
};
