import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Guard } from "./ports.ts";

/** The constraint decides, and `returning` tells: counts of affected rows differ between engines and drivers. */
const SQL = {
  once: "insert into once_claim (realm_id, kind, claim_key, expires_at) values (?, ?, ?, ?) on conflict do nothing returning 1",
  refresh: `insert into refresh_family (realm_id, family, generation, uses, expires_at) values (?, ?, ?, 1, ?)
    on conflict (realm_id, family) do update set
      uses = case when excluded.generation > refresh_family.generation then 1 else refresh_family.uses + 1 end,
      generation = excluded.generation,
      expires_at = case when excluded.expires_at > refresh_family.expires_at then excluded.expires_at else refresh_family.expires_at end
    where excluded.generation > refresh_family.generation
      or (excluded.generation = refresh_family.generation and refresh_family.uses <= ?)
    returning 1`,
  session: "select 1 from user_session where realm_id = ? and id = ? and offline = ?",
  clientSession: `select 1 from client_session as c join user_session as s
      on s.realm_id = c.realm_id and s.id = c.session_id and s.offline = c.offline
    where c.realm_id = ? and c.session_id = ? and c.offline = ? and c.client_uuid = ?`,
  realmRow: "select name, enabled, representation from realm where id = ?",
} as const;

/** Checks guards inside the transaction of the caller, which rolls back what a passed guard wrote when a later one fails. */
export class Guards {
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;

  constructor(database: DatabaseSync) {
    const prepared = Object.entries(SQL).map(([name, text]) => [name, database.prepare(text)]);
    this.#statements = Object.fromEntries(prepared) as Record<keyof typeof SQL, StatementSync>;
  }

  /** True: the guard holds, and what it claims is claimed. */
  passes(guard: Guard): boolean {
    const { once, refresh } = this.#statements;
    if (guard.claim === "once") return once.get(guard.realmId, guard.kind, guard.key, guard.expiresAt) !== undefined;
    if (guard.claim === "session") return this.#sessionStands(guard);
    if (guard.claim === "realmRow") return this.#realmIsUnchanged(guard);
    const { realmId, family, generation, expiresAt, maxReuse } = guard;
    return refresh.get(realmId, family, generation, expiresAt, maxReuse) !== undefined;
  }

  /** Rows are read by parsing what is stored, so an unchanged one is written alike. */
  #realmIsUnchanged({ row }: Extract<Guard, { claim: "realmRow" }>): boolean {
    const stored = this.#statements.realmRow.get(row.id);
    return (
      stored !== undefined &&
      stored["name"] === row.name &&
      stored["enabled"] === (row.enabled ? 1 : 0) &&
      stored["representation"] === JSON.stringify(row.representation)
    );
  }

  #sessionStands({ realmId, sessionId, offline, clientUuid }: Extract<Guard, { claim: "session" }>): boolean {
    const flag = offline ? 1 : 0;
    const { session, clientSession } = this.#statements;
    return (
      (clientUuid === undefined ? session.get(realmId, sessionId, flag) : clientSession.get(realmId, sessionId, flag, clientUuid)) !==
      undefined
    );
  }
}
