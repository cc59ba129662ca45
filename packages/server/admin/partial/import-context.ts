import { exportContext } from "../../exports/export-context.ts";
import type { ImportContext } from "../../imports/import-context.ts";
import { realTools } from "../../imports/import-tools.ts";
import { ImportWarnings } from "../../imports/import-warnings.ts";
import { RealmNames } from "../../imports/realm-names.ts";
import { RecordingSink } from "../../imports/recorded-import.ts";
import { readHashPolicy } from "../../passwords/policy.ts";
import type { AdminCall } from "../admin-call.ts";
import type { ImportItem } from "./import-items.ts";

/** The context that rows of an import are built in, over a realm that stands: everything known by name but what is about to be replaced. */
export async function importContext(call: AdminCall, chosen: readonly ImportItem[]): Promise<ImportContext> {
  const { store, realm, services, secrets, newId } = call;
  const replaced = new Set(chosen.map(({ existingId }) => existingId));
  const names = new RealmNames();
  const stored = (await exportContext({ store, realm, secrets }, false)).names;
  for (const [uuid, clientId] of stored.clients) {
    if (!replaced.has(uuid))
      names.addClient({
        uuid,
        clientId,
        protocol: "openid-connect",
        serviceAccountsEnabled: false,
        isResourceServer: false,
        builtIn: false,
        defaultRoles: [],
      });
  }
  for (const { id, name, protocol } of await store.clientScopes(realm.id)) names.addScope({ id, name, protocol });
  for (const { id, name, clientUuid } of stored.roles.values()) {
    const owner = clientUuid === undefined ? undefined : stored.clients.get(clientUuid);
    if (!replaced.has(id) && !(clientUuid !== undefined && (owner === undefined || replaced.has(clientUuid))))
      names.addRole(owner, name, id);
  }
  for (const [id, path] of stored.groups) if (!replaced.has(id)) names.addGroup(path, id);
  const policy = realm.representation["passwordPolicy"];
  return {
    file: "partialImport",
    sink: new RecordingSink(store),
    tools: { ...realTools(secrets, services.passwords), newId, now: services.clock },
    warnings: new ImportWarnings(),
    names,
    realmId: realm.id,
    realmName: realm.name,
    hashPolicy: readHashPolicy(typeof policy === "string" ? policy : undefined),
  };
}
