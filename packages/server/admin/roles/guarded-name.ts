import type { AdminCall } from "../admin-call.ts";
import { forbidden } from "../admin-error.ts";
import type { AdminRole } from "../admin-roles.ts";
import { isAdminRole } from "../hand-out.ts";
import type { RoleOwner } from "./role-owner.ts";

/**
 * Rights over a realm hang on role names: whoever gives a role such a name where it counts must hold that right (SEC-ADM-05), or a holder
 * of some harmless role would become an administrator by a rename.
 * @throws {AdminError} 403
 */
export function needRoleName(call: AdminCall, owner: RoleOwner, name: string): void {
  if (!isAdminRole(call.realm.name, owner.client?.clientId, name)) return;
  const ownClient = call.realm.name === "master" ? "master-realm" : "realm-management";
  if (owner.client?.clientId !== ownClient || !call.has("realm-admin", name as AdminRole)) throw forbidden();
}
