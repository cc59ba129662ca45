import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ConfigCommands } from "./config-commands.ts";
import { encodeLineage } from "./encode-unit.ts";
import type { Change, Command } from "./ports.ts";
import { componentName, flag } from "./row-values.ts";

/** The statements behind the commands, prepared once per connection. Plain SQL that both engines understand. */
const SQL = {
  createSession: `insert into user_session
    (realm_id, id, offline, user_id, remember_me, started, last_refresh, auth_method, ip_address, notes, expires_at)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  // Only into a session that is there: a logout that won must not be undone by the exchange it overtook.
  ensureClientSession: `insert into client_session (realm_id, session_id, offline, client_uuid, started, last_refresh, scope)
    select ?1, ?2, ?3, ?4, ?5, ?6, ?7 where exists (select 1 from user_session where realm_id = ?1 and id = ?2 and offline = ?3)
    on conflict do nothing`,
  touchSession: "update user_session set last_refresh = ?4 where realm_id = ?1 and id = ?2 and offline = ?3 and last_refresh < ?4",
  touchClientSession: `update client_session set last_refresh = ?5
    where realm_id = ?1 and session_id = ?2 and offline = ?3 and client_uuid = ?4 and last_refresh < ?5`,
  endSession: "delete from user_session where realm_id = ? and id = ? and offline <= ?",
  endClientSessions: "delete from client_session where realm_id = ? and session_id = ? and offline <= ?",
  detachClient: "delete from client_session where realm_id = ? and session_id = ? and client_uuid = ?",
  endEmptySessions: `delete from user_session where realm_id = ? and id = ? and not exists (select 1 from client_session as c
    where c.realm_id = user_session.realm_id and c.session_id = user_session.id and c.offline = user_session.offline)`,
  noteExchange: `update client_session set exchanged_from = json_patch(json_patch(coalesce(exchanged_from, '{}'),
      coalesce((select other.exchanged_from from client_session as other
        where other.realm_id = ?1 and other.session_id = ?2 and other.offline = 0 and other.client_uuid = ?5), '{}')), json_object(?4, 1))
    where realm_id = ?1 and session_id = ?2 and offline = 0 and client_uuid = ?3`,
  detachExchanged: `delete from client_session where realm_id = ? and session_id = ? and offline = 0
    and exists (select 1 from json_each(client_session.exchanged_from) where key = ?)`,
  revokeToken: `insert into revoked_token (realm_id, jti, expires_at) values (?, ?, ?)
    on conflict (realm_id, jti) do update set expires_at = excluded.expires_at where excluded.expires_at > revoked_token.expires_at`,
  recordLineage: "insert into lineage (realm_id, jti, expires_at, body) values (?, ?, ?, ?)",
  rehashPassword: `update credential set secret_data = ?4, credential_data = ?5 where id = ?2 and secret_data = ?3
    and user_id in (select id from realm_user where realm_id = ?1)`,
  clearLoginFailures: "delete from login_failure where realm_id = ? and user_id = ?",
  saveLoginFailures: `insert into login_failure
    (realm_id, user_id, num_failures, num_temporary_lockouts, last_failure, failed_login_not_before, last_ip_failure)
    values (?, ?, ?, ?, ?, ?, ?)
    on conflict (realm_id, user_id) do update set num_failures = excluded.num_failures,
      num_temporary_lockouts = excluded.num_temporary_lockouts, last_failure = excluded.last_failure,
      failed_login_not_before = excluded.failed_login_not_before, last_ip_failure = excluded.last_ip_failure`,
  addComponent: `insert into component (id, realm_id, provider_type, name, sealed_config, representation) select ?1, ?2, ?3, ?4, ?5, ?6
    where exists (select 1 from realm where id = ?2)
      and not exists (select 1 from component where realm_id = ?2 and provider_type = ?3 and name = ?4)
    returning 1`,
  disableUser: "update realm_user set enabled = 0 where realm_id = ? and id = ? and enabled = 1 returning 1",
  logChange: `insert into change_log (version, realm_id, kind, id)
    select coalesce(max(version), 0) + 1, ?, ?, ? from change_log`,
} as const;

/** Carries out commands inside the transaction of the caller. */
export class Commands {
  /** True after a change of configuration was logged; the owner of the transaction resets it. */
  changedConfiguration = false;
  readonly #statements: Readonly<Record<keyof typeof SQL, StatementSync>>;
  readonly #config: ConfigCommands;

  constructor(database: DatabaseSync) {
    this.#config = new ConfigCommands(database, (realmId, kind, id) => this.logChange(realmId, kind, id));
    const prepared = Object.entries(SQL).map(([name, text]) => [name, database.prepare(text)]);
    this.#statements = Object.fromEntries(prepared) as Record<keyof typeof SQL, StatementSync>;
  }

  /** @throws {StorageConflict} see {@link ConfigCommand} */
  run(command: Command): void {
    const statements = this.#statements;
    const { realmId } = command;
    switch (command.do) {
      case "createSession": {
        const { session } = command;
        statements.createSession.run(
          realmId,
          session.id,
          flag(session.offline),
          session.userId,
          flag(session.rememberMe),
          session.started,
          session.lastRefresh,
          session.authMethod,
          session.ipAddress,
          JSON.stringify(session.notes),
          command.expiresAt,
        );
        return;
      }
      case "ensureClientSession": {
        const { sessionId, offline, clientUuid, started, lastRefresh } = command.session;
        statements.ensureClientSession.run(realmId, sessionId, flag(offline), clientUuid, started, lastRefresh, command.scope);
        return;
      }
      case "touchSession": {
        const offline = flag(command.offline);
        statements.touchSession.run(realmId, command.sessionId, offline, command.at);
        statements.touchClientSession.run(realmId, command.sessionId, offline, command.clientUuid, command.at);
        return;
      }
      case "endSession":
        // `offline <= 1` takes both twins.
        statements.endClientSessions.run(realmId, command.sessionId, flag(command.offline));
        statements.endSession.run(realmId, command.sessionId, flag(command.offline));
        return;
      case "detachClientSession":
        statements.detachClient.run(realmId, command.sessionId, command.clientUuid);
        statements.endEmptySessions.run(realmId, command.sessionId);
        return;
      case "noteExchange": {
        const { sessionId, clientUuid, subject, inherits } = command;
        statements.noteExchange.run(realmId, sessionId, clientUuid, subject, inherits ?? null);
        return;
      }
      case "detachExchanged":
        statements.detachExchanged.run(realmId, command.sessionId, command.subject);
        return;
      case "revokeToken":
        statements.revokeToken.run(realmId, command.jti, command.expiresAt);
        return;
      case "recordLineage":
        statements.recordLineage.run(realmId, command.lineage.jti, command.expiresAt, encodeLineage(command.lineage).text);
        return;
      case "rehashPassword":
        statements.rehashPassword.run(realmId, command.credentialId, command.seen, command.secretData, command.credentialData);
        return;
      case "clearLoginFailures":
        statements.clearLoginFailures.run(realmId, command.userId);
        return;
      case "saveLoginFailures": {
        const { numFailures, numTemporaryLockouts, lastFailure, failedLoginNotBefore, lastIpFailure } = command.failures;
        const counts = [numFailures, numTemporaryLockouts, lastFailure, failedLoginNotBefore, lastIpFailure];
        statements.saveLoginFailures.run(realmId, command.userId, ...counts);
        return;
      }
      case "addComponent": {
        const { id, providerType, sealedConfig, representation } = command.component;
        const name = componentName(command.component);
        const values = [id, realmId, providerType, name, sealedConfig ?? null, JSON.stringify(representation)];
        if (statements.addComponent.get(...values)) this.logChange(realmId, "realm", realmId);
        return;
      }
      case "disableUser":
        if (statements.disableUser.get(realmId, command.userId)) this.logChange(realmId, "user", command.userId);
        return;
      default:
        this.#config.run(command);
    }
  }

  /** Adds an entry to the change log, which readers follow. */
  logChange(realmId: string, kind: Change["kind"], id: string): void {
    this.#statements.logChange.run(realmId, kind, id);
    this.changedConfiguration = true;
  }
}
