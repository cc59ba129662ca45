import type { IdentityProviderRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";

/** The provider that the path names, by alias, else by internal id. @throws {AdminError} 404 none of this realm */
export async function findProvider({ store, realm, params }: Pick<AdminCall, "store" | "realm" | "params">): Promise<IdentityProviderRow> {
  const name = params["alias"] ?? "";
  const provider =
    (await store.identityProvider(realm.id, name)) ??
    (await store.identityProviders(realm.id)).find(({ internalId }) => internalId === name);
  if (!provider) throw notFound();
  return provider;
}
