import type { RealmView } from "@cambist/core/model.ts";
import type { AdminReads, UserColumns } from "@cambist/store/admin-ports.ts";
import type { GroupRow } from "@cambist/store/config-ports.ts";

/** Who holds a role, and the mapping that brings it. */
export interface RoleHolder {
  readonly user: UserColumns;
  /** The role that was mapped: the one asked for, or one that contains it. */
  readonly roleId: string;
  readonly mappedTo: { readonly to: "user" | "group"; readonly id: string; readonly name: string };
}

/** Beyond it nobody reads on, and a role that everybody holds would bring the whole realm. */
const MAX_HOLDERS = 200;

/** What finding holders needs, read once per realm. */
export interface RoleGraph {
  readonly store: AdminReads;
  readonly realmId: string;
  readonly view: RealmView;
  readonly groups: readonly GroupRow[];
  readonly composites: readonly (readonly [string, string])[];
}

export async function roleGraph(store: AdminReads, realmId: string, view: RealmView): Promise<RoleGraph> {
  const [groups, composites] = await Promise.all([store.allGroups(realmId), store.compositePairs(realmId)]);
  return { store, realmId, view, groups, composites };
}

/** Users and service accounts that effectively hold a role: by themselves, by a group or one above it, by a composite. At most {@link MAX_HOLDERS}. */
export async function holdersOf(graph: RoleGraph, roleId: string): Promise<readonly RoleHolder[]> {
  const { store, realmId } = graph;
  const page = { max: MAX_HOLDERS };
  const holders = new Map<string, RoleHolder>();
  const add = (user: UserColumns, role: string, mappedTo: RoleHolder["mappedTo"]): void => {
    if (holders.size < MAX_HOLDERS && !holders.has(user.id)) holders.set(user.id, { user, roleId: role, mappedTo });
  };
  for (const role of containing(graph, roleId)) {
    for (const user of await store.usersWithRole(realmId, role, page)) add(user, role, { to: "user", id: user.id, name: user.username });
    for (const { id, name } of await store.groupsWithRole(realmId, role, page)) {
      for (const member of withChildren(graph.groups, id)) {
        for (const user of await store.groupMembers(realmId, member, page)) add(user, role, { to: "group", id, name });
      }
    }
  }
  return [...holders.values()];
}

/** The role first, then whatever contains it. */
function containing({ composites }: RoleGraph, roleId: string): readonly string[] {
  const found = new Set([roleId]);
  for (const role of found) for (const [parent, child] of composites) if (child === role) found.add(parent);
  return [...found];
}

function withChildren(groups: readonly GroupRow[], id: string): readonly string[] {
  const found = new Set([id]);
  for (const parent of found) for (const group of groups) if (group.parentId === parent) found.add(group.id);
  return [...found];
}
