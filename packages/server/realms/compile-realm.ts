import type { Client, ClientScope, Dialect, ExchangeFeatures, Group, RealmView, Role, User } from "@cambist/core/model.ts";
import type { ConfigReads, GroupRow, IdentityProviderRow, LoadedClientRow, RealmRows } from "@cambist/store/config-ports.ts";
import { type KeyComponent, RealmKeys } from "../keys/key-set.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import { type HashPolicy, readHashPolicy } from "../passwords/policy.ts";
import { compileClient, protocolMappers } from "./compile-client.ts";
import { compilePermissions } from "./compile-permissions.ts";
import { compileOrganizations } from "./organizations.ts";
import { realmSettings, textMembers } from "./realm-settings.ts";

export interface RealmContext {
  readonly reads: ConfigReads;
  readonly secrets: SecretBox;
  readonly features: ExchangeFeatures;
  readonly dialect: Dialect;
}

/**
 * One version of a realm in memory: an immutable view over realm-wide configuration, and clients that come in as they are named. A client
 * that changes is forgotten alone; anything else that changes makes a new object.
 */
export interface LoadedRealm {
  readonly view: RealmView;
  readonly keys: RealmKeys;
  readonly version: number;
  readonly identityProviders: readonly IdentityProviderRow[];
  /** How its passwords are to be hashed. */
  readonly hashPolicy: HashPolicy;
  /** Of every protocol, in stored order. */
  readonly clientScopes: readonly ClientScope[];
  /** Loads a client (and keeps it), so that the view answers for it. */
  client(clientId: string): Client | undefined | Promise<Client | undefined>;
  clientByUuid(id: string): Promise<Client | undefined>;
  /** The client's secret, for `client_secret_jwt` alone. */
  openSecret(client: Client): Promise<string | undefined>;
  /** A client has changed: reads it again, or forgets it when it is gone. */
  refreshClient(id: string): Promise<void>;
}

/** Clients kept in memory per realm; beyond it the oldest is forgotten. */
const MAX_CLIENTS = 20_000;
export function compileRealm(rows: RealmRows, { reads, secrets, features, dialect }: RealmContext): LoadedRealm {
  const realm = Object.freeze(realmSettings(rows.realm, dialect));
  const { passwordPolicy } = rows.realm.representation;
  const roles = new Map<string, Role>();
  const roleByName = new Map<string, Role>();
  for (const row of rows.roles) {
    const clientId = row.clientUuid === undefined ? undefined : rows.roleOwners.get(row.clientUuid);
    const role: Role = Object.freeze({ id: row.id, name: row.name, ...(clientId !== undefined && { clientId }) });
    roles.set(role.id, role);
    roleByName.set(nameKey(clientId, role.name), role);
  }
  const expand = roleExpander(rows.composites);
  const groups = compileGroups(rows.groups);
  const scopes = compileScopes(rows);
  const keys = RealmKeys.fromComponents(rows.keyComponents.map((row) => openKeyComponent(row, rows.realm.id, secrets)));
  const adminClientId = realm.name === "master" ? "master-realm" : "realm-management";
  const clientIdOf = (uuid: string): string | undefined => names.get(uuid);

  const index = new Map(rows.clients.map(({ clientId, enabled }) => [clientId, enabled]));
  const names = new Map(rows.clients.map(({ id, clientId }) => [id, clientId]));
  const byClientId = new Map<string, Client>();
  const byUuid = new Map<string, Client>();
  const sealed = new Map<string, string>();
  const keep = (row: LoadedClientRow | undefined): Client | undefined => {
    if (!row) return undefined;
    const client = compileClient(row, scopes);
    if (byUuid.size >= MAX_CLIENTS) {
      const [oldest] = byUuid.keys();
      if (oldest !== undefined) forgetClient(oldest);
    }
    byClientId.set(client.clientId, client);
    byUuid.set(client.id, client);
    if (row.sealedSecret !== undefined) sealed.set(client.id, row.sealedSecret);
    return client;
  };
  const forgetClient = (id: string): void => {
    const client = byUuid.get(id);
    if (client) byClientId.delete(client.clientId);
    byUuid.delete(id);
    sealed.delete(id);
  };

  const adminUuid = [...rows.roleOwners].find(([, clientId]) => clientId === adminClientId)?.[0];
  const authorization = rows.authorization.find(({ clientUuid }) => clientUuid === adminUuid);
  const permissions =
    features.fineGrainedAdminPermissions && authorization
      ? compilePermissions(authorization, { clientIdOf, group: (id) => groups.get(id), clientScopeName: (id) => scopes.get(id)?.name })
      : undefined;

  const effective = new WeakMap<object, ReadonlySet<string>>();
  const view: RealmView = {
    realm,
    features,
    clientByClientId: (clientId) => byClientId.get(clientId),
    clientById: (id) => byUuid.get(id),
    clientIsEnabled: (clientId) => index.get(clientId),
    role: (id) => roles.get(id),
    clientRole: (clientId, name) => roleByName.get(nameKey(clientId, name)),
    realmRole: (name) => roleByName.get(nameKey(undefined, name)),
    expandRoles: expand,
    effectiveRoles(user) {
      const known = effective.get(user);
      if (known) return known;
      const found = expand([...user.roleIds, ...groupRoles(groups, user)]);
      effective.set(user, found);
      return found;
    },
    group: (id) => groups.get(id),
    clientScope: (id) => scopes.get(id),
    organizations: compileOrganizations(rows.realm, realm.dialect),
    permissions,
    adminClientId,
  };

  return {
    view,
    keys,
    version: rows.version,
    identityProviders: rows.identityProviders,
    hashPolicy: readHashPolicy(typeof passwordPolicy === "string" ? passwordPolicy : undefined),
    clientScopes: [...scopes.values()],
    client(clientId) {
      const known = byClientId.get(clientId);
      return known || !index.has(clientId) ? known : reads.findClientByClientId(realm.id, clientId).then(keep);
    },
    async clientByUuid(id) {
      return byUuid.get(id) ?? keep(await reads.findClientById(realm.id, id));
    },
    async openSecret(client) {
      const text = sealed.get(client.id) ?? (await reads.findClientById(realm.id, client.id))?.sealedSecret;
      return text === undefined ? undefined : secrets.open(text, { table: "client", realm: realm.id, row: client.id, column: "secret" });
    },
    async refreshClient(id) {
      const row = await reads.findClientById(realm.id, id);
      const before = names.get(id);
      if (before !== undefined) index.delete(before);
      names.delete(id);
      forgetClient(id);
      if (!row) return;
      index.set(row.clientId, row.enabled);
      names.set(id, row.clientId);
    },
  };
}

const nameKey = (clientId: string | undefined, name: string): string => `${clientId ?? ""}\u0000${name}`;

/** Roles with everything their composites contain; cycles end. */
function roleExpander(composites: RealmRows["composites"]): (ids: Iterable<string>) => ReadonlySet<string> {
  const children = new Map<string, string[]>();
  for (const [parent, child] of composites) {
    const known = children.get(parent);
    if (known) known.push(child);
    else children.set(parent, [child]);
  }
  return (ids) => {
    const found = new Set<string>();
    const open = [...ids];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (found.has(id)) continue;
      found.add(id);
      const contained = children.get(id);
      if (contained) open.push(...contained);
    }
    return found;
  };
}

function compileGroups(rows: readonly GroupRow[]): ReadonlyMap<string, Group> {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const pathOf = (row: GroupRow, depth = 0): string => {
    const parent = row.parentId === undefined || depth > 64 ? undefined : byId.get(row.parentId);
    return `${parent ? pathOf(parent, depth + 1) : ""}/${row.name}`;
  };
  return new Map(
    rows.map((row) => [
      row.id,
      Object.freeze({
        id: row.id,
        name: row.name,
        path: pathOf(row),
        ...(row.parentId !== undefined && { parentId: row.parentId }),
        roleIds: row.roleIds,
        attributes: listMembers(row.representation["attributes"]),
      }),
    ]),
  );
}

/** Roles of the groups of a user and of the groups above them. */
function groupRoles(groups: ReadonlyMap<string, Group>, { groupIds }: Pick<User, "groupIds">): readonly string[] {
  const roleIds: string[] = [];
  const seen = new Set<string>();
  for (const id of groupIds) {
    for (
      let group = groups.get(id);
      group && !seen.has(group.id);
      group = group.parentId === undefined ? undefined : groups.get(group.parentId)
    ) {
      seen.add(group.id);
      roleIds.push(...group.roleIds);
    }
  }
  return roleIds;
}

function compileScopes(rows: RealmRows): ReadonlyMap<string, ClientScope> {
  return new Map(
    rows.clientScopes.map(({ id, name, protocol, representation, roleScope }) => {
      const attributes = textMembers(representation["attributes"]);
      const scope: ClientScope = Object.freeze({
        id,
        name,
        protocol,
        includeInTokenScope: attributes["include.in.token.scope"] !== "false",
        displayOnConsentScreen: attributes["display.on.consent.screen"] !== "false",
        mappers: protocolMappers(representation["protocolMappers"]),
        roleScope: new Set(roleScope),
      });
      return [id, scope];
    }),
  );
}

/** A key component with its secret entries opened. */
function openKeyComponent(row: RealmRows["keyComponents"][number], realmId: string, secrets: SecretBox): KeyComponent {
  const sealed =
    row.sealedConfig === undefined
      ? {}
      : (JSON.parse(secrets.open(row.sealedConfig, { table: "component", realm: realmId, row: row.id, column: "config" })) as Record<
          string,
          string[]
        >);
  const { name, providerId, config } = row.representation as { name?: string; providerId?: string; config?: Record<string, string[]> };
  return { id: row.id, ...(name !== undefined && { name }), providerId: providerId ?? "", config: { ...config, ...sealed } };
}

function listMembers(value: unknown): Readonly<Record<string, readonly string[]>> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, list]) =>
      Array.isArray(list) ? [[key, list.filter((entry) => typeof entry === "string")] as const] : [],
    ),
  );
}
