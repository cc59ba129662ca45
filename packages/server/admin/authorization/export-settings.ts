import type { Json } from "@cambist/store/config-ports.ts";
import { jsonList } from "../../realms/json-list.ts";
import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { groupPaths } from "./lookups.ts";
import { byName } from "./read-policies.ts";
import { configOf, ownerOf, rowsOf } from "./representation.ts";
import { isPermissionType } from "./policy-types.ts";
import { type PolicyRow, type ResourceRow, resourceServer, type ResourceServer, type ScopeRow } from "./resource-server.ts";

/** `GET settings`: what `import` and realm files take. */
export async function readSettings(call: AdminCall): Promise<AdminAnswer> {
  return ok(await authorizationSettings(call, await resourceServer(call)));
}

/**
 * `authorizationSettings` of a client as realm files have them: references by name, so that they fit another realm. With `ids` the objects
 * keep their ids, for an export that is to be taken in again with them.
 */
export async function authorizationSettings(
  call: Pick<AdminCall, "store" | "realm">,
  server: ResourceServer,
  { ids = false }: { readonly ids?: boolean } = {},
): Promise<Json> {
  const { rows } = server;
  // Policies first, permissions after them: readers that look up names one by one find them.
  const policies = byName(rows.policies).toSorted((a, b) => Number(isPermissionType(a.type)) - Number(isPermissionType(b.type)));
  const names = new Names(call);
  const exported: Json[] = [];
  for (const row of policies) exported.push({ ...(ids && { id: row.id }), ...(await policyExport(names, server, row)) });
  return {
    ...rows.settings,
    resources: byName(rows.resources).map((row) => ({ ...resourceExport(server, row), ...(ids && { _id: row.id }) })),
    policies: exported,
    scopes: byName(rows.scopes).map((row) => ({ ...(ids && { id: row.id }), ...scopeExport(row) })),
  };
}

function resourceExport({ client, rows }: ResourceServer, row: ResourceRow): Json {
  const { type, displayName, icon_uri, ownerManagedAccess, uris, uri, attributes } = row.representation;
  const scopes = rowsOf(rows.scopes, row.scopeIds);
  const owner = ownerOf(client, row);
  return {
    name: row.name,
    ...(type !== undefined && { type }),
    ...(owner.id !== client.id && { owner }),
    ownerManagedAccess: ownerManagedAccess ?? false,
    ...(displayName !== undefined && { displayName }),
    attributes: attributes ?? {},
    uris: uris ?? (uri === undefined ? [] : [uri]),
    ...(scopes.length > 0 && { scopes: scopes.map(({ name }) => ({ name })) }),
    ...(icon_uri !== undefined && { icon_uri }),
  };
}

const scopeExport = ({ name, representation: { displayName, iconUri } }: ScopeRow): Json => ({
  name,
  ...(iconUri !== undefined && { iconUri }),
  ...(displayName !== undefined && { displayName }),
});

async function policyExport(names: Names, { rows }: ResourceServer, row: PolicyRow): Promise<Json> {
  const config: Record<string, string> = { ...configOf(row) };
  const list = (key: string, values: readonly unknown[]): void => void (config[key] = JSON.stringify(values));
  for (const [key, found] of [
    ["resources", rowsOf(rows.resources, row.resourceIds)],
    ["scopes", rowsOf(rows.scopes, row.scopeIds)],
    ["applyPolicies", rowsOf(rows.policies, row.policyIds)],
  ] as const) {
    if (found.length > 0)
      list(
        key,
        found.map(({ name }) => name),
      );
  }
  const texts = (key: string): readonly string[] => jsonList(config[key]).filter((entry) => typeof entry === "string");
  if (row.type === "client" && config["clients"] !== undefined) list("clients", await each(texts("clients"), (id) => names.client(id)));
  if (row.type === "user" && config["users"] !== undefined) list("users", await each(texts("users"), (id) => names.user(id)));
  if (row.type === "role" && config["roles"] !== undefined) {
    list(
      "roles",
      await each(entries(config["roles"]), async ({ id, required }) => ({ id: await names.role(id), required: required === true })),
    );
  }
  if (row.type === "group" && config["groups"] !== undefined) {
    const path = async ({ id, extendChildren }: Entry): Promise<Json> => ({
      path: await names.group(id),
      extendChildren: extendChildren === true,
    });
    list("groups", await each(entries(config["groups"]), path));
  }
  if (row.type === "client-scope" && config["clientScopes"] !== undefined) {
    const scope = async ({ id, required }: Entry): Promise<Json> => ({ id: await names.clientScope(id), required: required === true });
    list("clientScopes", await each(entries(config["clientScopes"]), scope));
  }
  const { description, owner } = row.representation;
  return {
    name: row.name,
    ...(description !== undefined && { description }),
    type: row.type,
    logic: row.logic,
    decisionStrategy: row.decisionStrategy,
    ...(owner !== undefined && { owner }),
    config,
  };
}

interface Entry {
  readonly id: string;
  readonly required?: unknown;
  readonly extendChildren?: unknown;
}
const entries = (text: string | undefined): readonly Entry[] =>
  jsonList(text).filter(
    (entry): entry is Entry => typeof entry === "object" && entry !== null && "id" in entry && typeof entry.id === "string",
  );

async function each<T, R>(values: readonly T[], one: (value: T) => Promise<R>): Promise<readonly R[]> {
  const found: R[] = [];
  for (const value of values) found.push(await one(value));
  return found;
}

/** Names by id; what is gone keeps its id. */
class Names {
  readonly #call: Pick<AdminCall, "store" | "realm">;
  #groups: ReadonlyMap<string, string> | undefined;

  constructor(call: Pick<AdminCall, "store" | "realm">) {
    this.#call = call;
  }
  async client(id: string): Promise<string> {
    const { store, realm } = this.#call;
    return (await store.client(realm.id, id))?.clientId ?? id;
  }
  async user(id: string): Promise<string> {
    const { store, realm } = this.#call;
    return (await store.user(realm.id, id))?.username ?? id;
  }
  async role(id: string): Promise<string> {
    const { store, realm } = this.#call;
    const role = await store.role(realm.id, id);
    if (!role) return id;
    return role.clientUuid === undefined ? role.name : `${await this.client(role.clientUuid)}/${role.name}`;
  }
  async group(id: string): Promise<string> {
    const { store, realm } = this.#call;
    this.#groups ??= groupPaths(await store.allGroups(realm.id));
    return this.#groups.get(id) ?? id;
  }
  async clientScope(id: string): Promise<string> {
    const { store, realm } = this.#call;
    return (await store.clientScope(realm.id, id))?.name ?? id;
  }
}
