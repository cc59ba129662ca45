import type {
  AuthorizationRows,
  ClientRow,
  ClientScopeRow,
  ComponentRow,
  GroupRow,
  IdentityProviderMapperRow,
  IdentityProviderRow,
  ImportSink,
  RealmRow,
  RoleRow,
  UserRow,
} from "@cambist/store/config-ports.ts";

/** All rows of one realm, as an import handed them over. */
export class CollectedRealm {
  readonly roles: RoleRow[] = [];
  readonly composites: (readonly [string, string])[] = [];
  readonly groups: GroupRow[] = [];
  readonly clientScopes: ClientScopeRow[] = [];
  readonly clients: ClientRow[] = [];
  readonly components: ComponentRow[] = [];
  readonly identityProviders: IdentityProviderRow[] = [];
  readonly identityProviderMappers: IdentityProviderMapperRow[] = [];
  readonly authorization: AuthorizationRows[] = [];
  readonly users: UserRow[] = [];
  /** Pairs [organization, user]. */
  readonly organizationMembers: [string, string][] = [];
  readonly row: RealmRow;
  constructor(row: RealmRow) {
    this.row = row;
  }

  client(clientId: string): ClientRow {
    return found(
      this.clients.find((row) => row.clientId === clientId),
      clientId,
    );
  }
  user(username: string): UserRow {
    return found(
      this.users.find((row) => row.username === username),
      username,
    );
  }
  scope(name: string): ClientScopeRow {
    return found(
      this.clientScopes.find((row) => row.name === name),
      name,
    );
  }
  role(path: string): RoleRow {
    return found(
      this.roles.find(({ id }) => this.roleName(id) === path),
      path,
    );
  }
  /** `role` or `clientId/role`. */
  roleName(id: string): string {
    const role = found(
      this.roles.find((row) => row.id === id),
      id,
    );
    const owner = this.clients.find((row) => row.id === role.clientUuid)?.clientId;
    return owner === undefined ? role.name : `${owner}/${role.name}`;
  }
  roleNames(ids: readonly string[]): readonly string[] {
    return ids.map((id) => this.roleName(id)).toSorted();
  }
  composite(path: string): readonly string[] {
    const { id } = this.role(path);
    return this.roleNames(this.composites.filter(([parent]) => parent === id).map(([, child]) => child));
  }
  scopeNames(ids: readonly string[]): readonly string[] {
    return ids.map(
      (id) =>
        found(
          this.clientScopes.find((row) => row.id === id),
          id,
        ).name,
    );
  }
}

const found = <T>(value: T | undefined, name: string): T => {
  if (value === undefined) throw new Error(`nothing of the name ${name} was stored`);
  return value;
};

/** Keeps the rows of imports where a test can look at them. */
export class CollectingSink implements ImportSink {
  readonly realms = new Map<string, CollectedRealm>();

  realmNamed(name: string): CollectedRealm {
    return found(
      [...this.realms.values()].find(({ row }) => row.name === name),
      name,
    );
  }
  #of(realmId: string): CollectedRealm {
    return found(this.realms.get(realmId), realmId);
  }

  async realm(row: RealmRow): Promise<void> {
    this.realms.set(row.id, new CollectedRealm(row));
  }
  async roles(realmId: string, rows: readonly RoleRow[]): Promise<void> {
    this.#of(realmId).roles.push(...rows);
  }
  async composites(realmId: string, pairs: readonly (readonly [string, string])[]): Promise<void> {
    this.#of(realmId).composites.push(...pairs);
  }
  async groups(realmId: string, rows: readonly GroupRow[]): Promise<void> {
    this.#of(realmId).groups.push(...rows);
  }
  async clientScopes(realmId: string, rows: readonly ClientScopeRow[]): Promise<void> {
    this.#of(realmId).clientScopes.push(...rows);
  }
  async clients(realmId: string, rows: readonly ClientRow[]): Promise<void> {
    this.#of(realmId).clients.push(...rows);
  }
  async moreClientScopes(...[realmId, rows]: Parameters<ImportSink["moreClientScopes"]>): Promise<void> {
    const { clients } = this.#of(realmId);
    for (const { clientUuid, scopeId } of rows) {
      const index = clients.findIndex(({ id }) => id === clientUuid);
      const client = found(clients[index], clientUuid);
      clients[index] = { ...client, defaultScopeIds: [...client.defaultScopeIds, scopeId] };
    }
  }
  async components(realmId: string, rows: readonly ComponentRow[]): Promise<void> {
    this.#of(realmId).components.push(...rows);
  }
  async identityProviders(realmId: string, rows: readonly IdentityProviderRow[]): Promise<void> {
    this.#of(realmId).identityProviders.push(...rows);
  }
  async identityProviderMappers(realmId: string, rows: readonly IdentityProviderMapperRow[]): Promise<void> {
    this.#of(realmId).identityProviderMappers.push(...rows);
  }
  async authorization(realmId: string, rows: AuthorizationRows): Promise<void> {
    this.#of(realmId).authorization.push(rows);
  }
  async users(realmId: string, rows: readonly UserRow[]): Promise<void> {
    this.#of(realmId).users.push(...rows);
  }
  async organizationMembers(...[realmId, organizationId, rows]: Parameters<ImportSink["organizationMembers"]>): Promise<void> {
    for (const row of rows) this.#of(realmId).organizationMembers.push([organizationId, row.userId]);
  }
  async findRoleId(realmId: string, clientUuid: string | undefined, name: string): Promise<string | undefined> {
    return this.#of(realmId).roles.find((row) => row.clientUuid === clientUuid && row.name === name)?.id;
  }
  async findUserId(realmId: string, username: string): Promise<string | undefined> {
    return this.#of(realmId).users.find((row) => row.username === username)?.id;
  }
  async findGroupId(): Promise<string | undefined> {
    return undefined;
  }
  async findRealmId(name: string): Promise<string | undefined> {
    return [...this.realms.values()].find(({ row }) => row.name === name)?.row.id;
  }
  async findClientUuid(realmId: string, clientId: string): Promise<string | undefined> {
    return this.#of(realmId).clients.find((row) => row.clientId === clientId)?.id;
  }
  async deleteRealm(realmId: string): Promise<void> {
    this.realms.delete(realmId);
  }
}
