/** A refusal of client registration (RFC 7591 §3.2.2, RFC 6750 §3.1), safe for the wire. */
export class RegistrationError extends Error {
  override readonly name = "RegistrationError";
  readonly status: number;
  readonly body: { readonly error: string; readonly error_description?: string };
  constructor(status: number, error: string, description?: string, options?: ErrorOptions) {
    super(`${status} ${error}`, options);
    this.status = status;
    this.body = { error, ...(description !== undefined && { error_description: description }) };
  }
}

/** 403 in Keycloak's words: one of the realm's rules for clients that register themselves. */
export const rejectedBy = (policy: string, details: string): RegistrationError =>
  new RegistrationError(
    403,
    "insufficient_scope",
    `Policy '${policy}' rejected request to client-registration service. Details: ${details}`,
  );
export const invalidToken = (description: string): RegistrationError => new RegistrationError(401, "invalid_token", description);
export const invalidMetadata = (description: string): RegistrationError =>
  new RegistrationError(400, "invalid_client_metadata", description);
