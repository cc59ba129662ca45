import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { GroupRow, Json, RealmRow } from "@cambist/store/config-ports.ts";
import { GROUP_FIELDS } from "../../imports/fields.ts";
import type { RealmNode } from "../../imports/realm-node.ts";
import { type AdminAnswer, type AdminCall, type AdminChange, created, noContent } from "../admin-call.ts";
import { conflict, invalid, notFound } from "../admin-error.ts";
import { needRolesToHandOut } from "../hand-out.ts";
import { permissionRemovals } from "../permission-objects.ts";
import { reading, readRepresentation, storableName } from "../read-representation.ts";
import { findGroup } from "./find-group.ts";
import { type GroupTree, groupTree, treeOf } from "./group-tree.ts";
import { fullGroup, groupAccess, groupRoles } from "./representation.ts";
import { jsonTexts } from "../../realms/json-object.ts";

const KIND = "GroupRepresentation";

interface SentGroup {
  readonly node: RealmNode;
  /** The id of a group to move here. */
  readonly id: string | undefined;
  readonly name: string;
  readonly attributes: GroupAttributes | undefined;
  readonly description: string | undefined;
}
type GroupAttributes = Readonly<Record<string, readonly string[]>>;

/** A group in a body. `subGroups` and role lists in it do not count. @throws {AdminError} 400 */
function sentGroup(call: AdminCall): SentGroup {
  const { node } = readRepresentation(call, KIND, GROUP_FIELDS);
  const sent = reading(() => ({
    id: node.text("id"),
    name: node.text("name"),
    attributes: node.lists("attributes"),
    description: node.text("description"),
  }));
  if (sent.name === undefined || sent.name.trim() === "") throw invalid("Group name is missing");
  return { ...sent, node, name: storableName("name", sent.name) };
}

/** `POST groups`: a group at the top, or an existing one moved there. */
export async function createGroup(call: AdminCall): Promise<AdminAnswer> {
  const sent = sentGroup(call);
  const tree = await groupTree(call);
  const existing = sent.id === undefined ? undefined : tree.byId(sent.id);
  if (existing) return moveGroup(call, { tree, group: existing, parentId: undefined });
  if (sent.id !== undefined && sent.id !== "") throw notFound("Could not find child by id");
  if (tree.top.some(({ name }) => name === sent.name)) throw conflict(`Top level group named '${sent.name}' already exists.`);
  const row = newRow(call, sent, undefined);
  await call.commit({
    commands: [{ do: "saveGroup", realmId: call.realm.id, row }],
    event: {
      operation: "CREATE",
      resourceType: "GROUP",
      resourcePath: `groups/${row.id}`,
      representation: { id: row.id, ...shown(sent), subGroups: [] },
    },
  });
  return created(call, `/groups/${row.id}`);
}

/** `POST groups/{id}/children`: a group below another, with the group in the answer, or an existing one moved there. */
export async function createChild(call: AdminCall): Promise<AdminAnswer> {
  const sent = sentGroup(call);
  const { tree, group: parent } = await findGroup(call);
  const existing = sent.id === undefined ? undefined : tree.byId(sent.id);
  if (existing) return { ...(await moveGroup(call, { tree, group: existing, parentId: parent.id })), type: "application/json" };
  if (sent.id !== undefined && sent.id !== "") throw notFound("Could not find child by id");
  if (tree.childrenOf(parent.id).some(({ name }) => name === sent.name)) throw siblingExists(sent.name);
  const row = newRow(call, sent, parent.id);
  await call.commit({
    commands: [{ do: "saveGroup", realmId: call.realm.id, row }],
    event: {
      operation: "CREATE",
      resourceType: "GROUP",
      resourcePath: `groups/${parent.id}/children/${row.id}`,
      representation: { id: row.id, ...shown(sent), subGroups: [] },
    },
  });
  const group = fullGroup(treeOf([...tree.all, row]), row, await groupRoles(call, []), { count: false });
  return { status: 201, location: `${call.url}/groups/${row.id}`, body: { ...group, access: groupAccess(call) }, type: "application/json" };
}

const siblingExists = (name: string) => conflict(`Sibling group named '${name}' already exists.`);
const shown = ({ name, attributes, description }: SentGroup): Json => ({
  name,
  ...(description !== undefined && { description }),
  ...(attributes !== undefined && { attributes }),
});

const newRow = (call: AdminCall, { name, attributes, description }: SentGroup, parentId: string | undefined): GroupRow => ({
  id: call.newId(),
  name,
  ...(parentId !== undefined && { parentId }),
  representation: { ...(description !== undefined && { description }), attributes: filled(attributes) },
  roleIds: [],
});

/** Attributes without values are none. */
const filled = (attributes: GroupAttributes | undefined): GroupAttributes =>
  Object.fromEntries(Object.entries(attributes ?? {}).filter(([, values]) => values.length > 0));

interface Move {
  readonly tree: GroupTree;
  readonly group: GroupRow;
  readonly parentId: string | undefined;
}

/** Moving a group gives its members the roles of the groups it comes under. @throws {AdminError} 400 under itself; 403; 409 the name is taken there */
async function moveGroup(call: AdminCall, { tree, group, parentId }: Move): Promise<AdminAnswer> {
  if (parentId !== undefined && tree.below(group.id).some(({ id }) => id === parentId))
    throw invalid("A group cannot be moved below itself");
  const siblings = parentId === undefined ? tree.top : tree.childrenOf(parentId);
  if (siblings.some(({ id, name }) => name === group.name && id !== group.id)) throw siblingExists(group.name);
  if (parentId !== undefined) await needRolesToHandOut(call, tree.rolesOf(parentId));
  const { parentId: _old, ...rest } = group;
  const row: GroupRow = { ...rest, ...(parentId !== undefined && { parentId }) };
  await commitTree(call, tree, replaced(tree, row), {
    guards: [{ claim: "groupRow", realmId: call.realm.id, row: group }],
    commands: [{ do: "saveGroup", realmId: call.realm.id, row }],
    event: {
      operation: "UPDATE",
      resourceType: "GROUP",
      resourcePath: parentId === undefined ? `groups/${row.id}` : `groups/${parentId}/children/${row.id}`,
      representation: { id: row.id, name: row.name },
    },
  });
  return noContent;
}

const replaced = (tree: GroupTree, row: GroupRow): GroupTree => treeOf(tree.all.map((group) => (group.id === row.id ? row : group)));

const pathsIn = ({ representation: { defaultGroups } }: RealmRow): readonly string[] => jsonTexts(defaultGroups);

/**
 * Commits a change of the tree. The realm names its default groups by path, so these follow their groups; its row is guarded also when none
 * does, or a group could become a default one under the name it is losing.
 */
async function commitTree(call: AdminCall, before: GroupTree, after: GroupTree, change: GroupChange): Promise<void> {
  const moved = (path: string): readonly string[] => {
    const group = before.byPath(path);
    const still = group && after.byId(group.id);
    return still ? [after.pathOf(still)] : [];
  };
  if (pathsIn(call.realm).every((path) => moved(path)[0] === path))
    return call.commit({ ...change, guards: [...(change.guards ?? []), { claim: "realmRow", row: call.realm }] });
  return call.changeRealm((was) => ({
    ...change,
    row: { ...was, representation: { ...was.representation, defaultGroups: pathsIn(was).flatMap(moved) } },
  }));
}

interface GroupChange {
  readonly guards?: NonNullable<AdminChange["guards"]>;
  readonly commands: readonly ConfigCommand[];
  readonly event: NonNullable<AdminChange["event"]>;
}

/** `PUT groups/{id}`: needs a name; attributes that are there replace the old ones. */
export async function updateGroup(call: AdminCall): Promise<AdminAnswer> {
  const sent = sentGroup(call);
  const { tree, group } = await findGroup(call);
  const siblings = group.parentId === undefined ? tree.top : tree.childrenOf(group.parentId);
  if (siblings.some(({ id, name }) => name === sent.name && id !== group.id)) throw siblingExists(sent.name);
  const row: GroupRow = {
    ...group,
    name: sent.name,
    representation: {
      ...group.representation,
      ...(sent.description !== undefined && { description: sent.description }),
      ...(sent.attributes !== undefined && { attributes: filled(sent.attributes) }),
    },
  };
  await commitTree(call, tree, replaced(tree, row), {
    guards: [{ claim: "groupRow", realmId: call.realm.id, row: group }],
    commands: [{ do: "saveGroup", realmId: call.realm.id, row }],
    event: { operation: "UPDATE", resourceType: "GROUP", resourcePath: `groups/${group.id}`, representation: shown(sent) },
  });
  return noContent;
}

/** `DELETE groups/{id}`, with everything below it and the permissions about it. */
export async function deleteGroup(call: AdminCall): Promise<AdminAnswer> {
  const { tree, group } = await findGroup(call);
  const gone = new Set(tree.below(group.id));
  const removals = await Promise.all([...gone].map(({ id }) => permissionRemovals(call, "group", id)));
  const left = treeOf(tree.all.filter((one) => !gone.has(one)));
  await commitTree(call, tree, left, {
    guards: [{ claim: "stands", kind: "group", id: group.id }],
    commands: [{ do: "deleteGroup", realmId: call.realm.id, id: group.id }, ...removals.flat()],
    event: { operation: "DELETE", resourceType: "GROUP", resourcePath: `groups/${group.id}` },
  });
  return noContent;
}
