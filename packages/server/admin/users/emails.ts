import type { UserRow } from "@cambist/store/config-ports.ts";
import type { AdminAnswer, AdminCall } from "../admin-call.ts";
import { AdminError, invalid, malformed } from "../admin-error.ts";
import { findUser } from "./find-user.ts";
import { requiredActions } from "./realm-rules.ts";

/** The user, who must be able to get mail. @throws {AdminError} 400 */
async function recipient(call: AdminCall): Promise<UserRow> {
  const user = await findUser(call);
  if (user.email === undefined) throw invalid("User email missing");
  if (!user.enabled) throw invalid("User is disabled");
  return user;
}

/** Said after everything else was in order, so that a caller learns of its own mistakes first. */
const notSent = (what: string): AdminError =>
  new AdminError(501, { errorMessage: `Failed to send ${what} email: this server sends no mail` });

/** `PUT users/{id}/execute-actions-email`: checks the request, then says that no mail is sent. Required actions can be set on the user itself. */
export async function sendActionsEmail(call: AdminCall): Promise<AdminAnswer> {
  await recipient(call);
  const { body } = call;
  if (!Array.isArray(body) || !body.every((action) => typeof action === "string")) throw malformed();
  const enabled = new Set(requiredActions(call.realm).flatMap(({ alias, enabled }) => (enabled ? [alias] : [])));
  if (!body.every((action) => enabled.has(action))) throw invalid("Provided invalid required actions");
  throw notSent("execute actions");
}

/** `PUT users/{id}/send-verify-email`. */
export async function sendVerifyEmail(call: AdminCall): Promise<AdminAnswer> {
  await recipient(call);
  throw notSent("verification");
}

/** `PUT users/{id}/reset-password-email`. */
export async function sendResetEmail(call: AdminCall): Promise<AdminAnswer> {
  await recipient(call);
  throw notSent("reset password");
}
