import { type AdminRoute, ok } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";
import { createClientScope, deleteClientScope, updateClientScope } from "./change-client-scope.ts";
import { findClientScope } from "./find-client-scope.ts";
import { clientScopeView } from "./representation.ts";

export const clientScopeRoutes: readonly AdminRoute[] = [
  {
    method: "GET",
    path: "/client-scopes",
    needs: NEEDS.viewClients,
    handle: async ({ store, realm }) => ok((await store.clientScopes(realm.id)).map(clientScopeView)),
  },
  { method: "POST", path: "/client-scopes", needs: NEEDS.manageClients, noCache: true, handle: createClientScope },
  {
    method: "GET",
    path: "/client-scopes/:scope",
    needs: NEEDS.viewClients,
    handle: async (call) => ok(clientScopeView(await findClientScope(call))),
  },
  { method: "PUT", path: "/client-scopes/:scope", needs: NEEDS.manageClients, handle: updateClientScope },
  { method: "DELETE", path: "/client-scopes/:scope", needs: NEEDS.manageClients, noCache: true, handle: deleteClientScope },
];
