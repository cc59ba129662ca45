import type { Dialect, EventSettings } from "@cambist/core/model.ts";

/** What decides whether an event becomes visible outside the audit log. */
export interface EventContext {
  readonly dialect: Dialect;
  /** Keycloak emits an event here (`keycloakEvent` of the refusal; true for every success). */
  readonly keycloakEvent: boolean;
  /** The request named a client. */
  readonly clientNamed: boolean;
}

/** Types that Keycloak saves when a realm names none; where it saves `X` it saves `X_ERROR`, with the exceptions below. Keycloak 26.1.3. */
const SAVED_WITH_ERRORS = [
  "AUTHREQID_TO_TOKEN CLIENT_DELETE CLIENT_INITIATED_ACCOUNT_LINKING CLIENT_LOGIN CLIENT_REGISTER CLIENT_UPDATE CODE_TO_TOKEN",
  "CUSTOM_REQUIRED_ACTION DELETE_ACCOUNT EXECUTE_ACTIONS EXECUTE_ACTION_TOKEN FEDERATED_IDENTITY_LINK FEDERATED_IDENTITY_OVERRIDE_LINK",
  "GRANT_CONSENT IDENTITY_PROVIDER_FIRST_LOGIN IDENTITY_PROVIDER_LINK_ACCOUNT IDENTITY_PROVIDER_POST_LOGIN IMPERSONATE INVITE_ORG LOGIN LOGOUT",
  "OAUTH2_DEVICE_AUTH OAUTH2_DEVICE_CODE_TO_TOKEN OAUTH2_DEVICE_VERIFY_USER_CODE OAUTH2_EXTENSION_GRANT REGISTER REMOVE_CREDENTIAL",
  "REMOVE_FEDERATED_IDENTITY REMOVE_TOTP RESET_PASSWORD RESTART_AUTHENTICATION REVOKE_GRANT SEND_IDENTITY_PROVIDER_LINK SEND_RESET_PASSWORD",
  "SEND_VERIFY_EMAIL TOKEN_EXCHANGE UPDATE_CONSENT UPDATE_CREDENTIAL UPDATE_EMAIL UPDATE_PASSWORD UPDATE_PROFILE UPDATE_TOTP VERIFY_EMAIL",
  "VERIFY_PROFILE",
].flatMap((line) => line.split(" "));
const SAVED_ALONE = ["PERMISSION_TOKEN", "USER_DISABLED_BY_PERMANENT_LOCKOUT", "USER_DISABLED_BY_TEMPORARY_LOCKOUT"];

/** Event types that the view keeps in a realm whose `enabledEventTypes` is empty (26.1.3 reads them back as 91 names). */
export const SAVED_BY_DEFAULT: ReadonlySet<string> = new Set(
  [...SAVED_WITH_ERRORS.flatMap((type) => [type, `${type}_ERROR`]), ...SAVED_ALONE].toSorted(),
);

/**
 * Whether an event reaches the log line and the counter. Where Keycloak emits none, `keycloak` stays silent too and `native` speaks if the
 * request named a client. The audit log has every record, whatever the answer here.
 */
export function isEmitted({ dialect, keycloakEvent, clientNamed }: EventContext): boolean {
  return keycloakEvent || (dialect === "native" && clientNamed);
}

/** Whether the event view (admin API) shows an event: saving is on and the type is one of the realm's, or of Keycloak's when it names none. */
export function isShown(settings: EventSettings, type: string, context: EventContext): boolean {
  if (!settings.enabled || !isEmitted(context)) return false;
  return settings.types.size === 0 ? SAVED_BY_DEFAULT.has(type) : settings.types.has(type);
}
