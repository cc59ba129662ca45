import type { ConfigCommand, UserColumns } from "@cambist/store/admin-ports.ts";
import type { Json, RealmRow } from "@cambist/store/config-ports.ts";
import { USER_FIELDS } from "../../imports/fields.ts";
import type { RealmNode } from "../../imports/realm-node.ts";
import { type AdminAnswer, type AdminCall, created } from "../admin-call.ts";
import { invalid } from "../admin-error.ts";
import { type GroupTree, groupTree } from "../groups/group-tree.ts";
import { needRolesToHandOut } from "../hand-out.ts";
import { reading, readRepresentation } from "../read-representation.ts";
import { newCredentials } from "./new-credentials.ts";
import { requiredActions, userRules } from "./realm-rules.ts";
import { writeProfile } from "./write-profile.ts";
import { jsonTexts } from "../../realms/json-object.ts";

/** Members of a body that admin events show: everything a user may be told to be, and no secret (SEC-LOG-03). */
const SHOWN = [
  "username", "firstName", "lastName", "email", "emailVerified", "attributes", "enabled", "requiredActions", "groups",
] as const; // prettier-ignore

/** The body as admin events show it. */
export const shownUser = ({ members }: RealmNode): Json =>
  Object.fromEntries(SHOWN.flatMap((name) => (members[name] === undefined || members[name] === null ? [] : [[name, members[name]]])));

/**
 * `POST users`. The user gets the realm's default role, groups and required actions; of the body `groups` and `credentials` count, role
 * lists do not, nor does an id. Without `enabled` the user is disabled.
 */
export async function createUser(call: AdminCall): Promise<AdminAnswer> {
  const { realm, newId, now } = call;
  const { node } = readRepresentation(call, "UserRepresentation", USER_FIELDS);
  const sent = reading(() => ({
    enabled: node.flag("enabled") ?? false,
    emailVerified: node.flag("emailVerified") ?? false,
    groups: node.texts("groups") ?? [],
    actions: node.texts("requiredActions") ?? [],
    credentials: (node.nodes("credentials") ?? []).map(({ members }) => members),
  }));
  const profile = await writeProfile(call, await userRules(call), node, undefined);
  const groupIds = await groupsOfNewUser(call, sent.groups);
  const id = newId();
  const credentials = await newCredentials(call, { id, credentials: [], ...profile }, sent.credentials);
  const known = requiredActions(realm);
  const actions = [
    ...known
      .filter(({ alias, enabled, defaultAction }) => (enabled && defaultAction) || sent.actions.includes(alias))
      .map(({ alias }) => alias),
    ...(credentials.temporary === true ? [UPDATE_PASSWORD] : []),
  ];
  const row: UserColumns = {
    id,
    ...definedProfile(profile),
    emailVerified: sent.emailVerified,
    enabled: sent.enabled,
    createdTimestamp: now,
    notBefore: 0,
    requiredActions: [...new Set(actions)],
    representation: {},
  };
  const realmId = realm.id;
  const commands: ConfigCommand[] = [{ do: "saveUser", realmId, row }];
  const role = defaultRoleId(realm);
  if (role !== undefined) commands.push({ do: "addUserRoles", realmId, userId: id, roleIds: [role] });
  for (const groupId of groupIds) commands.push({ do: "joinGroup", realmId, userId: id, groupId });
  await call.commit({
    commands: [...commands, ...credentials.commands],
    event: { operation: "CREATE", resourceType: "USER", resourcePath: `users/${id}`, representation: shownUser(node) },
  });
  return created(call, `/users/${id}`);
}

export const UPDATE_PASSWORD = "UPDATE_PASSWORD";

/** Columns of a profile, absent ones left out. */
export function definedProfile(
  profile: Awaited<ReturnType<typeof writeProfile>>,
): Pick<UserColumns, "username" | "email" | "firstName" | "lastName" | "attributes"> {
  const { username, email, firstName, lastName, attributes } = profile;
  return {
    username,
    ...(email !== undefined && { email }),
    ...(firstName !== undefined && { firstName }),
    ...(lastName !== undefined && { lastName }),
    attributes,
  };
}

function defaultRoleId({ representation }: RealmRow): string | undefined {
  const role = representation["defaultRole"];
  return typeof role === "object" && role !== null && "id" in role && typeof role.id === "string" ? role.id : undefined;
}

/** The realm's default groups and those that the body names by path. @throws {AdminError} 400 there is no such group; 403 it gives what the caller does not hold */
async function groupsOfNewUser(call: AdminCall, paths: readonly string[]): Promise<readonly string[]> {
  const listed = jsonTexts(call.realm.representation["defaultGroups"]);
  if (paths.length === 0 && listed.length === 0) return [];
  const tree = await groupTree(call);
  const named = paths.map((path) => {
    const group = tree.byPath(path);
    if (!group) throw invalid("Group path does not exist");
    return group.id;
  });
  await needGroupsToHandOut(call, tree, named);
  return [...new Set([...listed.flatMap((path) => tree.byPath(path)?.id ?? []), ...named])];
}

/** A group gives its members its roles and those of the groups above it. @throws {AdminError} 403 */
export const needGroupsToHandOut = (call: AdminCall, tree: GroupTree, groupIds: readonly string[]): Promise<void> =>
  needRolesToHandOut(
    call,
    groupIds.flatMap((id) => tree.rolesOf(id)),
  );
