import type { GroupRow, Json } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";
import { attributesOf, flagOf, pageOf } from "../read-query.ts";
import { wholeUsers } from "../users/list-users.ts";
import { briefUser, userView } from "../user-view.ts";
import { findGroup } from "./find-group.ts";
import { type GroupTree, groupTree } from "./group-tree.ts";
import { briefGroup, fullGroup, groupAccess, groupRoles } from "./representation.ts";

const DEFAULT_MEMBERS = 100;
const mayView = (call: AdminCall): boolean => call.has("view-users", "manage-users");

/**
 * `GET groups`: the top of the tree, or with `search` and `q` the groups found with those above them (`populateHierarchy=false`: bare).
 * Whoever may only query groups sees none (SEC-ADM-09).
 */
export async function listGroups(call: AdminCall): Promise<AdminAnswer> {
  const page = pageOf(call.query);
  if (!mayView(call)) return ok([]);
  const tree = await groupTree(call);
  const found = foundGroups(call, tree);
  if (!found) return ok(await shownGroups(call, tree, paged(tree.top, page)));
  const hierarchy = flagOf(call.query, "populateHierarchy") ?? true;
  if (!hierarchy) return ok(await shownGroups(call, tree, paged(found, page)));
  const branches = new Set(paged(found, page).flatMap(({ id }) => tree.lineOf(id)));
  return ok(
    await shownGroups(
      call,
      tree,
      tree.top.filter((group) => branches.has(group)),
      branches,
    ),
  );
}

/** The groups that `search` and `q` find, or undefined when the query has neither. */
function foundGroups({ query }: AdminCall, tree: GroupTree): readonly GroupRow[] | undefined {
  const search = query.get("search")?.trim().toLowerCase() ?? "";
  const attributes = Object.entries(attributesOf(query) ?? {});
  if (search === "" && attributes.length === 0) return undefined;
  const exact = flagOf(query, "exact") === true;
  return tree.all.filter((group) => matches(group.name, search, exact) && attributes.every((wanted) => hasAttribute(group, wanted)));
}

const matches = (name: string, search: string, exact: boolean): boolean =>
  exact && search !== "" ? name.toLowerCase() === search : name.toLowerCase().includes(search);

function hasAttribute({ representation }: GroupRow, [name, value]: readonly [string, string]): boolean {
  const attributes = representation["attributes"] as Readonly<Record<string, unknown>> | undefined;
  const values = attributes && Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  return Array.isArray(values) && values.includes(value);
}

const paged = <T>(rows: readonly T[], { first = 0, max }: ReturnType<typeof pageOf>): readonly T[] =>
  rows.slice(first, max === undefined ? undefined : first + max);

/** Groups with the flags of the caller; of the groups below only those in `branches` are shown. */
async function shownGroups(
  call: AdminCall,
  tree: GroupTree,
  groups: readonly GroupRow[],
  branches: ReadonlySet<GroupRow> = new Set(),
): Promise<readonly Json[]> {
  const brief = flagOf(call.query, "briefRepresentation") ?? true;
  const count = flagOf(call.query, "subGroupsCount") ?? true;
  const roles = brief ? undefined : await groupRoles(call, [...groups, ...branches]);
  const access = groupAccess(call);
  const show = (group: GroupRow): Json => ({
    ...(roles ? fullGroup(tree, group, roles, { count }) : briefGroup(tree, group, { count })),
    subGroups: tree
      .childrenOf(group.id)
      .filter((child) => branches.has(child))
      .map(show),
    access,
  });
  return groups.map(show);
}

/** `GET groups/count`: of all levels, or with `top=true` of the first. */
export async function countGroups(call: AdminCall): Promise<AdminAnswer> {
  const tree = await groupTree(call);
  const found = foundGroups(call, tree);
  if (found) return ok({ count: found.length });
  return ok({ count: flagOf(call.query, "top") === true ? tree.top.length : tree.all.length });
}

/** `GET groups/{id}`. */
export async function readGroup(call: AdminCall): Promise<AdminAnswer> {
  const { tree, group } = await findGroup(call);
  call.need([["view-users", "manage-users"]]);
  return ok({ ...fullGroup(tree, group, await groupRoles(call, [group])), access: groupAccess(call) });
}

/** `GET groups/{id}/children`. */
export async function listChildren(call: AdminCall): Promise<AdminAnswer> {
  const { tree, group } = await findGroup(call);
  const search = call.query.get("search")?.trim().toLowerCase() ?? "";
  const exact = flagOf(call.query, "exact") === true;
  const children = paged(
    tree.childrenOf(group.id).filter(({ name }) => matches(name, search, exact)),
    pageOf(call.query),
  );
  const roles = flagOf(call.query, "briefRepresentation") === true ? undefined : await groupRoles(call, children);
  const access = groupAccess(call);
  return ok(children.map((child) => ({ ...(roles ? fullGroup(tree, child, roles) : briefGroup(tree, child)), access })));
}

/** `GET groups/{id}/members`: direct members, in order of usernames. */
export async function listMembers(call: AdminCall): Promise<AdminAnswer> {
  const { group } = await findGroup(call);
  const members = await call.store.groupMembers(call.realm.id, group.id, pageOf(call.query, DEFAULT_MEMBERS));
  if (flagOf(call.query, "briefRepresentation") === true) return ok(members.map(briefUser));
  return ok((await wholeUsers(call, members)).map(userView));
}

/** `GET group-by-path/{path}`. */
export async function groupByPath(call: AdminCall): Promise<AdminAnswer> {
  const tree = await groupTree(call);
  const group = tree.byPath(call.params["*"] ?? "");
  if (!group) throw notFound("Group path does not exist");
  return ok(fullGroup(tree, group, await groupRoles(call, [group])));
}
