import { mkdir, mkdtemp, readdir, rm, rmdir } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { databaseExists } from "@cambist/store/database-file.ts";
import { openStore, type Store } from "@cambist/store/open.ts";
import { openReader } from "@cambist/store/reader.ts";
import { CommandFailure } from "../cli/command-failure.ts";
import type { CommandIo } from "../cli/io.ts";
import { commandVoice, type CommandVoice } from "../cli/progress.ts";
import type { MigrateArguments, ServerConfig } from "../config/server-config.ts";
import { readDataFolder } from "../doctor/read-data-folder.ts";
import { escapeControls } from "../events/safe-text.ts";
import { dataSecretKey } from "../secrets/data-secret-key.ts";
import { ImportError } from "../imports/import-error.ts";
import { importRealms } from "../imports/import-realms.ts";
import { findRealms, type FoundRealm } from "../imports/import-sources.ts";
import { realTools } from "../imports/import-tools.ts";
import { fileDocument } from "../imports/realm-document.ts";
import { MASTER } from "../imports/realm-client.ts";
import { PasswordPool } from "../passwords/pool.ts";
import { AdminConnection } from "../remote/admin-connection.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import { differenceLines, findDifferences } from "./differences.ts";
import { type StagedRealm, stageRealm } from "./stage-realm.ts";

type MigrateConfig = Pick<ServerConfig, "dataDirectory" | "secretKeyFile" | "importOverride" | "features" | "compatibility">;

/** The exit code where the source could not be read: nothing was changed. */
const COULD_NOT_READ = 2;
const WORDS = { address: "--from", credentials: "set KC_CLI_PASSWORD (and --user), or --client and KC_CLI_CLIENT_SECRET" };

/**
 * `cambist migrate`: realms of a running Keycloak, as its admin API shows them and completed from an export, into a data folder that no server has open.
 * All realms are read before the first is stored; each is stored in one transaction.
 * @returns 0 when every realm was imported or existed already, 1 when one could not be
 * @throws {CommandFailure} exit code 2: the source could not be read, nothing was changed
 */
export async function migrateCommand(config: MigrateConfig, args: MigrateArguments, io: CommandIo): Promise<number> {
  const voice = safe(commandVoice(io));
  const { dataDirectory } = config;
  let target: Target | undefined;
  let folder: string | undefined;
  let madeFolder = false;
  try {
    const { api, sources } = await openSources(args, voice, io.signal);
    // A server has the data folder open, or its key is gone? Better known now than in an hour.
    if (!args.dryRun && databaseExists(dataDirectory)) target = await openTarget(config);
    if (!args.dryRun) madeFolder = (await mkdir(dataDirectory, { recursive: true, mode: 0o700 })) !== undefined;
    folder = await stagingFolder(args.dryRun ? tmpdir() : dataDirectory);
    const staged = await readAll(api, sources, folder, voice);
    for (const one of staged) await tell(one, folder, voice);
    if (args.dryRun) return await rehearse(config, staged, folder, voice);
    target ??= await openTarget(config);
    const failures = await store(target, folder, config.importOverride, voice);
    await target.store.close();
    target = undefined;
    if (failures === 0) await examine(config, dataDirectory, staged, voice);
    return failures > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof CommandFailure) && !(error instanceof ImportError)) throw error;
    throw new CommandFailure(escapeControls(error.message), { exitCode: COULD_NOT_READ, cause: error });
  } finally {
    await target?.store.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    if (madeFolder) await rmdir(dataDirectory).catch(() => undefined); // empty only where nothing was stored
  }
}

/** A data folder that nobody else has open. */
interface Target {
  readonly store: Store;
  readonly box: SecretBox;
}

async function openTarget(config: Pick<MigrateConfig, "dataDirectory" | "secretKeyFile">): Promise<Target> {
  const box = new SecretBox(await dataSecretKey(config));
  return { box, store: await openStore(config.dataDirectory) };
}

/**
 * Where realms lie between reading and storing. Secrets and hashes are in them, so the place is the data folder, where these will be anyway; only a dry run
 * leaves that alone. What a run that was killed has left goes.
 */
async function stagingFolder(parent: string): Promise<string> {
  const prefix = ".cambist-migrate-";
  if (parent !== tmpdir()) {
    const old = (await readdir(parent)).filter((name) => name.startsWith(prefix));
    for (const name of old) await rm(join(parent, name), { recursive: true, force: true });
  }
  return mkdtemp(join(parent, prefix));
}

interface Sources {
  readonly api: AdminConnection;
  readonly sources: readonly FoundRealm[];
}

/** @throws {CommandFailure} something is missing on the command line, or from the export */
async function openSources(
  { from, exportPath, realms, login }: MigrateArguments,
  voice: CommandVoice,
  signal: AbortSignal,
): Promise<Sources> {
  if (from === undefined) throw new CommandFailure("migrate needs --from=URL, the Keycloak to read from");
  if (exportPath === undefined)
    throw new CommandFailure(
      "migrate needs --export=PATH, what `kc.sh export` wrote there: the admin API shows neither password hashes nor keys",
    );
  const api = new AdminConnection(from, login, WORDS, { signal });
  if (api.isExposed) voice.warn("--from is plain HTTP to another machine: whoever is on the way can read the credentials.");
  const { realms: found, failures, ignored } = await findRealms(exportPath);
  for (const line of ignored) voice.warn(line);
  // A file nobody asked for need not be good.
  if (failures[0] && !(realms.length > 0 && realms.every((name) => found.some(({ realm }) => realm === name)))) throw failures[0];
  const wanted = realms.length > 0 ? realms : found.map(({ realm }) => realm).filter((realm) => realm !== MASTER);
  const sources = wanted.map((realm) => {
    const source = found.find((one) => one.realm === realm);
    if (source) return source;
    const names = found.map((one) => JSON.stringify(one.realm)).join(", ");
    throw new CommandFailure(`The export has no realm ${JSON.stringify(realm)}; it has ${names === "" ? "none" : names}`);
  });
  if (sources.length === 0)
    throw new CommandFailure("The export has no realm but master, which is taken over only when --realm=master names it");
  return { api, sources };
}

async function readAll(
  api: AdminConnection,
  sources: readonly FoundRealm[],
  folder: string,
  voice: CommandVoice,
): Promise<readonly StagedRealm[]> {
  const staged: StagedRealm[] = [];
  for (const source of sources) {
    const one = await stageRealm(api, source, folder, voice);
    voice.info(`Realm ${JSON.stringify(one.realm)} read from ${api.base}: ${one.clients} clients, ${one.users} users`);
    staged.push(one);
  }
  return staged;
}

/** What changed since the export, and what will be different here. */
async function tell({ realm, notes }: StagedRealm, folder: string, voice: CommandVoice): Promise<void> {
  const changes = notes.lines();
  if (changes.length > 0)
    voice.info([`Realm ${JSON.stringify(realm)}: the server and its export differ`, ...changes.map(indented)].join("\n"));
  const lines = differenceLines(await findDifferences(fileDocument(join(folder, `${encodeURIComponent(realm)}-realm.json`))));
  voice.info([`Realm ${JSON.stringify(realm)}: what will be different`, ...lines].join("\n"));
}

const indented = (line: string): string => `  ${line}`;

/** @returns how many could not be imported; each is said */
async function store({ store: opened, box }: Target, folder: string, override: boolean, voice: CommandVoice): Promise<number> {
  const passwords = new PasswordPool({ size: availableParallelism() });
  try {
    const { failures } = await importRealms(opened, folder, realTools(box, passwords), { override }, voice);
    return failures.length;
  } finally {
    await passwords.close();
  }
}

/** The import into a folder that goes afterwards: its warnings and failures are those that the real one would have. */
async function rehearse(config: MigrateConfig, staged: readonly StagedRealm[], folder: string, voice: CommandVoice): Promise<number> {
  const data = join(folder, "data");
  await mkdir(data, { mode: 0o700 });
  const there = await realmNames(config.dataDirectory);
  const target = await openTarget({ dataDirectory: data, secretKeyFile: undefined });
  let failures: number;
  try {
    failures = await store(target, folder, true, { ...voice, info: (line) => voice.info(`Rehearsal: ${line}`) });
  } finally {
    await target.store.close();
  }
  if (failures === 0) await examine(config, data, staged, voice);
  for (const { realm } of staged) {
    if (!there.includes(realm)) continue;
    const fate = config.importOverride ? "would be replaced" : "would stay as it is (--override=false)";
    voice.info(`Realm ${JSON.stringify(realm)} exists in ${config.dataDirectory} and ${fate}`);
  }
  voice.info(`Dry run: nothing was changed in ${config.dataDirectory}`);
  return failures > 0 ? 1 : 0;
}

async function realmNames(dataDirectory: string): Promise<readonly string[]> {
  if (!databaseExists(dataDirectory)) return [];
  const reader = await openReader(dataDirectory);
  try {
    return await reader.config.realmNames();
  } finally {
    await reader.close();
  }
}

/** What the doctor says of the realms as they are stored now, a line per finding. */
async function examine(config: MigrateConfig, dataDirectory: string, staged: readonly StagedRealm[], voice: CommandVoice): Promise<void> {
  for (const { realm } of staged) {
    for (const { findings } of await readDataFolder({ ...config, dataDirectory }, realm, Date.now())) {
      if (findings.length === 0) continue;
      const lines = findings.map(({ severity, check, problem }) => `  ${severity.padEnd(8)} ${check}: ${problem}`);
      voice.info([`Realm ${JSON.stringify(realm)}: what \`cambist doctor\` finds, where the fixes are`, ...lines].join("\n"));
    }
  }
}

const escaped = (text: string): string => text.split("\n").map(escapeControls).join("\n");

/** Names of another server's realm reach the terminal: a line stays a line. */
function safe(voice: CommandVoice): CommandVoice {
  return {
    info: (line) => voice.info(escaped(line)),
    warn: (line) => voice.warn(escaped(line)),
    error: (line) => voice.error(escaped(line)),
    begin: (task) => voice.begin({ ...task, label: escapeControls(task.label) }),
  };
}
