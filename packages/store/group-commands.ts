import { StorageConflict } from "./admin-ports.ts";
import type { Handlers } from "./config-commands.ts";
import type { ConfigStatements } from "./config-statements.ts";
import { forgetInPolicies } from "./policy-references.ts";
import { groupLinks, groupValues } from "./row-values.ts";

/** Whether `id` is `below` or above it. */
const isAtOrAbove = (statements: ConfigStatements, id: string, below: string): boolean =>
  statements.get(
    `with recursive above (id, parent_id) as (
       select id, parent_id from realm_group where id = ?1
       union select parent.id, parent.parent_id from realm_group as parent join above on parent.id = above.parent_id
     ) select 1 from above where id = ?2`,
    below,
    id,
  ) !== undefined;

export const groupCommands: Handlers<"saveGroup" | "deleteGroup"> = {
  saveGroup(statements, { realmId, row }) {
    statements.needRealm(realmId);
    statements.need(realmId, "realm_group", [row.parentId]);
    statements.need(realmId, "role", row.roleIds);
    if (row.parentId !== undefined && isAtOrAbove(statements, row.id, row.parentId))
      throw new StorageConflict(`the group "${row.name}" cannot be put below itself`);
    statements.rows.save(groupValues(realmId, row));
    statements.run("delete from group_role where group_id = ?", row.id);
    statements.links(groupLinks(row));
    statements.realmChanged(realmId);
  },
  deleteGroup(statements, { realmId, id }) {
    // Deepest first: engines limit how far one deletion may spread by reference.
    const groups = statements.all(
      `with recursive below (id, depth) as (
         select id, 0 from realm_group where id = ?1 and realm_id = ?2
         union all select child.id, below.depth + 1 from realm_group as child join below on child.parent_id = below.id
       ) select id from below order by depth desc`,
      id,
      realmId,
    );
    if (groups.length === 0) return;
    const ids = groups.map((group) => group["id"] as string);
    for (const group of ids) statements.run("delete from realm_group where id = ?", group);
    forgetInPolicies(statements, realmId, "group", ids);
    statements.realmChanged(realmId);
  },
};
