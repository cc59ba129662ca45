import type { Json, RoleRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { roleView } from "../roles/representation.ts";

/** Roles by owner, as Keycloak shows mappings: `realmMappings`, and `clientMappings` by clientId. What holds nothing is left out. */
export async function allMappings(call: Pick<AdminCall, "store" | "realm">, roles: readonly RoleRow[]): Promise<Json> {
  const { store, realm } = call;
  const composites = await store.compositesAmong(roles.map(({ id }) => id));
  const views = (some: readonly RoleRow[]): readonly Json[] => some.map((role) => roleView(role, realm.id, composites, true));
  const byOwner = Map.groupBy(roles, ({ clientUuid }) => clientUuid);
  const ofRealm = views(byOwner.get(undefined) ?? []);
  const clientMappings: [string, Json][] = [];
  for (const [id, own] of byOwner) {
    const client = id === undefined ? undefined : await store.client(realm.id, id);
    if (client) clientMappings.push([client.clientId, { id, client: client.clientId, mappings: views(own) }]);
  }
  return {
    ...(ofRealm.length > 0 && { realmMappings: ofRealm }),
    ...(clientMappings.length > 0 && { clientMappings: Object.fromEntries(clientMappings) }),
  };
}
