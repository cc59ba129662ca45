import type { AdminRoute } from "../admin-call.ts";
import type { Needs } from "../admin-roles.ts";
import { groupHolder, type RoleHolder, userHolder } from "./role-holder.ts";
import { addMappings, mappingsOf, availableRoles, directRoles, effectiveRoles, removeMappings } from "./role-mappings.ts";
import type { AdminCall } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";

/** Role mappings of users and of groups: the same routes. */
const mappingRoutes = (base: string, holder: (call: AdminCall) => Promise<RoleHolder>, view: Needs): readonly AdminRoute[] => [
  { method: "GET", path: `${base}/role-mappings`, needs: view, handle: mappingsOf(holder) },
  ...[`${base}/role-mappings/realm`, `${base}/role-mappings/clients/:client`].flatMap((path): readonly AdminRoute[] => [
    { method: "GET", path, needs: view, handle: directRoles(holder) },
    { method: "POST", path, needs: NEEDS.manageUsers, handle: addMappings(holder) },
    { method: "DELETE", path, needs: NEEDS.manageUsers, handle: removeMappings(holder) },
    { method: "GET", path: `${path}/available`, needs: view, handle: availableRoles(holder) },
    { method: "GET", path: `${path}/composite`, needs: view, handle: effectiveRoles(holder) },
  ]),
];

export const roleMappingRoutes: readonly AdminRoute[] = [
  ...mappingRoutes("/users/:user", userHolder, NEEDS.viewUsers),
  ...mappingRoutes("/groups/:group", groupHolder, NEEDS.viewUsers),
];
