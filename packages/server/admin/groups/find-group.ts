import type { GroupRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";
import { type GroupTree, groupTree } from "./group-tree.ts";

/** The group that a path parameter names, and the tree it stands in. @throws {AdminError} 404 it is none of this realm (SEC-ADM-03) */
export async function findGroup(
  call: AdminCall,
  unknown = "Could not find group by id",
): Promise<{ readonly tree: GroupTree; readonly group: GroupRow }> {
  const tree = await groupTree(call);
  const group = tree.byId(call.params["group"] ?? "");
  if (!group) throw notFound(unknown);
  return { tree, group };
}
