import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { AuthorizationRows, Json, UserRow } from "@cambist/store/config-ports.ts";
import { authorizationRows } from "../../imports/authorization-rows.ts";
import { clientEntry, clientRow, type ClientsOfRealm } from "../../imports/client-rows.ts";
import { readFields, ROLE_FIELDS } from "../../imports/fields.ts";
import { groupRows } from "../../imports/group-rows.ts";
import { type ImportContext, roleIds } from "../../imports/import-context.ts";
import type { ImportWarnings } from "../../imports/import-warnings.ts";
import { identityProviderMapperRows, identityProviderRows } from "../../imports/provider-rows.ts";
import type { ClientEntry } from "../../imports/realm-names.ts";
import { RealmNode } from "../../imports/realm-node.ts";
import { serviceAccountRow, userRow } from "../../imports/user-rows.ts";
import type { AdminCall } from "../admin-call.ts";
import { needGrantable } from "../identity-providers/mappers.ts";
import { checkEndpoints } from "../identity-providers/provider-urls.ts";
import { configOf } from "../identity-providers/representation.ts";
import type { ImportItem, ResourceType } from "./import-items.ts";

interface Built {
  readonly commands: readonly ConfigCommand[];
  /** Roles that users, groups and other roles get. */
  readonly handedOut: ReadonlySet<string>;
  readonly warnings: ImportWarnings;
}

/** The commands that store the chosen items, in an order in which each finds what it refers to. @throws {ImportError} */
export async function buildItems(call: AdminCall, context: ImportContext, chosen: readonly ImportItem[]): Promise<Built> {
  const { realmId, names, warnings } = context;
  const of = (type: ResourceType): readonly ImportItem[] => chosen.filter(({ resourceType }) => resourceType === type);
  const commands: ConfigCommand[] = [];
  const handedOut = new Set<string>();

  // Names first: roles, groups and users refer to each other by them.
  const clients = of("CLIENT").map((item) => ({ item, entry: nameClient(context, item) }));
  const roles = [...of("REALM_ROLE"), ...of("CLIENT_ROLE")].map((item) => {
    const name = item.node.needName("name");
    if (!names.addRole(item.clientId, name, item.id)) item.node.fail("name", "this role is there twice");
    return { item, name };
  });

  const lists = call.realm.representation;
  const realm: ClientsOfRealm = {
    defaults: (lists["defaultDefaultClientScopes"] ?? []) as readonly string[],
    optionals: (lists["defaultOptionalClientScopes"] ?? []) as readonly string[],
    roleScope: () => [],
    handWritten: false,
  };
  for (const { item, entry } of clients)
    commands.push({ do: "saveClient", realmId, row: clientRow(context, item.node, entry, undefined, realm) });

  for (const { item, name } of roles) {
    const { kept } = readFields(item.node, ROLE_FIELDS);
    const clientUuid = item.clientId === undefined ? undefined : names.client(item.clientId)?.uuid;
    const representation = { ...kept, attributes: item.node.lists("attributes") ?? {} };
    commands.push({ do: "saveRole", realmId, row: { id: item.id, name, ...(clientUuid !== undefined && { clientUuid }), representation } });
  }
  for (const { item } of roles) {
    const childIds = containedRoles(context, item.node);
    for (const id of childIds) handedOut.add(id);
    if (childIds.length > 0) commands.push({ do: "addComposites", realmId, roleId: item.id, childIds });
  }

  const aliased = of("IDP").map(({ node, id }) => ({ ...node.members, internalId: id }));
  const file = new RealmNode("partialImport", "", { identityProviders: aliased });
  const providers = identityProviderRows(context, file);
  for (const row of providers) {
    checkEndpoints(configOf(row), call.realm.representation["sslRequired"]);
    commands.push({ do: "saveIdentityProvider", realmId, row });
  }
  const mappers = new RealmNode("partialImport", "", { identityProviderMappers: (call.body as Json)["identityProviderMappers"] });
  const known = await call.store.identityProviders(realmId);
  for (const row of identityProviderMapperRows(context, mappers, [...providers, ...known])) {
    await needGrantable(call, row);
    commands.push({ do: "saveIdentityProviderMapper", realmId, row });
  }

  for (const item of of("GROUP")) {
    for (const row of groupsOf(context, item)) {
      for (const id of row.roleIds) handedOut.add(id);
      commands.push({ do: "saveGroup", realmId, row });
    }
  }

  const users = { emailAsUsername: lists["registrationEmailAsUsername"] === true, serviceAccounts: new Set<string>() };
  for (const { node, id } of of("USER")) {
    const row = await userRow(context, new RealmNode(node.file, node.path, { ...node.members, id }), users);
    for (const role of row.roleIds) handedOut.add(role);
    commands.push(...userCommands(realmId, row));
  }
  const defaultRole = lists["defaultRole"] as { readonly id?: string } | undefined;
  for (const { entry } of clients) {
    if (entry.serviceAccountsEnabled && !users.serviceAccounts.has(entry.uuid))
      commands.push(...userCommands(realmId, serviceAccountRow(context, entry, defaultRole?.id ?? "")));
  }
  for (const { item, entry } of clients) {
    const settings = item.node.node("authorizationSettings");
    if (settings) commands.push(...authorizationCommands(realmId, await authorizationRows(context, settings, entry)));
  }
  return { commands, handedOut, warnings };
}

function nameClient(context: ImportContext, { node, id }: ImportItem): ClientEntry {
  const entry = { ...clientEntry(node, () => id), uuid: id };
  const complete = { ...entry, protocol: entry.protocol ?? "openid-connect" };
  if (!context.names.addClient(complete)) node.fail("clientId", "this client is there twice");
  return complete;
}

function containedRoles(context: ImportContext, node: RealmNode): readonly string[] {
  const composites = node.node("composites");
  if (!composites) return [];
  const ofClients = Object.entries(composites.lists("client") ?? {}).flatMap(([clientId, roles]) => roleIds(context, clientId, roles));
  return [...new Set([...roleIds(context, undefined, composites.names("realm") ?? []), ...ofClients])];
}

/** A group and those below it, under the group of its path that stands. */
function groupsOf(context: ImportContext, { node, id }: ImportItem) {
  const name = node.needName("name");
  const path = node.needName("path");
  const above = path.slice(0, path.length - name.length - 1);
  const parentId = above === "" ? undefined : (context.names.groupId(above) ?? node.fail("path", "the group above it is not there"));
  const { path: _, ...members } = node.members;
  const [top, ...below] = groupRows(context, new RealmNode(node.file, node.path, { groups: [{ ...members, id }] }));
  return [...(top ? [{ ...top, ...(parentId !== undefined && { parentId }) }] : []), ...below];
}

function userCommands(realmId: string, row: UserRow): readonly ConfigCommand[] {
  const { roleIds: roles, groupIds, credentials, federatedIdentities, consents: _, ...columns } = row;
  const userId = row.id;
  return [
    { do: "saveUser", realmId, row: columns },
    ...(roles.length > 0 ? [{ do: "addUserRoles", realmId, userId, roleIds: roles } as const] : []),
    ...groupIds.map((groupId) => ({ do: "joinGroup", realmId, userId, groupId }) as const),
    ...credentials.map((credential) => ({ do: "saveCredential", realmId, userId, row: credential }) as const),
    ...federatedIdentities.map((link) => ({ do: "saveFederatedIdentity", realmId, userId, link }) as const),
  ];
}

function authorizationCommands(realmId: string, rows: AuthorizationRows): readonly ConfigCommand[] {
  const { clientUuid } = rows;
  return [
    { do: "saveResourceServer", realmId, clientUuid, settings: rows.settings },
    ...rows.scopes.map((row) => ({ do: "saveAuthorizationScope", realmId, clientUuid, row }) as const),
    ...rows.resources.map((row) => ({ do: "saveAuthorizationResource", realmId, clientUuid, row }) as const),
    ...rows.policies.map((row) => ({ do: "saveAuthorizationPolicy", realmId, clientUuid, row }) as const),
  ];
}
