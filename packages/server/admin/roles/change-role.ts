import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { RoleRow } from "@cambist/store/config-ports.ts";
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
  await call.commit({
    commands: [{ do: "saveRole", realmId: realm.id, row }, ...defaultRoleRenamed(call, row)],
    event: { operation: "UPDATE", resourceType: owner.resourceType, resourcePath: path, representation: call.body },
  });
  return noContent;
}

/** `DELETE` of a role. @throws {AdminError} 400 the default role */
export async function deleteRole(call: AdminCall, { owner, role, path }: OwnedRole): Promise<AdminAnswer> {
  const { realm } = call;
  if (defaultRoleOf(call)["id"] === role.id) throw invalid(`${role.name} is default role of the realm and cannot be removed.`);
  await call.commit({
    commands: [...(await permissionRemovals(call, "role", role.id)), { do: "deleteRole", realmId: realm.id, id: role.id }],
    event: { operation: "DELETE", resourceType: owner.resourceType, resourcePath: path },
  });
  return noContent;
}

const defaultRoleOf = ({ realm }: AdminCall): Readonly<Record<string, unknown>> =>
  (realm.representation["defaultRole"] ?? {}) as Readonly<Record<string, unknown>>;

/** The realm's row names its default role. */
function defaultRoleRenamed(call: AdminCall, { id, name, representation }: RoleRow): readonly ConfigCommand[] {
  const { realm } = call;
  const known = defaultRoleOf(call);
  if (known["id"] !== id) return [];
  const defaultRole = { ...known, name, description: representation["description"] };
  return [{ do: "saveRealm", realmId: realm.id, row: { ...realm, representation: { ...realm.representation, defaultRole } } }];
}
