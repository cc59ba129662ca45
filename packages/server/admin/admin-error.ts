/** A refusal of the admin API: status and body as Keycloak writes them. The body is safe for the wire. */
export class AdminError extends Error {
  override readonly name = "AdminError";
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>> | undefined;
  constructor(status: number, body?: Readonly<Record<string, unknown>>, options?: ErrorOptions) {
    super(`${status} ${JSON.stringify(body ?? {})}`, options);
    this.status = status;
    this.body = body;
  }
}

/** 404 with Keycloak's prose: `User not found`, `Could not find client`, … */
export const notFound = (what = "HTTP 404 Not Found"): AdminError => new AdminError(404, { error: what });
export const unauthorized = (): AdminError => new AdminError(401, { error: "HTTP 401 Unauthorized" });
export const forbidden = (): AdminError => new AdminError(403, { error: "HTTP 403 Forbidden" });
/** 400 in the shape of validation: `{"errorMessage": …}`. */
export const invalid = (errorMessage: string, more: Readonly<Record<string, unknown>> = {}): AdminError =>
  new AdminError(400, { errorMessage, ...more });
/** 409 in the shape of validation. */
export const conflict = (errorMessage: string): AdminError => new AdminError(409, { errorMessage });
/** A body that is no JSON, or JSON of another kind than the endpoint takes. */
export const malformed = (error: "invalid_request" | "unknown_error" = "unknown_error"): AdminError =>
  new AdminError(400, { error, error_description: "Cannot parse the JSON" });

/** What a change was worked out from is no longer what is stored: the handler runs again. Never on the wire. */
export class StaleRead extends Error {
  override readonly name = "StaleRead";
}
