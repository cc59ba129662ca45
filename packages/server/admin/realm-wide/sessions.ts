import type { Json } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";
import { flagOf } from "../read-query.ts";

/** `GET A/client-session-stats`: clients that have sessions; numbers are texts, as in Keycloak. */
export async function sessionStatistics({ store, realm }: AdminCall): Promise<AdminAnswer> {
  const shown: Json[] = [];
  for (const { id, clientId } of await store.clients(realm.id)) {
    const active = await store.countClientSessions(realm.id, id, false);
    const offline = await store.countClientSessions(realm.id, id, true);
    if (active > 0 || offline > 0) shown.push({ id, clientId, active: String(active), offline: String(offline) });
  }
  return ok(shown);
}

/** `DELETE A/sessions/{id}`. The misspelling is Keycloak's. */
export async function deleteSession(call: AdminCall): Promise<AdminAnswer> {
  const { store, realm, params, query } = call;
  const id = params["id"] ?? "";
  const offline = flagOf(query, "isOffline") ?? false;
  if (!(await store.session(realm.id, id, offline))) throw notFound("Sesssion not found");
  await call.commit({
    commands: [{ do: "endSession", realmId: realm.id, sessionId: id, offline }],
    event: { operation: "DELETE", resourceType: "USER_SESSION", resourcePath: `sessions/${id}` },
  });
  return noContent;
}

/** `POST A/logout-all`: ends every session, offline ones too, and refuses every token issued until now. */
export async function logoutAll(call: AdminCall): Promise<AdminAnswer> {
  const { store, realm } = call;
  const clients = await clientsToTell(call);
  const result: { successRequests: string[]; failedRequests: string[] } = { successRequests: [], failedRequests: [] };
  for (const { id, adminUrl } of clients) {
    const told = (await store.countClientSessions(realm.id, id, false)) === 0;
    (told ? result.successRequests : result.failedRequests).push(adminUrl);
  }
  const notBefore = Math.floor(call.now / 1000);
  await call.changeRealm((was) => ({
    row: { ...was, representation: { ...was.representation, notBefore } },
    commands: [{ do: "endRealmSessions", realmId: realm.id, offline: true }],
    event: { operation: "ACTION", resourceType: "REALM", resourcePath: "logout-all", representation: withoutEmpty(result) },
  }));
  return ok(withoutEmpty(result));
}

/** `POST A/push-revocation`: clients with an admin URL are not called by this server, and the answer says so. */
export async function pushRevocation(call: AdminCall): Promise<AdminAnswer> {
  const clients = await clientsToTell(call);
  const result = withoutEmpty({ failedRequests: clients.map(({ adminUrl }) => adminUrl) });
  await call.commit({
    commands: [],
    event: { operation: "ACTION", resourceType: "REALM", resourcePath: "push-revocation", representation: result },
  });
  return ok(result);
}

/** Clients that want to be told of logouts and revocations at an address of theirs. */
async function clientsToTell({ store, realm }: AdminCall): Promise<readonly { readonly id: string; readonly adminUrl: string }[]> {
  return (await store.clients(realm.id)).flatMap(({ id, representation: { adminUrl } }) =>
    typeof adminUrl === "string" && adminUrl !== "" ? [{ id, adminUrl }] : [],
  );
}

const withoutEmpty = (lists: Readonly<Record<string, readonly string[]>>): Json =>
  Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0));
