import { setImmediate } from "node:timers/promises";
import type { AuthorizationRows, ClientRow, ImportSink, ImportStore, UserRow } from "@cambist/store/config-ports.ts";
import { ImportConflict } from "@cambist/store/config-ports.ts";
import { type AdminReads, StorageConflict } from "@cambist/store/admin-ports.ts";
import type { AuditRecord, Command } from "@cambist/store/ports.ts";

type StoringCall = Exclude<keyof ImportSink, `find${string}`>;

/** One call of an import that stores something, as plain data. */
export type ImportStep = { readonly [Call in StoringCall]: readonly [Call, ...Parameters<ImportSink[Call]>] }[StoringCall];

/**
 * An import that is worked out (keys made, passwords hashed, names resolved) and only needs storing: what a worker hands to the writer, so
 * that nobody's write waits longer than the inserts take. Steps, then commands, then audit records, all in one transaction.
 */
export interface RecordedImport {
  readonly steps: readonly ImportStep[];
  readonly commands: readonly Command[];
  readonly audit: readonly AuditRecord[];
}

/**
 * A sink that keeps what it is given. Names it does not know itself are looked up in what is committed. After each batch of clients or users
 * other work of the thread has its turn.
 */
export class RecordingSink implements ImportSink {
  readonly steps: ImportStep[] = [];
  readonly #reads: AdminReads;
  readonly #realms = new Map<string, string>();
  readonly #clients = new Map<string, string>();
  readonly #users = new Map<string, string>();
  readonly #roles = new Map<string, string>();

  constructor(reads: AdminReads) {
    this.#reads = reads;
  }

  async realm(...args: Parameters<ImportSink["realm"]>): Promise<void> {
    this.#realms.set(args[0].name, args[0].id);
    this.steps.push(["realm", ...args]);
  }
  async roles(...args: Parameters<ImportSink["roles"]>): Promise<void> {
    for (const { id, name, clientUuid } of args[1]) this.#roles.set(key(args[0], clientUuid ?? "", name), id);
    this.steps.push(["roles", ...args]);
  }
  async composites(...args: Parameters<ImportSink["composites"]>): Promise<void> {
    this.steps.push(["composites", ...args]);
  }
  async groups(...args: Parameters<ImportSink["groups"]>): Promise<void> {
    this.steps.push(["groups", ...args]);
  }
  async clientScopes(...args: Parameters<ImportSink["clientScopes"]>): Promise<void> {
    this.steps.push(["clientScopes", ...args]);
  }
  async clients(realmId: string, rows: readonly ClientRow[]): Promise<void> {
    for (const { id, clientId } of rows) this.#clients.set(key(realmId, clientId), id);
    this.steps.push(["clients", realmId, rows]);
    await setImmediate();
  }
  async moreClientScopes(...args: Parameters<ImportSink["moreClientScopes"]>): Promise<void> {
    this.steps.push(["moreClientScopes", ...args]);
  }
  async components(...args: Parameters<ImportSink["components"]>): Promise<void> {
    this.steps.push(["components", ...args]);
  }
  async identityProviders(...args: Parameters<ImportSink["identityProviders"]>): Promise<void> {
    this.steps.push(["identityProviders", ...args]);
  }
  async identityProviderMappers(...args: Parameters<ImportSink["identityProviderMappers"]>): Promise<void> {
    this.steps.push(["identityProviderMappers", ...args]);
  }
  async authorization(realmId: string, rows: AuthorizationRows): Promise<void> {
    this.steps.push(["authorization", realmId, rows]);
  }
  async users(realmId: string, rows: readonly UserRow[]): Promise<void> {
    for (const { id, username } of rows) this.#users.set(key(realmId, username), id);
    this.steps.push(["users", realmId, rows]);
    await setImmediate();
  }
  async organizationMembers(...args: Parameters<ImportSink["organizationMembers"]>): Promise<void> {
    this.steps.push(["organizationMembers", ...args]);
  }
  async deleteRealm(realmId: string): Promise<void> {
    this.steps.push(["deleteRealm", realmId]);
  }

  async findRealmId(name: string): Promise<string | undefined> {
    return this.#realms.get(name) ?? (await this.#reads.realmByName(name))?.id;
  }
  async findClientUuid(realmId: string, clientId: string): Promise<string | undefined> {
    return this.#clients.get(key(realmId, clientId)) ?? (await this.#reads.clientByClientId(realmId, clientId))?.id;
  }
  async findRoleId(realmId: string, clientUuid: string | undefined, name: string): Promise<string | undefined> {
    return this.#roles.get(key(realmId, clientUuid ?? "", name)) ?? (await this.#reads.roleByName(realmId, clientUuid, name))?.id;
  }
  async findUserId(realmId: string, username: string): Promise<string | undefined> {
    const known = this.#users.get(key(realmId, username));
    if (known !== undefined) return known;
    const [user] = await this.#reads.users(realmId, { username, exact: true, withServiceAccounts: true, max: 1 });
    return user?.id;
  }
  /** Nothing of an import asks the store for a group: the file's own are known by path. */
  async findGroupId(): Promise<string | undefined> {
    return undefined;
  }
}

const key = (...parts: readonly string[]): string => JSON.stringify(parts);

/**
 * Stores a recorded import in one transaction; every other write waits.
 * @throws {StorageConflict} a name or id is taken @throws {StorageUnavailable}
 */
export async function replayImport(imports: ImportStore, { steps, commands, audit }: RecordedImport): Promise<void> {
  try {
    await imports.importing(
      async (sink) => {
        for (const step of steps) await replay(sink, step);
      },
      { commands, audit },
    );
  } catch (error) {
    if (error instanceof ImportConflict) throw new StorageConflict(error.message, { cause: error });
    throw error;
  }
}

function replay(sink: ImportSink, [call, ...args]: ImportStep): Promise<void> {
  const store = sink[call] as (...args: readonly unknown[]) => Promise<void>; // the tuple pairs each call with its own arguments
  return store(...args);
}
