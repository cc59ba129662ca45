import type { GroupRow, Json } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import type { GroupTree } from "./group-tree.ts";

/** Names of the roles that groups have: of the realm, and by client. */
export interface GroupRoles {
  readonly realm: ReadonlyMap<string, string>;
  /** Role id to clientId and role name. */
  readonly client: ReadonlyMap<string, readonly [clientId: string, name: string]>;
}

/** Looks up every role that these groups have. */
export async function groupRoles({ store, realm }: Pick<AdminCall, "store" | "realm">, groups: readonly GroupRow[]): Promise<GroupRoles> {
  const ids = [...new Set(groups.flatMap(({ roleIds }) => roleIds))];
  const rows = ids.length === 0 ? [] : await store.rolesById(realm.id, ids);
  const uuids = [...new Set(rows.flatMap(({ clientUuid }) => clientUuid ?? []))];
  const clients = new Map(await Promise.all(uuids.map(async (uuid) => [uuid, (await store.client(realm.id, uuid))?.clientId] as const)));
  return {
    realm: new Map(rows.filter(({ clientUuid }) => clientUuid === undefined).map(({ id, name }) => [id, name])),
    client: new Map(
      rows.flatMap(({ id, name, clientUuid }) => {
        const clientId = clientUuid === undefined ? undefined : clients.get(clientUuid);
        return clientId === undefined ? [] : [[id, [clientId, name]] as const];
      }),
    ),
  };
}

/** What the caller may do with groups. */
export const groupAccess = ({ has }: Pick<AdminCall, "has">): Json => {
  const manage = has("manage-users");
  const view = manage || has("view-users");
  return { view, viewMembers: view, manageMembers: manage, manage, manageMembership: manage };
};

/** A group as lists show it. `subGroups` is filled in by whoever shows a hierarchy. */
export function briefGroup(tree: GroupTree, group: GroupRow, { count = true }: { readonly count?: boolean } = {}): Json {
  const { description } = group.representation;
  return {
    id: group.id,
    name: group.name,
    ...(typeof description === "string" && { description }),
    path: tree.pathOf(group),
    ...(group.parentId !== undefined && { parentId: group.parentId }),
    ...(count && { subGroupCount: tree.childrenOf(group.id).length }),
    subGroups: [],
  };
}

/** A group with attributes and names of its roles. */
export function fullGroup(tree: GroupTree, group: GroupRow, roles: GroupRoles, { count = true }: { readonly count?: boolean } = {}): Json {
  const clientRoles: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const id of group.roleIds) {
    const [clientId, name] = roles.client.get(id) ?? [];
    if (clientId !== undefined && name !== undefined) (clientRoles[clientId] ??= []).push(name);
  }
  return {
    ...briefGroup(tree, group, { count }),
    attributes: group.representation["attributes"] ?? {},
    realmRoles: group.roleIds.flatMap((id) => roles.realm.get(id) ?? []),
    clientRoles: { ...clientRoles },
  };
}
