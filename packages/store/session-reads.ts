import type { Kysely } from "kysely";
import type { AdminReads, SessionListRow } from "./admin-ports.ts";
import { byIds, paged } from "./paging.ts";
import { grouped } from "./row-reads.ts";
import type { Schema } from "./schema.ts";
import type { Snapshot } from "./snapshot.ts";

type Db = Kysely<Schema>;

const flag = (offline: boolean): 0 | 1 => (offline ? 1 : 0);

/** Sessions with the names of their users; those whose user is gone are nobody's. */
const sessions = (db: Db, realmId: string, offline: boolean) =>
  db
    .selectFrom("user_session")
    .innerJoin("realm_user", "realm_user.id", "user_session.user_id")
    .selectAll("user_session")
    .select("realm_user.username")
    .where("user_session.realm_id", "=", realmId)
    .where("user_session.offline", "=", flag(offline));
type SessionRow = Awaited<ReturnType<ReturnType<typeof sessions>["execute"]>>[number];

async function withClients(db: Db, realmId: string, offline: boolean, rows: readonly SessionRow[]): Promise<SessionListRow[]> {
  const links = await byIds(
    rows.map((row) => row.id),
    (ids) =>
      db
        .selectFrom("client_session")
        .select(["session_id", "client_uuid"])
        .where("realm_id", "=", realmId)
        .where("session_id", "in", ids)
        .where("offline", "=", flag(offline))
        .execute(),
  );
  const clientUuids = grouped(
    links,
    (link) => link.session_id,
    (link) => link.client_uuid,
  );
  return rows.map((row) => ({
    id: row.id,
    userId: row.user_id,
    username: row.username,
    offline,
    rememberMe: row.remember_me === 1,
    ipAddress: row.ip_address,
    started: row.started,
    lastRefresh: row.last_refresh,
    clientUuids: clientUuids(row.id),
  }));
}

/** Sessions as administration lists them: whatever is stored; whether one has idled too long is the caller's to judge. */
export const sessionReads = (
  db: Db,
  snapshot: Snapshot,
): Pick<AdminReads, "userSessions" | "clientSessions" | "countClientSessions" | "session"> => ({
  userSessions: (realmId, userId, offline) =>
    snapshot(async (transaction) => {
      // Found first and then read by their key: see the commands that end them.
      const own = transaction.selectFrom("user_session").select("id").where("realm_id", "=", realmId).where("user_id", "=", userId);
      const query = sessions(transaction, realmId, offline).where("user_session.id", "in", own);
      const rows = await query.orderBy("user_session.started").orderBy("user_session.id").execute();
      return withClients(transaction, realmId, offline, rows);
    }),
  clientSessions: (realmId, clientUuid, offline, page) =>
    snapshot(async (transaction) => {
      const query = sessions(transaction, realmId, offline)
        .innerJoin("client_session", (join) =>
          join
            .onRef("client_session.realm_id", "=", "user_session.realm_id")
            .onRef("client_session.session_id", "=", "user_session.id")
            .onRef("client_session.offline", "=", "user_session.offline"),
        )
        .where("client_session.client_uuid", "=", clientUuid)
        .where("client_session.realm_id", "=", realmId)
        .where("client_session.offline", "=", flag(offline));
      // In the order of the index, so that a page of very many is a page.
      const rows = await paged(query.orderBy("client_session.session_id"), page).execute();
      return withClients(transaction, realmId, offline, rows);
    }),
  async countClientSessions(realmId, clientUuid, offline) {
    const query = db.selectFrom("client_session").where("realm_id", "=", realmId).where("client_uuid", "=", clientUuid);
    const counted = query.where("offline", "=", flag(offline)).select((eb) => eb.fn.countAll<number>().as("count"));
    return (await counted.executeTakeFirstOrThrow()).count;
  },
  session: (realmId, id, offline) =>
    snapshot(async (transaction) => {
      const rows = await sessions(transaction, realmId, offline).where("user_session.id", "=", id).execute();
      return (await withClients(transaction, realmId, offline, rows))[0];
    }),
});
