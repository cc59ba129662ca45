import { availableParallelism } from "node:os";
import { join } from "node:path";
import { mkdir } from "node:fs/promises";
import type { Finding } from "@cambist/core/doctor/finding.ts";
import { examineRealm } from "@cambist/core/doctor/checks.ts";
import type { Difference } from "@cambist/core/migration/difference.ts";
import { findDifferences } from "@cambist/core/migration/differences.ts";
import type { Dialect } from "@cambist/core/model.ts";
import { openStore, type Store } from "@cambist/store/open.ts";
import { openReader, type StoreReader } from "@cambist/store/reader.ts";
import type { CommandVoice } from "../cli/progress.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { readStoredRealm } from "../doctor/read-data-folder.ts";
import type { ImportedRealm } from "../imports/import-realm.ts";
import { importRealms, type ImportRun } from "../imports/import-realms.ts";
import { realTools } from "../imports/import-tools.ts";
import { PasswordPool } from "../passwords/pool.ts";
import { dataSecretKey } from "../secrets/data-secret-key.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import { gatherMigrationFacts } from "./migration-facts.ts";
import type { StagedRealm } from "./stage-realm.ts";

/** A data folder that nobody else has open. */
export interface Target {
  readonly store: Store;
  readonly box: SecretBox;
}

export async function openTarget(config: Pick<ServerConfig, "dataDirectory" | "secretKeyFile">): Promise<Target> {
  const box = new SecretBox(await dataSecretKey(config));
  return { box, store: await openStore(config.dataDirectory) };
}

/** Imports every realm of the folder; each that cannot be is said. */
export async function importInto(
  { store, box }: Target,
  folder: string,
  override: boolean,
  voice: CommandVoice,
): Promise<Pick<ImportRun, "imported" | "failures">> {
  const passwords = new PasswordPool({ size: availableParallelism() });
  try {
    return await importRealms(store, folder, realTools(box, passwords), { override }, voice);
  } finally {
    await passwords.close();
  }
}

/** A realm as it will be here. */
export interface RehearsedRealm {
  readonly realm: string;
  /** That it will answer in. */
  readonly dialect: Dialect;
  readonly differences: readonly Difference[];
  /** The doctor's, those left out that the differences tell already. */
  readonly findings: readonly Finding[];
}

export interface Rehearsal {
  readonly realms: readonly RehearsedRealm[];
  /** What keeps realms from being imported. */
  readonly failures: readonly string[];
}

/** Checks of the doctor that are differences as well. */
const TOLD: ReadonlySet<string> = new Set(["mapper-ignored"]);

/**
 * Imports into a data folder inside `folder`, which goes with it, and looks at what arrived: so everything is known before the real data folder is touched,
 * and by the code that serves the realm later.
 */
export async function rehearse(
  config: Pick<ServerConfig, "features" | "compatibility">,
  staged: readonly StagedRealm[],
  folder: string,
  voice: CommandVoice,
): Promise<Rehearsal> {
  const dataDirectory = join(folder, "data");
  await mkdir(dataDirectory, { mode: 0o700 });
  const target = await openTarget({ dataDirectory, secretKeyFile: undefined });
  let run: Awaited<ReturnType<typeof importInto>>;
  try {
    run = await importInto(target, folder, true, rehearsing(voice));
  } finally {
    await target.store.close();
  }
  const failures = run.failures.map(({ message }) => message);
  const reader = await openReader(dataDirectory);
  try {
    const realms: RehearsedRealm[] = [];
    for (const one of run.imported) {
      const origin = staged.find(({ realm }) => realm === one.realm);
      if (origin) realms.push(await examine(reader, config, one, origin));
    }
    return { realms, failures };
  } finally {
    await reader.close();
  }
}

/** What was taken otherwise is among the differences, so it is not said twice. */
const rehearsing = ({ begin, ...voice }: CommandVoice): CommandVoice => ({
  ...voice,
  info: (line) => voice.info(`Rehearsal: ${line}`),
  warn: () => undefined,
  begin: (task) => begin({ ...task, label: `Rehearsal: ${task.label}` }),
});

async function examine(
  reader: StoreReader,
  config: Pick<ServerConfig, "features" | "compatibility">,
  { id, realm, warnings }: ImportedRealm,
  { source, tallies }: StagedRealm,
): Promise<RehearsedRealm> {
  const found = await readStoredRealm(reader, config, id, Date.now());
  if (!found) throw new Error(`The realm ${realm} is not where it was stored`);
  const facts = await gatherMigrationFacts({ store: reader.admin, ...found, source: source.facts, users: tallies, warnings });
  const findings = examineRealm({ ...found.reading.facts, use: facts.use });
  return {
    realm,
    dialect: facts.view.realm.dialect,
    differences: findDifferences(facts),
    findings: findings.filter(({ check }) => !TOLD.has(check)),
  };
}
