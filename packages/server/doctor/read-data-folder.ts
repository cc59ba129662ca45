import { openReader, type StoreReader } from "@cambist/store/reader.ts";
import type { RealmRow } from "@cambist/store/config-ports.ts";
import { randomBytes } from "node:crypto";
import { readRealm, type RealmReading } from "../admin/doctor/gather-facts.ts";
import { type DoctorReport, reportOn } from "../admin/doctor/report.ts";
import { CommandFailure } from "../cli/command-failure.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { InThreadPasswords } from "../passwords/passwords.ts";
import { compileRealm } from "../realms/compile-realm.ts";
import { matchesRegex } from "../realms/regex.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import { exchangeFeatures } from "../services.ts";

type DataConfig = Pick<ServerConfig, "dataDirectory" | "features" | "compatibility">;

/**
 * Examines the realms of a data folder, whether its server runs or not. Reads only, and needs no secret key: certificates tell the age of keys.
 * @throws {CommandFailure} there is no such realm @throws {DataFolderUnusable} there is no database
 */
export async function readDataFolder(config: DataConfig, realm: string | undefined, now: number): Promise<readonly DoctorReport[]> {
  const reader = await openReader(config.dataDirectory);
  try {
    const rows = (await reader.admin.realms()).filter(({ name }) => realm === undefined || name === realm);
    if (rows.length === 0) throw new CommandFailure(`There is no realm ${JSON.stringify(realm ?? "")} in ${config.dataDirectory}`);
    const reports: DoctorReport[] = [];
    for (const { id } of rows) {
      const report = await examine(reader, config, id, now);
      if (report) reports.push(report);
    }
    return reports;
  } finally {
    await reader.close();
  }
}

async function examine(reader: StoreReader, config: DataConfig, realmId: string, now: number): Promise<DoctorReport | undefined> {
  const found = await readStoredRealm(reader, config, realmId, now);
  return found && reportOn(found.reading.facts);
}

/** A realm of a data folder, and everything that the checks look at; undefined: it is gone. */
export async function readStoredRealm(
  reader: StoreReader,
  config: Pick<DataConfig, "features" | "compatibility">,
  realmId: string,
  now: number,
): Promise<{ readonly row: RealmRow; readonly reading: RealmReading } | undefined> {
  const rows = await reader.config.loadRealm(realmId);
  if (!rows) return undefined;
  const loaded = compileRealm(
    { ...rows, keyComponents: [] },
    // A box that opens nothing: without keys no secret is asked for.
    { reads: reader.config, secrets: new SecretBox(randomBytes(32)), features: exchangeFeatures(config), dialect: config.compatibility },
  );
  const reading = await readRealm(
    { store: reader.admin, state: reader.state, audit: reader.audit, passwords: new InThreadPasswords(), matchesRegex, now },
    { row: rows.realm, loaded, mayTryPasswords: true },
  );
  return { row: rows.realm, reading };
}
