import type { Client, ClientScope, ProtocolMapper } from "@cambist/core/model.ts";
import type { LoadedClientRow } from "@cambist/store/config-ports.ts";
import { textMembers } from "./realm-settings.ts";
import { jsonTexts } from "./json-object.ts";

/** A client row as the hot path reads it: typed, references resolved, frozen. */
export function compileClient(row: LoadedClientRow, scopes: ReadonlyMap<string, ClientScope>): Client {
  const { representation } = row;
  const flag = (member: string, otherwise = false): boolean =>
    typeof representation[member] === "boolean" ? representation[member] : otherwise;
  const resolve = (ids: readonly string[]): readonly ClientScope[] =>
    ids.flatMap((id) => scopes.get(id) ?? []).filter(({ protocol }) => protocol === "openid-connect");
  const text = (member: string, otherwise: string): string =>
    typeof representation[member] === "string" ? representation[member] : otherwise;
  return Object.freeze({
    id: row.id,
    clientId: row.clientId,
    enabled: row.enabled,
    protocol: text("protocol", "openid-connect"),
    publicClient: flag("publicClient"),
    bearerOnly: flag("bearerOnly"),
    consentRequired: flag("consentRequired"),
    fullScopeAllowed: flag("fullScopeAllowed", true),
    directAccessGrantsEnabled: flag("directAccessGrantsEnabled"),
    serviceAccountsEnabled: flag("serviceAccountsEnabled"),
    notBefore: typeof representation["notBefore"] === "number" ? representation["notBefore"] : 0,
    authenticatorType: text("clientAuthenticatorType", "client-secret"),
    ...(row.secretHash !== undefined && { secretHash: row.secretHash }),
    webOrigins: webOrigins(representation["webOrigins"], representation["redirectUris"], text("rootUrl", "")),
    attributes: Object.freeze(textMembers(representation["attributes"])),
    mappers: protocolMappers(representation["protocolMappers"]),
    defaultScopes: Object.freeze(resolve(row.defaultScopeIds)),
    optionalScopes: Object.freeze(resolve(row.optionalScopeIds)),
    roleScope: new Set(row.roleScope),
    ownRoles: new Set(row.ownRoles),
  });
}

/** Mappers of a client or client scope, as stored; anything that is not one is left out. */
export function protocolMappers(value: unknown): readonly ProtocolMapper[] {
  if (!Array.isArray(value)) return [];
  return Object.freeze(
    value.flatMap((mapper: unknown): ProtocolMapper[] => {
      if (typeof mapper !== "object" || mapper === null) return [];
      const { id, name, protocolMapper: type, protocol, config } = mapper as Readonly<Record<string, unknown>>;
      if (typeof type !== "string" || typeof name !== "string" || (protocol !== undefined && protocol !== "openid-connect")) return [];
      return [Object.freeze({ id: typeof id === "string" ? id : name, name, type, config: Object.freeze(textMembers(config)) })];
    }),
  );
}

/** `+` stands for the origins of the redirect URIs. @see Keycloak 26: web origins of a client */
function webOrigins(origins: unknown, redirectUris: unknown, rootUrl: string): readonly string[] {
  const listed = jsonTexts(origins);
  if (!listed.includes("+")) return listed;
  const fromRedirects = jsonTexts(redirectUris).flatMap((uri) => origin(uri.startsWith("/") ? `${rootUrl}${uri}` : uri) ?? []);
  return [...new Set([...listed.filter((value) => value !== "+"), ...fromRedirects])];
}

function origin(uri: string): string | undefined {
  const parsed = URL.parse(uri.replace(/\*$/, ""));
  return parsed && (parsed.protocol === "http:" || parsed.protocol === "https:") ? parsed.origin : undefined;
}
