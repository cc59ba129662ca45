import type { AdminCall, AdminRoute } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";
import { type Needs, NEEDS } from "../admin-roles.ts";
import { findClient } from "../clients/find-client.ts";
import { findProvider } from "../identity-providers/find-provider.ts";
import { namedRole, type OwnedRole, roleById } from "../roles/role-owner.ts";
import { type Permitted, readPermissions, switchPermissions } from "./management-permissions.ts";

interface Rights {
  readonly view: Needs;
  readonly manage: Needs;
}
const ROLES: Rights = { view: NEEDS.viewRealmRoles, manage: NEEDS.manageRealm };
const CLIENTS: Rights = { view: NEEDS.viewClients, manage: NEEDS.manageClients };

/** Reading and switching the permissions of what `find` finds. */
function routesOf(
  path: string,
  { view, manage }: Rights,
  find: (call: AdminCall, change: boolean) => Promise<Permitted>,
): readonly AdminRoute[] {
  return [
    { method: "GET", path, needs: view, handle: async (call) => readPermissions(call, await find(call, false)) },
    { method: "PUT", path, needs: manage, noCache: true, handle: async (call) => switchPermissions(call, await find(call, true)) },
  ];
}

const ofRole = ({ role, path }: OwnedRole): Permitted => ({ kind: "role", id: role.id, path: `${path}/management/permissions` });

export const permissionRoutes: readonly AdminRoute[] = [
  ...routesOf("/clients/:client/management/permissions", CLIENTS, async (call) => {
    const { id } = await findClient(call);
    return { kind: "client", id, path: `clients/${id}/management/permissions` };
  }),
  ...routesOf(
    "/identity-provider/instances/:alias/management/permissions",
    { view: NEEDS.viewProviders, manage: NEEDS.manageProviders },
    async (call) => {
      const { internalId, alias } = await findProvider(call);
      return { kind: "provider", id: internalId, path: `identity-provider/instances/${alias}/management/permissions` };
    },
  ),
  ...routesOf("/roles/:role/management/permissions", ROLES, async (call) => ofRole(await namedRole(call))),
  ...routesOf("/clients/:client/roles/:role/management/permissions", CLIENTS, async (call) => ofRole(await namedRole(call))),
  // Which rights count is known once the role is.
  ...routesOf("/roles-by-id/:id/management/permissions", { view: NEEDS.anyAdmin, manage: NEEDS.anyAdmin }, async (call, change) => {
    const owned = await roleById(call);
    const { view, manage } = owned.owner.client ? CLIENTS : ROLES;
    call.need(change ? manage : view);
    return ofRole(owned);
  }),
  ...routesOf("/groups/:group/management/permissions", { view: NEEDS.viewUsers, manage: NEEDS.manageUsers }, async (call) => {
    const group = await call.store.group(call.realm.id, call.params["group"] ?? "");
    if (!group) throw notFound("Could not find group by id");
    return { kind: "group", id: group.id, path: `groups/${group.id}/management/permissions` };
  }),
  ...routesOf("/users-management-permissions", { view: NEEDS.viewRealm, manage: NEEDS.manageRealm }, async () => ({
    kind: "users",
    path: "users-management-permissions",
  })),
];
