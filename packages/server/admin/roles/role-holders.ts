import type { GroupRow, Json } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { flagOf, pageOf } from "../read-query.ts";
import { userView } from "../user-view.ts";
import { wholeUsers } from "../users/list-users.ts";
import type { OwnedRole } from "./role-owner.ts";

/** Most holders of one answer unless `max` says otherwise, as in Keycloak. */
const DEFAULT_MAX = 100;

/** Users that hold the role directly. */
export async function usersWithRole(call: AdminCall, { role }: OwnedRole): Promise<AdminAnswer> {
  const { store, realm, query } = call;
  const found = await store.usersWithRole(realm.id, role.id, pageOf(query, DEFAULT_MAX));
  return ok((await wholeUsers(call, found)).map(userView));
}

/** Groups that hold the role directly. */
export async function groupsWithRole(call: AdminCall, { role }: OwnedRole): Promise<AdminAnswer> {
  const { store, realm, query } = call;
  const found = await store.groupsWithRole(realm.id, role.id, pageOf(query, DEFAULT_MAX));
  const brief = flagOf(query, "briefRepresentation") ?? true;
  const byId = new Map(found.length === 0 ? [] : (await store.allGroups(realm.id)).map((group) => [group.id, group]));
  return ok(found.map((group) => groupView(group, byId, brief)));
}

function groupView(group: GroupRow, byId: ReadonlyMap<string, GroupRow>, brief: boolean): Json {
  const path: string[] = [];
  for (let at: GroupRow | undefined = group; at && path.length < 64; at = at.parentId === undefined ? undefined : byId.get(at.parentId)) {
    path.unshift(at.name);
  }
  return {
    id: group.id,
    name: group.name,
    path: `/${path.join("/")}`,
    ...(group.parentId !== undefined && { parentId: group.parentId }),
    subGroups: [],
    ...(!brief && { attributes: group.representation["attributes"] ?? {} }),
  };
}
