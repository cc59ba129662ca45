import { mkdir, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { databaseExists } from "@cambist/store/database-file.ts";
import { openReader } from "@cambist/store/reader.ts";
import { CommandFailure } from "../cli/command-failure.ts";
import type { CommandIo } from "../cli/io.ts";
import { commandVoice, type CommandVoice, progressLines } from "../cli/progress.ts";
import type { MigrateArguments, ServerConfig } from "../config/server-config.ts";
import { escapeControls } from "../events/safe-text.ts";
import { ImportError } from "../imports/import-error.ts";
import { findRealms, type FoundRealm } from "../imports/import-sources.ts";
import { withLeanHeap } from "../imports/lean-heap.ts";
import { MASTER } from "../imports/realm-client.ts";
import { AdminConnection } from "../remote/admin-connection.ts";
import { differenceLines, findingLines, toldIds } from "./print-differences.ts";
import { importInto, openTarget, rehearse, type RehearsedRealm, type Target } from "./rehearsal.ts";
import { type StagedRealm, stageRealm } from "./stage-realm.ts";
import { stagingFolder } from "./staging-folder.ts";

type MigrateConfig = Pick<ServerConfig, "dataDirectory" | "secretKeyFile" | "importOverride" | "features" | "compatibility">;

/** The exit code where the source could not be read: nothing was changed. */
const COULD_NOT_READ = 2;
const WORDS = { address: "--from", credentials: "set KC_CLI_PASSWORD (and --user), or --client and KC_CLI_CLIENT_SECRET" };

/**
 * `cambist migrate`: realms of a running Keycloak, as its admin API shows them and completed from an export, into a data folder that no server has open.
 * All realms are read and imported on trial before the first is stored; each is stored in one transaction.
 * @returns 0 when every realm was imported or existed already, 1 when one could not be
 * @throws {CommandFailure} exit code 2: the source could not be read, nothing was changed
 */
export async function migrateCommand(config: MigrateConfig, args: MigrateArguments, io: CommandIo): Promise<number> {
  const voice = safe(args.json ? besideJson(io) : commandVoice(io));
  const { dataDirectory } = config;
  let target: Target | undefined;
  let folder: string | undefined;
  let madeFolder = false;
  try {
    const { api, sources } = await openSources(args, voice, io.signal);
    // A server has the data folder open, or its key is gone? Better known now than in an hour.
    if (!args.dryRun && databaseExists(dataDirectory)) target = await openTarget(config);
    if (!args.dryRun) madeFolder = (await mkdir(dataDirectory, { recursive: true, mode: 0o700 })) !== undefined;
    // Secrets and hashes will be in the data folder anyway; only a dry run leaves that alone.
    folder = await stagingFolder(args.dryRun ? tmpdir() : dataDirectory);
    const staged = await readAll(api, sources, folder, voice);
    if (!args.json) for (const one of staged) tellReading(one, voice);
    const { realms, failures } = await rehearse(config, staged, folder, voice);
    if (!args.json) tell(realms, voice);
    const fates = args.dryRun ? await fatesOf(config, staged) : [];
    for (const line of fates) voice.info(line);
    if (args.json) io.stdout.write(`${escapeControls(JSON.stringify(report(args, staged, realms, failures)))}\n`);
    // What would fail again is not tried.
    if (failures.length > 0) voice.error(`Nothing was changed in ${dataDirectory}`);
    else if (args.dryRun) voice.info(`Dry run: nothing was changed in ${dataDirectory}`);
    if (failures.length > 0) return 1;
    if (args.dryRun) return 0;
    target ??= await openTarget(config);
    // Whatever it takes otherwise was said.
    const stored = await importInto(target, folder, config.importOverride, { ...voice, warn: () => undefined });
    return stored.failures.length > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof CommandFailure) && !(error instanceof ImportError)) throw error;
    throw new CommandFailure(escapeControls(error.message), { exitCode: COULD_NOT_READ, cause: error });
  } finally {
    await target?.store.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    if (madeFolder) await rmdir(dataDirectory).catch(() => undefined); // empty only where nothing was stored
  }
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
    const one = await withLeanHeap(() => stageRealm(api, source, folder, voice));
    const { realm, clients, users, serviceAccounts } = one;
    // An import counts both together.
    const others = serviceAccounts > 0 ? ` and ${serviceAccounts} service account${serviceAccounts === 1 ? "" : "s"}` : "";
    voice.info(`Realm ${JSON.stringify(realm)} read from ${api.base}: ${clients} clients, ${users} users${others}`);
    staged.push(one);
  }
  return staged;
}

/** What changed since the export, and what could not be looked at. */
function tellReading({ realm, notes, source }: StagedRealm, voice: CommandVoice): void {
  const changes = notes.lines();
  if (changes.length > 0)
    voice.info([`Realm ${JSON.stringify(realm)}: the server and its export differ`, ...changes.map(indented)].join("\n"));
  if (source.refused.length > 0)
    voice.info(`Realm ${JSON.stringify(realm)}: the server did not show ${source.refused.join(", ")}; what follows from it is not said`);
}

/** What will be different here, and what the doctor finds. Texts that several realms share are told with the first. */
function tell(realms: readonly RehearsedRealm[], voice: CommandVoice): void {
  const knows = new Set<string>();
  for (const { realm, dialect, differences, findings } of realms) {
    const name = `Realm ${JSON.stringify(realm)}`;
    voice.info([`${name}: what will be different`, ...differenceLines(differences, { own: dialect, knows })].join("\n"));
    for (const id of toldIds(differences, dialect)) knows.add(id);
    if (findings.length === 0) continue;
    voice.info([`${name}: what \`cambist doctor\` finds; it shows the fix of each`, ...findingLines(findings)].join("\n"));
  }
}

const indented = (line: string): string => `  ${line}`;

/** The same for programs. */
const report = (
  { from, dryRun }: MigrateArguments,
  staged: readonly StagedRealm[],
  realms: readonly RehearsedRealm[],
  failures: readonly string[],
) => ({
  from,
  dryRun,
  realms: staged.map(({ realm, clients, users, serviceAccounts, notes, source }) => ({
    realm,
    clients,
    users,
    serviceAccounts,
    changes: notes.lines(),
    notShown: source.refused,
    ...realms.find((one) => one.realm === realm),
  })),
  failures,
});

/** What a dry run leaves undone. */
async function fatesOf({ dataDirectory, importOverride }: MigrateConfig, staged: readonly StagedRealm[]): Promise<readonly string[]> {
  const there = await realmNames(dataDirectory);
  const fate = importOverride ? "would be replaced" : "would stay as it is (--override=false)";
  return staged.flatMap(({ realm }) =>
    there.includes(realm) ? [`Realm ${JSON.stringify(realm)} exists in ${dataDirectory} and ${fate}`] : [],
  );
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

/** Standard output is for the JSON alone. */
function besideJson(io: CommandIo): CommandVoice {
  const voice = commandVoice({ stdout: io.stderr, stderr: io.stderr });
  return io.stderr.isTTY === true ? voice : { ...voice, begin: progressLines((line) => io.stderr.write(`${line}\n`)) };
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
