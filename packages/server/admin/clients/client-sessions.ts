import type { Json } from "@cambist/store/config-ports.ts";
import type { SessionListRow } from "@cambist/store/admin-ports.ts";
import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { pageOf } from "../read-query.ts";
import { findClient } from "./find-client.ts";

/** Most sessions of one answer unless `max` says otherwise, as in Keycloak. */
const DEFAULT_MAX = 100;

/** A session as Keycloak shows it; times in milliseconds, clients by UUID. */
export async function sessionViews(
  { store, realm }: Pick<AdminCall, "store" | "realm">,
  rows: readonly SessionListRow[],
): Promise<readonly Json[]> {
  const uuids = new Set(rows.flatMap(({ clientUuids }) => clientUuids));
  const clients = new Map(await Promise.all([...uuids].map(async (id) => [id, (await store.client(realm.id, id))?.clientId] as const)));
  return rows.map((row) => ({
    id: row.id,
    username: row.username,
    userId: row.userId,
    ipAddress: row.ipAddress,
    start: row.started * 1000,
    lastAccess: row.lastRefresh * 1000,
    rememberMe: row.rememberMe,
    clients: Object.fromEntries(row.clientUuids.flatMap((id) => (clients.get(id) === undefined ? [] : [[id, clients.get(id)]]))),
    transientUser: false,
  }));
}

export const listSessions =
  (offline: boolean) =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const client = await findClient(call);
    return ok(
      await sessionViews(call, await call.store.clientSessions(call.realm.id, client.id, offline, pageOf(call.query, DEFAULT_MAX))),
    );
  };

export const countSessions =
  (offline: boolean) =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const client = await findClient(call);
    return ok({ count: await call.store.countClientSessions(call.realm.id, client.id, offline) });
  };
