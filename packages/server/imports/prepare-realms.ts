import { existsSync } from "node:fs";
import type { ConfigReads } from "@cambist/store/config-ports.ts";
import type { StateReads } from "@cambist/store/ports.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import type { ImportVoice, RealmStore } from "./import-realms.ts";
import type { ImportError } from "./import-error.ts";
import type { ImportTools } from "./import-tools.ts";

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

/** The parts of a store that a start prepares. */
export interface PreparedStore extends RealmStore {
  readonly reader: {
    readonly config: Pick<ConfigReads, "realmNames" | "findRealmIdByName">;
    readonly state: Pick<StateReads, "findUserByUsername">;
  };
}

/**
 * What a start does to the configuration before it serves: the realms of `--import-realm` that are not there yet, then master and its
 * first administrator. `log` gets one line per realm. Most starts find everything there, so what makes and imports realms is loaded when it
 * is needed.
 * @throws {RealmsNotImported} @throws {BootstrapError}
 */
export async function prepareRealms(
  store: PreparedStore,
  config: Pick<ServerConfig, "importRealm" | "bootstrapAdmin">,
  box: SecretBox,
  log: (level: "info" | "warn" | "error", message: string) => void,
): Promise<{ readonly lacksAdministrator: boolean }> {
  const { importRealm, bootstrapAdmin } = config;
  const voice: ImportVoice = {
    info: (line) => log("info", line),
    warn: (line) => log("warn", line),
    error: (line) => log("error", line),
  };
  if (importRealm.kind === "path" || (importRealm.kind !== "none" && existsSync(importRealm.path))) {
    const { importRealms } = await import("./import-realms.ts");
    const options = { override: false, environment: (name: string) => process.env[name] };
    const { failures } = await importRealms(store, importRealm.path, await toolsOf(box), options, voice);
    if (failures.length > 0) throw new RealmsNotImported(failures);
  }
  if (await hasMaster(store, bootstrapAdmin?.username)) return { lacksAdministrator: false };
  const { bootstrapMaster } = await import("./bootstrap.ts");
  const { madeMaster, madeAdministrator } = await bootstrapMaster(store, await toolsOf(box), bootstrapAdmin);
  if (madeMaster) voice.info("Realm master made");
  if (madeAdministrator) voice.info(`Administrator ${bootstrapAdmin?.username} made in the realm master; it is meant to be replaced`);
  return { lacksAdministrator: madeMaster && !madeAdministrator };
}

/** The realm master is there, and in it the user, where one is named. */
async function hasMaster({ reader }: PreparedStore, username: string | undefined): Promise<boolean> {
  const id = await reader.config.findRealmIdByName("master");
  if (id === undefined || username === undefined) return id !== undefined;
  return (await reader.state.findUserByUsername(id, username)) !== undefined;
}

async function toolsOf(box: SecretBox): Promise<ImportTools> {
  const [{ realTools }, { InThreadPasswords }] = await Promise.all([import("./import-tools.ts"), import("../passwords/passwords.ts")]);
  // On this thread: nobody is served yet.
  return realTools(box, new InThreadPasswords());
}
