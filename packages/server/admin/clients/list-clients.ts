import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { flagOf, pageOf } from "../read-query.ts";
import { findClient } from "./find-client.ts";
import { clientView, scopeNames } from "./representation.ts";

/** `GET A/clients`: whoever may list clients without seeing any gets an empty list. `q` is ignored, as in Keycloak 26.1. */
export async function listClients(call: AdminCall): Promise<AdminAnswer> {
  const { query, store, realm } = call;
  if (!call.has("view-clients", "manage-clients")) return ok([]);
  const clients = await store.clients(realm.id, {
    ...pageOf(query),
    clientId: query.get("clientId")?.trim() || undefined,
    search: flagOf(query, "search"),
  });
  const names = await scopeNames(call);
  return ok(clients.map((client) => clientView(call, client, names)));
}

export const readOneClient = async (call: AdminCall): Promise<AdminAnswer> =>
  ok(clientView(call, await findClient(call), await scopeNames(call)));
