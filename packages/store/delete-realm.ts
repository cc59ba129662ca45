import type { DatabaseSync } from "node:sqlite";
import { startEventView } from "./event-view.ts";

/** Tables without a reference to the realm: what sessions and tokens leave behind. */
const RUNTIME_TABLES = [
  "user_session",
  "client_session",
  "login_failure",
  "once_claim",
  "refresh_family",
  "revoked_token",
  "lineage",
] as const;

/** Engines limit how far one deletion may spread from group to sub-group by reference; SQLite to 1000. */
const SPREAD = 500;

function deleteDeepGroups(database: DatabaseSync, realmId: string): void {
  const groups = database
    .prepare(
      `with recursive tree (id, depth) as (
         select id, 0 from realm_group where realm_id = ? and parent_id is null
         union all select child.id, tree.depth + 1 from realm_group as child join tree on child.parent_id = tree.id
       ) select id from tree where depth > ? order by depth desc`,
    )
    .all(realmId, SPREAD);
  const statement = database.prepare("delete from realm_group where id = ?");
  for (const group of groups) statement.run(group["id"] ?? null);
}

/**
 * Removes everything of a realm but its audit records. Configuration and users go with the realm's row by reference. A realm that is made
 * again with the same id begins with empty event views.
 */
export function deleteRealmRows(database: DatabaseSync, realmId: string): void {
  for (const table of RUNTIME_TABLES) database.prepare(`delete from ${table} where realm_id = ?`).run(realmId);
  deleteDeepGroups(database, realmId);
  database.prepare("delete from realm where id = ?").run(realmId);
  for (const kind of ["events", "admin-events"] as const) startEventView(database, realmId, kind);
}
