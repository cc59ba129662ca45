import type { AdminRoute } from "../admin-call.ts";
import { anyOf, NEEDS } from "../admin-roles.ts";
import { countGroups, groupByPath, listChildren, listGroups, listMembers, readGroup } from "./list-groups.ts";
import { createChild, createGroup, deleteGroup, updateGroup } from "./write-group.ts";

const { viewUsers, manageUsers } = NEEDS;
/** Rows are shown to those who may see users. */
const queryGroups = anyOf("query-groups", "view-users", "manage-users");

/** Groups; their role mappings are with those of users. */
export const groupRoutes: readonly AdminRoute[] = [
  { method: "GET", path: "/groups", needs: queryGroups, handle: listGroups },
  { method: "POST", path: "/groups", needs: manageUsers, handle: createGroup },
  { method: "GET", path: "/groups/count", needs: queryGroups, handle: countGroups },
  { method: "GET", path: "/groups/:group", needs: queryGroups, handle: readGroup },
  { method: "PUT", path: "/groups/:group", needs: manageUsers, handle: updateGroup },
  { method: "DELETE", path: "/groups/:group", needs: manageUsers, handle: deleteGroup },
  { method: "GET", path: "/groups/:group/children", needs: viewUsers, handle: listChildren },
  { method: "POST", path: "/groups/:group/children", needs: manageUsers, handle: createChild, noCache: true },
  { method: "GET", path: "/groups/:group/members", needs: viewUsers, handle: listMembers },
  { method: "GET", path: "/group-by-path/*", needs: viewUsers, handle: groupByPath },
];
