import type { RoleRow } from "@cambist/store/config-ports.ts";
import type { NewRealm } from "../realm-template/new-realm.ts";
import { type ImportContext, shown, WARNED } from "./import-context.ts";
import type { RealmNode } from "./realm-node.ts";

/** Which roles may pass through which client or client scope (`scopeMappings`, `clientScopeMappings`). */
export interface ScopeMappings {
  readonly ofClient: (clientId: string) => readonly string[];
  readonly ofScope: (name: string) => readonly string[];
  /** Roles that only a mapping names. Keycloak makes them; leaving them out could leave a scope without any role, which opens it to all. */
  readonly madeRoles: readonly RoleRow[];
}

/**
 * @throws {ImportError} a mapping of a client or scope that does not exist
 */
export function scopeMappings(context: ImportContext, file: RealmNode, template: NewRealm): ScopeMappings {
  const { names, warnings, tools } = context;
  const clients = new Map<string, Set<string>>();
  const scopes = new Map<string, Set<string>>();
  const madeRoles: RoleRow[] = [];

  const roleId = (owner: string | undefined, name: string): string => {
    const known = names.roleId(owner, name);
    if (known !== undefined) return known;
    const id = tools.newId();
    const clientUuid = owner === undefined ? undefined : names.client(owner)?.uuid;
    names.addRole(owner, name, id);
    madeRoles.push({ id, name, ...(clientUuid === undefined ? {} : { clientUuid }), representation: { attributes: {} } });
    warnings.add(WARNED.createdRoles, owner === undefined ? name : `${owner}/${name}`);
    return id;
  };
  const add = (node: RealmNode, owner: string | undefined): void => {
    const client = node.name("client");
    const scope = node.name("clientScope");
    if (client === undefined && scope === undefined) node.fail("client", "a client or clientScope should be named here");
    if (client !== undefined && !names.client(client)) node.fail("client", `there is no client ${shown(client)}`);
    if (scope !== undefined && !names.hasScope(scope)) node.fail("clientScope", `there is no client scope ${shown(scope)}`);
    const ids = (node.names("roles") ?? []).map((name) => roleId(owner, name));
    if (client !== undefined) into(clients, client, ids);
    if (scope !== undefined) into(scopes, scope, ids);
  };

  for (const node of file.nodes("scopeMappings") ?? []) add(node, undefined);
  const byOwner = file.node("clientScopeMappings");
  for (const owner of byOwner?.keys() ?? []) {
    if (!byOwner) break;
    if (!names.client(owner)) byOwner.fail(owner, `there is no client ${shown(owner)}`);
    for (const node of byOwner.nodes(owner) ?? []) add(node, owner);
  }

  addBuiltIn(context, file, template, { clients, scopes });
  return {
    ofClient: (clientId) => [...(clients.get(clientId) ?? [])],
    ofScope: (name) => [...(scopes.get(name) ?? [])],
    madeRoles,
  };
}

/** What the built-in scope and client carry when the file does not bring them itself. */
function addBuiltIn(
  { names }: ImportContext,
  file: RealmNode,
  template: NewRealm,
  { clients, scopes }: { readonly clients: Map<string, Set<string>>; readonly scopes: Map<string, Set<string>> },
): void {
  const find = (owner: string | undefined, roles: readonly string[]): readonly string[] =>
    roles.flatMap((name) => names.roleId(owner, name) ?? []);
  const inFile = (member: string, name: string, key: string): boolean => (file.nodes(member) ?? []).some((node) => node.text(key) === name);
  for (const { clientScope, roles } of template.scopeMappings) {
    if (!inFile("clientScopes", clientScope, "name") && !scopes.has(clientScope)) into(scopes, clientScope, find(undefined, roles));
  }
  for (const [owner, mappings] of Object.entries(template.clientScopeMappings)) {
    for (const { client, roles } of mappings) {
      if (names.client(client)?.builtIn) into(clients, client, find(owner, roles));
    }
  }
}

function into(map: Map<string, Set<string>>, name: string, ids: readonly string[]): void {
  const set = map.get(name) ?? new Set<string>();
  for (const id of ids) set.add(id);
  map.set(name, set);
}
