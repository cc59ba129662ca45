import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import { RESOURCE_FIELDS } from "../../imports/authorization-rows.ts";
import type { RealmNode } from "../../imports/realm-node.ts";
import { type AdminAnswer, type AdminCall, noContent } from "../admin-call.ts";
import { AdminError, invalid, malformed } from "../admin-error.ts";
import { reading, readRepresentation } from "../read-representation.ts";
import { chosenId, needName } from "./change-policies.ts";
import { commitAuthorization } from "./commit-authorization.ts";
import { finder, policyLookups } from "./lookups.ts";
import { ownerOf, resourceView } from "./representation.ts";
import { findById, type ResourceRow, resourceServer, type ResourceServer, type ScopeRow } from "./resource-server.ts";

/** 201 with the resource; scopes that it names and nobody knows yet are made. */
export async function createResource(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const { node, kept } = readBody(call);
  const id = chosenId(node.members["_id"]) ?? chosenId(node.members["id"]) ?? call.newId();
  if (server.rows.resources.some((row) => row.id === id)) throw new AdminError(409, { error: "unknown_error" });
  const saved = await save(call, server, { id, node, kept: { ownerManagedAccess: false, ...kept } }, "CREATE");
  return { status: 201, body: resourceView(saved.server, saved.row) };
}

/** Replaces everything but absent `attributes`. */
export async function updateResource(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const stored = findById(server.rows.resources, call.params["id"]);
  const { node, kept } = readBody(call);
  const { attributes } = stored.representation;
  await save(call, server, { id: stored.id, node, kept: { ...(attributes !== undefined && { attributes }), ...kept } }, "UPDATE");
  return noContent;
}

/** Permissions for this resource alone go with it, others lose it. */
export async function deleteResource(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const row = findById(server.rows.resources, call.params["id"]);
  const of = { realmId: call.realm.id, clientUuid: server.client.id };
  const permissions = server.rows.policies
    .filter(({ resourceIds }) => resourceIds.length === 1 && resourceIds[0] === row.id)
    .map(({ id }): ConfigCommand => ({ do: "deleteAuthorizationObject", ...of, kind: "policy", id }));
  await commitAuthorization(call, server, {
    commands: [...permissions, { do: "deleteAuthorizationObject", ...of, kind: "resource", id: row.id }],
    event: {
      operation: "DELETE",
      resourceType: "AUTHORIZATION_RESOURCE",
      resourcePath: resourcePath(server, row.id),
      representation: resourceView(server, row),
    },
  });
  return noContent;
}

const resourcePath = ({ client }: ResourceServer, id: string): string => `clients/${client.id}/authz/resource-server/resource/${id}`;

interface Sent {
  readonly id: string;
  readonly node: RealmNode;
  readonly kept: Json;
}

function readBody(call: AdminCall): Omit<Sent, "id"> {
  const { node, kept } = readRepresentation(call, "ResourceRepresentation", RESOURCE_FIELDS);
  needName(node.members);
  const attributes = reading(() => node.lists("attributes"));
  return { node, kept: { ...kept, ...(attributes && { attributes }) } };
}

async function save(
  call: AdminCall,
  server: ResourceServer,
  { id, node, kept }: Sent,
  operation: "CREATE" | "UPDATE",
): Promise<{ readonly server: ResourceServer; readonly row: ResourceRow }> {
  const { owner: sentOwner, uri, ...rest } = kept;
  const owner = await ownerMember(call, server, sentOwner);
  const scopes = scopesOfBody(call, server, node);
  const row: ResourceRow = {
    id,
    name: reading(() => node.needName("name")),
    representation: { ...rest, uris: rest["uris"] ?? (uri === undefined ? [] : [uri]), ...(owner && { owner }) },
    scopeIds: scopes.ids,
  };
  const ownerId = ownerOf(server.client, row).id;
  const taken = server.rows.resources.some((one) => one.name === row.name && one.id !== id && ownerOf(server.client, one).id === ownerId);
  if (taken) throw new AdminError(409, { error: "invalid_request", error_description: `Resource with name [${row.name}] already exists.` });
  const of = { realmId: call.realm.id, clientUuid: server.client.id };
  const after = { ...server, rows: { ...server.rows, scopes: [...server.rows.scopes, ...scopes.made] } };
  await commitAuthorization(call, server, {
    commands: [
      ...scopes.made.map((scope): ConfigCommand => ({ do: "saveAuthorizationScope", ...of, row: scope })),
      { do: "saveAuthorizationResource", ...of, row },
    ],
    event: {
      operation,
      resourceType: "AUTHORIZATION_RESOURCE",
      resourcePath: resourcePath(server, id),
      representation: resourceView(after, row),
    },
  });
  return { server: after, row };
}

/** The owner to store: a user of the realm, by id or name; undefined for the client itself. @throws {AdminError} 400 there is no such user */
async function ownerMember(call: AdminCall, { client }: ResourceServer, sent: unknown): Promise<Json | undefined> {
  if (sent === undefined || sent === null) return undefined;
  const text = typeof sent === "object" && "id" in sent ? (sent.id ?? ("name" in sent ? sent.name : undefined)) : sent;
  if (typeof text !== "string") throw malformed();
  if (text === "" || text === client.id || text === client.clientId) return undefined;
  const id = await policyLookups(call).userId(text);
  const user = id === undefined ? undefined : await call.store.user(call.realm.id, id);
  if (!user) throw invalid("Unknown resource owner");
  return { id: user.id, name: user.username };
}

/** Scopes by id, else by name; those nobody knows are to be made. */
function scopesOfBody(
  call: AdminCall,
  { rows }: ResourceServer,
  node: RealmNode,
): { readonly ids: readonly string[]; readonly made: readonly ScopeRow[] } {
  const known = finder(rows.scopes);
  const made = new Map<string, ScopeRow>();
  const sent = reading(() =>
    (node.nodes(node.has("scopes") ? "scopes" : "resource_scopes") ?? []).map((scope) => ({
      id: scope.name("id"),
      name: scope.name("name"),
    })),
  );
  const ids = sent.map(({ id, name }) => {
    const found =
      (id === undefined ? undefined : known.find(id)) ?? (name === undefined ? undefined : (known.find(name) ?? made.get(name)?.id));
    if (found !== undefined) return found;
    if (name === undefined) throw invalid("Unknown scope");
    const row: ScopeRow = { id: call.newId(), name, representation: {} };
    made.set(name, row);
    return row.id;
  });
  return { ids: [...new Set(ids)], made: [...made.values()] };
}
