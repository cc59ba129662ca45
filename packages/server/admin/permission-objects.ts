import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { AdminCall } from "./admin-call.ts";

/** How fine-grained permissions name what they are about. @see Keycloak 26: fine-grained admin permissions v1 */
const NAMES = {
  client: (id: string) => ({ resource: `client.resource.${id}`, permissionEnd: `.permission.client.${id}` }),
  provider: (id: string) => ({ resource: `idp.resource.${id}`, permissionEnd: `.permission.idp.${id}` }),
  group: (id: string) => ({ resource: `group.resource.${id}`, permissionEnd: `.permission.group.${id}` }),
  role: (id: string) => ({ resource: `role.resource.${id}`, permissionEnd: `.permission.${id}` }),
} as const;

/** What goes from the admin client's authorization settings with a client, provider (internal id), group or role: its resource and permissions. */
export async function permissionRemovals(
  { store, realm }: Pick<AdminCall, "store" | "realm">,
  kind: keyof typeof NAMES,
  id: string,
): Promise<readonly ConfigCommand[]> {
  const admin = await store.clientByClientId(realm.id, realm.name === "master" ? "master-realm" : "realm-management");
  const settings = admin && (await store.authorization(realm.id, admin.id));
  if (!settings) return [];
  const { resource, permissionEnd } = NAMES[kind](id);
  const removal = (what: "policy" | "resource", objectId: string): ConfigCommand => ({
    do: "deleteAuthorizationObject",
    realmId: realm.id,
    clientUuid: admin.id,
    kind: what,
    id: objectId,
  });
  return [
    ...settings.policies.filter(({ name }) => name.endsWith(permissionEnd)).map((row) => removal("policy", row.id)),
    ...settings.resources.filter(({ name }) => name === resource).map((row) => removal("resource", row.id)),
  ];
}
