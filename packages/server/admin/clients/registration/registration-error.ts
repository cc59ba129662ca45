/** The event that Keycloak emits with a refusal. */
export interface RegistrationEvent {
  readonly error: "not_allowed" | "invalid_token";
  readonly details?: Readonly<Record<string, string>>;
}
interface RegistrationErrorOptions extends ErrorOptions {
  /** Undefined: Keycloak emits none. */
  readonly event?: RegistrationEvent;
}

/** A refusal of client registration (RFC 7591 §3.2.2, RFC 6750 §3.1), safe for the wire. */
export class RegistrationError extends Error {
  override readonly name = "RegistrationError";
  readonly status: number;
  readonly body: { readonly error: string; readonly error_description?: string };
  readonly event: RegistrationEvent | undefined;
  constructor(status: number, error: string, description?: string, options?: RegistrationErrorOptions) {
    super(`${status} ${error}`, options);
    this.status = status;
    this.body = { error, ...(description !== undefined && { error_description: description }) };
    this.event = options?.event;
  }
}

/** 403 in Keycloak's words: one of the realm's rules for clients that register themselves. */
export const rejectedBy = (policy: string, details: string): RegistrationError =>
  new RegistrationError(
    403,
    "insufficient_scope",
    `Policy '${policy}' rejected request to client-registration service. Details: ${details}`,
    { event: { error: "not_allowed", details: { client_registration_policy: policy } } },
  );
/** 403: an administrator without the right role. */
export const notAllowed = (): RegistrationError =>
  new RegistrationError(403, "insufficient_scope", "Forbidden", { event: { error: "not_allowed" } });
export const invalidToken = (description: string): RegistrationError =>
  new RegistrationError(401, "invalid_token", description, { event: { error: "invalid_token", details: { reason: description } } });
export const invalidMetadata = (description: string): RegistrationError =>
  new RegistrationError(400, "invalid_client_metadata", description);
