import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { flagOf } from "../read-query.ts";
import { byName, matches, paged } from "./read-policies.ts";
import { bareView, ownerOf, resourceView, rowsOf, scopeView } from "./representation.ts";
import { findById, type ResourceRow, resourceServer, type ResourceServer } from "./resource-server.ts";
import { AdminError } from "../admin-error.ts";

/** `GET resource`: filters of Keycloak; `deep=false` leaves scopes and attributes out. */
export async function listResources(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const { query } = call;
  const deep = flagOf(query, "deep") ?? true;
  const found = server.rows.resources.filter((row) => isWanted(server, row, query));
  return ok(paged(byName(found), query).map((row) => resourceView(server, row, deep)));
}

function isWanted({ client, rows }: ResourceServer, row: ResourceRow, query: URLSearchParams): boolean {
  const wanted = (parameter: string): string | undefined => query.get(parameter)?.trim() || undefined;
  const { type, uris, uri: single } = row.representation;
  const id = wanted("_id");
  const uri = wanted("uri");
  const owner = wanted("owner");
  const scope = wanted("scope");
  if (id !== undefined && id !== row.id) return false;
  if (flagOf(query, "exactName") ? wanted("name") !== undefined && wanted("name") !== row.name : !matches(row.name, query, "name"))
    return false;
  if (!matches(typeof type === "string" ? type : "", query, "type")) return false;
  if (uri !== undefined && !(Array.isArray(uris) ? uris : [single]).includes(uri)) return false;
  const { id: ownerId, name: ownerName } = ownerOf(client, row);
  if (owner !== undefined && owner !== ownerId && owner !== ownerName) return false;
  return scope === undefined || rowsOf(rows.scopes, row.scopeIds).some((one) => one.id === scope || one.name === scope);
}

/** `search?name=`: of the client itself. */
export async function searchResource(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const name = call.query.get("name");
  if (name === null) throw new AdminError(400);
  const row = server.rows.resources.find((one) => one.name === name);
  return row ? ok(resourceView(server, row)) : noContent;
}

const named = async (call: AdminCall): Promise<{ readonly server: ResourceServer; readonly row: ResourceRow }> => {
  const server = await resourceServer(call);
  return { server, row: findById(server.rows.resources, call.params["id"]) };
};

export async function readResource(call: AdminCall): Promise<AdminAnswer> {
  const { server, row } = await named(call);
  return ok(resourceView(server, row));
}

export async function resourceScopes(call: AdminCall): Promise<AdminAnswer> {
  const { server, row } = await named(call);
  return ok(rowsOf(server.rows.scopes, row.scopeIds).map(scopeView));
}

/** Permissions that name the resource. */
export async function resourcePermissions(call: AdminCall): Promise<AdminAnswer> {
  const { server, row } = await named(call);
  return ok(byName(server.rows.policies.filter(({ resourceIds }) => resourceIds.includes(row.id))).map(bareView));
}

export async function resourceAttributes(call: AdminCall): Promise<AdminAnswer> {
  const { row } = await named(call);
  return ok(row.representation["attributes"] ?? {});
}
