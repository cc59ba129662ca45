import type { Handlers } from "./config-commands.ts";
import type { ConfigStatements } from "./config-statements.ts";
import { startEventView } from "./event-view.ts";

/** Ends a user's sessions: online ones, with `offline` 1 the others as well. Client sessions first, they are found through their session. */
export function endSessionsOf(statements: ConfigStatements, realmId: string, userId: string, offline: 0 | 1 = 1): void {
  statements.run(
    `delete from client_session where (realm_id, session_id, offline) in
       (select realm_id, id, offline from user_session where realm_id = ? and user_id = ? and offline <= ?)`,
    realmId,
    userId,
    offline,
  );
  statements.run("delete from user_session where realm_id = ? and user_id = ? and offline <= ?", realmId, userId, offline);
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
