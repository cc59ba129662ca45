import type { GroupRow, Json, RoleRow } from "@cambist/store/config-ports.ts";
import { type ExportContext, roleNames } from "./export-context.ts";

/** `roles`: of the realm and, with clients, of each client. */
export function rolesPart(context: ExportContext, withClients: boolean): Json {
  const { roles, clients } = context.names;
  const realm: Json[] = [];
  const byClient = new Map<string, Json[]>([...clients.values()].map((clientId) => [clientId, []]));
  for (const role of roles.values()) {
    const owner = role.clientUuid === undefined ? undefined : clients.get(role.clientUuid);
    if (role.clientUuid === undefined) realm.push(roleFile(context, role));
    else if (owner !== undefined) byClient.get(owner)?.push(roleFile(context, role));
  }
  return { realm, ...(withClients && { client: Object.fromEntries(byClient) }) };
}

function roleFile(context: ExportContext, { id, name, clientUuid, representation }: RoleRow): Json {
  const contained = context.names.composites.get(id);
  const { realm, client } = roleNames(context, contained ?? []);
  return {
    id,
    name,
    ...(representation["description"] !== undefined && { description: representation["description"] }),
    composite: contained !== undefined,
    ...(contained !== undefined && {
      composites: { ...(realm.length > 0 && { realm }), ...(Object.keys(client).length > 0 && { client }) },
    }),
    clientRole: clientUuid !== undefined,
    containerId: clientUuid ?? context.realm.id,
    attributes: representation["attributes"] ?? {},
  };
}

/** `groups`, as a tree. */
export function groupsPart(context: ExportContext): readonly Json[] {
  const children = new Map<string | undefined, GroupRow[]>();
  for (const row of context.names.groupRows) {
    const known = children.get(row.parentId);
    if (known) known.push(row);
    else children.set(row.parentId, [row]);
  }
  const below = (parentId: string | undefined, depth: number): readonly Json[] =>
    depth > 64 ? [] : (children.get(parentId) ?? []).map((row) => ({ ...groupFile(context, row), subGroups: below(row.id, depth + 1) }));
  return below(undefined, 0);
}

function groupFile(context: ExportContext, { id, name, parentId, representation, roleIds }: GroupRow): Json {
  const { realm, client } = roleNames(context, roleIds);
  const { attributes, ...members } = representation;
  return {
    id,
    name,
    ...members,
    path: context.names.groups.get(id),
    ...(parentId !== undefined && { parentId }),
    attributes: attributes ?? {},
    realmRoles: realm,
    clientRoles: client,
  };
}

/** What scope mappings are kept of: a client or a client scope. */
export interface RoleScope {
  readonly holder: { readonly client: string } | { readonly clientScope: string };
  readonly roleIds: readonly string[];
}

/** `scopeMappings` and `clientScopeMappings` of these holders. */
export function scopeMappingParts(
  context: ExportContext,
  scopes: readonly RoleScope[],
): { readonly realm: readonly Json[]; readonly client: Json } {
  const realm: Json[] = [];
  const byOwner = new Map<string, Json[]>();
  for (const { holder, roleIds } of scopes) {
    const names = roleNames(context, roleIds);
    if (names.realm.length > 0) realm.push({ ...holder, roles: names.realm });
    for (const [owner, roles] of Object.entries(names.client)) {
      const known = byOwner.get(owner) ?? [];
      known.push({ ...holder, roles });
      byOwner.set(owner, known);
    }
  }
  return { realm, client: Object.fromEntries(byOwner) };
}
