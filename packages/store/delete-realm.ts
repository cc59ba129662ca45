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

/**
 * Removes everything of a realm but its audit records. Configuration and users go with the realm's row by reference. A realm that is made
 * again with the same id begins with empty event views.
 */
export function deleteRealmRows(database: DatabaseSync, realmId: string): void {
  for (const table of RUNTIME_TABLES) database.prepare(`delete from ${table} where realm_id = ?`).run(realmId);
  database.prepare("delete from realm where id = ?").run(realmId);
  for (const kind of ["events", "admin-events"] as const) startEventView(database, realmId, kind);
}
