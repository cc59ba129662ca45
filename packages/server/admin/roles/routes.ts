import { type AdminAnswer, type AdminCall, type AdminRoute, ok } from "../admin-call.ts";
import { allOf, type Needs, NEEDS } from "../admin-roles.ts";
import { flagOf, pageOf } from "../read-query.ts";
import { deleteRole, updateRole } from "./change-role.ts";
import { addComposites, listClientComposites, listComposites, listRealmComposites, removeComposites } from "./composites.ts";
import { createRole } from "./create-role.ts";
import { roleView, roleViews } from "./representation.ts";
import { groupsWithRole, usersWithRole } from "./role-holders.ts";
import { namedRole, type OwnedRole, roleById, roleOwner } from "./role-owner.ts";

type OfRole = (call: AdminCall, owned: OwnedRole) => Promise<AdminAnswer>;

/** `search` matches names and descriptions; without it `max` counts only together with `first`, as in Keycloak. */
async function listRoles(call: AdminCall): Promise<AdminAnswer> {
  const { query, store, realm } = call;
  const owner = await roleOwner(call);
  const search = query.get("search")?.trim() || undefined;
  const page = pageOf(query);
  const paged = search !== undefined || page.first !== undefined;
  const roles = await store.roles(realm.id, owner.client?.id, { search, ...(paged && page) });
  return ok(await roleViews(call, roles, { brief: flagOf(query, "briefRepresentation") ?? true }));
}

const readRole: OfRole = async ({ store, realm }, { role }) => ok(roleView(role, realm.id, await store.compositesAmong([role.id])));

interface Rights {
  readonly view: Needs;
  readonly manage: Needs;
}

/** What can be done with one role, wherever a path names it. */
function routesOf(
  path: string,
  { view, manage }: Rights,
  find: (call: AdminCall, change: boolean) => Promise<OwnedRole>,
): readonly AdminRoute[] {
  const row = (method: AdminRoute["method"], below: string, handle: OfRole): AdminRoute => ({
    method,
    path: `${path}${below}`,
    needs: method === "GET" ? view : manage,
    handle: async (call) => handle(call, await find(call, method !== "GET")),
  });
  return [
    row("GET", "", readRole),
    row("PUT", "", updateRole),
    { ...row("DELETE", "", deleteRole), noCache: true },
    row("GET", "/composites", listComposites),
    row("POST", "/composites", addComposites),
    row("DELETE", "/composites", removeComposites),
    row("GET", "/composites/realm", listRealmComposites),
    row("GET", "/composites/clients/:other", listClientComposites),
  ];
}

const ofNamedRole =
  (handle: OfRole): AdminRoute["handle"] =>
  async (call) =>
    handle(call, await namedRole(call));

/** The roles of the realm, or of one client. */
function containerRoutes(path: string, rights: Rights): readonly AdminRoute[] {
  const one = `${path}/:role`;
  const usersToo = allOf(...rights.view, ...NEEDS.viewUsers);
  return [
    { method: "GET", path, needs: rights.view, handle: listRoles },
    { method: "POST", path, needs: rights.manage, handle: createRole },
    ...routesOf(one, rights, namedRole),
    { method: "GET", path: `${one}/users`, needs: usersToo, handle: ofNamedRole(usersWithRole) },
    { method: "GET", path: `${one}/groups`, needs: usersToo, handle: ofNamedRole(groupsWithRole) },
  ];
}

const REALM_ROLES: Rights = { view: NEEDS.viewRealmRoles, manage: NEEDS.manageRealm };
const CLIENT_ROLES: Rights = { view: NEEDS.viewClients, manage: NEEDS.manageClients };

/** Which rights count is known once the role is: those over the realm, or those over clients. */
async function authorisedById(call: AdminCall, change: boolean): Promise<OwnedRole> {
  const owned = await roleById(call);
  const { view, manage } = owned.owner.client ? CLIENT_ROLES : REALM_ROLES;
  call.need(change ? manage : view);
  return owned;
}

export const roleRoutes: readonly AdminRoute[] = [
  ...containerRoutes("/roles", REALM_ROLES),
  ...containerRoutes("/clients/:client/roles", CLIENT_ROLES),
  ...routesOf("/roles-by-id/:id", { view: NEEDS.anyAdmin, manage: NEEDS.anyAdmin }, authorisedById),
];
