import type { ClientRow } from "@cambist/store/config-ports.ts";
import { namesScope } from "../../client-scopes/realm-scope-lists.ts";
import { mappersOf } from "../../protocol-mappers/read-mapper.ts";
import { openClientAttributes } from "../client-secrets.ts";
import type { ClientWriter } from "../client-writer.ts";
import type { ReadClient } from "../read-client.ts";
import { rejectedBy } from "./registration-error.ts";

/** Attributes that decide who may exchange tokens, and where a client stands. */
const EXCHANGE_SETTING = /^(?:cambist|standard\.token\.exchange)\./;
/** What a mapper may do that a client gives itself: tell of the user, in no name of others. @see Keycloak 26: allowed protocol mappers */
const ALLOWED_MAPPERS: ReadonlySet<string> = new Set([
  "oidc-address-mapper",
  "oidc-full-name-mapper",
  "oidc-sha256-pairwise-sub-mapper",
  "oidc-usermodel-attribute-mapper",
  "oidc-usermodel-property-mapper",
  "saml-role-list-mapper",
  "saml-user-attribute-mapper",
  "saml-user-property-mapper",
]);

/**
 * What clients may not say of themselves, whoever gave them a token to register (SEC-ADM-11): exchange settings and planes, mappers that
 * add audiences or roles, scopes that are not the realm's for new clients, authorization settings.
 * @param client as it is stored; undefined when it is new. What it has already may be said again.
 * @throws {RegistrationError} 403
 */
export function needSelfService(call: ClientWriter, read: ReadClient, client?: ClientRow): void {
  const attributes = client ? openClientAttributes(call, client) : {};
  for (const [name, value] of Object.entries(read.attributes ?? {})) {
    if (EXCHANGE_SETTING.test(name) && value !== attributes[name]) throw rejectedBy("Exchange Settings", `Attribute not allowed: ${name}`);
  }
  const known = new Set(
    client ? mappersOf(client.representation).map((mapper) => JSON.stringify([mapper.protocolMapper, mapper.config])) : [],
  );
  for (const { protocolMapper, config } of read.mappers ?? []) {
    if (!ALLOWED_MAPPERS.has(protocolMapper) && !known.has(JSON.stringify([protocolMapper, config])))
      throw rejectedBy("Allowed Protocol Mapper Types", "ProtocolMapper type not allowed");
  }
  const authorization = read.kept["authorizationServicesEnabled"] === true || read.authorization !== undefined;
  if (authorization && client?.representation["authorizationServicesEnabled"] !== true)
    throw rejectedBy("Exchange Settings", "Authorization settings not allowed");
  if (client) return;
  for (const name of [...(read.defaultScopes ?? []), ...(read.optionalScopes ?? [])]) {
    if (!namesScope(call.realm, name)) throw rejectedBy("Allowed Client Scopes", "Not permitted to use specified clientScope");
  }
}
