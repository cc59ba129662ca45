import { availableParallelism } from "node:os";
import { openStore } from "@cambist/store/open.ts";
import { CommandFailure } from "../cli/command-failure.ts";
import { makeDataFolder } from "../cli/data-folder.ts";
import type { CommandIo } from "../cli/io.ts";
import { commandVoice } from "../cli/progress.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { PasswordPool } from "../passwords/pool.ts";
import { dataSecretKey } from "../secrets/data-secret-key.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import { importRealms } from "./import-realms.ts";
import { realTools } from "./import-tools.ts";

type ImportConfig = Pick<ServerConfig, "dataDirectory" | "secretKeyFile" | "importSource" | "importOverride">;

/**
 * `cambist import`: the realms of a file or folder into a data folder that no server has open.
 * @returns 0 when every realm was imported or existed already, 1 when one could not be
 * @throws {CommandFailure} no source; others for a data folder or key that cannot be used
 */
export async function importCommand(config: ImportConfig, io: CommandIo): Promise<number> {
  const { importSource: source, dataDirectory } = config;
  if (!source) throw new CommandFailure("import needs --file=FILE.json or --dir=FOLDER", { exitCode: 2 });
  makeDataFolder(dataDirectory);
  const box = new SecretBox(await dataSecretKey(config));
  const store = await openStore(dataDirectory);
  const passwords = new PasswordPool({ size: availableParallelism() });
  try {
    const { failures } = await importRealms(
      store,
      source.path,
      realTools(box, passwords),
      { override: config.importOverride, environment: (name) => process.env[name] },
      commandVoice(io),
    );
    return failures.length > 0 ? 1 : 0;
  } finally {
    await passwords.close();
    await store.close();
  }
}
