import type { UserRow } from "@cambist/store/config-ports.ts";
import { isRedirectOf } from "../../actions/redirect-target.ts";
import { ACTION_NAMES, UPDATE_PASSWORD } from "../../actions/required-actions.ts";
import { type LinkMail, sendLink } from "../../actions/send-link.ts";
import { actionsMail, verifyMail } from "../../mail/messages.ts";
import { type AdminAnswer, type AdminCall, type AdminChange, noContent } from "../admin-call.ts";
import { AdminError, invalid, malformed } from "../admin-error.ts";
import { numberOf } from "../read-query.ts";
import { sendingMail } from "../sending-mail.ts";
import { findUser } from "./find-user.ts";
import { requiredActions } from "./realm-rules.ts";

/** Links are in the name of this client unless the call names another. */
const DEFAULT_CLIENT = "account";

/** Whom a link is for, in whose name, and where it leads back to. */
type Recipient = Omit<LinkMail["token"], "kind" | "actions">;

/** The user, and the parameters in Keycloak's order. @throws {AdminError} 400, 404 */
async function readRecipient(call: AdminCall, user: UserRow): Promise<Recipient> {
  const { email } = user;
  if (email === undefined) throw invalid("User email missing");
  if (!user.enabled) throw invalid("User is disabled");
  const [redirectUri, clientId] = [call.query.get("redirect_uri") ?? undefined, call.query.get("client_id") ?? undefined];
  if (redirectUri !== undefined && clientId === undefined) throw invalid("Client id missing");
  const client = await call.store.clientByClientId(call.realm.id, clientId ?? DEFAULT_CLIENT);
  if (!client) throw invalid("Client doesn't exist");
  if (!client.enabled) throw invalid("Client is not enabled");
  if (redirectUri !== undefined && !isRedirectOf(client, redirectUri, call.baseUrl)) throw invalid("Invalid redirect uri.");
  return { userId: user.id, email, clientId: client.clientId, redirectUri };
}

/** Keycloak's event of a call that sends something to a user. */
const eventOf = ({ id }: UserRow, what: string): NonNullable<AdminChange["event"]> => ({
  operation: "ACTION",
  resourceType: "USER",
  resourcePath: `users/${id}/${what}`,
});

const ACTIONS_FAILED = "Failed to send execute actions email";

async function sendActions(call: AdminCall, recipient: Recipient, actions: readonly string[], rest: Pick<LinkMail, "lifespan" | "event">) {
  const names = actions.map((action) => ACTION_NAMES[action] ?? action);
  const write: LinkMail["write"] = (letter) => actionsMail(recipient.email, names, letter);
  const mail: LinkMail = { token: { kind: "execute-actions", ...recipient, actions }, write, ...rest };
  await sendingMail(
    call,
    () => sendLink(call, mail),
    ({ told }) => `${ACTIONS_FAILED}: ${told}`,
  );
  return noContent;
}

/**
 * `PUT users/{id}/execute-actions-email`: a link to perform required actions by.
 * @throws {AdminError} 501 an action that has no page here; nothing is sent
 */
export async function sendActionsEmail(call: AdminCall): Promise<AdminAnswer> {
  const lifespan = numberOf(call.query, "lifespan");
  const user = await findUser(call);
  const recipient = await readRecipient(call, user);
  const sent = call.body ?? [];
  if (!Array.isArray(sent)) throw malformed();
  const known = new Set<unknown>([...Object.keys(ACTION_NAMES), ...requiredActions(call.realm).map(({ alias }) => alias)]);
  if (!sent.every((action) => known.has(action))) throw invalid("Provided invalid required actions");
  const actions = [...new Set(sent as readonly string[])]; // known ones are texts
  const without = actions.filter((action) => !Object.hasOwn(ACTION_NAMES, action));
  if (without.length > 0)
    throw new AdminError(501, { errorMessage: `${ACTIONS_FAILED}: this server has no page for ${without.join(", ")}` });
  return sendActions(call, recipient, actions, { lifespan, event: eventOf(user, "execute-actions-email") });
}

/** `PUT users/{id}/reset-password-email`: a link to set a new password by. As in Keycloak it lives as long as the realm says. */
export async function sendResetEmail(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call);
  const recipient = await readRecipient(call, user);
  return sendActions(call, recipient, [UPDATE_PASSWORD], { lifespan: undefined, event: eventOf(user, "reset-password-email") });
}

/** `PUT users/{id}/send-verify-email`: a link that confirms the user's address. */
export async function sendVerifyEmail(call: AdminCall): Promise<AdminAnswer> {
  const lifespan = numberOf(call.query, "lifespan");
  const user = await findUser(call);
  const recipient = await readRecipient(call, user);
  const token = { kind: "verify-email", actions: [], ...recipient } as const;
  const write: LinkMail["write"] = (letter) => verifyMail(recipient.email, letter);
  const mail: LinkMail = { token, lifespan, write, event: eventOf(user, "send-verify-email") };
  await sendingMail(
    call,
    () => sendLink(call, mail),
    () => "Failed to send verify email",
  );
  return noContent;
}
