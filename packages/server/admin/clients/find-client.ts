import type { ClientRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";

/** The client whose UUID a path parameter holds. @throws {AdminError} 404 it is none of this realm (SEC-ADM-03) */
export async function findClient(call: Pick<AdminCall, "store" | "realm" | "params">, parameter = "client"): Promise<ClientRow> {
  const client = await call.store.client(call.realm.id, call.params[parameter] ?? "");
  if (!client) throw notFound("Could not find client");
  return client;
}
