import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { AdminError } from "../admin-error.ts";
import { flagOf, pageOf } from "../read-query.ts";
import { isPermissionType, POLICY_TYPES } from "./policy-types.ts";
import { bareView, listView, rowsOf, scopeView, typedView } from "./representation.ts";
import { findById, noObject, type PolicyRow, resourceServer, type ResourceServer } from "./resource-server.ts";

/** Rows of a list unless `max` says otherwise. */
export const DEFAULT_MAX = 100;

export const byName = <T extends { readonly name: string }>(rows: readonly T[]): readonly T[] =>
  rows.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));

export function paged<T>(rows: readonly T[], query: URLSearchParams): readonly T[] {
  const { first = 0, max } = pageOf(query, DEFAULT_MAX);
  return rows.slice(first, max === undefined ? undefined : first + max);
}

/** Case-insensitive substring, as all text filters here are. */
export function matches(value: string, query: URLSearchParams, parameter: string): boolean {
  const wanted = query.get(parameter)?.trim().toLowerCase();
  return wanted === undefined || wanted === "" || value.toLowerCase().includes(wanted);
}

/** Whether one of the rows with these ids is the one that a filter names, by id or name. */
function refersTo(
  rows: readonly { readonly id: string; readonly name: string }[],
  ids: readonly string[],
  query: URLSearchParams,
  parameter: string,
): boolean {
  const wanted = query.get(parameter)?.trim();
  if (wanted === undefined || wanted === "") return true;
  const byId = rows.find(({ id }) => id === wanted);
  if (byId) return ids.includes(byId.id);
  return rowsOf(rows, ids).some(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
}

function filtered({ rows }: ResourceServer, query: URLSearchParams): readonly PolicyRow[] {
  const id = query.get("policyId");
  const permission = flagOf(query, "permission");
  return byName(
    rows.policies.filter(
      (row) =>
        (id === null || id === "" || row.id === id) &&
        (permission === undefined || isPermissionType(row.type) === permission) &&
        matches(row.name, query, "name") &&
        matches(row.type, query, "type") &&
        (!query.get("owner") || row.representation["owner"] === query.get("owner")) &&
        refersTo(rows.resources, row.resourceIds, query, "resource") &&
        refersTo(rows.scopes, row.scopeIds, query, "scope"),
    ),
  );
}

/** `GET policy`, and `GET permission`, which leaves out what only decides. */
export async function listPolicies(call: AdminCall, underPermission: boolean): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const rows = filtered(server, call.query).filter(({ type }) => !underPermission || isPermissionType(type));
  return ok(paged(rows, call.query).map((row) => listView(row, underPermission)));
}

/** `GET policy/{type}`; the type is a substring like every filter, so `client` shows client-scope policies too. */
async function listTyped(call: AdminCall, type: string): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const rows = filtered(server, call.query).filter((row) => row.type.includes(type));
  return ok(paged(rows, call.query).map(typedView));
}

/** `GET policy/{type}` or `policy/{id}`. */
export async function readByKey(call: AdminCall, underPermission: boolean): Promise<AdminAnswer> {
  const key = call.params["key"] ?? "";
  if (POLICY_TYPES.has(key)) return listTyped(call, key);
  const row = findById((await resourceServer(call)).rows.policies, key);
  return ok(listView(row, underPermission));
}

/** `GET policy/{type}/{id}`. The type of the path is not compared, as in Keycloak. */
export async function readTyped(call: AdminCall): Promise<AdminAnswer> {
  if (!POLICY_TYPES.has(call.params["key"] ?? "")) throw noObject();
  return ok(typedView(findById((await resourceServer(call)).rows.policies, call.params["id"])));
}

/** `search?name=`: the one of exactly this name, 204 when there is none, 400 without a name. */
export function searched<T extends { readonly name: string }>(
  rows: readonly T[],
  query: URLSearchParams,
  view: (row: T) => unknown,
): AdminAnswer {
  const name = query.get("name");
  if (name === null) throw new AdminError(400);
  const row = rows.find((one) => one.name === name);
  return row ? ok(view(row)) : { status: 204 };
}

export async function searchPolicy(call: AdminCall, underPermission: boolean): Promise<AdminAnswer> {
  const { rows } = await resourceServer(call);
  return searched(rows.policies, call.query, (row) => listView(row, underPermission));
}

/** `GET policy/{type}/search?name=`, as the admin client for Java asks. The type of the path is not compared, as in Keycloak. */
export async function searchTyped(call: AdminCall): Promise<AdminAnswer> {
  if (!POLICY_TYPES.has(call.params["key"] ?? "")) throw noObject();
  const { rows } = await resourceServer(call);
  return searched(rows.policies, call.query, typedView);
}

type PolicySubject = (row: PolicyRow, server: ResourceServer) => readonly unknown[];

/** What belongs to one policy or permission. */
const SUBJECTS: Readonly<Record<string, PolicySubject>> = {
  associatedPolicies: (row, { rows }) => rowsOf(rows.policies, row.policyIds).map(bareView),
  dependentPolicies: (row, { rows }) => byName(rows.policies.filter(({ policyIds }) => policyIds.includes(row.id))).map(bareView),
  scopes: (row, { rows }) => rowsOf(rows.scopes, row.scopeIds).map(scopeView),
  resources: (row, { rows }) => rowsOf(rows.resources, row.resourceIds).map(({ id, name }) => ({ name, _id: id })),
};
export const POLICY_SUBJECTS = Object.keys(SUBJECTS);

const readSubjectOf = async (call: AdminCall, id: string | undefined, subject: string): Promise<AdminAnswer> => {
  const server = await resourceServer(call);
  return ok(SUBJECTS[subject]?.(findById(server.rows.policies, id), server) ?? []);
};

/** `GET policy/{id}/{subject}`. */
export const readSubject = (call: AdminCall, subject: string): Promise<AdminAnswer> => readSubjectOf(call, call.params["key"], subject);

/** `GET policy/{type}/{id}/{subject}`, as the admin client for Java asks. The type of the path is not compared, as in Keycloak. */
export async function readTypedSubject(call: AdminCall, subject: string): Promise<AdminAnswer> {
  if (!POLICY_TYPES.has(call.params["key"] ?? "")) throw noObject();
  return readSubjectOf(call, call.params["id"], subject);
}
