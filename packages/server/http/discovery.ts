import { GRANT_TYPE } from "@cambist/protocol/grant-types.ts";
import { GRANTS } from "../grants/grants.ts";
import { ALGORITHMS } from "../keys/algorithms.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";

/** Keycloak's order of each list; what is not spoken here is filtered out below. */
const GRANT_ORDER = [GRANT_TYPE.refreshToken, GRANT_TYPE.password, GRANT_TYPE.clientCredentials, GRANT_TYPE.tokenExchange];
const ALGORITHM_ORDER = "PS384 RS384 EdDSA ES384 HS256 HS512 ES256 RS256 HS384 ES512 PS256 PS512 RS512".split(" ");
const AUTH_METHODS = ["private_key_jwt", "client_secret_basic", "client_secret_post", "client_secret_jwt"];
/** `auth_time` is missing: sign-ins without a browser have none. */
const CLAIMS = ["aud", "sub", "iss", "name", "given_name", "family_name", "preferred_username", "email", "acr"];

/**
 * Metadata of a realm as authorization server and OpenID provider, members in Keycloak's order: exactly what works here (SEC-EP-17). What
 * needs a browser (authorization endpoint, sign-out) is absent until it is there.
 * @see OpenID Connect Discovery §3, RFC 8414 §2 (members without elements are left out)
 */
export function discovery({ view, clientScopes }: LoadedRealm, issuer: string): Readonly<Record<string, unknown>> {
  const endpoint = (path: string): string => `${issuer}/protocol/openid-connect/${path}`;
  const all = ALGORITHM_ORDER.filter((algorithm) => ALGORITHMS.has(algorithm));
  // The secret keys of a realm are known to nobody else, so nobody could verify with them.
  const asymmetric = all.filter((algorithm) => ALGORITHMS.get(algorithm)?.keyType !== "oct");
  const scopes = clientScopes.filter(({ protocol }) => protocol === "openid-connect").map(({ name }) => name);
  return {
    issuer,
    token_endpoint: endpoint("token"),
    introspection_endpoint: endpoint("token/introspect"),
    userinfo_endpoint: endpoint("userinfo"),
    jwks_uri: endpoint("certs"),
    grant_types_supported: GRANT_ORDER.filter((grant) => GRANTS.get(grant)?.enabled(view.features)),
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: asymmetric,
    userinfo_signing_alg_values_supported: asymmetric,
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    token_endpoint_auth_signing_alg_values_supported: all,
    introspection_endpoint_auth_methods_supported: AUTH_METHODS,
    introspection_endpoint_auth_signing_alg_values_supported: all,
    claims_supported: CLAIMS,
    claim_types_supported: ["normal"],
    claims_parameter_supported: false,
    scopes_supported: [...new Set(["openid", ...scopes])],
    request_parameter_supported: false,
    // True is what silence would mean (OpenID Connect Discovery §3).
    request_uri_parameter_supported: false,
    revocation_endpoint: endpoint("revoke"),
    revocation_endpoint_auth_methods_supported: AUTH_METHODS,
    revocation_endpoint_auth_signing_alg_values_supported: all,
  };
}
