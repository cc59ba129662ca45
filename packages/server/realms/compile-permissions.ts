import type { DecisionStrategy, Group, Permission, Permissions, Policy } from "@cambist/core/model.ts";
import type { AuthorizationPolicyRow, AuthorizationRows } from "@cambist/store/config-ports.ts";
import { jsonList } from "./json-list.ts";
import { textMembers } from "./realm-settings.ts";

/** Nesting of aggregate policies that is followed; deeper ones deny. */
const MAX_AGGREGATE_DEPTH = 8;

/** What policies refer to by id and are decided by name. */
export interface PolicyReferences {
  clientIdOf(uuid: string): string | undefined;
  group(id: string): Group | undefined;
  clientScopeName(id: string): string | undefined;
}

/** Permissions and policies of the admin client as values to decide with. Anything not understood becomes a policy that denies. */
export function compilePermissions(rows: AuthorizationRows, references: PolicyReferences): Permissions {
  const byId = new Map(rows.policies.map((row) => [row.id, row]));
  const names = new Map([...rows.scopes, ...rows.resources].map(({ id, name }) => [id, name]));
  const compiled = new Map<string, Permission>();
  for (const row of rows.policies) {
    if (row.type !== "scope" && row.type !== "resource") continue;
    compiled.set(row.name, {
      id: row.id,
      name: row.name,
      logic: logicOf(row),
      strategy: strategyOf(row),
      policies: isAboutItsName(row, names) ? row.policyIds.map((id) => compilePolicy(byId.get(id), id, byId, references, 0)) : [ELSEWHERE],
    });
  }
  return { find: (name) => compiled.get(name) };
}

/** Stands in a permission that was moved away from what its name says: it grants nothing there any more. */
const ELSEWHERE: Policy = {
  id: "elsewhere",
  name: "elsewhere",
  logic: "POSITIVE",
  type: "unknown",
  kind: "moved to another scope or resource",
};

/**
 * Keycloak finds a permission by its name and evaluates it for a scope and a resource: one that names others does not count. Hand-written
 * realm files may leave both out.
 */
function isAboutItsName({ name, scopeIds, resourceIds }: AuthorizationPolicyRow, names: ReadonlyMap<string, string>): boolean {
  const subject = SUBJECTS.flatMap(({ pattern, scope, resource }) => {
    const match = pattern.exec(name);
    return match ? [{ scope, resource: resource(match[1] ?? "") }] : [];
  })[0];
  if (!subject) return true;
  const named = (ids: readonly string[], wanted: string): boolean => ids.length === 0 || ids.some((id) => names.get(id) === wanted);
  return named(scopeIds, subject.scope) && named(resourceIds, subject.resource);
}

/** Permissions that decisions here look at, with the scope and the resource they are about. */
const SUBJECTS = [
  { pattern: /^token-exchange\.permission\.client\.(.+)$/, scope: "token-exchange", resource: (id: string) => `client.resource.${id}` },
  { pattern: /^token-exchange\.permission\.idp\.(.+)$/, scope: "token-exchange", resource: (id: string) => `idp.resource.${id}` },
  { pattern: /^admin-impersonating\.permission\.users$/, scope: "impersonate", resource: () => "Users" },
  { pattern: /^user-impersonated\.permission\.users$/, scope: "user-impersonated", resource: () => "Users" },
] as const;

function compilePolicy(
  row: AuthorizationPolicyRow | undefined,
  id: string,
  byId: ReadonlyMap<string, AuthorizationPolicyRow>,
  references: PolicyReferences,
  depth: number,
): Policy {
  if (!row) return { id, name: id, logic: "POSITIVE", type: "unknown", kind: "missing" };
  const base = { id, name: row.name, logic: logicOf(row) };
  const config = textMembers(row.representation["config"]);
  const unknown: Policy = { ...base, type: "unknown", kind: row.type };
  switch (row.type) {
    case "client":
      return {
        ...base,
        type: "client",
        clientIds: new Set(list(config["clients"]).flatMap((value) => references.clientIdOf(value) ?? [])),
      };
    case "user":
      return { ...base, type: "user", userIds: new Set(list(config["users"])) };
    case "role":
      return {
        ...base,
        type: "role",
        fetchRoles: config["fetchRoles"] === "true",
        roles: objects(config["roles"]).flatMap(({ id: roleId, required }) =>
          typeof roleId === "string" ? [{ roleId, required: required === true }] : [],
        ),
      };
    case "group":
      return {
        ...base,
        type: "group",
        groupsClaim: config["groupsClaim"] ?? "",
        groups: objects(config["groups"]).flatMap(({ id: groupId, extendChildren }) => {
          if (typeof groupId !== "string") return [];
          return [{ groupId, path: references.group(groupId)?.path ?? "", extendChildren: extendChildren === true }];
        }),
      };
    case "time":
      return { ...base, type: "time", config };
    case "regex":
      return {
        ...base,
        type: "regex",
        targetClaim: config["targetClaim"] ?? "",
        pattern: config["pattern"] ?? "",
        targetContextAttributes: config["targetContextAttributes"] === "true",
      };
    case "client-scope":
      return {
        ...base,
        type: "client-scope",
        scopes: objects(config["clientScopes"]).flatMap(({ id: scope, required }) =>
          typeof scope === "string" ? [{ name: references.clientScopeName(scope), required: required === true }] : [],
        ),
      };
    case "aggregate":
      if (depth >= MAX_AGGREGATE_DEPTH) return unknown;
      return {
        ...base,
        type: "aggregate",
        strategy: strategyOf(row),
        policies: row.policyIds.map((child) => compilePolicy(byId.get(child), child, byId, references, depth + 1)),
      };
    default:
      return unknown;
  }
}

const logicOf = ({ logic }: AuthorizationPolicyRow): "POSITIVE" | "NEGATIVE" => (logic === "NEGATIVE" ? "NEGATIVE" : "POSITIVE");

function strategyOf({ decisionStrategy }: AuthorizationPolicyRow): DecisionStrategy {
  return decisionStrategy === "AFFIRMATIVE" || decisionStrategy === "CONSENSUS" ? decisionStrategy : "UNANIMOUS";
}

const list = (text: string | undefined): readonly string[] => jsonList(text).filter((entry) => typeof entry === "string");
const objects = (text: string | undefined): readonly Readonly<Record<string, unknown>>[] =>
  jsonList(text).filter((entry): entry is Record<string, unknown> => typeof entry === "object" && entry !== null);
