/** A client as others refer to it. */
export interface ClientEntry {
  readonly uuid: string;
  readonly clientId: string;
  readonly protocol: string | undefined;
  readonly serviceAccountsEnabled: boolean;
  /** It has authorization settings, or is to have them. */
  readonly isResourceServer: boolean;
  /** True: the file does not name it. */
  readonly builtIn: boolean;
  /** Deprecated `defaultRoles` of the client: names of its own roles that everybody gets. */
  readonly defaultRoles: readonly string[];
}
export interface ScopeEntry {
  readonly id: string;
  readonly name: string;
  readonly protocol: string;
}

/** Everything of one realm that a file refers to by name, resolved to ids. Filled section by section, then only read. */
export class RealmNames {
  readonly #clients = new Map<string, ClientEntry>();
  readonly #clientsByUuid = new Map<string, ClientEntry>();
  readonly #realmRoles = new Map<string, string>();
  readonly #clientRoles = new Map<string, Map<string, string>>();
  readonly #groups = new Map<string, string>();
  readonly #scopes = new Map<string, ScopeEntry>();

  /** False when the clientId or UUID is taken. */
  addClient(entry: ClientEntry): boolean {
    if (this.#clients.has(entry.clientId) || this.#clientsByUuid.has(entry.uuid)) return false;
    this.#clients.set(entry.clientId, entry);
    this.#clientsByUuid.set(entry.uuid, entry);
    return true;
  }

  /** False when the name is taken. `clientId` undefined: a realm role. */
  addRole(clientId: string | undefined, name: string, id: string): boolean {
    let roles = this.#realmRoles;
    if (clientId !== undefined) {
      roles = this.#clientRoles.get(clientId) ?? new Map<string, string>();
      this.#clientRoles.set(clientId, roles);
    }
    if (roles.has(name)) return false;
    roles.set(name, id);
    return true;
  }

  addGroup(path: string, id: string): boolean {
    if (this.#groups.has(path)) return false;
    this.#groups.set(path, id);
    return true;
  }

  addScope(entry: ScopeEntry): boolean {
    if (this.#scopes.has(entry.name)) return false;
    this.#scopes.set(entry.name, entry);
    return true;
  }

  client(clientId: string): ClientEntry | undefined {
    return this.#clients.get(clientId);
  }
  /** By clientId, else by UUID. */
  clientByAnyName(name: string): ClientEntry | undefined {
    return this.#clients.get(name) ?? this.#clientsByUuid.get(name);
  }
  clients(): IterableIterator<ClientEntry> {
    return this.#clients.values();
  }
  roleId(clientId: string | undefined, name: string): string | undefined {
    return clientId === undefined ? this.#realmRoles.get(name) : this.#clientRoles.get(clientId)?.get(name);
  }
  groupId(path: string): string | undefined {
    return this.#groups.get(path) ?? this.#groups.get(`/${path}`);
  }
  scope(name: string): ScopeEntry | undefined {
    return this.#scopes.get(name);
  }
  hasScope(name: string): boolean {
    return this.#scopes.has(name);
  }

  /**
   * A role as policies write it: `role`, or `clientId/role`. Both names may hold slashes themselves, so every cut is tried.
   */
  roleByPath(path: string): string | undefined {
    const realmRole = this.#realmRoles.get(path);
    if (realmRole !== undefined) return realmRole;
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      const clientRole = this.roleId(path.slice(0, slash), path.slice(slash + 1));
      if (clientRole !== undefined) return clientRole;
    }
    return undefined;
  }
}
