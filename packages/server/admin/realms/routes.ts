import type { AdminRoute } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";
import { createRealm } from "./create-realm.ts";
import { deleteRealm } from "./delete-realm.ts";
import { listRealms, readRealm } from "./read-realms.ts";
import { updateRealm } from "./update-realm.ts";

/** The realms themselves. The two global routes look at the caller's rights themselves: they are about several realms, or none yet. */
export const realmRoutes: readonly AdminRoute[] = [
  { method: "GET", path: "/realms", needs: NEEDS.anyAdmin, global: true, handle: listRealms },
  { method: "POST", path: "/realms", needs: NEEDS.anyAdmin, global: true, takes: ["application/json"], handle: createRealm },
  { method: "GET", path: "", needs: NEEDS.anyAdmin, handle: readRealm },
  { method: "PUT", path: "", needs: NEEDS.manageRealm, handle: updateRealm },
  { method: "DELETE", path: "", needs: NEEDS.manageRealm, handle: deleteRealm },
];
