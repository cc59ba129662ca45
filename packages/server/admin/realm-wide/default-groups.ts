import type { GroupRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";
import { groupTree } from "../groups/group-tree.ts";

const pathsIn = (representation: Readonly<Record<string, unknown>>): readonly string[] =>
  (representation["defaultGroups"] ?? []) as readonly string[]; // so stored

/** `GET A/default-groups`: groups that new users join. */
export async function listDefaultGroups(call: AdminCall): Promise<AdminAnswer> {
  const paths = pathsIn(call.realm.representation);
  const groups = await groupsByPath(call);
  return ok(
    paths.flatMap((path) => {
      const group = groups.get(path);
      if (!group) return [];
      return [{ id: group.id, name: group.name, path, ...(group.parentId !== undefined && { parentId: group.parentId }), subGroups: [] }];
    }),
  );
}

export async function addDefaultGroup(call: AdminCall): Promise<AdminAnswer> {
  const { id, path, line } = await findGroup(call);
  await call.changeRealm((was) => ({
    row: { ...was, representation: { ...was.representation, defaultGroups: [...new Set([...pathsIn(was.representation), path])] } },
    // A group that is being renamed would be listed under the name it no longer has.
    guards: line.map((row) => ({ claim: "groupRow", realmId: call.realm.id, row })),
    event: { operation: "CREATE", resourceType: "GROUP", resourcePath: `default-groups/${id}` },
  }));
  return noContent;
}

export async function removeDefaultGroup(call: AdminCall): Promise<AdminAnswer> {
  const { id, path } = await findGroup(call);
  await call.changeRealm((was) => ({
    row: { ...was, representation: { ...was.representation, defaultGroups: pathsIn(was.representation).filter((one) => one !== path) } },
    event: { operation: "DELETE", resourceType: "GROUP", resourcePath: `default-groups/${id}` },
  }));
  return noContent;
}

interface FoundGroup {
  readonly id: string;
  readonly path: string;
  /** The group and those above it, whose names make the path. */
  readonly line: readonly GroupRow[];
}

async function findGroup(call: AdminCall): Promise<FoundGroup> {
  const id = call.params["id"] ?? "";
  const tree = await groupTree(call);
  const group = tree.byId(id);
  if (!group) throw notFound("Group not found");
  return { id, path: tree.pathOf(group), line: tree.lineOf(id) };
}

/** Groups by their full path. */
export async function groupsByPath({ store, realm }: Pick<AdminCall, "store" | "realm">): Promise<ReadonlyMap<string, GroupRow>> {
  const rows = await store.allGroups(realm.id);
  const byId = new Map(rows.map((row) => [row.id, row]));
  const pathOf = ({ name, parentId }: GroupRow, depth = 0): string => {
    const parent = parentId === undefined || depth > 64 ? undefined : byId.get(parentId);
    return `${parent ? pathOf(parent, depth + 1) : ""}/${name}`;
  };
  return new Map(rows.map((row) => [pathOf(row), row]));
}
