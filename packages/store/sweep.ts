import type { DatabaseSync } from "node:sqlite";
import type { EpochSeconds } from "@cambist/core/model.ts";

/** Tables whose rows nobody needs after `expires_at`, with their keys. */
const EXPIRING = {
  user_session: "realm_id, id, offline",
  once_claim: "realm_id, kind, claim_key",
  refresh_family: "realm_id, family",
  revoked_token: "realm_id, jti",
  lineage: "realm_id, jti",
} as const;

/**
 * Deletes at most `limit` rows of each kind whose `expires_at` is before `now`; at that very second a row still counts. Client sessions go
 * with their session. Answers how many rows went and whether there may be more.
 */
export function sweepExpired(
  database: DatabaseSync,
  now: EpochSeconds,
  limit: number,
): { readonly removed: number; readonly more: boolean } {
  let removed = 0;
  let more = false;
  const clientSessions = database.prepare("delete from client_session where realm_id = ? and session_id = ? and offline = ?");
  for (const [table, key] of Object.entries(EXPIRING)) {
    const statement = database.prepare(
      `delete from ${table} where expires_at < ?1 and (${key}) in (select ${key} from ${table} where expires_at < ?1 order by expires_at limit ?2)
       returning ${key}`,
    );
    const rows = statement.all(now, limit);
    removed += rows.length;
    more ||= rows.length >= limit;
    if (table !== "user_session") continue;
    for (const row of rows) clientSessions.run(row["realm_id"] ?? null, row["id"] ?? null, row["offline"] ?? null);
  }
  return { removed, more };
}

/**
 * Deletes at most `limit` entries of the change log, the oldest first, as long as more than `kept` remain; answers whether there may be more.
 * Versions have no holes, so that a reader who is further behind finds out by the first one it sees.
 */
export function trimChangeLog(database: DatabaseSync, kept: number, limit: number): boolean {
  const rows = database
    .prepare(
      `delete from change_log where version in (select version from change_log
         where version <= (select max(version) from change_log) - ? order by version limit ?) returning version`,
    )
    .all(kept, limit);
  return rows.length >= limit;
}
