import { randomBytes, randomUUID } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Store } from "@cambist/store/open.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { importRealm } from "../imports/import-realm.ts";
import { realmDocuments } from "../imports/realm-document.ts";
import { hashPassword } from "../passwords/hash.ts";
import type { SecretBox } from "../secrets/secret-box.ts";

export async function prepareRealms(
  store: Store,
  config: ServerConfig,
  box: SecretBox,
  log: (level: "info" | "warn" | "error", message: string) => void,
) {
  const source = config.importRealm;
  const files =
    source.kind === "none"
      ? []
      : statSync(source.path).isDirectory()
        ? readdirSync(source.path)
            .filter((name) => name.endsWith(".json"))
            .map((name) => join(source.path, name))
        : [source.path];
  for (const file of files) {
    for (const main of await realmDocuments(file)) {
      const done = await store.imports.importing((sink) =>
        importRealm({ main, users: [] }, sink, {
          box,
          newId: randomUUID,
          randomBytes,
          now: Date.now,
          hashPassword: async (password) => hashPassword(password),
        }),
      );
      log("info", `Imported realm ${done.realm}: ${done.clients} clients, ${done.users} users`);
    }
  }
  return { lacksAdministrator: false };
}
