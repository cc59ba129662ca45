import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import { jsonList } from "../../realms/json-list.ts";
import { policyRow } from "../../imports/authorization-rows.ts";
import { ImportError } from "../../imports/import-error.ts";
import { ImportWarnings } from "../../imports/import-warnings.ts";
import { RealmNode } from "../../imports/realm-node.ts";
import type { AdminAnswer, AdminCall } from "../admin-call.ts";
import { AdminError, invalid, malformed } from "../admin-error.ts";
import { type JsonObject, objectBody } from "../read-json.ts";
import { commitAuthorization } from "./commit-authorization.ts";
import { knownObjects, policyLookups } from "./lookups.ts";
import { POLICY_TYPES, type PolicyType } from "./policy-types.ts";
import { configOf, genericView, typedView } from "./representation.ts";
import { findById, noObject, type PolicyRow, resourceServer, type ResourceServer } from "./resource-server.ts";

/** Members that every typed representation has. */
const BASE = ["id", "name", "description", "type", "logic", "decisionStrategy", "owner"];
const ASSOCIATIONS = ["resources", "scopes", "policies"];
const DROPPED = new Set(["resourcesData", "scopesData"]);

/** `POST policy/{type}` and `permission/{type}`: 201 with the representation, without `Location`. */
export async function createTyped(call: AdminCall, typeName: string): Promise<AdminAnswer> {
  const type = POLICY_TYPES.get(typeName);
  if (typeName === "js") throw invalid("Script policies are not supported");
  if (!type) throw new AdminError(405, { error: "HTTP 405 Method Not Allowed" });
  const body = objectBody(call.body);
  needName(body);
  const generic = { ...genericOf(body, typeName, type), id: body["id"] };
  const { row, server } = await create(call, generic);
  const view = typedView(row);
  const present = Object.keys(view).filter((member) => !Array.isArray(view[member]) || Object.hasOwn(body, member));
  const answer = { ...Object.fromEntries(present.map((member) => [member, view[member]])), ...associations(row, body) };
  await store(call, server, row, { operation: "CREATE", path: `${typeName}/${row.id}`, representation: answer });
  return { status: 201, body: answer };
}

/** `POST policy`: what the type has of its own stands in `config`. */
export async function createGeneric(call: AdminCall): Promise<AdminAnswer> {
  const body = objectBody(call.body);
  needName(body);
  const type = body["type"];
  if (type === "js") throw invalid("Script policies are not supported");
  if (typeof type !== "string" || !POLICY_TYPES.has(type)) throw invalid("Unknown policy type");
  const { row, server } = await create(call, body);
  const answer = genericView(row);
  await store(call, server, row, { operation: "CREATE", path: row.id, representation: answer });
  return { status: 201, body: answer };
}

/**
 * `PUT policy/{type}/{id}` and `permission/{type}/{id}`: replaces what the type has of its own; `resources`, `scopes` and `policies` that
 * are absent stay. 201 without a body.
 */
export async function updateTyped(call: AdminCall, typeName: string): Promise<AdminAnswer> {
  const type = POLICY_TYPES.get(typeName);
  const body = objectBody(call.body);
  const server = await resourceServer(call);
  const stored = findById(server.rows.policies, call.params["id"]);
  // A policy keeps its type (SEC-ADM-06).
  if (!type || stored.type !== typeName) throw noObject();
  if (typeof body["name"] !== "string" || body["name"] === "") throw invalid("Policy name is missing");
  const read = await readPolicy(call, server, genericOf(body, typeName, type, stored), stored.id, stored);
  const row: PolicyRow = {
    ...read,
    resourceIds: isGiven(body, "resources") ? read.resourceIds : stored.resourceIds,
    scopeIds: isGiven(body, "scopes") ? read.scopeIds : stored.scopeIds,
    policyIds: isGiven(body, "policies") ? read.policyIds : stored.policyIds,
  };
  refuseTakenName(server, row);
  await store(call, server, row, { operation: "UPDATE", path: `${typeName}/${row.id}`, representation: typedView(row) });
  return { status: 201 };
}

/** What applied the policy goes on without it. */
export async function deletePolicy(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const row = findById(server.rows.policies, call.params["id"] ?? call.params["key"]);
  await commitAuthorization(call, server, {
    commands: [{ do: "deleteAuthorizationObject", realmId: call.realm.id, clientUuid: server.client.id, kind: "policy", id: row.id }],
    event: {
      operation: "DELETE",
      resourceType: "AUTHORIZATION_POLICY",
      resourcePath: policyPath(server, row.id),
      representation: genericView(row),
    },
  });
  return { status: 204 };
}

const isGiven = (body: JsonObject, member: string): boolean => body[member] !== undefined && body[member] !== null;
const policyPath = ({ client }: ResourceServer, path: string): string => `clients/${client.id}/authz/resource-server/policy/${path}`;

async function create(call: AdminCall, generic: JsonObject): Promise<{ readonly row: PolicyRow; readonly server: ResourceServer }> {
  const server = await resourceServer(call);
  const id = chosenId(generic["id"]) ?? call.newId();
  const row = await readPolicy(call, server, generic, id);
  if (server.rows.policies.some((one) => one.id === id)) throw new AdminError(409, { error: "unknown_error" });
  refuseTakenName(server, row);
  return { row, server };
}

/** Keycloak's answer where a name is missing: its database takes no empty one. @throws {AdminError} 409 */
export function needName(body: JsonObject): void {
  if (!isGiven(body, "name")) throw new AdminError(409, { error: "unknown_error" });
}

/** An id of the caller's own choice. @throws {AdminError} 400 it cannot be one */
export function chosenId(id: unknown): string | undefined {
  if (id === undefined || id === null || id === "") return undefined;
  if (typeof id !== "string" || !/^[\w-]{1,36}$/.test(id)) throw malformed();
  return id;
}

function refuseTakenName({ rows }: ResourceServer, { id, name }: PolicyRow): void {
  if (!rows.policies.some((one) => one.name === name && one.id !== id)) return;
  throw new AdminError(409, { error: `Policy with name [${name}] already exists`, error_description: "Conflicting policy" });
}

interface Stored {
  readonly operation: "CREATE" | "UPDATE";
  readonly path: string;
  readonly representation: Json;
}

async function store(call: AdminCall, server: ResourceServer, row: PolicyRow, { operation, path, representation }: Stored): Promise<void> {
  const command: ConfigCommand = { do: "saveAuthorizationPolicy", realmId: call.realm.id, clientUuid: server.client.id, row };
  await commitAuthorization(call, server, {
    commands: [command],
    event: { operation, resourceType: "AUTHORIZATION_POLICY", resourcePath: policyPath(server, path), representation },
  });
}

/** Resources, scopes and policies as sent, with ids: a creating answer repeats them. */
function associations({ resourceIds, scopeIds, policyIds }: PolicyRow, body: JsonObject): Json {
  const ids = { resources: resourceIds, scopes: scopeIds, policies: policyIds };
  return Object.fromEntries(Object.entries(ids).filter(([member]) => isGiven(body, member)));
}

/** A typed body in the generic shape. @throws {AdminError} 400 a wrong type or an unknown member */
function genericOf(body: JsonObject, typeName: string, type: PolicyType, before?: PolicyRow): JsonObject {
  const generic: Record<string, unknown> = { type: typeName };
  const config: Record<string, string> = {};
  for (const [member, value] of Object.entries(body)) {
    if (value === undefined || value === null || DROPPED.has(member) || member === "id" || member === "type") continue;
    const field = type.fields.find((one) => one.member === member);
    if (field) config[field.config] = configText(value, field.kind);
    else if (BASE.includes(member) || ASSOCIATIONS.includes(member)) generic[member] = value;
    else throw malformed();
  }
  for (const { config: key, kind, always, stays } of type.fields) {
    if (always && kind === "flag") config[key] ??= "false";
    const stored = stays && before ? configOf(before)[key] : undefined;
    if (stored !== undefined) config[key] ??= stored;
  }
  // Deleting what a policy names may have left it with nothing; such a one can be sent back.
  const wasEmpty = type.needs !== undefined && before !== undefined && jsonList(configOf(before)[type.needs]).length === 0;
  if (type.needs !== undefined && !wasEmpty && jsonList(config[type.needs]).length === 0) throw invalid(`No ${type.needs} provided.`);
  return { ...generic, config };
}

function configText(value: unknown, kind: PolicyType["fields"][number]["kind"]): string {
  if (kind === "text" || kind === "flag") {
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") throw malformed();
    return String(value);
  }
  if (!Array.isArray(value)) throw malformed();
  return JSON.stringify(value);
}

/**
 * A generic representation as a row of this resource server.
 * @throws {AdminError} 400 a wrong type, or something it names does not exist
 */
export async function readPolicy(
  call: AdminCall,
  server: Pick<ResourceServer, "rows">,
  generic: JsonObject,
  id: string,
  before?: PolicyRow,
): Promise<PolicyRow> {
  const known = knownObjects(server);
  const context = { lookups: policyLookups(call, before), warnings: new ImportWarnings() };
  return explained(() => policyRow(context, new RealmNode("body", "", generic), id, known), false);
}

/**
 * Says what the code that reads files has found wrong.
 * @param withPath also say where; false when the place is not one of the sender's body
 * @throws {AdminError} 400
 */
export async function explained<T>(read: () => Promise<T>, withPath = true): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ImportError) throw invalid(withPath && error.path !== "" ? `${error.path}: ${error.reason}` : error.reason);
    throw error;
  }
}
