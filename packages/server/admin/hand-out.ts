import type { AdminCall } from "./admin-call.ts";
import type { AdminRole } from "./admin-roles.ts";
import { forbidden } from "./admin-error.ts";

/** Names of the roles that administration is guarded by. `realm-admin` is nothing but all of them. */
const ADMIN_ROLES: ReadonlySet<string> = new Set<AdminRole>([
  "create-client",
  "impersonation",
  "manage-authorization",
  "manage-clients",
  "manage-events",
  "manage-identity-providers",
  "manage-realm",
  "manage-users",
  "query-clients",
  "query-groups",
  "query-realms",
  "query-users",
  "view-authorization",
  "view-clients",
  "view-events",
  "view-identity-providers",
  "view-realm",
  "view-users",
]);
const MASTER = "master";
const MASTER_ROLES: ReadonlySet<string> = new Set(["admin", "create-realm"]);

/** Whether the roles of this client guard administration: of its own realm, or (in master) of any realm. */
export const isAdminClient = (realmName: string, clientId: string): boolean =>
  realmName === MASTER ? clientId.endsWith("-realm") : clientId === "realm-management";

/** Whether a role of this name would be a right over a realm, were it in this client (undefined: among the realm's roles). */
export const isAdminRole = (realmName: string, clientId: string | undefined, name: string): boolean =>
  clientId === undefined
    ? realmName === MASTER && MASTER_ROLES.has(name)
    : isAdminClient(realmName, clientId) && (ADMIN_ROLES.has(name) || name === "realm-admin");

/** As much of a call as tells what its caller holds. */
export type HandingOut = Pick<AdminCall, "services" | "realm" | "has"> & { readonly caller: Pick<AdminCall["caller"], "roles"> };

/**
 * Nobody hands out more than they hold (SEC-ADM-05): of the admin roles among these, and in their composites, the caller has each. For
 * role mappings of users and groups, composites, and mappers that add roles.
 * @throws {AdminError} 403
 */
export async function needRolesToHandOut(call: HandingOut, roleIds: Iterable<string>): Promise<void> {
  const { realm } = call;
  const loaded = await call.services.realms.get(realm.name);
  if (!loaded) throw forbidden();
  for (const id of loaded.view.expandRoles(roleIds)) {
    const role = loaded.view.role(id);
    if (!role || !isAdminRole(realm.name, role.clientId, role.name) || call.caller.roles.has(id)) continue;
    const ofThisRealm = role.clientId === loaded.view.adminClientId;
    // `realm-admin` exists only inside the realm; whoever holds all it contains has it.
    if (ofThisRealm && (role.name === "realm-admin" || call.has(role.name as AdminRole))) continue;
    throw forbidden();
  }
}
