import type { Json, RoleRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { roleView } from "../roles/representation.ts";

/** Roles by owner, as Keycloak shows mappings: `realmMappings`, and `clientMappings` by clientId. What holds nothing is left out. */
export async function allMappings(call: Pick<AdminCall, "store" | "realm">, roles: readonly RoleRow[]): Promise<Json> {
  const { store, realm } = call;
  const composites = await store.compositesAmong(roles.map(({ id }) => id));
  const ofRealm: Json[] = [];
  const byClient = new Map<string, Json[]>();
  for (const role of roles) {
    const view = roleView(role, realm.id, composites, true);
    if (role.clientUuid === undefined) ofRealm.push(view);
    else byClient.set(role.clientUuid, [...(byClient.get(role.clientUuid) ?? []), view]);
  }
  const clientMappings: [string, Json][] = [];
  for (const [id, mappings] of byClient) {
    const client = await store.client(realm.id, id);
    if (client) clientMappings.push([client.clientId, { id, client: client.clientId, mappings }]);
  }
  return {
    ...(ofRealm.length > 0 && { realmMappings: ofRealm }),
    ...(clientMappings.length > 0 && { clientMappings: Object.fromEntries(clientMappings) }),
  };
}
