import { join } from "node:path";
import { databaseExists } from "@cambist/store/database-file.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { loadOrCreateSecretKey, loadSecretKey } from "./secret-key.ts";

/**
 * The key of a data folder: from the file that is named, else the folder's own, which is made with a new database. A database that is there was
 * encrypted with a key: a new one would not open it.
 * @throws {SecretKeyError}
 */
export async function dataSecretKey({
  secretKeyFile,
  dataDirectory,
}: Pick<ServerConfig, "secretKeyFile" | "dataDirectory">): Promise<Buffer> {
  if (secretKeyFile !== undefined) return loadSecretKey(secretKeyFile);
  const { key } = await loadOrCreateSecretKey(join(dataDirectory, "secret.key"), { mayCreate: !databaseExists(dataDirectory) });
  return key;
}
