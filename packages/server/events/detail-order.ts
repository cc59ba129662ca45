import { hashMapOrder } from "@cambist/core/claims/java-order.ts";

/**
 * Names of Keycloak's event details. As a list they are also the usual order in which Keycloak sets them, which decides the place of two names
 * that fall into one bucket.
 */
export const KEYCLOAK_DETAILS: readonly string[] = [
  "auth_method auth_type grant_type client_auth_method username response_type redirect_uri redirected_to_client remember_me consent code_id",
  "response_mode reason detail restart_after_timeout client_registration_policy client_policy_error client_policy_error_detail",
  "identity_provider identity_provider_identity identity_provider_broker_session_id register_method email updated_email previous_email",
  "first_name last_name updated_first_name updated_last_name context fields_to_update custom_required_action credential_type",
  "audience requested_issuer requested_subject requested_token_type subject_issuer validation_method impersonator impersonator_realm",
  "actor actor_id actor_type actor_session_id",
  "token_id action token_type token_issued_for refresh_token_type subject_token_client_id refresh_token_id refresh_token_sub",
  "access_token_expiration_time updated_refresh_token_id age_of_refresh_token scope",
  "client_assertion_id client_assertion_issuer client_assertion_sub signature_required revoked_client token_exchange_revoked_clients not_before num_failures",
].flatMap((line) => line.split(" "));

/** Names of the details that Cambist adds; they follow Keycloak's in log lines. */
export const OUR_DETAILS: readonly string[] = [
  "resource",
  "exchange_right",
  "subject_audience",
  "impersonation_right",
  "permission",
  "decision",
];

const IS_KEYCLOAKS = new Set(KEYCLOAK_DETAILS);

/**
 * Puts event details into the order of Keycloak's log line and JSON: the one in which Java's `HashMap` walks them. Details that Keycloak does
 * not know follow in the order given. Bounded by the number of details, never by their values.
 * @param inserted names in the order in which Keycloak sets them for this event, where it differs from the usual one
 * @param write what stands for a value; undefined: the detail is left out
 * @see Keycloak 26: the listener `jboss-logging` walks the details of the event, a `HashMap` with 16 buckets
 */
export function inDetailOrder(
  details: Readonly<Record<string, string | undefined>>,
  inserted: readonly string[] = KEYCLOAK_DETAILS,
  write: (name: string, value: string) => string | undefined = (_name, value) => value,
): Record<string, string> {
  const ordered: Record<string, string> = {};
  for (const name of orderOf(details, inserted)) {
    const value = details[name];
    const written = value === undefined ? undefined : write(name, value);
    if (written !== undefined) ordered[name] = written;
  }
  return ordered;
}

const MAX_ORDERS = 1024;
const orders = new WeakMap<readonly string[], Map<string, readonly string[]>>();

/** Which names are there hangs on the kind of event and a few circumstances, so that an order is worked out once for many events. */
function orderOf(details: Readonly<Record<string, string | undefined>>, inserted: readonly string[]): readonly string[] {
  let given = "";
  for (const name in details) if (details[name]) given += given === "" ? name : `\0${name}`;
  let known = orders.get(inserted);
  if (!known) orders.set(inserted, (known = new Map()));
  let order = known.get(given);
  if (!order) {
    order = walk(given === "" ? [] : given.split("\0"), inserted);
    if (known.size < MAX_ORDERS) known.set(given, order);
  }
  return order;
}

function walk(given: readonly string[], inserted: readonly string[]): readonly string[] {
  const known = given.filter((name) => IS_KEYCLOAKS.has(name)).toSorted((one, other) => rankIn(inserted, one) - rankIn(inserted, other));
  return [...hashMapOrder(known), ...given.filter((name) => !IS_KEYCLOAKS.has(name))];
}

/** Names that the list does not have come after those it has, in the order given (sorting is stable). */
function rankIn(inserted: readonly string[], name: string): number {
  const rank = inserted.indexOf(name);
  return rank < 0 ? inserted.length : rank;
}
