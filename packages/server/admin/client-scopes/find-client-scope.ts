import type { ClientScopeRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";

/** The client scope whose id a path parameter holds. @throws {AdminError} 404 with `unknown`: it is none of this realm (SEC-ADM-03) */
export async function findClientScope(
  call: Pick<AdminCall, "store" | "realm" | "params">,
  unknown = "Could not find client scope",
): Promise<ClientScopeRow> {
  const scope = await call.store.clientScope(call.realm.id, call.params["scope"] ?? "");
  if (!scope) throw notFound(unknown);
  return scope;
}
