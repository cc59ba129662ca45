/** Answer of the token endpoint (RFC 6749 §5.1, RFC 8693 §2.2.1), with Keycloak's members, in Keycloak's order. */
export interface TokenResponse {
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_expires_in?: number | undefined;
  readonly refresh_token?: string | undefined;
  readonly token_type: string;
  readonly id_token?: string | undefined;
  readonly "not-before-policy"?: number | undefined;
  readonly session_state?: string | undefined;
  readonly scope?: string | undefined;
  readonly issued_token_type?: string | undefined;
}
