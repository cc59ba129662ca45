import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { AuthorizationRows } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "./admin-call.ts";
import { adminClientIdOf } from "./authorization/resource-server.ts";
import { type PermissionKind, permissionTarget, type PermissionTarget } from "./permissions/targets.ts";

/**
 * Commands that delete the permission objects of things that go: to be committed together with the thing itself.
 * @param ids of clients (UUID), providers (internal id), groups or roles
 */
export async function permissionRemovals(
  { store, realm }: Pick<AdminCall, "store" | "realm">,
  kind: Exclude<PermissionKind, "users">,
  ...ids: readonly string[]
): Promise<readonly ConfigCommand[]> {
  const client = await store.clientByClientId(realm.id, adminClientIdOf(realm.name));
  const rows = client && (await store.authorization(realm.id, client.id));
  return rows ? ids.flatMap((id) => permissionObjects(realm.id, rows, permissionTarget(kind, id))) : [];
}

/** Commands that delete one target's permissions and resource; scopes are shared and stay. */
export function permissionObjects(
  realmId: string,
  { clientUuid, policies, resources }: AuthorizationRows,
  target: PermissionTarget,
): readonly ConfigCommand[] {
  const remove = (kind: "policy" | "resource", id: string): ConfigCommand => ({
    do: "deleteAuthorizationObject",
    realmId,
    clientUuid,
    kind,
    id,
  });
  const names = new Set(Object.values(target.permissions));
  return [
    ...policies.filter(({ name }) => names.has(name)).map(({ id }) => remove("policy", id)),
    ...resources.filter(({ name }) => name === target.resource).map(({ id }) => remove("resource", id)),
  ];
}
