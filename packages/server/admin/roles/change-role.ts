import type { Json, RealmRow, RoleRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, noContent } from "../admin-call.ts";
import { invalid } from "../admin-error.ts";
import { permissionRemovals } from "../permission-objects.ts";
import { needRoleName } from "./guarded-name.ts";
import { readRole } from "./read-role.ts";
import type { OwnedRole } from "./role-owner.ts";

/** `PUT` of a role: replaces it, except that attributes it does not name are kept; may rename. */
export async function updateRole(call: AdminCall, { owner, role, path }: OwnedRole): Promise<AdminAnswer> {
  const { realm } = call;
  const { name, representation, attributes } = readRole(call);
  if (name !== role.name) needRoleName(call, owner, name);
  const row: RoleRow = {
    ...role,
    name,
    representation: { ...representation, attributes: attributes ?? role.representation["attributes"] ?? {} },
  };
  const commands = [{ do: "saveRole", realmId: realm.id, row } as const];
  const event = { operation: "UPDATE", resourceType: owner.resourceType, resourcePath: path, representation: call.body } as const;
  const guards = [{ claim: "roleRow", realmId: realm.id, row: role } as const];
  if (defaultRoleOf(realm)["id"] === role.id)
    await call.changeRealm((was) => ({ row: withDefaultRole(was, row), commands, guards, event }));
  else await call.commit({ commands, guards, event });
  return noContent;
}

/** `DELETE` of a role. @throws {AdminError} 400 the default role */
export async function deleteRole(call: AdminCall, { owner, role, path }: OwnedRole): Promise<AdminAnswer> {
  const { realm } = call;
  if (defaultRoleOf(realm)["id"] === role.id) throw invalid(`${role.name} is default role of the realm and cannot be removed.`);
  await call.commit({
    commands: [...(await permissionRemovals(call, "role", role.id)), { do: "deleteRole", realmId: realm.id, id: role.id }],
    event: { operation: "DELETE", resourceType: owner.resourceType, resourcePath: path },
  });
  return noContent;
}

const defaultRoleOf = ({ representation }: RealmRow): Json => (representation["defaultRole"] ?? {}) as Json; // so stored

/** The realm's row names its default role. */
const withDefaultRole = (realm: RealmRow, { name, representation }: RoleRow): RealmRow => ({
  ...realm,
  representation: {
    ...realm.representation,
    defaultRole: { ...defaultRoleOf(realm), name, description: representation["description"] },
  },
});
