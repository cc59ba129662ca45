import type { AdminCall, AdminChange } from "../admin-call.ts";
import { findGroup } from "../groups/find-group.ts";
import { findUser } from "../users/find-user.ts";

type HolderChange = Pick<AdminChange, "commands" | "guards">;

/** A user or group whose roles are looked at or changed. */
export interface RoleHolder {
  /** Below the realm, as admin events name it: `users/{id}`. */
  readonly path: string;
  /** Ids of the roles it has itself. */
  readonly roleIds: readonly string[];
  /** What its roles follow from: its own, and those of its groups. */
  readonly source: { readonly roleIds: readonly string[]; readonly groupIds: readonly string[] };
  add(roleIds: readonly string[]): HolderChange;
  remove(roleIds: readonly string[]): HolderChange;
}

/** The user of the path. @throws {AdminError} 404 */
export async function userHolder(call: AdminCall): Promise<RoleHolder> {
  const user = await findUser(call);
  const where = { realmId: call.realm.id, userId: user.id };
  return {
    path: `users/${user.id}`,
    roleIds: user.roleIds,
    source: user,
    add: (roleIds) => ({ commands: [{ do: "addUserRoles", ...where, roleIds }] }),
    remove: (roleIds) => ({ commands: [{ do: "removeUserRoles", ...where, roleIds }] }),
  };
}

/** The group of the path. @throws {AdminError} 404 */
export async function groupHolder(call: AdminCall): Promise<RoleHolder> {
  const { group } = await findGroup(call);
  const realmId = call.realm.id;
  const save = (roleIds: readonly string[]): HolderChange => ({
    guards: [{ claim: "groupRow", realmId, row: group }],
    commands: [{ do: "saveGroup", realmId, row: { ...group, roleIds } }],
  });
  return {
    path: `groups/${group.id}`,
    roleIds: group.roleIds,
    source: { roleIds: [], groupIds: [group.id] },
    add: (roleIds) => save([...new Set([...group.roleIds, ...roleIds])]),
    remove: (roleIds) => save(group.roleIds.filter((id) => !roleIds.includes(id))),
  };
}
