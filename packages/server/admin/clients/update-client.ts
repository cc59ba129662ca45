import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { ClientRow, Json } from "@cambist/store/config-ports.ts";
import type { Command } from "@cambist/store/ports.ts";
import { isMasked } from "../../secrets/masked.ts";
import { PROTECTION_ROLE } from "../../imports/role-rows.ts";
import { type AdminAnswer, type AdminCall, noContent } from "../admin-call.ts";
import { AdminError, forbidden } from "../admin-error.ts";
import { isAdminClient } from "../hand-out.ts";
import { needMapperRoles } from "../protocol-mappers/mapper-rights.ts";
import { mappersOf } from "../protocol-mappers/read-mapper.ts";
import { attributesOf, maskSecrets, newClientSecret, openClientSecret, sealClientAttributes, secretColumns } from "./client-secrets.ts";
import type { ClientWriter } from "./client-writer.ts";
import { findClient } from "./find-client.ts";
import { readClient, type ReadClient } from "./read-client.ts";
import { addResourceServer, needServiceAccount, type NewResourceServer } from "./resource-server.ts";
import { withoutServiceAccountScope, withServiceAccountScope } from "./scope-lists.ts";
import { addServiceAccount, findServiceAccount, renameServiceAccount } from "./service-account.ts";

export interface ClientChange {
  readonly row: ClientRow;
  readonly commands: readonly Command[];
}

/** `PUT A/clients/:client`: changes what is named; scope lists and another id are ignored. */
export async function updateClient(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call);
  const { commands } = await changedClient(call, client, readClient(call, client));
  await call.commit({
    commands,
    guards: [{ claim: "clientRow", realmId: call.realm.id, row: client }],
    event: {
      operation: "UPDATE",
      resourceType: "CLIENT",
      resourcePath: `clients/${client.id}`,
      representation: maskSecrets(call.body),
    },
  });
  return noContent;
}

/**
 * A client after a partial update, and everything that follows from it.
 * @throws {AdminError} 409 the clientId is taken; 403 a name that administration hangs on, a mapper with a role the caller lacks
 */
export async function changedClient(call: ClientWriter, client: ClientRow, read: ReadClient): Promise<ClientChange> {
  const clientId = read.clientId ?? client.clientId;
  if (clientId !== client.clientId) await checkRename(call, client, clientId);
  if (read.mappers) await needMapperRoles(call, addedMappers(client, read.mappers));
  const { authorizationServicesEnabled: _, ...kept } = { ...client.representation, ...read.kept } as Json;
  const isPublic = kept["publicClient"] === true;
  const authorization = !isPublic && wantsAuthorization(call, client, read);
  const representation: Json = {
    ...kept,
    frontchannelLogout: read.kept["frontchannelLogout"] ?? unsaidLogout(kept),
    attributes: changedAttributes(call, client, read.attributes),
    ...(read.mappers && { protocolMappers: read.mappers }),
    ...(authorization && { authorizationServicesEnabled: true }),
  };
  const { sealedSecret: __, secretHash: ___, ...columns } = client;
  const row: ClientRow = {
    ...columns,
    clientId,
    enabled: read.enabled ?? client.enabled,
    ...secretColumns(call, client.id, changedSecret(call, client, read.secret, representation)),
    representation,
    ...(await scopesAfter(call, client, representation)),
  };
  const server = authorization && client.representation["authorizationServicesEnabled"] !== true ? await newServer(call, row) : undefined;
  if (server && !isAdminClient(call.realm.name, client.clientId)) needServiceAccount(representation);
  return {
    row,
    commands: [
      { do: "saveClient", realmId: call.realm.id, row },
      ...(await authorizationCommands(call, client, authorization, server?.commands ?? [])),
      ...(await accountCommands(call, client, row, server?.accountRoles ?? [])),
    ],
  };
}

/** Names of clients that administration hangs on can be neither given nor taken (SEC-ADM-10). */
async function checkRename({ store, realm }: ClientWriter, client: ClientRow, clientId: string): Promise<void> {
  if (isAdminClient(realm.name, client.clientId) || isAdminClient(realm.name, clientId)) throw forbidden();
  if (await store.clientByClientId(realm.id, clientId)) throw new AdminError(409, { error: "unknown_error" });
}

const addedMappers = (client: ClientRow, mappers: NonNullable<ReadClient["mappers"]>): NonNullable<ReadClient["mappers"]> => {
  const known = new Set(mappersOf(client.representation).map((mapper) => JSON.stringify([mapper.protocolMapper, mapper.config])));
  return mappers.filter((mapper) => !known.has(JSON.stringify([mapper.protocolMapper, mapper.config])));
};

/** A client that does not say so has no authorization settings (settings themselves say so too, and are else ignored, as in Keycloak), except the one that holds the realm's permissions: these are kept. */
const wantsAuthorization = ({ realm }: ClientWriter, client: ClientRow, read: ReadClient): boolean =>
  read.kept["authorizationServicesEnabled"] === true ||
  read.authorization !== undefined ||
  (client.representation["authorizationServicesEnabled"] === true && isAdminClient(realm.name, client.clientId));

/** Keycloak 26.1: whoever does not name it gets the default of the client's kind. */
const unsaidLogout = (client: Json): unknown =>
  client["protocol"] === "saml" ? client["frontchannelLogout"] : client["publicClient"] === true;

/** Key by key; an empty value takes the attribute away. */
function changedAttributes(call: ClientWriter, client: ClientRow, given: ReadClient["attributes"]): Json {
  const stored = attributesOf(client);
  if (!given) return stored;
  const { realm_client: _, ...changes } = given; // says whose client it is, which does not change
  const set = Object.entries(changes).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const kept = Object.entries(stored).filter(([name]) => !Object.hasOwn(changes, name));
  return { ...Object.fromEntries(kept), ...sealClientAttributes(call, client.id, Object.fromEntries(set)) };
}

/**
 * A public client has no secret; a confidential one keeps its own, or gets one. Masked, it stays as it was (SEC-ADM-08); empty, it goes:
 * nobody could authenticate with an empty one anyway.
 */
function changedSecret(call: ClientWriter, client: ClientRow, sent: string | undefined, representation: Json): string | undefined {
  if (representation["publicClient"] === true) return undefined;
  if (sent === "") return undefined;
  const known = openClientSecret(call, client);
  if (sent !== undefined && !isMasked(sent)) return sent;
  return known ?? (representation["bearerOnly"] === true ? undefined : newClientSecret());
}

async function scopesAfter(
  { store, realm }: ClientWriter,
  client: ClientRow,
  representation: Json,
): Promise<Pick<ClientRow, "defaultScopeIds" | "optionalScopeIds">> {
  const was = client.representation["serviceAccountsEnabled"] === true;
  const is = representation["serviceAccountsEnabled"] === true;
  if (was === is) return { defaultScopeIds: client.defaultScopeIds, optionalScopeIds: client.optionalScopeIds };
  const scopes = await store.clientScopes(realm.id);
  return is ? withServiceAccountScope(client, scopes) : withoutServiceAccountScope(client, scopes);
}

async function newServer(call: ClientWriter, client: ClientRow): Promise<NewResourceServer> {
  const role = await call.store.roleByName(call.realm.id, client.id, PROTECTION_ROLE);
  return addResourceServer(call, client, role?.id);
}

async function authorizationCommands(
  { store, realm }: ClientWriter,
  client: ClientRow,
  wanted: boolean,
  added: readonly ConfigCommand[],
): Promise<readonly ConfigCommand[]> {
  if (wanted) {
    // One whose settings were made without its flag keeps them.
    return (await store.authorization(realm.id, client.id)) ? [] : added;
  }
  return client.representation["authorizationServicesEnabled"] === true
    ? [{ do: "deleteResourceServer", realmId: realm.id, clientUuid: client.id }]
    : [];
}

async function accountCommands(
  call: ClientWriter,
  was: ClientRow,
  is: ClientRow,
  roles: readonly string[],
): Promise<readonly ConfigCommand[]> {
  const wanted = is.representation["serviceAccountsEnabled"] === true;
  const user = await findServiceAccount(call, is.id);
  if (!wanted) return user ? [{ do: "deleteUser", realmId: call.realm.id, userId: user.id }] : [];
  if (!user) return addServiceAccount(call, is, roles);
  return [
    ...(was.clientId === is.clientId ? [] : [renameServiceAccount(call, user, is.clientId)]),
    ...(roles.length > 0 ? [{ do: "addUserRoles", realmId: call.realm.id, userId: user.id, roleIds: roles } as const] : []),
  ];
}
