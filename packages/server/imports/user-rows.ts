import type { UserRow } from "@cambist/store/config-ports.ts";
import { userCredentials } from "./credential-rows.ts";
import { readFields, USER_FIELDS } from "./fields.ts";
import { groupIds } from "./group-rows.ts";
import { clientRoleIds, type ImportContext, roleIds, shown, WARNED, warnUnknown } from "./import-context.ts";
import type { ClientEntry } from "./realm-names.ts";
import { PROTECTION_ROLE } from "./role-rows.ts";
import type { RealmNode } from "./realm-node.ts";

/** What users depend on beside names. */
export interface UsersOfRealm {
  /** Users without a name are called by their e-mail address. */
  readonly emailAsUsername: boolean;
  /** UUIDs of clients whose service account the file brought; grows. */
  readonly serviceAccounts: Set<string>;
}

/**
 * A user of the file as a row. A user that does not say `enabled` is disabled, and has no role that is not listed, the default one
 * included, as in Keycloak's imports.
 * @throws {ImportError} a wrong type; a group, client or client of a consent that does not exist; a second service account of a client
 */
export async function userRow(context: ImportContext, node: RealmNode, realm: UsersOfRealm): Promise<UserRow> {
  const { kept, unknown } = readFields(node, USER_FIELDS);
  warnUnknown(context, "user", unknown);
  const email = node.text("email") === "" ? undefined : node.name("email")?.toLowerCase();
  const username = (node.name("username") ?? (realm.emailAsUsername ? email : undefined))?.toLowerCase();
  if (username === undefined) return node.fail("username", "this member is missing");
  const credentials = await userCredentials(context, node, username);
  const requiredActions = node.names("requiredActions") ?? [];
  const [firstName, lastName, createdTimestamp] = [node.text("firstName"), node.text("lastName"), node.whole("createdTimestamp")];
  const serviceAccountClientUuid = serviceAccountClient(context, node, realm);
  const realmRoles = roleIds(context, undefined, node.names("realmRoles") ?? []);
  return {
    id: node.name("id") ?? context.tools.newId(),
    username,
    ...(email === undefined ? {} : { email }),
    emailVerified: node.flag("emailVerified") ?? false,
    ...(firstName === undefined ? {} : { firstName }),
    ...(lastName === undefined ? {} : { lastName }),
    enabled: node.flag("enabled") ?? false,
    ...(createdTimestamp === undefined ? {} : { createdTimestamp }),
    notBefore: node.whole("notBefore") ?? 0,
    ...(serviceAccountClientUuid === undefined ? {} : { serviceAccountClientUuid }),
    attributes: node.lists("attributes") ?? {},
    requiredActions: credentials.temporary ? [...new Set([...requiredActions, "UPDATE_PASSWORD"])] : requiredActions,
    representation: kept,
    roleIds: [...new Set([...realmRoles, ...clientRoleIds(context, node, "clientRoles")])],
    groupIds: groupIds(context, node, "groups"),
    credentials: credentials.rows,
    federatedIdentities: federatedIdentities(node),
    consents: consents(context, node),
  };
}

function serviceAccountClient({ names }: ImportContext, node: RealmNode, { serviceAccounts }: UsersOfRealm): string | undefined {
  const clientId = node.name("serviceAccountClientId");
  if (clientId === undefined) return undefined;
  const uuid = names.client(clientId)?.uuid ?? node.fail("serviceAccountClientId", `there is no client ${shown(clientId)}`);
  if (serviceAccounts.has(uuid)) node.fail("serviceAccountClientId", `client ${shown(clientId)} has two service accounts`);
  serviceAccounts.add(uuid);
  return uuid;
}

const federatedIdentities = (node: RealmNode): UserRow["federatedIdentities"] =>
  (node.nodes("federatedIdentities") ?? []).map((identity) => {
    const userName = identity.text("userName");
    return {
      alias: identity.needName("identityProvider"),
      userId: identity.needName("userId"),
      ...(userName === undefined ? {} : { userName }),
    };
  });

const consents = ({ names, warnings }: ImportContext, node: RealmNode): UserRow["consents"] =>
  (node.nodes("clientConsents") ?? []).map((consent) => {
    const clientId = consent.needName("clientId");
    const clientUuid = names.client(clientId)?.uuid ?? consent.fail("clientId", `there is no client ${shown(clientId)}`);
    const scopes = (consent.names("grantedClientScopes") ?? []).filter((scope) => {
      if (names.hasScope(scope)) return true;
      warnings.add(WARNED.unknownScopes, `${scope} of a consent`);
      return false;
    });
    const [createdDate, lastUpdatedDate] = [consent.whole("createdDate"), consent.whole("lastUpdatedDate")];
    return {
      clientUuid,
      scopes,
      representation: {
        ...(createdDate === undefined ? {} : { createdDate }),
        ...(lastUpdatedDate === undefined ? {} : { lastUpdatedDate }),
      },
    };
  });

/** The service account that a client has when the file does not bring it. */
export function serviceAccountRow({ tools, names }: ImportContext, client: ClientEntry, defaultRoleId: string): UserRow {
  const protection = client.isResourceServer ? names.roleId(client.clientId, PROTECTION_ROLE) : undefined;
  return {
    id: tools.newId(),
    username: `service-account-${client.clientId}`.toLowerCase(),
    emailVerified: false,
    enabled: true,
    createdTimestamp: tools.now(),
    notBefore: 0,
    serviceAccountClientUuid: client.uuid,
    attributes: {},
    requiredActions: [],
    representation: {},
    roleIds: protection === undefined ? [defaultRoleId] : [defaultRoleId, protection],
    groupIds: [],
    credentials: [],
    federatedIdentities: [],
    consents: [],
  };
}
