import type { RoleRow } from "@cambist/store/config-ports.ts";
import { defaultRoleName } from "../realm-template/built-in-roles.ts";
import type { NewRealm } from "../realm-template/new-realm.ts";
import { readFields, ROLE_FIELDS } from "./fields.ts";
import { type ImportContext, shown, warnUnknown } from "./import-context.ts";
import { ImportError } from "./import-error.ts";
import { RealmNode } from "./realm-node.ts";

/** Roles of a realm, ready to store once every client is known. */
export interface RealmRoles {
  readonly rows: readonly RoleRow[];
  readonly defaultRole: { readonly id: string; readonly name: string };
  /** Resolves composites; only after all roles are known. */
  composites(): readonly (readonly [string, string])[];
}

/** The role of a resource server for keeping its resources; its service account holds it. @see Keycloak 26: UMA protection API */
export const PROTECTION_ROLE = "uma_protection";

interface Pending {
  readonly id: string;
  readonly node: RealmNode;
  /** Of the template: it may contain roles that the file does away with. */
  readonly builtIn: boolean;
}

/**
 * Roles of the file and those a realm always has. A client that the file lists roles for (be it none) has exactly those; built-in
 * clients without such a list get the built-in roles. A file that names its default role is an export and lists all its realm roles; in
 * others the built-in ones are added, and the default role gets what everybody has beside what the file says.
 *
 * @throws {ImportError} roles of a client that does not exist, a name twice, composites of something unknown
 */
export function realmRoles(context: ImportContext, file: RealmNode, template: NewRealm): RealmRoles {
  const rows: RoleRow[] = [];
  const pending: Pending[] = [];
  const extra: (readonly [string, string])[] = [];

  const add = (node: RealmNode, clientId: string | undefined, builtIn = false): string => {
    const { kept, unknown } = readFields(node, ROLE_FIELDS);
    const name = node.needName("name");
    const id = node.name("id") ?? context.tools.newId();
    const attributes = node.lists("attributes");
    if (!context.names.addRole(clientId, name, id)) node.fail("name", `there are two roles ${shown(name)}`);
    warnUnknown(context, `role ${name}`, unknown);
    const clientUuid = clientId === undefined ? undefined : context.names.client(clientId)?.uuid;
    rows.push({ id, name, ...(clientUuid === undefined ? {} : { clientUuid }), representation: { ...kept, attributes: attributes ?? {} } });
    if (node.has("composites")) pending.push({ id, node, builtIn });
    return id;
  };
  const addBuiltIn = (role: object, clientId: string | undefined): string =>
    add(new RealmNode("the template", "roles", role), clientId, true);

  const roles = file.node("roles");
  for (const node of roles?.nodes("realm") ?? []) add(node, undefined);
  const byClient = roles?.node("client");
  for (const clientId of byClient?.keys() ?? []) {
    if (!byClient) break;
    if (!context.names.client(clientId)) byClient.fail(clientId, `there is no client ${shown(clientId)}`);
    for (const node of byClient.nodes(clientId) ?? []) add(node, clientId);
  }

  for (const [clientId, builtIn] of Object.entries(template.roles.client)) {
    if (!byClient?.has(clientId)) for (const role of builtIn) addBuiltIn(role, clientId);
  }

  for (const client of context.names.clients()) {
    const needs = client.isResourceServer && client.serviceAccountsEnabled;
    if (needs && context.names.roleId(client.clientId, PROTECTION_ROLE) === undefined)
      addBuiltIn({ name: PROTECTION_ROLE }, client.clientId);
  }

  const named = file.node("defaultRole");
  const defaultName = named?.name("name") ?? defaultRoleName(context.realmName);
  const isExport = named !== undefined;
  for (const role of template.roles.realm) {
    const isDefault = role.name === template.defaultRole.name;
    const wanted = isDefault ? defaultName : role.name;
    if (context.names.roleId(undefined, wanted) !== undefined) continue;
    // Master cannot do without the administrators' role, whatever the file says.
    if (!isExport || isDefault || role.name === "admin")
      addBuiltIn({ ...role, name: wanted, ...(isDefault && named?.name("id") ? { id: named.name("id") } : {}) }, undefined);
  }
  const defaultId = context.names.roleId(undefined, defaultName) as string; // in the template, so added above
  const inDefault = (clientId: string | undefined, name: string): void => {
    const id = context.names.roleId(clientId, name);
    if (id !== undefined) extra.push([defaultId, id]);
  };
  if (!isExport) {
    const everybody = template.roles.realm.find(({ name }) => name === template.defaultRole.name)?.composites;
    for (const name of everybody?.realm ?? []) inDefault(undefined, name);
    for (const [clientId, names] of Object.entries(everybody?.client ?? {})) for (const name of names) inDefault(clientId, name);
  }
  for (const name of file.names("defaultRoles") ?? []) inDefault(undefined, name);
  for (const { clientId, defaultRoles } of context.names.clients()) for (const name of defaultRoles) inDefault(clientId, name);

  return {
    rows,
    defaultRole: { id: defaultId, name: defaultName },
    composites() {
      const pairs = [...extra, ...pending.flatMap((role) => containedRoles(context, role).map((child) => [role.id, child] as const))];
      return [...new Map(pairs.map((pair) => [pair.join("\n"), pair])).values()];
    },
  };
}

function containedRoles({ names }: ImportContext, { node, builtIn }: Pending): readonly string[] {
  const composites = node.node("composites");
  if (!composites) return [];
  const find = (clientId: string | undefined, name: string): readonly string[] => {
    const id = names.roleId(clientId, name);
    if (id !== undefined) return [id];
    if (builtIn) return [];
    throw new ImportError(node.file, composites.path, `there is no role ${shown(clientId === undefined ? name : `${clientId}/${name}`)}`);
  };
  const ofClients = Object.entries(composites.lists("client") ?? {});
  return [
    ...(composites.names("realm") ?? []).flatMap((name) => find(undefined, name)),
    ...ofClients.flatMap(([clientId, roles]) => roles.flatMap((name) => find(clientId, name))),
  ];
}
