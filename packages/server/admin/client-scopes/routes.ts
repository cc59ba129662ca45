import { type AdminRoute, ok } from "../admin-call.ts";
import { anyOf, NEEDS } from "../admin-roles.ts";
import { createClientScope, deleteClientScope, updateClientScope } from "./change-client-scope.ts";
import { findClientScope } from "./find-client-scope.ts";
import { addRealmScope, listRealmScopes, removeRealmScope, type ScopeList } from "./realm-scope-lists.ts";
import { clientScopeView } from "./representation.ts";

/** The realm's lists belong to the realm, but whoever sees clients sees what they get. */
const viewLists = anyOf("view-realm", "manage-realm", "view-clients", "manage-clients");

const listRoutes = (list: ScopeList): readonly AdminRoute[] => {
  const path = `/default-${list}-client-scopes`;
  return [
    { method: "GET", path, needs: viewLists, handle: listRealmScopes(list) },
    { method: "PUT", path: `${path}/:scope`, needs: NEEDS.manageClients, handle: addRealmScope(list) },
    { method: "DELETE", path: `${path}/:scope`, needs: NEEDS.manageClients, handle: removeRealmScope(list) },
  ];
};

export const clientScopeRoutes: readonly AdminRoute[] = [
  {
    method: "GET",
    path: "/client-scopes",
    needs: NEEDS.viewClients,
    handle: async ({ store, realm }) => ok((await store.clientScopes(realm.id)).map(clientScopeView)),
  },
  { method: "POST", path: "/client-scopes", needs: NEEDS.manageClients, handle: createClientScope },
  {
    method: "GET",
    path: "/client-scopes/:scope",
    needs: NEEDS.viewClients,
    handle: async (call) => ok(clientScopeView(await findClientScope(call))),
  },
  { method: "PUT", path: "/client-scopes/:scope", needs: NEEDS.manageClients, handle: updateClientScope },
  { method: "DELETE", path: "/client-scopes/:scope", needs: NEEDS.manageClients, handle: deleteClientScope },
  ...listRoutes("default"),
  ...listRoutes("optional"),
];
