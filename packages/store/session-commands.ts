import type { Handlers } from "./config-commands.ts";
import type { ConfigStatements } from "./config-statements.ts";
import { startEventView } from "./event-view.ts";

/**
 * Sessions are found first and then deleted by their key: asked at once, SQLite takes the key's first column for more telling than the index
 * and walks through the realm.
 */
const OF_USER = "select realm_id, id, offline from user_session where realm_id = ? and user_id = ? and offline <= ?";

/** Ends a user's sessions: online ones, with `offline` 1 the others as well. Client sessions first, they are found through their session. */
export function endSessionsOf(statements: ConfigStatements, realmId: string, userId: string, offline: 0 | 1 = 1): void {
  statements.run(`delete from client_session where (realm_id, session_id, offline) in (${OF_USER})`, realmId, userId, offline);
  statements.run(`delete from user_session where (realm_id, id, offline) in (${OF_USER})`, realmId, userId, offline);
}

const OF_CLIENT = "from client_session where realm_id = ? and client_uuid = ?";

/** Ends a client's sessions, online and offline ones; sessions that had no other client end with them. */
export function endClientSessionsOf(statements: ConfigStatements, realmId: string, clientUuid: string): void {
  statements.run(
    `delete from user_session where (realm_id, id, offline) in (select realm_id, session_id, offline ${OF_CLIENT})
       and not exists (select 1 from client_session as other where other.realm_id = user_session.realm_id
         and other.session_id = user_session.id and other.offline = user_session.offline and other.client_uuid <> ?)`,
    realmId,
    clientUuid,
    clientUuid,
  );
  const key = "realm_id, session_id, offline, client_uuid";
  statements.run(`delete from client_session where (${key}) in (select ${key} ${OF_CLIENT})`, realmId, clientUuid);
}

export const sessionCommands: Handlers<"endUserSessions" | "endRealmSessions" | "clearRealmLoginFailures" | "clearEventView"> = {
  endUserSessions(statements, { realmId, userId }) {
    endSessionsOf(statements, realmId, userId, 0);
  },
  endRealmSessions(statements, { realmId, offline }) {
    for (const table of ["client_session", "user_session"])
      statements.run(`delete from ${table} where realm_id = ? and offline <= ?`, realmId, offline ? 1 : 0);
  },
  clearRealmLoginFailures(statements, { realmId }) {
    statements.run("delete from login_failure where realm_id = ?", realmId);
  },
  clearEventView(statements, { realmId, kind }) {
    startEventView(statements.database, realmId, kind);
  },
};
