import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { findGroup } from "../groups/find-group.ts";
import { findUser } from "../users/find-user.ts";

/** A user or group whose roles are looked at or changed. */
export interface RoleHolder {
  /** Below the realm, as admin events name it: `users/{id}`. */
  readonly path: string;
  /** Ids of the roles it has itself. */
  readonly roleIds: readonly string[];
  /** What its roles follow from: its own, and those of its groups. */
  readonly source: { readonly roleIds: readonly string[]; readonly groupIds: readonly string[] };
  add(roleIds: readonly string[]): ConfigCommand;
  remove(roleIds: readonly string[]): ConfigCommand;
}

/** The user of the path. @throws {AdminError} 404 */
export async function userHolder(call: AdminCall): Promise<RoleHolder> {
  const user = await findUser(call);
  const where = { realmId: call.realm.id, userId: user.id };
  return {
    path: `users/${user.id}`,
    roleIds: user.roleIds,
    source: user,
    add: (roleIds) => ({ do: "addUserRoles", ...where, roleIds }),
    remove: (roleIds) => ({ do: "removeUserRoles", ...where, roleIds }),
  };
}

/** The group of the path. @throws {AdminError} 404 */
export async function groupHolder(call: AdminCall): Promise<RoleHolder> {
  const { group } = await findGroup(call);
  const save = (roleIds: readonly string[]): ConfigCommand => ({ do: "saveGroup", realmId: call.realm.id, row: { ...group, roleIds } });
  return {
    path: `groups/${group.id}`,
    roleIds: group.roleIds,
    source: { roleIds: [], groupIds: [group.id] },
    add: (roleIds) => save([...new Set([...group.roleIds, ...roleIds])]),
    remove: (roleIds) => save(group.roleIds.filter((id) => !roleIds.includes(id))),
  };
}
