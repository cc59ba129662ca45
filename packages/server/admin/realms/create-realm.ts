import { StorageConflict } from "@cambist/store/admin-ports.ts";
import { StorageUnavailable } from "@cambist/store/ports.ts";
import { readFields, REALM_FIELDS } from "../../imports/fields.ts";
import { ImportError } from "../../imports/import-error.ts";
import { importRealm } from "../../imports/import-realm.ts";
import { realTools } from "../../imports/import-tools.ts";
import { MASTER } from "../../imports/realm-client.ts";
import { documentOf } from "../../imports/realm-document.ts";
import { RealmNode } from "../../imports/realm-node.ts";
import { RecordingSink, type ImportStep } from "../../imports/recorded-import.ts";
import type { AdminAnswer, AdminCall } from "../admin-call.ts";
import { AdminError, conflict, forbidden, invalid } from "../admin-error.ts";
import type { JsonObject } from "../read-json.ts";

/**
 * `POST /admin/realms`: a name alone makes a new (disabled) realm, a full representation or an export makes that realm. Master gets its
 * client in the same transaction, and whoever made the realm may administer it from then on.
 */
export async function createRealm(call: AdminCall): Promise<AdminAnswer> {
  const representation = readRealm(call.rawBody);
  if (!holdsRealmRole(call, "create-realm")) throw forbidden();
  const name = representation["realm"];
  if (name === undefined || name === null || name === "") throw invalid("Realm name cannot be empty");
  if (typeof name !== "string") throw unreadable();
  if (name.includes("/")) throw new AdminError(400, { error: "Character '/' not allowed." });
  checkTypes(representation);
  const { id } = representation;
  // Known before keys are made for nothing; the store has the last word.
  if ((await call.store.realms()).some((realm) => realm.name === name || realm.id === id)) throw taken();

  const sink = new RecordingSink(call.store);
  const { services } = call;
  const tools = { ...realTools(call.secrets, services.passwords), newId: call.newId, now: services.clock };
  const imported = await importRealm({ main: documentOf("", representation), users: [] }, sink, tools).catch((error: unknown) => {
    if (error instanceof ImportError) throw invalid(error.path ? `${error.path}: ${error.reason}` : error.reason);
    throw error;
  });
  const warning = imported.warnings.line("POST /admin/realms");
  if (warning !== undefined) services.log.warn("cambist.admin", warning);
  const event = {
    operation: "CREATE",
    resourceType: "REALM",
    resourcePath: name,
    representation: { realm: name, id: imported.id },
  } as const;
  try {
    await services.storeImport({ steps: sink.steps, commands: await creatorsRights(call, sink.steps), audit: [call.record(event)] });
  } catch (error) {
    if (error instanceof StorageConflict) throw taken(error);
    if (error instanceof StorageUnavailable)
      throw new AdminError(503, { error: "temporarily_unavailable", error_description: "Nothing could be stored" }, { cause: error });
    throw error;
  }
  return { status: 201, location: `${call.baseUrl}/admin/realms/${encodeURIComponent(name)}` };
}

/** Keycloak's one answer for every body of a realm that it cannot read. */
const unreadable = (why?: string): AdminError => invalid(`unable to read contents from stream${why === undefined ? "" : ` (${why})`}`);

const taken = (cause?: Error): AdminError => Object.assign(conflict("Conflict detected. See logs for details"), cause && { cause });

function readRealm(body: Buffer): JsonObject {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // said below
  }
  throw unreadable();
}

/** Before names are compared: a body that cannot be read is told so, whatever it is called. */
function checkTypes(representation: JsonObject): void {
  try {
    const node = new RealmNode("", "", representation);
    readFields(node, REALM_FIELDS);
    node.flag("enabled");
  } catch (error) {
    if (error instanceof ImportError) throw unreadable(`${error.path}: ${error.reason}`);
    throw error;
  }
}

/** A realm role of master, held by an administrator of master. */
export function holdsRealmRole({ caller }: AdminCall, name: string): boolean {
  const role = caller.realm.view.realm.name === MASTER ? caller.realm.view.realmRole(name) : undefined;
  return role !== undefined && caller.roles.has(role.id);
}

/** Master's `admin` has every role of the new client by composition; another creator gets them one by one. */
async function creatorsRights(call: AdminCall, steps: readonly ImportStep[]) {
  if (holdsRealmRole(call, "admin")) return [];
  const master = call.caller.realm.view.realm.id;
  const roleIds = steps.flatMap((step) => (step[0] === "roles" && step[1] === master ? step[2].map(({ id }) => id) : []));
  return [{ do: "addUserRoles", realmId: master, userId: call.caller.facts.user.id, roleIds } as const];
}
