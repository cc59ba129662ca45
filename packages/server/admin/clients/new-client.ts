import type { ClientRow, Json } from "@cambist/store/config-ports.ts";
import type { Command } from "@cambist/store/ports.ts";
import { AdminError, conflict, forbidden } from "../admin-error.ts";
import { isAdminClient } from "../hand-out.ts";
import { needMapperRoles } from "../protocol-mappers/mapper-rights.ts";
import { addResourceServer, givenSettings, needServiceAccount } from "./resource-server.ts";
import { CREATION_TIME, newClientSecret, sealClientAttributes, secretColumns } from "./client-secrets.ts";
import type { ClientWriter } from "./client-writer.ts";
import { originsOf } from "../../realms/web-origins.ts";
import type { ReadClient } from "./read-client.ts";
import { scopesOfNewClient } from "./scope-lists.ts";
import { addServiceAccount } from "./service-account.ts";
import { CLIENT_DEFAULTS } from "../../imports/client-rows.ts";
import { isMasked } from "../../secrets/masked.ts";

export interface NewClient {
  readonly row: ClientRow;
  readonly commands: readonly Command[];
}

/**
 * The row of a client to create, and all that comes with it: secret, scopes, service account, authorization settings.
 * @throws {AdminError} 409 the clientId or id is taken; 403 a name that administration hangs on, a mapper with a role the caller lacks
 */
export async function newClient(call: ClientWriter, read: ReadClient): Promise<NewClient> {
  const { store, realm, now } = call;
  const id = read.id ?? call.newId();
  const clientId = read.clientId ?? id;
  if (await store.clientByClientId(realm.id, clientId)) throw conflict(`Client ${clientId} already exists`);
  if (await store.client(realm.id, id)) throw new AdminError(409, { error: "unknown_error" });
  if (isAdminClient(realm.name, clientId) && !(realm.name === "master" && call.has("realm-admin", "manage-realm"))) throw forbidden();
  await needMapperRoles(call, read.mappers ?? []);

  const said: Json = { ...CLIENT_DEFAULTS, ...read.kept };
  const flag = (member: string): boolean => said[member] === true;
  const wantsSecret = !flag("publicClient") && !flag("bearerOnly");
  const given = read.secret === "" || (read.secret !== undefined && isMasked(read.secret)) ? undefined : read.secret;
  const secret = given ?? (wantsSecret ? newClientSecret() : undefined);
  const made = secret !== undefined && given === undefined;
  const attributes = Object.entries(read.attributes ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  const representation: Json = {
    ...said,
    ...(read.authorization && { authorizationServicesEnabled: true }),
    webOrigins: said["webOrigins"] ?? originsOf((said["redirectUris"] ?? []) as readonly string[]),
    frontchannelLogout: said["frontchannelLogout"] ?? said["protocol"] === "saml",
    fullScopeAllowed: said["fullScopeAllowed"] ?? !flag("consentRequired"),
    attributes: sealClientAttributes(call, id, {
      realm_client: "false",
      ...(made && { [CREATION_TIME]: String(Math.floor(now / 1000)) }),
      ...(Object.fromEntries(attributes) as Readonly<Record<string, string>>),
    }),
    ...(read.mappers && read.mappers.length > 0 && { protocolMappers: read.mappers }),
  };
  const row: ClientRow = {
    id,
    clientId,
    enabled: read.enabled ?? true,
    ...secretColumns(call, id, secret),
    representation,
    ...scopesOfNewClient({
      realm,
      scopes: await store.clientScopes(realm.id),
      protocol: String(said["protocol"]),
      serviceAccount: flag("serviceAccountsEnabled"),
      defaults: read.defaultScopes,
      optionals: read.optionalScopes,
    }),
    roleScope: [],
  };
  const server = representation["authorizationServicesEnabled"] === true ? addResourceServer(call, row) : undefined;
  if (server) needServiceAccount(representation);
  const commands: readonly Command[] = [
    { do: "saveClient", realmId: realm.id, row },
    ...(server?.commands ?? []),
    ...(server && read.authorization ? await givenSettings(call, row, server, read.authorization) : []),
    ...(flag("serviceAccountsEnabled") ? addServiceAccount(call, row, server?.accountRoles) : []),
  ];
  return { row, commands };
}
