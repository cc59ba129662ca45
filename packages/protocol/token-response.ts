/** Answer of the token endpoint (RFC 6749 §5.1, RFC 8693 §2.2.1), with Keycloak's members, in Keycloak's order. */
export interface TokenResponse {
  readonly access_token: string;
  readonly expires_in: number;
  readonly refresh_expires_in?: number;
  readonly refresh_token?: string;
  readonly token_type: string;
  readonly id_token?: string;
  readonly "not-before-policy"?: number;
  readonly session_state?: string;
  readonly scope?: string;
  readonly issued_token_type?: string;
}
