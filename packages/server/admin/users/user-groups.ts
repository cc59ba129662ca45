import type { GroupRow, UserRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, noContent, ok, type Operation } from "../admin-call.ts";
import { findGroup } from "../groups/find-group.ts";
import { groupTree } from "../groups/group-tree.ts";
import { briefGroup, fullGroup, groupRoles } from "../groups/representation.ts";
import { flagOf, pageOf } from "../read-query.ts";
import { needGroupsToHandOut } from "./create-user.ts";
import { findUser } from "./find-user.ts";

async function groupsOf(call: AdminCall) {
  const user = await findUser(call);
  const tree = await groupTree(call);
  const search = call.query.get("search")?.trim().toLowerCase() ?? "";
  const groups = tree.all.filter(({ id, name }) => user.groupIds.includes(id) && name.toLowerCase().includes(search));
  return { tree, groups };
}

/** `GET users/{id}/groups`: those the user is directly in. */
export async function listUserGroups(call: AdminCall): Promise<AdminAnswer> {
  const { first = 0, max } = pageOf(call.query);
  const { tree, groups } = await groupsOf(call);
  const page = groups.slice(first, max === undefined ? undefined : first + max);
  if (flagOf(call.query, "briefRepresentation") ?? true) return ok(page.map((group) => briefGroup(tree, group, { count: false })));
  const roles = await groupRoles(call, page);
  return ok(page.map((group) => fullGroup(tree, group, roles, { count: false })));
}

/** `GET users/{id}/groups/count`. */
export async function countUserGroups(call: AdminCall): Promise<AdminAnswer> {
  return ok({ count: (await groupsOf(call)).groups.length });
}

/** `PUT users/{id}/groups/{id}`. @throws {AdminError} 403 the group gives admin roles that the caller does not hold (SEC-ADM-05) */
export async function joinGroup(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  const { tree, group } = await findGroup(call, "Group not found");
  await needGroupsToHandOut(call, tree, [group.id]);
  if (!user.groupIds.includes(group.id)) await membership(call, { operation: "CREATE", user, group });
  return noContent;
}

/** `DELETE users/{id}/groups/{id}`. */
export async function leaveGroup(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  const { tree, group } = await findGroup(call, "Group not found");
  await needGroupsToHandOut(call, tree, [group.id]);
  if (user.groupIds.includes(group.id)) await membership(call, { operation: "DELETE", user, group });
  return noContent;
}

interface Membership {
  readonly operation: Extract<Operation, "CREATE" | "DELETE">;
  readonly user: UserRow;
  readonly group: GroupRow;
}

async function membership(call: AdminCall, { operation, user, group }: Membership): Promise<void> {
  const tree = await groupTree(call);
  await call.commit({
    commands: [{ do: operation === "CREATE" ? "joinGroup" : "leaveGroup", realmId: call.realm.id, userId: user.id, groupId: group.id }],
    event: {
      operation,
      resourceType: "GROUP_MEMBERSHIP",
      resourcePath: `users/${user.id}/groups/${group.id}`,
      representation: fullGroup(tree, group, await groupRoles(call, [group]), { count: false }),
      details: { username: user.username },
    },
  });
}
