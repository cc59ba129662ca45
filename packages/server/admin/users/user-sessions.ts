import { sessionHasExpired } from "@cambist/core/claims/lifetime.ts";
import type { SessionListRow } from "@cambist/store/admin-ports.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";
import { sessionViews } from "../clients/client-sessions.ts";
import { columnsOf, findUser } from "./find-user.ts";

/** Sessions of a user that have not run out. */
export async function livingSessions(call: AdminCall, userId: string, offline: boolean): Promise<readonly SessionListRow[]> {
  const rows = await call.store.userSessions(call.realm.id, userId, offline);
  const realm = await call.services.realms.get(call.realm.name);
  const now = Math.floor(call.now / 1000);
  return realm ? rows.filter((row) => !sessionHasExpired(realm.view.realm, row, now)) : [];
}

/** `GET users/{id}/sessions`: online ones, all of them. */
export async function listUserSessions(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  return ok(await sessionViews(call, await livingSessions(call, user.id, false)));
}

/** `GET users/{id}/offline-sessions/{client}`: offline ones that the client is part of. */
export async function listOfflineSessions(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  const client = await call.store.client(call.realm.id, call.params["client"] ?? "");
  if (!client) throw notFound("Client not found");
  const sessions = await livingSessions(call, user.id, true);
  return ok(
    await sessionViews(
      call,
      sessions.filter(({ clientUuids }) => clientUuids.includes(client.id)),
    ),
  );
}

/** `POST users/{id}/logout`: ends the online sessions and refuses every token issued until now; offline sessions stay. */
export async function logoutUser(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  const realmId = call.realm.id;
  const columns = columnsOf(user);
  await call.commit({
    guards: [{ claim: "userRow", realmId, row: columns }],
    commands: [
      { do: "endUserSessions", realmId, userId: user.id },
      { do: "saveUser", realmId, row: { ...columns, notBefore: Math.floor(call.now / 1000) } },
    ],
    event: { operation: "ACTION", resourceType: "USER", resourcePath: `users/${user.id}/logout` },
  });
  return noContent;
}
