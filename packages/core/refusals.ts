/**
 * Every way a request can be refused. Status, code and text hang on the refusal, one column per dialect; the same rows are the reference
 * page, the metric labels and the conformance checklist. `native` texts say what to change (printable ASCII without quote and backslash);
 * the decision id is appended when the answer is rendered. `keycloak` texts are the recorded ones of Keycloak 26.1.3 (V2: 26.7.4).
 * `{name}` is filled from the refusal's details.
 */
export interface RefusalRow {
  /** Keycloak's event error. */
  readonly event: string;
  /** The event detail `reason`; `same` repeats the Keycloak text. */
  readonly reason?: string;
  readonly native: WireRefusal;
  readonly keycloak: WireRefusal;
  /** False: Keycloak emits no event here, so the `keycloak` event view shows none. The audit log always has the record. */
  readonly keycloakEvent?: false;
}
export type WireRefusal = readonly [status: number, error: string, description?: string];

const BAD_SUBJECT_TOKEN =
  "The subject token cannot be used: send a current access token of this realm whose session, user and client are active.";
const NO_IMPERSONATION =
  "This impersonation is not allowed: check the impersonation right of the caller and that the requested user exists, is enabled and is not protected.";
const BAD_CLIENT = "Client authentication failed: check client_id, the registered authentication method and its credential.";

/** Refusals of the endpoint itself, before a grant runs. */
const ENDPOINT = {
  realm_unknown: {
    event: "realm_not_found",
    native: [404, "Realm does not exist"],
    keycloak: [404, "Realm does not exist"],
    keycloakEvent: false,
  },
  https_required: {
    event: "ssl_required",
    native: [403, "invalid_request", "HTTPS required"],
    keycloak: [403, "invalid_request", "HTTPS required"],
    keycloakEvent: false,
  },
  realm_disabled: {
    event: "realm_disabled",
    native: [403, "access_denied", "Realm not enabled"],
    keycloak: [403, "access_denied", "Realm not enabled"],
    keycloakEvent: false,
  },
  grant_type_missing: {
    event: "invalid_request",
    native: [400, "invalid_request", "Send the form parameter grant_type."],
    keycloak: [400, "invalid_request", "Missing form parameter: grant_type"],
    keycloakEvent: false,
  },
  grant_type_unsupported: {
    event: "invalid_request",
    native: [400, "unsupported_grant_type", "This grant_type is unknown here or switched off."],
    keycloak: [400, "unsupported_grant_type", "Unsupported grant_type"],
    keycloakEvent: false,
  },
  parameter_duplicated: {
    event: "invalid_request",
    native: [400, "invalid_request", "The parameter {parameter} is there more than once."],
    keycloak: [400, "invalid_request", "duplicated parameter"],
    keycloakEvent: false,
  },
  form_too_large: {
    event: "invalid_request",
    native: [413, "invalid_request", "The request is larger than this endpoint accepts."],
    keycloak: [413, "HTTP 413 Request Entity Too Large"],
    keycloakEvent: false,
  },
  form_malformed: {
    event: "invalid_request",
    native: [
      400,
      "invalid_request",
      "The request body is not a well-formed form: check its percent encoding and the number of parameters.",
    ],
    keycloak: [400, "invalid_request", "Malformed form"],
    keycloakEvent: false,
  },
  audit_unavailable: {
    event: "temporarily_unavailable",
    native: [503, "temporarily_unavailable", "The decision could not be recorded, so nothing was issued. Try again shortly."],
    keycloak: [503, "temporarily_unavailable", "The decision could not be recorded"],
    keycloakEvent: false,
  },
  overloaded: {
    event: "temporarily_unavailable",
    native: [503, "temporarily_unavailable", "The server is busy. Try again shortly."],
    keycloak: [503, "temporarily_unavailable", "The server is busy"],
    keycloakEvent: false,
  },
} as const satisfies Record<string, RefusalRow>;

/** Client authentication (RFC 6749 §2.3, RFC 7523 §3). */
const CLIENT = {
  client_unknown: {
    event: "client_not_found",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [401, "invalid_client", "Invalid client or Invalid client credentials"],
  },
  client_disabled: {
    event: "client_disabled",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [401, "invalid_client", "Invalid client or Invalid client credentials"],
  },
  client_secret_wrong: {
    event: "invalid_client_credentials",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [401, "unauthorized_client", "Invalid client or Invalid client credentials"],
  },
  client_header_malformed: {
    event: "invalid_client_credentials",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [400, "unauthorized_client", "Unexpected error when authenticating client"],
  },
  client_protocol_wrong: {
    event: "invalid_client",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [400, "invalid_client", "Wrong client protocol."],
  },
  client_bearer_only: {
    event: "invalid_client",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [400, "invalid_client", "Bearer-only not allowed"],
    keycloakEvent: false,
  },
  client_method_ambiguous: {
    event: "invalid_client_credentials",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [401, "invalid_client", "Invalid client or Invalid client credentials"],
  },
  client_assertion_missing: {
    event: "client_credentials_setup_required",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [400, "invalid_client", "Parameter client_assertion_type is missing"],
  },
  client_assertion_invalid: {
    event: "client_credentials_setup_required",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [400, "invalid_client", "Client authentication with signed JWT failed: {cause}"],
  },
  client_assertion_key_unknown: {
    event: "client_credentials_setup_required",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [400, "invalid_client", "Unable to load public key"],
  },
  client_assertion_secret_invalid: {
    event: "client_credentials_setup_required",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [400, "unauthorized_client", "Client authentication with client secret signed JWT failed: {cause}"],
  },
  client_assertion_foreign: {
    event: "client_not_found",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [401, "invalid_client", "Invalid client or Invalid client credentials"],
  },
} as const satisfies Record<string, RefusalRow>;

/** Password, client credentials and refresh grants (RFC 6749 §4.3, §4.4, §6). */
const GRANTS = {
  direct_access_disabled: {
    event: "not_allowed",
    reason: "same",
    native: [400, "unauthorized_client", "Direct access grants are off for this client: switch them on or use another flow."],
    keycloak: [400, "unauthorized_client", "Client not allowed for direct access grants"],
  },
  consent_required: {
    event: "consent_denied",
    reason: "same",
    native: [400, "invalid_client", "This client requires user consent, which this grant cannot ask for."],
    keycloak: [400, "invalid_client", "Client requires user consent"],
  },
  username_missing: {
    event: "user_not_found",
    native: [401, "invalid_request", "Missing parameter: username"],
    keycloak: [401, "invalid_request", "Missing parameter: username"],
  },
  user_unknown: {
    event: "user_not_found",
    native: [400, "invalid_grant", "Invalid user credentials"],
    keycloak: [401, "invalid_grant", "Invalid user credentials"],
  },
  password_wrong: {
    event: "invalid_user_credentials",
    native: [400, "invalid_grant", "Invalid user credentials"],
    keycloak: [401, "invalid_grant", "Invalid user credentials"],
  },
  user_locked: {
    event: "user_temporarily_disabled",
    native: [400, "invalid_grant", "Invalid user credentials"],
    keycloak: [401, "invalid_grant", "Invalid user credentials"],
  },
  user_disabled: {
    event: "user_disabled",
    native: [400, "invalid_grant", "Invalid user credentials"],
    keycloak: [400, "invalid_grant", "Account disabled"],
  },
  user_action_required: {
    event: "resolve_required_actions",
    reason: "same",
    native: [400, "invalid_grant", "Account is not fully set up"],
    keycloak: [400, "invalid_grant", "Account is not fully set up"],
  },
  grant_scope_invalid: {
    event: "invalid_request",
    reason: "same",
    native: [400, "invalid_scope", "A word of scope is unknown, malformed or not allowed for this client."],
    keycloak: [400, "invalid_scope", "Invalid scopes: {scope}"],
  },
  grant_offline: {
    event: "not_allowed",
    reason: "Offline tokens not allowed for the user or client",
    native: [400, "invalid_scope", "offline_access is not allowed for this user: give the role offline_access or leave the word out."],
    keycloak: [400, "not_allowed", "Offline tokens not allowed for the user or client"],
  },
  service_account_public: {
    event: "invalid_client",
    reason: "same",
    native: [400, "unauthorized_client", "A public client has no service account."],
    keycloak: [401, "unauthorized_client", "Public client not allowed to retrieve service account"],
  },
  service_account_disabled: {
    event: "invalid_client",
    reason: "same",
    native: [400, "unauthorized_client", "Service accounts are off for this client: switch them on."],
    keycloak: [401, "unauthorized_client", "Client not enabled to retrieve service account"],
  },
  refresh_token_missing: {
    event: "invalid_request",
    native: [400, "invalid_request", "Send the form parameter refresh_token."],
    keycloak: [400, "invalid_request", "No refresh token"],
    keycloakEvent: false,
  },
  refresh_token_invalid: {
    event: "invalid_token",
    reason: "same",
    native: [400, "invalid_grant", "The refresh token is not valid. Sign in again."],
    keycloak: [400, "invalid_grant", "Invalid refresh token"],
  },
  refresh_token_foreign: {
    event: "invalid_token",
    reason: "same",
    native: [400, "invalid_grant", "The refresh token is not valid. Sign in again."],
    keycloak: [400, "invalid_grant", "Invalid refresh token. Token client and authorized client don't match"],
  },
  refresh_token_expired: {
    event: "invalid_token",
    reason: "same",
    native: [400, "invalid_grant", "The refresh token is not valid. Sign in again."],
    keycloak: [400, "invalid_grant", "Token is not active"],
  },
  refresh_token_stale: {
    event: "invalid_token",
    reason: "same",
    native: [400, "invalid_grant", "The refresh token is not valid. Sign in again."],
    keycloak: [400, "invalid_grant", "Stale token"],
  },
  refresh_token_reused: {
    event: "invalid_token",
    reason: "same",
    native: [400, "invalid_grant", "The refresh token is not valid. Sign in again."],
    keycloak: [400, "invalid_grant", "Maximum allowed refresh token reuse exceeded"],
  },
  refresh_session_gone: {
    event: "invalid_token",
    reason: "same",
    native: [400, "invalid_grant", "The refresh token is not valid. Sign in again."],
    keycloak: [400, "invalid_grant", "Session not active"],
  },
  refresh_offline_session_gone: {
    event: "invalid_token",
    reason: "same",
    native: [400, "invalid_grant", "The refresh token is not valid. Sign in again."],
    keycloak: [400, "invalid_grant", "Offline user session not found"],
  },
  refresh_client_session_gone: {
    event: "invalid_token",
    reason: "same",
    native: [400, "invalid_grant", "The refresh token is not valid. Sign in again."],
    keycloak: [400, "invalid_grant", "Session doesn't have required client"],
  },
  refresh_user_disabled: {
    event: "invalid_token",
    reason: "same",
    native: [400, "invalid_grant", "The refresh token is not valid. Sign in again."],
    keycloak: [400, "invalid_grant", "User disabled"],
  },
  refresh_exchange_withdrawn: {
    event: "not_allowed",
    reason: "the exchange behind this refresh token is no longer allowed",
    native: [400, "invalid_grant", "The exchange behind this refresh token is no longer allowed."],
    keycloak: [400, "invalid_grant", "Invalid refresh token"],
  },
} as const satisfies Record<string, RefusalRow>;

/** Token exchange, internal (RFC 8693): both engines, Keycloak's V1 and V2. */
const EXCHANGE = {
  actor_token_unsupported: {
    event: "invalid_request",
    reason: "actor_token is not supported",
    native: [400, "invalid_request", "actor_token is not supported by this version: leave it out."],
    keycloak: [400, "invalid_request", "actor_token is not supported"],
  },
  subject_issuer_unsupported: {
    event: "invalid_request",
    reason: "external subject tokens are not supported",
    native: [
      400,
      "invalid_request",
      "External subject tokens are not supported by this version: send an access token of this realm and no subject_issuer.",
    ],
    keycloak: [400, "invalid_issuer", "Invalid subject_issuer parameter"],
  },
  subject_issuer_unknown: {
    event: "invalid_issuer",
    native: [400, "invalid_request", "subject_issuer names no identity provider of this realm."],
    keycloak: [400, "invalid_issuer", "Invalid subject_issuer parameter"],
  },
  requested_issuer_unsupported: {
    event: "invalid_request",
    reason: "requested_issuer is not supported",
    native: [400, "invalid_request", "requested_issuer is not supported by this version: leave it out."],
    keycloak: [400, "invalid_request", "Issuer does not support token exchange"],
  },
  requested_issuer_unknown: {
    event: "unknown_identity_provider",
    reason: "unknown requested_issuer",
    native: [400, "invalid_request", "requested_issuer names no identity provider of this realm."],
    keycloak: [400, "invalid_request", "Invalid issuer"],
  },
  subject_token_missing: {
    event: "invalid_request",
    reason: "subject_token is missing",
    native: [400, "invalid_request", "Send the form parameter subject_token."],
    keycloak: [400, "invalid_request", "Invalid token"],
  },
  parameter_empty: {
    event: "invalid_request",
    reason: "a parameter is empty",
    native: [400, "invalid_request", "The parameter {parameter} is empty: leave it out or give it a value."],
    keycloak: [400, "invalid_request", "Invalid token"],
  },
  too_many_audiences: {
    event: "invalid_request",
    reason: "too many audiences",
    native: [400, "invalid_request", "At most 20 values of audience and resource together are accepted."],
    keycloak: [400, "invalid_request", "Too many audiences"],
  },
  subject_token_type_wrong: {
    event: "invalid_token",
    reason: "subject_token supports access tokens only",
    native: [400, "invalid_request", "subject_token_type must be urn:ietf:params:oauth:token-type:access_token."],
    keycloak: [400, "invalid_request", "Invalid token type, must be access token"],
  },
  subject_jwt_unparseable: {
    event: "invalid_token",
    reason: "unable to parse jwt subject_token",
    native: [400, "invalid_request", "subject_token_type must be urn:ietf:params:oauth:token-type:access_token."],
    keycloak: [400, "invalid_request", "Invalid token type, must be access token"],
  },
  subject_token_invalid: {
    event: "invalid_token",
    reason: "subject_token validation failure",
    native: [400, "invalid_token", BAD_SUBJECT_TOKEN],
    keycloak: [400, "invalid_request", "Invalid token"],
  },
  requested_type_unsupported: {
    event: "invalid_request",
    reason: "same",
    native: [400, "invalid_request", "requested_token_type is not supported here: leave it out or ask for an access token."],
    keycloak: [400, "invalid_request", "requested_token_type unsupported"],
  },
  saml_target_unsupported: {
    event: "invalid_request",
    reason: "requested_token_type unsupported",
    native: [400, "invalid_request", "SAML assertions are not issued here: ask for an access token."],
    keycloak: [400, "invalid_client", "Client requires assertion consumer url set up"],
    keycloakEvent: false,
  },
  target_unknown: {
    event: "client_not_found",
    reason: "audience not found",
    native: [400, "invalid_target", "No client of this realm has the client id that audience names."],
    keycloak: [400, "invalid_client", "Audience not found"],
  },
  resource_unknown: {
    event: "client_not_found",
    reason: "resource not found",
    native: [400, "invalid_target", "No client of this realm has the resource that was named."],
    keycloak: [400, "invalid_client", "Audience not found"],
  },
  target_disabled: {
    event: "client_disabled",
    reason: "audience client disabled",
    native: [400, "invalid_target", "The client that audience names is disabled."],
    keycloak: [400, "invalid_client", "Client disabled"],
  },
  target_needs_consent: {
    event: "consent_denied",
    reason: "audience requires consent",
    native: [400, "invalid_target", "The client that audience names requires user consent, which an exchange cannot ask for."],
    keycloak: [400, "invalid_client", "Client requires user consent"],
  },
  not_token_holder: {
    event: "not_allowed",
    reason: "client is not the token holder",
    native: [400, "not_allowed", "A public client may only exchange tokens that were issued to it."],
    keycloak: [403, "access_denied", "Client is not the holder of the token"],
  },
  not_in_audience: {
    event: "not_allowed",
    reason: "client is not within the token audience",
    native: [
      400,
      "not_allowed",
      "This client is neither the holder nor in the audience of the subject token: add an audience mapper for it to the client the token came from.",
    ],
    keycloak: [403, "access_denied", "Client is not within the token audience"],
  },
  exchange_not_permitted: {
    event: "not_allowed",
    reason: "client not allowed to exchange to audience",
    native: [
      400,
      "not_allowed",
      "This client may not exchange to {audience}: add a client policy that names it to the token-exchange permission of {audience}.",
    ],
    keycloak: [403, "access_denied", "Client not allowed to exchange"],
  },
  chain_too_deep: {
    event: "invalid_request",
    reason: "chain too deep",
    native: [400, "invalid_request", "This chain of exchanges is too deep: start again from an earlier token."],
    keycloak: [400, "invalid_request", "Invalid token"],
  },
  chain_too_old: {
    event: "invalid_request",
    reason: "chain too old",
    native: [400, "invalid_request", "This chain of exchanges is too old: start again from a new sign-in."],
    keycloak: [400, "invalid_request", "Invalid token"],
  },
  exchange_scope_malformed: {
    event: "invalid_request",
    reason: "malformed scope",
    native: [400, "invalid_scope", "scope has characters that are not allowed or is too long (RFC 6749, 3.3)."],
    keycloak: [400, "invalid_scope", "Invalid scopes"],
  },
  exchange_scope_unknown: {
    event: "invalid_request",
    reason: "same",
    native: [400, "invalid_scope", "A word of scope is not a default or optional scope of this client."],
    keycloak: [400, "invalid_scope", "Invalid scopes: {scope}"],
  },
  exchange_offline: {
    event: "not_allowed",
    reason: "Offline tokens not allowed for the user or client",
    native: [400, "invalid_scope", "offline_access cannot be asked for in an exchange."],
    keycloak: [400, "not_allowed", "Offline tokens not allowed for the user or client"],
  },
  impersonation_target_unknown: {
    event: "not_allowed",
    reason: "requested_subject not found",
    native: [400, "access_denied", NO_IMPERSONATION],
    keycloak: [403, "access_denied", "Client not allowed to exchange"],
  },
  impersonation_not_permitted: {
    event: "not_allowed",
    reason: "subject not allowed to impersonate",
    native: [400, "access_denied", NO_IMPERSONATION],
    keycloak: [403, "access_denied", "Client not allowed to exchange"],
  },
  impersonation_target_protected: {
    event: "not_allowed",
    reason: "requested_subject is protected",
    native: [400, "access_denied", NO_IMPERSONATION],
    keycloak: [403, "access_denied", "Client not allowed to exchange"],
  },
  impersonation_switched_off: {
    event: "not_allowed",
    reason: "impersonation is switched off",
    native: [400, "access_denied", NO_IMPERSONATION],
    keycloak: [403, "access_denied", "Client not allowed to exchange"],
  },
  naked_impersonation_public: {
    event: "not_allowed",
    reason: "public clients not allowed",
    native: [400, "access_denied", NO_IMPERSONATION],
    keycloak: [403, "access_denied", "Client not allowed to exchange"],
  },
  naked_impersonation_not_permitted: {
    event: "not_allowed",
    reason: "client not allowed to impersonate",
    native: [400, "access_denied", NO_IMPERSONATION],
    keycloak: [403, "access_denied", "Client not allowed to exchange"],
  },
  standard_declined: {
    event: "invalid_request",
    reason: "{cause}",
    native: [400, "invalid_request", "{cause}"],
    keycloak: [400, "invalid_request", "{cause}"],
  },
  standard_public: {
    event: "invalid_client",
    reason: "same",
    native: [400, "not_allowed", "A public client may not use the standard exchange."],
    keycloak: [400, "invalid_client", "Public client is not allowed to exchange token"],
  },
  standard_refresh_needs_session: {
    event: "invalid_request",
    reason: "same",
    native: [400, "invalid_request", "A refresh token needs an online session of the subject: ask for an access token."],
    keycloak: [400, "invalid_request", "Refresh token not valid as requested_token_type because creating a new session is needed"],
  },
  standard_offline: {
    event: "invalid_request",
    reason: "same",
    native: [400, "invalid_scope", "offline_access cannot be asked for in an exchange."],
    keycloak: [400, "invalid_request", "Scope offline_access not allowed for token exchange"],
  },
  standard_consent_missing: {
    event: "consent_denied",
    reason: "same",
    native: [400, "invalid_scope", "The user has not consented to every scope of this client."],
    keycloak: [400, "invalid_scope", "Missing consents for Token Exchange in client {client}"],
  },
  audience_not_available: {
    event: "invalid_request",
    reason: "same",
    native: [400, "invalid_target", "The token would not reach {audience}: map a role of it to this client or add an audience mapper."],
    keycloak: [400, "invalid_request", "Requested audience not available: {audience}"],
  },
  sender_constrained: {
    event: "invalid_request",
    reason: "sender-constrained subject token",
    native: [400, "invalid_token", BAD_SUBJECT_TOKEN],
    keycloak: [400, "invalid_request", "Sender-constrained token exchange rejected as the token was not issued for the requesting client"],
  },
} as const satisfies Record<string, RefusalRow>;

/** Introspection (RFC 7662), revocation (RFC 7009), logout. Userinfo answers in its own header form. */
const TOKENS = {
  introspection_client_failed: {
    event: "invalid_request",
    native: [401, "invalid_client", BAD_CLIENT],
    keycloak: [401, "invalid_request", "Authentication failed."],
  },
  introspection_client_public: {
    event: "invalid_request",
    native: [403, "invalid_request", "A public client may not introspect."],
    keycloak: [403, "invalid_request", "Client not allowed."],
  },
  introspection_token_missing: {
    event: "invalid_request",
    native: [400, "invalid_request", "Send the form parameter token."],
    keycloak: [400, "invalid_request", "Token not provided."],
  },
  introspection_hint_unknown: {
    event: "invalid_request",
    native: [400, "invalid_request", "token_type_hint is unknown: leave it out."],
    keycloak: [400, "invalid_request", "Unsupported token type [{hint}]."],
  },
  introspection_inactive: { event: "token_introspection_failed", native: [200, "inactive"], keycloak: [200, "inactive"] },
  introspection_not_in_audience: {
    event: "invalid_token",
    reason: "Client '{client}' is not in the token audience",
    native: [200, "inactive"],
    keycloak: [200, "inactive"],
  },
  revocation_token_missing: {
    event: "invalid_request",
    reason: "same",
    native: [400, "invalid_request", "Send the form parameter token."],
    keycloak: [400, "invalid_request", "Token not provided"],
  },
  revocation_kind_unsupported: {
    event: "invalid_token_type",
    reason: "same",
    native: [400, "unsupported_token_type", "Only access and refresh tokens can be revoked."],
    keycloak: [400, "unsupported_token_type", "Unsupported token type"],
  },
  revocation_foreign: {
    event: "invalid_request",
    reason: "same",
    native: [400, "invalid_request", "A client may only revoke tokens that were issued to it."],
    keycloak: [400, "invalid_request", "Unmatching clients"],
  },
  revocation_token_invalid: {
    event: "invalid_token",
    native: [200, "invalid_token", "Invalid token"],
    keycloak: [200, "invalid_token", "Invalid token"],
  },
  revocation_session_gone: {
    event: "user_session_not_found",
    native: [200, "invalid_token", "Invalid token"],
    keycloak: [200, "invalid_token", "Invalid token"],
  },
  logout_token_invalid: {
    event: "invalid_token",
    reason: "same",
    native: [400, "invalid_grant", "The refresh token is not valid."],
    keycloak: [400, "invalid_grant", "Invalid refresh token"],
  },
  logout_token_foreign: {
    event: "invalid_token",
    reason: "same",
    native: [400, "invalid_grant", "The refresh token is not valid."],
    keycloak: [400, "invalid_grant", "Invalid refresh token. Token client and authorized client don't match"],
  },
  logout_pages_missing: {
    event: "invalid_request",
    native: [400, "invalid_request", "Send the form parameter refresh_token: the sign-out pages for browsers are not there yet."],
    keycloak: [400, "invalid_request", "No refresh token: the sign-out pages for browsers are not there yet"],
    keycloakEvent: false,
  },
  userinfo_token_missing: { event: "invalid_token", reason: "Missing token", native: [401, ""], keycloak: [401, ""] },
  userinfo_token_twice: {
    event: "invalid_request",
    native: [400, "invalid_request", "More than one method used for including an access token"],
    keycloak: [400, "invalid_request", "More than one method used for including an access token"],
  },
  userinfo_token_invalid: {
    event: "invalid_token",
    native: [401, "invalid_token", "Token verification failed"],
    keycloak: [401, "invalid_token", "Token verification failed"],
  },
  userinfo_scope_missing: {
    event: "access_denied",
    reason: "Missing openid scope",
    native: [403, "insufficient_scope", "Missing openid scope"],
    keycloak: [403, "insufficient_scope", "Missing openid scope"],
  },
  userinfo_client_unknown: {
    event: "client_not_found",
    native: [401, "invalid_token", "Client not found"],
    keycloak: [401, "invalid_token", "Client not found"],
  },
  userinfo_client_disabled: {
    event: "client_disabled",
    native: [401, "invalid_token", "Client disabled"],
    keycloak: [401, "invalid_token", "Client disabled"],
  },
  userinfo_user_disabled: {
    event: "user_disabled",
    native: [401, "invalid_token", "User disabled"],
    keycloak: [401, "invalid_token", "User disabled"],
  },
  userinfo_session_gone: {
    event: "user_session_not_found",
    native: [401, "invalid_token", "User session not found or doesn't have client attached on it"],
    keycloak: [401, "invalid_token", "User session not found or doesn't have client attached on it"],
  },
  userinfo_session_expired: {
    event: "session_expired",
    native: [401, "invalid_token", "Session expired"],
    keycloak: [401, "invalid_token", "Session expired"],
  },
} as const satisfies Record<string, RefusalRow>;

/** The rows by who refuses. */
export const REFUSAL_GROUPS = { endpoint: ENDPOINT, client: CLIENT, grants: GRANTS, exchange: EXCHANGE, tokens: TOKENS };
export const REFUSALS = { ...ENDPOINT, ...CLIENT, ...GRANTS, ...EXCHANGE, ...TOKENS };
export type Refusal = keyof typeof REFUSALS;
/** The same table, typed by row: for code that walks or looks up. */
export const refusalRow = (refusal: Refusal): RefusalRow => REFUSALS[refusal];

/** What an event may say beside its error: Keycloak's detail names first. Neither holds a token, secret or code. */
export type EventDetails = Readonly<Record<string, string | undefined>>;

/**
 * A refusal on its way out. `about` goes to the event; only the placeholders that the row names reach the wire. Neither may hold a token.
 * @see RefusalRow
 */
export class OAuthError extends Error {
  override readonly name = "OAuthError";
  readonly refusal: Refusal;
  readonly about: EventDetails;
  /** For the audit record alone: what the decision was made from. */
  readonly evidence: Readonly<Record<string, unknown>>;
  constructor(
    refusal: Refusal,
    about: EventDetails = {},
    options: ErrorOptions & { readonly evidence?: Readonly<Record<string, unknown>> | undefined } = {},
  ) {
    super(refusal, options);
    this.refusal = refusal;
    this.about = about;
    this.evidence = options.evidence ?? {};
  }
}
