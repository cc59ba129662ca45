import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Guard } from "./ports.ts";
import { clientScopeValues, clientValues, groupValues, roleValues, userValues } from "./row-values.ts";

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
  loginFailures: `select num_failures, num_temporary_lockouts, last_failure, failed_login_not_before
    from login_failure where realm_id = ? and user_id = ?`,
  // Columns in the order that rows are written in.
  client: "select id, realm_id, client_id, enabled, sealed_secret, secret_hash, resource, representation from client where id = ?",
  clientScopes: "select scope_id from client_scope_client where client_uuid = ? and optional = ? order by position",
  clientRoles: "select role_id from client_role_scope where client_uuid = ?",
  clientScope: "select id, realm_id, name, protocol, representation from client_scope where id = ?",
  clientScopeRoles: "select role_id from client_scope_role where scope_id = ?",
  user: `select id, realm_id, username, email, email_verified, first_name, last_name, enabled, created_timestamp, not_before,
    service_account_client_uuid, attributes, required_actions, representation from realm_user where id = ?`,
  role: "select id, realm_id, client_uuid, name, representation from role where id = ?",
  group: "select id, realm_id, parent_id, name, representation from realm_group where id = ?",
  groupRoles: "select role_id from group_role where group_id = ?",
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
    if (guard.claim === "clientRow") return this.#clientIsUnchanged(guard);
    if (guard.claim === "clientScopeRow") return this.#clientScopeIsUnchanged(guard);
    if (guard.claim === "userRow") return sameValues(this.#statements.user.get(guard.row.id), userValues(guard.realmId, guard.row).values);
    if (guard.claim === "roleRow") return sameValues(this.#statements.role.get(guard.row.id), roleValues(guard.realmId, guard.row).values);
    if (guard.claim === "groupRow") return this.#groupIsUnchanged(guard);
    if (guard.claim === "loginFailures") return this.#failuresAreUnchanged(guard);
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

  #clientIsUnchanged({ realmId, row }: Extract<Guard, { claim: "clientRow" }>): boolean {
    const { client, clientScopes, clientRoles } = this.#statements;
    return (
      sameValues(client.get(row.id), clientValues(realmId, row).values) &&
      sameIds(clientScopes.all(row.id, 0), row.defaultScopeIds) &&
      sameIds(clientScopes.all(row.id, 1), row.optionalScopeIds) &&
      sameIds(clientRoles.all(row.id), row.roleScope)
    );
  }

  #clientScopeIsUnchanged({ realmId, row }: Extract<Guard, { claim: "clientScopeRow" }>): boolean {
    const { clientScope, clientScopeRoles } = this.#statements;
    return (
      sameValues(clientScope.get(row.id), clientScopeValues(realmId, row).values) && sameIds(clientScopeRoles.all(row.id), row.roleScope)
    );
  }

  #groupIsUnchanged({ realmId, row }: Extract<Guard, { claim: "groupRow" }>): boolean {
    const { group, groupRoles } = this.#statements;
    return sameValues(group.get(row.id), groupValues(realmId, row).values) && sameIds(groupRoles.all(row.id), row.roleIds);
  }

  #failuresAreUnchanged({ realmId, userId, seen }: Extract<Guard, { claim: "loginFailures" }>): boolean {
    const stored = this.#statements.loginFailures.get(realmId, userId);
    if (!stored || !seen) return stored === undefined && seen === undefined;
    return (
      stored["num_failures"] === seen.numFailures &&
      stored["num_temporary_lockouts"] === seen.numTemporaryLockouts &&
      stored["last_failure"] === seen.lastFailure &&
      stored["failed_login_not_before"] === seen.failedLoginNotBefore
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

type Stored = ReturnType<StatementSync["get"]>;

const sameValues = (stored: Stored, values: readonly SQLInputValue[]): boolean =>
  stored !== undefined && Object.values(stored).every((value, index) => value === values[index]);

/** Sets: the order of roles means nothing, and that of scopes is not changed without a change of members. */
function sameIds(stored: readonly NonNullable<Stored>[], ids: readonly string[]): boolean {
  const known = new Set(ids);
  return stored.length === known.size && stored.every((row) => Object.values(row).every((id) => known.has(id as string)));
}
