/** RFC 8693 §4.1. The outermost object is the present actor; `act` inside it holds the earlier ones. */
export interface ActClaim {
  readonly sub: string;
  readonly client_id?: string;
  readonly act?: ActClaim | undefined;
}

/** Roles as Keycloak writes them into a token. */
export interface RolesClaim {
  readonly roles: readonly string[];
}

/** The claims of an access, ID or refresh token, in wire spelling (RFC 7519 §4.1, RFC 9068 §2.2, Keycloak's `azp`, `typ`, `sid`, `realm_access`). */
export interface TokenClaims {
  readonly exp?: number;
  readonly nbf?: number;
  readonly iat?: number;
  readonly auth_time?: number;
  readonly jti?: string;
  readonly iss?: string;
  readonly aud?: string | readonly string[];
  readonly sub?: string;
  readonly typ?: string;
  readonly azp?: string;
  readonly nonce?: string;
  readonly sid?: string;
  readonly at_hash?: string;
  readonly acr?: string;
  readonly "allowed-origins"?: readonly string[];
  readonly realm_access?: RolesClaim;
  readonly resource_access?: Readonly<Record<string, RolesClaim>>;
  readonly scope?: string;
  readonly act?: ActClaim;
  readonly [claim: string]: unknown;
}

/** Keycloak's values of the claim `typ`. */
export const TOKEN_KIND = { bearer: "Bearer", id: "ID", refresh: "Refresh", offline: "Offline" } as const;
