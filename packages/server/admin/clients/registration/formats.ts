import type { Json } from "@cambist/store/config-ports.ts";
import { realmScopeNames } from "../../client-scopes/realm-scope-lists.ts";
import type { ClientWriter } from "../client-writer.ts";
import { clientOfMetadata, metadataOfClient } from "./oidc-metadata.ts";
import { invalidMetadata } from "./registration-error.ts";

/** How a registration speaks of clients. */
export interface Format {
  /** A client representation from the body. `clientId`: of the client that is changed, when one is. @throws {RegistrationError} 400 */
  readonly read: (call: Pick<ClientWriter, "body" | "realm">, clientId: string | undefined) => unknown;
  readonly write: (client: Json, more: Registered) => Json;
}
export interface Registered {
  /** Undefined: the caller gets none. */
  readonly token: string | undefined;
  /** Of the client, for whoever has the token. */
  readonly uri: string;
  /** When it was made, in seconds since 1970; undefined: it was there before. */
  readonly issuedAt: number | undefined;
}

const inBody = (body: unknown, member: string): unknown => (typeof body === "object" && body !== null ? (body as Json)[member] : undefined);

const keycloak: Format = {
  read({ body }, clientId) {
    const named = inBody(body, "clientId");
    if (clientId !== undefined && named !== undefined && named !== clientId) throw invalidMetadata("Client Identifier modified");
    return body;
  },
  write: (client, { token }) => ({ ...client, defaultRoles: [], ...(token !== undefined && { registrationAccessToken: token }) }),
};

const openidConnect: Format = {
  read({ body, realm }, clientId) {
    const named = inBody(body, "client_id");
    if (clientId === undefined && named !== undefined) throw invalidMetadata("Client Identifier included");
    if (clientId !== undefined && named !== clientId) throw invalidMetadata("Client Identifier modified");
    const client = clientOfMetadata(body);
    const { optionalClientScopes } = client;
    if (!Array.isArray(optionalClientScopes)) return client;
    const defaults = realmScopeNames(realm, "default");
    return {
      ...client,
      defaultClientScopes: defaults,
      optionalClientScopes: optionalClientScopes.filter((name) => !defaults.includes(name)),
    };
  },
  write: (client, { token, uri, issuedAt }) => ({
    ...metadataOfClient(client),
    ...(issuedAt !== undefined && { client_id_issued_at: issuedAt }),
    registration_client_uri: uri,
    ...(token !== undefined && { registration_access_token: token }),
  }),
};

export const FORMATS: Readonly<Record<string, Format>> = { default: keycloak, "openid-connect": openidConnect };
