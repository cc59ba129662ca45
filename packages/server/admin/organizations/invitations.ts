import type { UserRow } from "@cambist/store/config-ports.ts";
import { sendLink } from "../../actions/send-link.ts";
import { invitationMail } from "../../mail/messages.ts";
import { mailServerOf } from "../../mail/realm-mail.ts";
import type { Organization } from "../../realms/organizations.ts";
import { type AdminAnswer, type AdminCall, noContent } from "../admin-call.ts";
import { AdminError, conflict, invalid } from "../admin-error.ts";
import { sendingMail } from "../sending-mail.ts";
import { organizationOfPath } from "./members.ts";

/** The form that an invitation comes as; another body has no fields. */
const formOf = ({ rawBody, contentType }: AdminCall): URLSearchParams =>
  new URLSearchParams(contentType.startsWith("application/x-www-form-urlencoded") ? rawBody.toString("utf8") : "");

/** Longest address and id, in characters. */
const MAX = 255;
const FAILED = "Failed to send invite email";

/** In Keycloak's words: no mail server, or none that took the mail. */
const orFail = <T>(call: AdminCall, send: () => T | Promise<T>): Promise<T> => sendingMail(call, send, () => FAILED);

/** A link by which a user joins. */
async function invite(call: AdminCall, { id, name, redirectUrl }: Organization, user: UserRow, by: string): Promise<AdminAnswer> {
  const { email, firstName, lastName } = user;
  if (email === undefined) throw invalid("User email missing");
  const names = [firstName, lastName].filter((part) => part !== undefined && part !== "").join(" ");
  const greeting = names === "" ? user.username : names;
  await orFail(call, () =>
    sendLink(call, {
      token: { kind: "ORGIVT", userId: user.id, email, clientId: "account", actions: [], redirectUri: redirectUrl, organizationId: id },
      lifespan: undefined,
      write: (letter) => invitationMail(email, { greeting, organization: name }, letter),
      event: { operation: "ACTION", resourceType: "ORGANIZATION_MEMBERSHIP", resourcePath: `organizations/${id}/members/${by}` },
    }),
  );
  return noContent;
}

/**
 * `POST members/invite-user`: a form with `email`, `firstName`, `lastName`. Who has no account yet would have to make one by the link.
 * @throws {AdminError} 501 an address of nobody, where a mail server is there
 */
export async function inviteUser(call: AdminCall): Promise<AdminAnswer> {
  const organization = organizationOfPath(call);
  const email = formOf(call).get("email")?.trim().toLowerCase();
  if (email === undefined || email === "") throw invalid("To invite a member you need to provide an email");
  if (email.length > MAX) throw invalid("The email is too long");
  const found = await call.services.state.findUserByEmail(call.realm.id, email);
  const user = found && (await call.store.user(call.realm.id, found.id));
  if (user && (await call.store.organizationMember(call.realm.id, organization.id, user.id)))
    throw conflict("User already a member of the organization");
  if (user) return invite(call, organization, user, "invite-user");
  await orFail(call, () => mailServerOf(call.realm, call.secrets));
  throw new AdminError(501, { errorMessage: `${FAILED}: nobody has this address, and this server has no page to sign up` });
}

/** `POST members/invite-existing-user`: a form with the user's `id`. As in Keycloak a member may be invited once more. */
export async function inviteExistingUser(call: AdminCall): Promise<AdminAnswer> {
  const organization = organizationOfPath(call);
  const id = formOf(call).get("id")?.trim();
  if (id === undefined || id === "") throw new AdminError(400, { error: "To invite a member you need to provide the user id" });
  const user = await call.store.user(call.realm.id, id);
  if (!user || user.serviceAccountClientUuid !== undefined) throw invalid("User does not exist");
  return invite(call, organization, user, "invite-existing-user");
}
