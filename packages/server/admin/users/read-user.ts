import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";
import { flagOf } from "../read-query.ts";
import { findUser } from "./find-user.ts";
import { userRules } from "./realm-rules.ts";
import { fullUser, profileMetadata, unmanagedAttributes } from "./representation.ts";

/** `GET users/{id}`; with `userProfileMetadata=true` also what a form for this user needs. */
export async function readUser(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  call.need(NEEDS.viewUsers);
  const rules = await userRules(call);
  const metadata = flagOf(call.query, "userProfileMetadata") === true ? { userProfileMetadata: profileMetadata(rules, user) } : {};
  return ok(fullUser(call, rules, user, metadata));
}

/** `GET users/{id}/unmanagedAttributes`: what the profile does not declare. */
export async function readUnmanagedAttributes(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  return ok(unmanagedAttributes(await userRules(call), user));
}

/** `DELETE users/{id}`, with sessions, credentials and everything else that is the user's. */
export async function deleteUser(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  await call.commit({
    guards: [{ claim: "stands", kind: "user", id: user.id }],
    commands: [{ do: "deleteUser", realmId: call.realm.id, userId: user.id }],
    event: { operation: "DELETE", resourceType: "USER", resourcePath: `users/${user.id}` },
  });
  return noContent;
}
