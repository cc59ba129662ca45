import { type ConfigReads, ImportConflict, type ImportStore } from "@cambist/store/config-ports.ts";
import { type CommandVoice, progressLines } from "../cli/progress.ts";
import { ImportError } from "./import-error.ts";
import { type ImportedRealm, importRealm } from "./import-realm.ts";
import { findRealms, type FoundRealm } from "./import-sources.ts";
import type { ImportTools } from "./import-tools.ts";
import { withLeanHeap } from "./lean-heap.ts";
import { MASTER } from "./realm-client.ts";

/** The parts of a store that imports use. */
export interface RealmStore {
  readonly imports: ImportStore;
  readonly reader: { readonly config: Pick<ConfigReads, "realmNames"> };
}

/** How an import tells what it does; progress comes as lines unless it has a better way. */
export type ImportVoice = Omit<CommandVoice, "begin"> & Partial<Pick<CommandVoice, "begin">>;

export interface ImportOptions {
  /** True: a realm that exists is deleted and imported anew, in one transaction. False: it stays as it is. */
  readonly override: boolean;
  /** Replaces placeholders; absent: `${...}` stays as it stands. */
  readonly environment?: (name: string) => string | undefined;
}

export interface ImportRun {
  readonly imported: readonly ImportedRealm[];
  /** Names of realms that existed and stayed. */
  readonly skipped: readonly string[];
  readonly failures: readonly ImportError[];
}

/**
 * Imports the realms of a file or folder, each in a transaction of its own. A realm that cannot be imported does not keep the others from
 * it, apart from master, without which they would lack their administrators.
 * @throws {ImportError} when the path cannot be read
 */
export async function importRealms(
  store: RealmStore,
  path: string,
  tools: ImportTools,
  options: ImportOptions,
  voice: ImportVoice,
): Promise<ImportRun> {
  const { realms, failures: unreadable, ignored } = await findRealms(path, options.environment);
  const failures = [...unreadable];
  for (const line of ignored) voice.warn(line);
  for (const failure of failures) voice.error(failure.message);
  if (realms.length === 0 && failures.length === 0) voice.warn(`There is no realm file in ${path}`);

  const imported: ImportedRealm[] = [];
  const skipped: string[] = [];
  for (const source of realms) {
    try {
      const stored = await withLeanHeap(() => storeRealm(store, source, tools, options.override, voice));
      if (stored) imported.push(stored);
      else skipped.push(source.realm);
    } catch (error) {
      if (!(error instanceof ImportError)) throw error;
      failures.push(error);
      voice.error(error.message);
      if (source.realm === MASTER) break;
    }
  }
  return { imported, skipped, failures };
}

/**
 * One realm, in one transaction: all of it or nothing. Undefined when it exists and stays.
 * @throws {ImportError} what keeps it from being stored
 */
export async function storeRealm(
  store: RealmStore,
  source: FoundRealm,
  tools: ImportTools,
  override: boolean,
  voice: ImportVoice,
): Promise<ImportedRealm | undefined> {
  const { realm, main, meter } = source;
  const others = (await store.reader.config.realmNames()).filter((name) => name !== realm && name !== MASTER);
  const started = tools.now();
  let replaced = false;
  let report: ImportedRealm | undefined;
  const begin = voice.begin ?? progressLines((line) => voice.info(line), tools.now);
  const progress = begin({ label: `Realm ${quoted(realm)}`, total: meter?.total });
  if (meter) meter.done = 0; // its name was looked for
  const telling: ImportTools = { ...tools, progress: ({ clients, users }) => progress.reach(meter?.done ?? 0, { clients, users }) };
  try {
    report = await store.imports.importing(async (sink) => {
      const existing = await sink.findRealmId(realm);
      if (existing !== undefined) {
        if (!override) return undefined;
        await sink.deleteRealm(existing);
        replaced = true;
      }
      return importRealm(source, sink, telling, others);
    });
  } catch (error) {
    if (error instanceof ImportConflict) throw new ImportError(main.file, "", error.message, { cause: error });
    throw error;
  } finally {
    progress.end();
  }
  if (!report) {
    voice.info(`Realm ${quoted(realm)} exists and stays as it is (${main.file})`);
    return undefined;
  }
  const warning = report.warnings.line(main.file);
  if (warning !== undefined) voice.warn(warning);
  const seconds = ((tools.now() - started) / 1000).toFixed(1);
  voice.info(
    `Realm ${quoted(realm)} ${replaced ? "replaced" : "imported"} from ${main.file}: ${report.clients} clients, ${report.users} users, ${seconds} s`,
  );
  return report;
}

/** Names come from files: none may break a line. */
const quoted = (name: string): string => (/^[\w.@-]+$/.test(name) ? name : JSON.stringify(name));
