/** Values of `grant_type` (RFC 6749 §4 and §6, RFC 8693 §2.1). */
export const GRANT_TYPE = {
  password: "password",
  clientCredentials: "client_credentials",
  refreshToken: "refresh_token",
  tokenExchange: "urn:ietf:params:oauth:grant-type:token-exchange",
} as const;
export type GrantType = (typeof GRANT_TYPE)[keyof typeof GRANT_TYPE];

/** The only `client_assertion_type` in use (RFC 7523 §2.2). */
export const CLIENT_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
