import type { ClientRow, Json } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";
import { openClientSecret } from "./client-secrets.ts";
import { findClient } from "./find-client.ts";

/** `GET …/installation/providers/:provider`: the file `keycloak.json` of Keycloak's adapters. @throws {AdminError} 404 another format */
export async function installation(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call);
  if (call.params["provider"] !== "keycloak-oidc-keycloak-json") throw notFound("Unknown Provider");
  return { body: JSON.stringify(await adapterConfig(call, client), undefined, 2), type: "text/plain" };
}

/** What an adapter needs to know of its client. */
export async function adapterConfig(call: Pick<AdminCall, "store" | "realm" | "baseUrl" | "secrets">, client: ClientRow): Promise<Json> {
  const { representation } = client;
  const flag = (member: string): boolean => representation[member] === true;
  const isPublic = flag("publicClient");
  const hasRoles = (await call.store.roles(call.realm.id, client.id, { first: 0, max: 1 })).length > 0;
  return {
    realm: call.realm.name,
    ...(flag("bearerOnly") && { "bearer-only": true }),
    "auth-server-url": `${call.baseUrl}/`,
    "ssl-required": call.realm.representation["sslRequired"] ?? "external",
    resource: client.clientId,
    ...(isPublic && { "public-client": true }),
    ...(hasRoles && { "use-resource-role-mappings": true }),
    ...(!isPublic && !flag("bearerOnly") && { credentials: credentials(call, client) }),
    "confidential-port": 0,
    ...(flag("authorizationServicesEnabled") && { "policy-enforcer": {} }),
  };
}

function credentials(call: Pick<AdminCall, "realm" | "secrets">, client: ClientRow): Json {
  const secret = openClientSecret(call, client);
  switch (client.representation["clientAuthenticatorType"]) {
    case "client-secret":
      return { secret };
    case "client-secret-jwt":
      return { "secret-jwt": { secret, algorithm: "HS256" } };
    default:
      return {};
  }
}
