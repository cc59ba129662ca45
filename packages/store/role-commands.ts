import type { Handlers } from "./config-commands.ts";
import { forgetInPolicies } from "./policy-references.ts";
import { roleValues } from "./row-values.ts";

export const roleCommands: Handlers<"saveRole" | "deleteRole" | "addComposites" | "removeComposites"> = {
  saveRole(statements, { realmId, row }) {
    statements.needRealm(realmId);
    statements.need(realmId, "client", [row.clientUuid]);
    statements.rows.save(roleValues(realmId, row));
    statements.realmChanged(realmId);
  },
  deleteRole(statements, { realmId, id }) {
    const deleted = statements.get("delete from role where id = ? and realm_id = ? returning 1", id, realmId);
    if (!deleted) return;
    forgetInPolicies(statements, realmId, "role", [id]);
    statements.realmChanged(realmId);
  },
  addComposites(statements, { realmId, roleId, childIds }) {
    statements.need(realmId, "role", [roleId, ...childIds]);
    for (const child of childIds) statements.rows.link("role_composite", roleId, child);
    statements.realmChanged(realmId);
  },
  removeComposites(statements, { realmId, roleId, childIds }) {
    if (!statements.get("select 1 from role where id = ? and realm_id = ?", roleId, realmId)) return;
    for (const child of childIds) statements.run("delete from role_composite where role_id = ? and child_id = ?", roleId, child);
    statements.realmChanged(realmId);
  },
};
