import type { GroupRow } from "@cambist/store/config-ports.ts";
import { GROUP_FIELDS, readFields } from "./fields.ts";
import { clientRoleIds, type ImportContext, roleIds, shown, warnUnknown } from "./import-context.ts";
import type { RealmNode } from "./realm-node.ts";

/** Groups of the file, parents before children. @throws {ImportError} two groups with one path */
export function groupRows(context: ImportContext, file: RealmNode): readonly GroupRow[] {
  const rows: GroupRow[] = [];
  const add = (node: RealmNode, parent: { readonly id: string; readonly path: string } | undefined): void => {
    const { kept, unknown } = readFields(node, GROUP_FIELDS);
    const name = node.needName("name");
    const id = node.name("id") ?? context.tools.newId();
    const path = `${parent?.path ?? ""}/${name}`;
    if (!context.names.addGroup(path, id)) node.fail("name", `there are two groups ${shown(path)}`);
    warnUnknown(context, `group ${path}`, unknown);
    rows.push({
      id,
      name,
      ...(parent ? { parentId: parent.id } : {}),
      representation: { ...kept, attributes: node.lists("attributes") ?? {} },
      roleIds: [
        ...new Set([...roleIds(context, undefined, node.names("realmRoles") ?? []), ...clientRoleIds(context, node, "clientRoles")]),
      ],
    });
    for (const child of node.nodes("subGroups") ?? []) add(child, { id, path });
  };
  for (const node of file.nodes("groups") ?? []) add(node, undefined);
  return rows;
}

/** Paths of groups; each must exist. @throws {ImportError} */
export function groupIds({ names }: ImportContext, node: RealmNode, member: string): readonly string[] {
  const ids = (node.names(member) ?? []).map((path) => names.groupId(path) ?? node.fail(member, `there is no group ${shown(path)}`));
  return [...new Set(ids)];
}
