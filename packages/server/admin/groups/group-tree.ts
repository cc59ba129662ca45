import type { GroupRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";

/** The groups of a realm as a tree, siblings in order of their names. */
export interface GroupTree {
  readonly top: readonly GroupRow[];
  byId(id: string): GroupRow | undefined;
  /** By `/a/b`, as {@link GroupTree.pathOf} writes it; the first slash may be missing. */
  byPath(path: string): GroupRow | undefined;
  /** Names are not escaped: a slash in one reads like another level, as in Keycloak. */
  pathOf(group: GroupRow): string;
  childrenOf(id: string): readonly GroupRow[];
  /** The group, then the one above it, up to the top. */
  lineOf(id: string): readonly GroupRow[];
  /** Ids of the roles that a member gets: of the group and those above it. */
  rolesOf(id: string): readonly string[];
  /** The group and everything below it. */
  below(id: string): readonly GroupRow[];
  readonly all: readonly GroupRow[];
}

export const groupTree = async ({ store, realm }: Pick<AdminCall, "store" | "realm">): Promise<GroupTree> =>
  treeOf(await store.allGroups(realm.id));

const byName = (one: GroupRow, other: GroupRow): number => (one.name < other.name ? -1 : Number(one.name > other.name));
const NONE: readonly GroupRow[] = [];

export function treeOf(groups: readonly GroupRow[]): GroupTree {
  const all = groups.toSorted(byName);
  const index = new Map(all.map((group) => [group.id, group]));
  const children = Map.groupBy(all, ({ parentId }) => parentId);
  let paths: ReadonlyMap<string, GroupRow> | undefined;
  const tree: GroupTree = {
    all,
    top: children.get(undefined) ?? NONE,
    byId: (id) => index.get(id),
    byPath(path) {
      paths ??= new Map(all.toReversed().map((group) => [tree.pathOf(group), group]));
      return paths.get(path.startsWith("/") ? path : `/${path}`);
    },
    pathOf: (group) =>
      tree
        .lineOf(group.id)
        .toReversed()
        .map(({ name }) => `/${name}`)
        .join(""),
    childrenOf: (id) => children.get(id) ?? NONE,
    lineOf(id) {
      const line: GroupRow[] = [];
      for (
        let group = index.get(id);
        group && !line.includes(group);
        group = group.parentId === undefined ? undefined : index.get(group.parentId)
      )
        line.push(group);
      return line;
    },
    rolesOf: (id) => tree.lineOf(id).flatMap(({ roleIds }) => roleIds),
    below(id) {
      const found = new Set<GroupRow>();
      const open = [index.get(id)];
      for (let group = open.pop(); group; group = open.pop()) {
        if (found.has(group)) continue;
        found.add(group);
        open.push(...tree.childrenOf(group.id));
      }
      return [...found];
    },
  };
  return tree;
}
