import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import { AUTHORIZATION_SCOPE_FIELDS } from "../../imports/authorization-rows.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { AdminError, invalid } from "../admin-error.ts";
import { objectBody } from "../read-json.ts";
import { reading, readRepresentation } from "../read-representation.ts";
import { chosenId, needName } from "./change-policies.ts";
import { commitAuthorization } from "./commit-authorization.ts";
import { byName, matches, paged, searched } from "./read-policies.ts";
import { bareView, scopeView } from "./representation.ts";
import { findById, resourceServer, type ResourceServer, type ScopeRow } from "./resource-server.ts";

export async function listScopes(call: AdminCall): Promise<AdminAnswer> {
  const { rows } = await resourceServer(call);
  const { query } = call;
  const id = query.get("scopeId");
  const found = rows.scopes.filter((row) => matches(row.name, query, "name") && (id === null || id === "" || row.id === id));
  return ok(paged(byName(found), query).map(scopeView));
}

export async function searchScope(call: AdminCall): Promise<AdminAnswer> {
  return searched((await resourceServer(call)).rows.scopes, call.query, scopeView);
}

export async function readScope(call: AdminCall): Promise<AdminAnswer> {
  return ok(scopeView(findById((await resourceServer(call)).rows.scopes, call.params["id"])));
}

export async function scopeResources(call: AdminCall): Promise<AdminAnswer> {
  const { rows } = await resourceServer(call);
  const { id } = findById(rows.scopes, call.params["id"]);
  return ok(byName(rows.resources.filter(({ scopeIds }) => scopeIds.includes(id))).map((row) => ({ name: row.name, _id: row.id })));
}

export async function scopePermissions(call: AdminCall): Promise<AdminAnswer> {
  const { rows } = await resourceServer(call);
  const { id } = findById(rows.scopes, call.params["id"]);
  return ok(byName(rows.policies.filter(({ scopeIds }) => scopeIds.includes(id))).map(bareView));
}

/** 201 with the scope; where the name is there already nothing changes, and the answer has the id of the old one. */
export async function createScope(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const read = readScopeBody(call);
  const there = server.rows.scopes.find(({ name }) => name === read.name);
  if (there) return { status: 201, body: scopeView({ ...read, id: there.id }) };
  const row: ScopeRow = { ...read, id: chosenId(objectBody(call.body)["id"]) ?? call.newId() };
  if (server.rows.scopes.some(({ id }) => id === row.id)) throw new AdminError(409, { error: "unknown_error" });
  await saveScope(call, server, row, "CREATE");
  return { status: 201, body: scopeView(row) };
}

export async function updateScope(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const { id } = findById(server.rows.scopes, call.params["id"]);
  await saveScope(call, server, { ...readScopeBody(call), id }, "UPDATE");
  return noContent;
}

/** Permissions for this scope alone go with it, others lose it. @throws {AdminError} 400 a resource has it */
export async function deleteScope(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const row = findById(server.rows.scopes, call.params["id"]);
  if (server.rows.resources.some(({ scopeIds }) => scopeIds.includes(row.id)))
    throw invalid("Scopes can not be removed while associated with resources.");
  const of = { realmId: call.realm.id, clientUuid: server.client.id };
  const permissions = server.rows.policies
    .filter(({ scopeIds }) => scopeIds.length === 1 && scopeIds[0] === row.id)
    .map(({ id }): ConfigCommand => ({ do: "deleteAuthorizationObject", ...of, kind: "policy", id }));
  await commitAuthorization(call, server, {
    commands: [...permissions, { do: "deleteAuthorizationObject", ...of, kind: "scope", id: row.id }],
    event: {
      operation: "DELETE",
      resourceType: "AUTHORIZATION_SCOPE",
      resourcePath: scopePath(server, row.id),
      representation: scopeView(row),
    },
  });
  return noContent;
}

const scopePath = ({ client }: ResourceServer, id: string): string => `clients/${client.id}/authz/resource-server/scope/${id}`;

/** @throws {AdminError} 400, 409 no name */
function readScopeBody(call: AdminCall): Omit<ScopeRow, "id"> {
  const { node, kept } = readRepresentation(call, "ScopeRepresentation", SCOPE_FIELDS);
  needName(node.members);
  return { name: reading(() => node.needName("name")), representation: kept };
}

/** What Keycloak's scopes carry beside: answers of other calls that are sent back. */
const SCOPE_FIELDS = new Map([...AUTHORIZATION_SCOPE_FIELDS, ["policies", "dropped"], ["resources", "dropped"]] as const);

async function saveScope(call: AdminCall, server: ResourceServer, row: ScopeRow, operation: "CREATE" | "UPDATE"): Promise<void> {
  await commitAuthorization(call, server, {
    commands: [{ do: "saveAuthorizationScope", realmId: call.realm.id, clientUuid: server.client.id, row }],
    event: { operation, resourceType: "AUTHORIZATION_SCOPE", resourcePath: scopePath(server, row.id), representation: scopeView(row) },
  });
}
