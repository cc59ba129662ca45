import type { RoleRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { findClient } from "../clients/find-client.ts";
import { needRolesToHandOut } from "../hand-out.ts";
import { pageOf } from "../read-query.ts";
import { roleViews } from "./representation.ts";
import { listedRoles } from "./role-list.ts";
import type { OwnedRole } from "./role-owner.ts";

const UNKNOWN = "Could not find composite role";

/** Direct members; by id also with `search`, `first` and `max`. */
export async function listComposites(call: AdminCall, { role }: OwnedRole): Promise<AdminAnswer> {
  const search = call.query.get("search")?.trim().toLowerCase() ?? "";
  const { first = 0, max } = pageOf(call.query);
  const all = (await call.store.composites(call.realm.id, role.id)).filter(({ name }) => name.toLowerCase().includes(search));
  return ok(await roleViews(call, all.slice(first, max === undefined ? undefined : first + max)));
}

export const listRealmComposites = (call: AdminCall, owned: OwnedRole): Promise<AdminAnswer> =>
  listSome(call, owned, ({ clientUuid }) => clientUuid === undefined);

/** @throws {AdminError} 404 no client of that id */
export async function listClientComposites(call: AdminCall, owned: OwnedRole): Promise<AdminAnswer> {
  const client = await findClient(call, "other");
  return listSome(call, owned, ({ clientUuid }) => clientUuid === client.id);
}

async function listSome(call: AdminCall, { role }: OwnedRole, wanted: (role: RoleRow) => boolean): Promise<AdminAnswer> {
  return ok(await roleViews(call, (await call.store.composites(call.realm.id, role.id)).filter(wanted)));
}

/** All of the list or nothing. @throws {AdminError} 404 one of them is not there, 403 an admin role the caller lacks */
export async function addComposites(call: AdminCall, { owner, role, path }: OwnedRole): Promise<AdminAnswer> {
  const children = await listedRoles(call, UNKNOWN);
  const childIds = children.map(({ id }) => id);
  await needRolesToHandOut(call, childIds);
  await call.commit({
    commands: childIds.length === 0 ? [] : [{ do: "addComposites", realmId: call.realm.id, roleId: role.id, childIds }],
    event: { operation: "CREATE", resourceType: owner.resourceType, resourcePath: `${path}/composites`, representation: call.body },
  });
  return noContent;
}

/** What it does not contain is no fault. @throws {AdminError} 404 one of them is not there */
export async function removeComposites(call: AdminCall, { owner, role, path }: OwnedRole): Promise<AdminAnswer> {
  const children = await listedRoles(call, UNKNOWN);
  const childIds = children.map(({ id }) => id);
  await call.commit({
    commands: childIds.length === 0 ? [] : [{ do: "removeComposites", realmId: call.realm.id, roleId: role.id, childIds }],
    event: { operation: "DELETE", resourceType: owner.resourceType, resourcePath: `${path}/composites`, representation: call.body },
  });
  return noContent;
}
