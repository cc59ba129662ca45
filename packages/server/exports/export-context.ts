import type { AdminReads } from "@cambist/store/admin-ports.ts";
import type { GroupRow, RealmRow, RoleRow } from "@cambist/store/config-ports.ts";
import type { SecretBox } from "../secrets/secret-box.ts";

/** What an export reads from. */
export interface ExportSource {
  readonly store: AdminReads;
  readonly realm: RealmRow;
  readonly secrets: SecretBox;
}

/**
 * One export under way. `whole`: with everything another server needs, secrets, keys and password hashes included; otherwise secrets are
 * masked and key material is left out.
 */
export interface ExportContext extends ExportSource {
  readonly whole: boolean;
  readonly names: ExportNames;
}

/** Names by id, for references; files refer by name. */
export interface ExportNames {
  readonly scopes: ReadonlyMap<string, string>;
  readonly clients: ReadonlyMap<string, string>;
  readonly roles: ReadonlyMap<string, RoleRow>;
  /** Paths by id. */
  readonly groups: ReadonlyMap<string, string>;
  readonly groupRows: readonly GroupRow[];
  /** Ids of contained roles by id of the composite. */
  readonly composites: ReadonlyMap<string, readonly string[]>;
}

/** Clients read at once. */
export const CLIENT_PAGE = 500;

export async function exportContext(source: ExportSource, whole: boolean): Promise<ExportContext> {
  const { store, realm } = source;
  const clients = new Map<string, string>();
  for (let first = 0; ; first += CLIENT_PAGE) {
    const page = await store.clients(realm.id, { first, max: CLIENT_PAGE });
    for (const { id, clientId } of page) clients.set(id, clientId);
    if (page.length < CLIENT_PAGE) break;
  }
  const roles = new Map<string, RoleRow>();
  for (const owner of [undefined, ...clients.keys()]) for (const role of await store.roles(realm.id, owner)) roles.set(role.id, role);
  const composites = new Map<string, string[]>();
  for (const [parent, child] of await store.compositePairs(realm.id)) {
    const known = composites.get(parent);
    if (known) known.push(child);
    else composites.set(parent, [child]);
  }
  const groupRows = await store.allGroups(realm.id);
  const names: ExportNames = {
    scopes: new Map((await store.clientScopes(realm.id)).map(({ id, name }) => [id, name])),
    clients,
    roles,
    groups: groupPaths(groupRows),
    groupRows,
    composites,
  };
  return { ...source, whole, names };
}

function groupPaths(rows: readonly GroupRow[]): ReadonlyMap<string, string> {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const pathOf = ({ name, parentId }: GroupRow, depth = 0): string => {
    const parent = parentId === undefined || depth > 64 ? undefined : byId.get(parentId);
    return `${parent ? pathOf(parent, depth + 1) : ""}/${name}`;
  };
  return new Map(rows.map((row) => [row.id, pathOf(row)]));
}

/** Role ids as files name them: realm roles, and client roles by clientId. */
export interface RoleNames {
  readonly realm: readonly string[];
  readonly client: Readonly<Record<string, readonly string[]>>;
}

export function roleNames({ names }: ExportContext, ids: readonly string[]): RoleNames {
  const realm: string[] = [];
  const client = new Map<string, string[]>();
  for (const id of ids) {
    const role = names.roles.get(id);
    if (!role) continue;
    const owner = role.clientUuid === undefined ? undefined : names.clients.get(role.clientUuid);
    if (role.clientUuid === undefined) realm.push(role.name);
    else if (owner !== undefined) {
      const known = client.get(owner);
      if (known) known.push(role.name);
      else client.set(owner, [role.name]);
    }
  }
  return { realm, client: Object.fromEntries(client) };
}
