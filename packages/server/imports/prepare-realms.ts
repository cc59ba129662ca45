import { stat } from "node:fs/promises";

import type { ServerConfig } from "../config/server-config.ts";
import { InThreadPasswords } from "../passwords/passwords.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import { bootstrapMaster } from "./bootstrap.ts";
import { importRealms, type ImportVoice, type RealmStore } from "./import-realms.ts";
import { realTools } from "./import-tools.ts";
import type { ImportError } from "./import-error.ts";

/** Realms named by `--import-realm` could not be imported: the server does not start with half of them. */
export class RealmsNotImported extends Error {
  override readonly name = "RealmsNotImported";
  readonly failures: readonly ImportError[];
  constructor(failures: readonly ImportError[]) {
    super(
      failures.length === 1 ? `A realm could not be imported: ${failures[0]?.message}` : `${failures.length} realms could not be imported`,
    );
    this.failures = failures;
  }
}

/**
 * What a start does to the configuration before it serves: the realms of `--import-realm` that are not there yet, then master and its
 * first administrator. `log` gets one line per realm.
 * @throws {RealmsNotImported} @throws {BootstrapError}
 */
export async function prepareRealms(
  store: RealmStore,
  config: Pick<ServerConfig, "importRealm" | "bootstrapAdmin">,
  box: SecretBox,
  log: (level: "info" | "warn" | "error", message: string) => void,
): Promise<{ readonly lacksAdministrator: boolean }> {
  // On this thread: nobody is served yet.
  const tools = realTools(box, new InThreadPasswords());
  const voice: ImportVoice = {
    info: (line) => log("info", line),
    warn: (line) => log("warn", line),
    error: (line) => log("error", line),
  };
  const { importRealm } = config;
  if (importRealm.kind !== "none" && (importRealm.kind === "path" || (await exists(importRealm.path)))) {
    const options = { override: false, environment: (name: string) => process.env[name] };
    const { failures } = await importRealms(store, importRealm.path, tools, options, voice);
    if (failures.length > 0) throw new RealmsNotImported(failures);
  }
  const { madeMaster, madeAdministrator } = await bootstrapMaster(store, tools, config.bootstrapAdmin);
  if (madeMaster) voice.info("Realm master made");
  if (madeAdministrator)
    voice.info(`Administrator ${config.bootstrapAdmin?.username} made in the realm master; it is meant to be replaced`);
  return { lacksAdministrator: madeMaster && !madeAdministrator };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
