import type { DatabaseSync } from "node:sqlite";

/** What of the audit log a realm's administrators see in lists, and may clear. */
export type EventKind = "events" | "admin-events";

/** Lets a realm's view begin after everything that the transaction has recorded so far. The audit log keeps its records. */
export function startEventView(database: DatabaseSync, realmId: string, kind: EventKind): void {
  database
    .prepare(
      `insert into event_view (realm_id, kind, start_sequence)
       select ?, ?, coalesce((select max(sequence) from audit), (select max(last_sequence) from audit_segment), 0)
       where true
       on conflict (realm_id, kind) do update set start_sequence = excluded.start_sequence`,
    )
    .run(realmId, kind);
}
