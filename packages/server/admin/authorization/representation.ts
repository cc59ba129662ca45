import type { ClientRow, Json } from "@cambist/store/config-ports.ts";
import { jsonList } from "../../realms/json-list.ts";
import { POLICY_TYPES } from "./policy-types.ts";
import type { PolicyRow, ResourceRow, ResourceServer, ScopeRow } from "./resource-server.ts";

/** A resource with its scopes and attributes; not `deep`: without them. */
export function resourceView({ client, rows }: ResourceServer, row: ResourceRow, deep = true): Json {
  const { type, displayName, icon_uri, ownerManagedAccess, uris, uri, attributes } = row.representation;
  const scopes = rowsOf(rows.scopes, row.scopeIds);
  return {
    name: row.name,
    ...(type !== undefined && { type }),
    owner: ownerOf(client, row),
    ownerManagedAccess: ownerManagedAccess ?? false,
    ...(displayName !== undefined && { displayName }),
    ...(deep && { attributes: attributes ?? {} }),
    _id: row.id,
    uris: uris ?? (uri === undefined ? [] : [uri]),
    ...(deep && scopes.length > 0 && { scopes: scopes.map(scopeView) }),
    ...(icon_uri !== undefined && { icon_uri }),
  };
}

/** The client itself unless the resource names a user. */
export function ownerOf(client: ClientRow, { representation: { owner } }: ResourceRow): { readonly id: string; readonly name?: string } {
  if (typeof owner === "string" && owner !== client.clientId) return { id: owner };
  if (typeof owner === "object" && owner !== null && "id" in owner && typeof owner.id === "string") {
    return { id: owner.id, ...("name" in owner && typeof owner.name === "string" && { name: owner.name }) };
  }
  return { id: client.id, name: client.clientId };
}

export function scopeView({ id, name, representation: { displayName, iconUri } }: ScopeRow): Json {
  return { id, name, ...(iconUri !== undefined && { iconUri }), ...(displayName !== undefined && { displayName }) };
}

/** The rows of these ids, in the order of the ids. */
export const rowsOf = <T extends { readonly id: string }>(rows: readonly T[], ids: readonly string[]): readonly T[] =>
  ids.flatMap((id) => rows.find((row) => row.id === id) ?? []);

/** What every representation of a policy has. */
function base({ id, name, type, logic, decisionStrategy, representation: { description, owner } }: PolicyRow): Json {
  return {
    id,
    name,
    ...(description !== undefined && { description }),
    type,
    logic,
    decisionStrategy,
    ...(owner !== undefined && { owner }),
  };
}

export const configOf = ({ representation: { config } }: PolicyRow): Readonly<Record<string, string>> =>
  (config ?? {}) as Readonly<Record<string, string>>; // written by `policyRow`, which lets texts only through

/** The generic representation: what the type has of its own stands in `config`, as texts. */
export function genericView(row: PolicyRow): Json {
  const config: Record<string, string> = { ...configOf(row) };
  for (const { config: key, kind, shown } of POLICY_TYPES.get(row.type)?.fields ?? []) {
    const value = config[key];
    if (kind === "objects" && value !== undefined) config[key] = JSON.stringify(jsonList(value).map((entry) => pick(entry, shown ?? [])));
  }
  return { ...base(row), config };
}

/** A policy named beside something else: without what it is set to. */
export const bareView = (row: PolicyRow): Json => ({ ...base(row), config: {} });

/** The representation of the row's own type. Members without a stored value are left out, lists are empty. */
export function typedView(row: PolicyRow): Json {
  const type = POLICY_TYPES.get(row.type);
  if (!type) return genericView(row);
  const config = configOf(row);
  const own = type.fields.flatMap(({ member, config: key, kind, shown, always }): [string, unknown][] => {
    const value = config[key];
    if (value === undefined && !always) return [];
    switch (kind) {
      case "texts":
        return [[member, jsonList(value)]];
      case "objects":
        return [[member, jsonList(value).map((entry) => pick(entry, shown ?? []))]];
      case "flag":
        return [[member, value === "true"]];
      default:
        return [[member, value]];
    }
  });
  return { ...base(row), ...Object.fromEntries(own) };
}

/** Everything under `permission` is shown typed, and generic under `policy` unless the path names a type. */
export const listView = (row: PolicyRow, underPermission: boolean): Json => (underPermission ? typedView(row) : genericView(row));

function pick(entry: unknown, members: readonly string[]): Json {
  if (typeof entry !== "object" || entry === null) return {};
  return Object.fromEntries(Object.entries(entry).filter(([key]) => members.includes(key)));
}
