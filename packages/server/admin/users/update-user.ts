import type { UserColumns } from "@cambist/store/admin-ports.ts";
import { USER_FIELDS } from "../../imports/fields.ts";
import { type AdminAnswer, type AdminCall, noContent } from "../admin-call.ts";
import { reading, readRepresentation } from "../read-representation.ts";
import { definedProfile, shownUser, UPDATE_PASSWORD } from "./create-user.ts";
import { columnsOf, findUser } from "./find-user.ts";
import { newCredentials } from "./new-credentials.ts";
import { requiredActions, userRules } from "./realm-rules.ts";
import { writeProfile } from "./write-profile.ts";

/** `PUT users/{id}`: what the body does not say stays, but see {@link writeProfile}. Groups and role lists do not count. */
export async function updateUser(call: AdminCall): Promise<AdminAnswer> {
  const { node } = readRepresentation(call, "UserRepresentation", USER_FIELDS);
  const user = await findUser(call);
  const sent = reading(() => ({
    enabled: node.flag("enabled") ?? user.enabled,
    emailVerified: node.flag("emailVerified") ?? user.emailVerified,
    actions: node.texts("requiredActions"),
    credentials: (node.nodes("credentials") ?? []).map(({ members }) => members),
  }));
  const columns = columnsOf(user);
  const profile = await writeProfile(call, await userRules(call), node, columns);
  const credentials = await newCredentials(call, { ...user, ...profile }, sent.credentials);
  const known = new Set(requiredActions(call.realm).map(({ alias }) => alias));
  const actions = sent.actions?.filter((action) => known.has(action)) ?? user.requiredActions;
  const { email: _email, firstName: _firstName, lastName: _lastName, ...rest } = columns;
  const row: UserColumns = {
    ...rest,
    ...definedProfile(profile),
    enabled: sent.enabled,
    emailVerified: sent.emailVerified,
    requiredActions: withPasswordAction(actions, credentials.temporary),
  };
  await call.commit({
    commands: [{ do: "saveUser", realmId: call.realm.id, row }, ...credentials.commands],
    guards: [{ claim: "userRow", realmId: call.realm.id, row: columns }],
    event: { operation: "UPDATE", resourceType: "USER", resourcePath: `users/${user.id}`, representation: shownUser(node) },
  });
  return noContent;
}

/** A temporary password has to be changed, a lasting one no longer; undefined: none was set. */
export function withPasswordAction(actions: readonly string[], temporary: boolean | undefined): readonly string[] {
  if (temporary === undefined) return actions;
  const others = actions.filter((action) => action !== UPDATE_PASSWORD);
  return temporary ? [...others, UPDATE_PASSWORD] : others;
}
