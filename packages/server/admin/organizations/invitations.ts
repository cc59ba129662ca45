import type { AdminAnswer, AdminCall } from "../admin-call.ts";
import { AdminError, conflict, invalid } from "../admin-error.ts";
import { organizationOfPath } from "./members.ts";

/** The form that an invitation comes as; another body has no fields. */
const formOf = ({ rawBody, contentType }: AdminCall): URLSearchParams =>
  new URLSearchParams(contentType.startsWith("application/x-www-form-urlencoded") ? rawBody.toString("utf8") : "");

/** Longest address and id, in characters. */
const MAX = 255;

/**
 * Said after everything else was in order. A realm without a mail server gets Keycloak's words; with one, what is true: nothing sends mail here.
 * Members can be added without an invitation.
 */
function notSent({ realm }: AdminCall): AdminError {
  const server = realm.representation["smtpServer"] as Readonly<Record<string, unknown>> | undefined;
  const said = "Failed to send invite email";
  return server?.["host"] === undefined
    ? new AdminError(500, { errorMessage: said })
    : new AdminError(501, { errorMessage: `${said}: this server sends no mail` });
}

/** `POST members/invite-user`: a form with `email`, `firstName`, `lastName`. Checks the request, then says that no mail is sent. */
export async function inviteUser(call: AdminCall): Promise<AdminAnswer> {
  const organization = organizationOfPath(call);
  const email = formOf(call).get("email")?.trim().toLowerCase();
  if (email === undefined || email === "") throw invalid("To invite a member you need to provide an email");
  if (email.length > MAX) throw invalid("The email is too long");
  const user = await call.services.state.findUserByEmail(call.realm.id, email);
  if (user && (await call.store.organizationMember(call.realm.id, organization.id, user.id)))
    throw conflict("User already a member of the organization");
  throw notSent(call);
}

/** `POST members/invite-existing-user`: a form with the user's `id`. */
export async function inviteExistingUser(call: AdminCall): Promise<AdminAnswer> {
  organizationOfPath(call);
  const id = formOf(call).get("id")?.trim();
  if (id === undefined || id === "") throw new AdminError(400, { error: "To invite a member you need to provide the user id" });
  if (!(await call.store.user(call.realm.id, id))) throw invalid("User does not exist");
  throw notSent(call);
}
