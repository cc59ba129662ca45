import { at, ImportError } from "./import-error.ts";
import { shown, WARNED } from "./import-context.ts";
import type { ImportWarnings } from "./import-warnings.ts";
import { RealmNode } from "./realm-node.ts";

type Found<T> = T | undefined | Promise<T | undefined>;

/** What policies refer to, by name or id, inside one realm. */
export interface PolicyLookups {
  clientUuid(name: string): Found<string>;
  userId(name: string): Found<string>;
  /** `role`, or `clientId/role`. */
  roleId(name: string): Found<string>;
  /** By path or id. */
  groupId(name: string): Found<string>;
  clientScope(name: string): Found<{ readonly id: string; readonly name: string }>;
}
export interface PolicyContext {
  readonly lookups: PolicyLookups;
  readonly warnings: ImportWarnings;
}

/** A policy's own settings with references as ids, and the names of what it is about. */
export interface PolicyConfig {
  /** As Keycloak stores it: texts, some of which hold JSON. */
  readonly config: Readonly<Record<string, string>>;
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  readonly policies: readonly string[];
}

/** Members of `config` that become references of the row. */
const REFERENCES = ["resources", "scopes", "applyPolicies"] as const;

/** Reads `config` of a policy or permission; references may stand beside it as lists as well. @throws {ImportError} see `authorizationRows` */
export async function policyConfig(context: PolicyContext, node: RealmNode, type: string): Promise<PolicyConfig> {
  const config = new Map(Object.entries(node.map("config") ?? {}));
  const names = (inConfig: (typeof REFERENCES)[number], beside: string): readonly string[] => {
    const text = config.get(inConfig);
    config.delete(inConfig);
    return [...(text === undefined ? [] : jsonTexts(node, inConfig, text)), ...(node.names(beside) ?? [])];
  };
  const references = {
    resources: names("resources", "resources"),
    scopes: names("scopes", "scopes"),
    policies: names("applyPolicies", "policies"),
  };
  await resolveOwn(context, node, type, config);
  return { config: Object.fromEntries(config), ...references };
}

async function resolveOwn(context: PolicyContext, node: RealmNode, type: string, config: Map<string, string>): Promise<void> {
  const policy = node.text("name") ?? "";
  const unresolved = (kind: string, name: string): string => {
    context.warnings.add(WARNED.unresolved, `${policy} (${kind} ${name})`);
    return name;
  };
  const texts = (member: string): readonly string[] => jsonTexts(node, member, config.get(member) ?? "[]");
  const objects = (member: string): readonly RealmNode[] =>
    jsonList(node, member, config.get(member) ?? "[]").map(
      (value, index) => new RealmNode(node.file, at(configPath(node, member), index), value),
    );
  const fail = (member: string, kind: string, name: string): never => {
    throw new ImportError(node.file, configPath(node, member), `there is no ${kind} ${shown(name)}`);
  };

  const { lookups } = context;
  if (type === "client" && config.has("clients")) {
    const uuids: string[] = [];
    for (const name of texts("clients")) uuids.push((await lookups.clientUuid(name)) ?? fail("clients", "client", name));
    config.set("clients", JSON.stringify(uuids));
  }
  if (type === "user" && config.has("users")) {
    const ids: string[] = [];
    for (const name of texts("users")) ids.push((await lookups.userId(name)) ?? fail("users", "user", name));
    config.set("users", JSON.stringify(ids));
  }
  if (type === "role" && config.has("roles")) {
    const roles: { id: string; required: boolean }[] = [];
    for (const role of objects("roles")) {
      const name = role.needName("id");
      // Nobody has a role that does not exist, so the name can stand for it.
      const id = (await lookups.roleId(name)) ?? unresolved("role", name);
      roles.push({ id, required: role.flag("required") ?? false });
    }
    config.set("roles", JSON.stringify(roles));
  }
  if (type === "group" && config.has("groups")) {
    const groups: { id: string; extendChildren: boolean }[] = [];
    for (const group of objects("groups")) {
      const path = group.name("path") ?? group.needName("id");
      const id = (await lookups.groupId(path)) ?? unresolved("group", path);
      groups.push({ id, extendChildren: group.flag("extendChildren") ?? false });
    }
    config.set("groups", JSON.stringify(groups));
  }
  if (type === "client-scope" && config.has("clientScopes")) {
    const scopes: { id: string; name: string; required: boolean }[] = [];
    for (const scope of objects("clientScopes")) {
      const name = scope.needName("id");
      const known = (await lookups.clientScope(name)) ?? fail("clientScopes", "client scope", name);
      scopes.push({ id: known.id, name: known.name, required: scope.flag("required") ?? false });
    }
    config.set("clientScopes", JSON.stringify(scopes));
  }
}

const configPath = (node: RealmNode, member: string): string => at(at(node.path, "config"), member);

function jsonList(node: RealmNode, member: string, text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value as unknown[];
  } catch {
    // said below
  }
  throw new ImportError(node.file, configPath(node, member), "a JSON list in a text should be here");
}

function jsonTexts(node: RealmNode, member: string, text: string): readonly string[] {
  return jsonList(node, member, text).map((value) => {
    if (typeof value === "string" && value !== "") return value;
    throw new ImportError(node.file, configPath(node, member), "a list of names should be here");
  });
}
