import type { Client } from "@cambist/core/model.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import type { EpochMillis, Writer } from "@cambist/store/ports.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import { secretsEqual } from "../secrets/secret-box.ts";
import { verifyClientAssertion } from "./client-assertion.ts";
import { type ClientCredentials, isJwtBearer } from "./credentials.ts";

export interface AuthenticationContext {
  readonly realm: LoadedRealm;
  readonly issuer: string;
  readonly now: EpochMillis;
  readonly writer: Writer;
}

export interface AuthenticatedClient {
  readonly client: Client;
  /** Keycloak's event detail `client_auth_method`. */
  readonly method: string;
}

/**
 * Authenticates the client of a token, introspection, revocation or logout request. The client's `clientAuthenticatorType` decides which
 * method may succeed; a public client needs only its id.
 * @throws {OAuthError} `client_*`
 * @see RFC 6749 §2.3, RFC 7523 §3; Keycloak 26: flow "clients"
 */
export async function authenticateClient(credentials: ClientCredentials, context: AuthenticationContext): Promise<AuthenticatedClient> {
  const found = await identify(credentials, context);
  const about = { client_id: found.client.clientId };
  // Whatever the method, and only after it: nobody learns about a client without its credential.
  if (found.client.protocol !== "openid-connect") throw new OAuthError("client_protocol_wrong", about);
  if (found.client.bearerOnly) throw new OAuthError("client_bearer_only", about);
  return found;
}

async function identify(credentials: ClientCredentials, context: AuthenticationContext): Promise<AuthenticatedClient> {
  const { realm } = context;
  const native = realm.view.realm.dialect === "native";
  if (credentials.malformed) throw new OAuthError("client_header_malformed");
  if (native && credentials.ambiguous) throw new OAuthError("client_method_ambiguous", { client_id: credentials.clientId });
  if (isJwtBearer(credentials) && credentials.assertion !== undefined) {
    const client = await verifyClientAssertion(credentials.assertion, credentials.clientId, context);
    return { client, method: client.authenticatorType };
  }

  const { clientId } = credentials;
  const client = clientId === undefined ? undefined : await realm.client(clientId);
  if (!client) throw new OAuthError("client_unknown", { client_id: clientId });
  const about = { client_id: client.clientId };
  if (!client.enabled) throw new OAuthError("client_disabled", about);
  if (client.publicClient) return { client, method: "client-secret" };
  if (client.authenticatorType === "client-jwt" || client.authenticatorType === "client-secret-jwt") {
    throw new OAuthError("client_assertion_missing", about);
  }
  const right =
    client.authenticatorType === "client-secret" &&
    credentials.secret !== undefined &&
    client.secretHash !== undefined &&
    secretsEqual(credentials.secret, client.secretHash);
  // Keycloak 26.1: the secret of a client that only takes tokens is never right.
  if (!right || (client.bearerOnly && !native)) throw new OAuthError("client_secret_wrong", about);
  return { client, method: "client-secret" };
}
