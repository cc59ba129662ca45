import type { ChangeReads } from "@cambist/store/ports.ts";
import { compileRealm, type LoadedRealm, type RealmContext } from "./compile-realm.ts";

export interface RealmCacheOptions extends RealmContext {
  readonly changes: ChangeReads;
  /** The process-wide counter that the writer raises with each committed change of configuration, before its answer leaves. */
  readonly counter: { read(): number };
  /** Realms that are kept loaded. */
  readonly maxLoaded?: number;
}

/** Realms that one worker keeps loaded, a hundred kilobytes and more each; of more, the one that was loaded longest ago is loaded anew when it is asked for. */
const MAX_LOADED = 1000;
/** Realm names nobody has, remembered for so many. */
const MAX_UNKNOWN = 1000;

/**
 * Realms by name, as of the last change that has returned. A worker looks at the shared counter before each decision and follows the change
 * log when it is behind: a client that changed is dropped alone, anything else drops its realm.
 */
export class RealmCache {
  readonly #options: RealmCacheOptions;
  readonly #byName = new Map<string, Promise<LoadedRealm | undefined>>();
  readonly #unknown = new Set<string>();
  #version = 0;
  #following: Promise<void> | undefined;

  constructor(options: RealmCacheOptions) {
    this.#options = options;
    this.#version = options.counter.read();
  }

  get(name: string): Promise<LoadedRealm | undefined> {
    const isBehind = this.#options.counter.read() > this.#version;
    return isBehind ? this.#catchUp().then(() => this.#find(name)) : (this.#byName.get(name) ?? this.#find(name));
  }

  async #find(name: string): Promise<LoadedRealm | undefined> {
    const known = this.#byName.get(name);
    if (known) return known;
    if (this.#unknown.has(name) || name.length > 255) return undefined;
    const loading = this.#load(name);
    this.#byName.set(name, loading);
    const loaded = await loading.catch((error: unknown) => {
      this.#byName.delete(name);
      throw error;
    });
    if (loaded) {
      // Made-up names push out nothing: they never stay.
      const [oldest] = this.#byName.keys();
      if (this.#byName.size > (this.#options.maxLoaded ?? MAX_LOADED) && oldest !== undefined) this.#byName.delete(oldest);
      return loaded;
    }
    this.#byName.delete(name);
    if (this.#unknown.size >= MAX_UNKNOWN) this.#unknown.clear();
    this.#unknown.add(name);
    return undefined;
  }

  async #load(name: string): Promise<LoadedRealm | undefined> {
    const id = await this.#options.reads.findRealmIdByName(name);
    const rows = id === undefined ? undefined : await this.#options.reads.loadRealm(id);
    return rows && compileRealm(rows, this.#options);
  }

  #catchUp(): Promise<void> {
    this.#following ??= this.#follow().finally(() => {
      this.#following = undefined;
    });
    return this.#following;
  }

  async #follow(): Promise<void> {
    for (;;) {
      const changes = await this.#options.changes.since(this.#version);
      const [first] = changes;
      // Too far behind: what has changed in between is not in the log any more.
      if (first && first.version > this.#version + 1) {
        this.#byName.clear();
        this.#unknown.clear();
        this.#version = changes.at(-1)?.version ?? first.version;
        continue;
      }
      for (const change of changes) {
        this.#unknown.clear();
        if (change.kind === "client") {
          for (const loading of this.#byName.values()) {
            const realm = await loading.catch(() => undefined);
            if (realm?.view.realm.id === change.realmId) await realm.refreshClient(change.id);
          }
        } else if (change.kind === "realm") {
          for (const [name, loading] of this.#byName) {
            const realm = await loading.catch(() => undefined);
            if (realm?.view.realm.id === change.realmId) this.#byName.delete(name);
          }
        }
        this.#version = Math.max(this.#version, change.version);
      }
      const target = this.#options.counter.read();
      if (changes.length === 0) this.#version = Math.max(this.#version, target);
      if (this.#version >= target) return;
    }
  }
}
