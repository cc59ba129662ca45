import { type ConfigCommand, StorageConflict } from "@cambist/store/admin-ports.ts";
import type { AuditRecord, Guard } from "@cambist/store/ports.ts";
import { AdminError } from "../admin/admin-error.ts";
import { columnsOf } from "../admin/users/find-user.ts";
import { type CredentialWriter, newCredentials } from "../admin/users/new-credentials.ts";
import type { Services } from "../services.ts";
import { type ActionLink, singleUse } from "./action-link.ts";
import { UPDATE_PASSWORD, VERIFY_EMAIL } from "./required-actions.ts";

/** What the form of a link says. */
export interface FilledForm {
  readonly password: string | undefined;
  readonly confirmation: string | undefined;
  /** Ends all sessions with the old password. */
  readonly endSessions: boolean;
}

/** Why a form has to be filled in again: the error of the event, and what its reader is told. */
export interface FormFault {
  readonly error: string;
  readonly text: string;
}
export type Performed = "done" | "spent" | "changed" | FormFault;

/** An event of what a link did, before it is a record. */
export interface ActionEvent {
  readonly type: string;
  readonly details: Readonly<Record<string, string>>;
}

/** The link asks for a new password. */
export const asksForPassword = ({ token }: ActionLink): boolean => token.actions.includes(UPDATE_PASSWORD);

/**
 * Does what the link is for, at once and as a whole, or nothing: of two who send its form one gets `spent`. `changed`: something that the link
 * hangs on is no longer as it was read, and the link has to be judged again. Having got the mail shows that the address is the user's.
 */
export async function performActions(
  services: Services,
  link: ActionLink,
  form: FilledForm,
  recordOf: (event: ActionEvent) => AuditRecord,
): Promise<Performed> {
  const { token, realm, user, client } = link;
  const columns = columnsOf(user);
  const now = services.clock();
  const guards: readonly Guard[] = [
    singleUse(realm.id, token),
    { claim: "realmRow", row: realm },
    { claim: "clientRow", realmId: realm.id, row: client },
    { claim: "userRow", realmId: realm.id, row: columns },
  ];
  const commands: ConfigCommand[] = [];
  let row = columns;
  if (link.organization) {
    const membership = { organizationId: link.organization.id, userId: user.id, membershipType: "UNMANAGED" } as const;
    commands.push({ do: "addOrganizationMember", realmId: realm.id, ...membership });
  } else {
    const done = token.kind === "verify-email" ? [VERIFY_EMAIL] : token.actions;
    row = { ...row, emailVerified: true, requiredActions: row.requiredActions.filter((action) => !done.includes(action)) };
  }
  if (asksForPassword(link)) {
    const password = await newPassword({ services, realm, secrets: services.secrets, newId: services.newId, now }, link, form);
    if ("error" in password) return password;
    commands.push(...password.commands);
    // No not-before of the user: it would end the other links that were sent.
    if (form.endSessions) commands.push({ do: "endUserSessions", realmId: realm.id, userId: user.id });
  }
  if (row !== columns) commands.push({ do: "saveUser", realmId: realm.id, row });
  const outcome = await services.writer.write({ guards, commands, audit: eventsOf(link).map(recordOf) }).catch((error: unknown) => {
    if (error instanceof StorageConflict) return { ok: false, refused: 1 } as const;
    throw error;
  });
  return outcome.ok ? "done" : outcome.refused === 0 ? "spent" : "changed";
}

/** The new password by the realm's policy, hashed. */
async function newPassword(
  writer: CredentialWriter,
  { user }: ActionLink,
  { password = "", confirmation }: FilledForm,
): Promise<{ readonly commands: readonly ConfigCommand[] } | FormFault> {
  if (password.trim() === "") return { error: "password_missing", text: "Please specify a password." };
  if (password !== confirmation) return { error: "password_confirm_error", text: "Passwords don't match." };
  try {
    return await newCredentials(writer, user, [{ type: "password", value: password, temporary: false }]);
  } catch (error) {
    if (!(error instanceof AdminError) || error.status !== 400) throw error;
    const text = error.body?.["error_description"] ?? error.body?.["errorMessage"];
    return { error: "password_rejected", text: typeof text === "string" ? text : "This password is not allowed." };
  }
}

/** In Keycloak's order. */
function eventsOf({ token, user, organization }: ActionLink): readonly ActionEvent[] {
  const details = { token_id: token.jti, action: token.kind, username: user.username };
  if (organization) return [{ type: "INVITE_ORG", details }];
  if (token.kind === "verify-email") return [{ type: "VERIFY_EMAIL", details: { ...details, email: token.email } }];
  const password = { ...details, credential_type: "password", custom_required_action: UPDATE_PASSWORD };
  const events: ActionEvent[] = token.actions.flatMap((action) =>
    action === UPDATE_PASSWORD
      ? [
          { type: "UPDATE_PASSWORD", details: password },
          { type: "UPDATE_CREDENTIAL", details: password },
        ]
      : [{ type: "CUSTOM_REQUIRED_ACTION", details: { ...details, custom_required_action: action } }],
  );
  return events.length > 0 ? events : [{ type: "EXECUTE_ACTIONS", details }];
}
