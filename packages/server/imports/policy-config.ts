import { at, ImportError } from "./import-error.ts";
import { type ImportContext, shown, WARNED } from "./import-context.ts";
import { RealmNode } from "./realm-node.ts";

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
export async function policyConfig(context: ImportContext, node: RealmNode, type: string): Promise<PolicyConfig> {
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

async function resolveOwn(context: ImportContext, node: RealmNode, type: string, config: Map<string, string>): Promise<void> {
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

  if (type === "client" && config.has("clients")) {
    const uuids = texts("clients").map((name) => context.names.clientByAnyName(name)?.uuid ?? fail("clients", "client", name));
    config.set("clients", JSON.stringify(uuids));
  }
  if (type === "user" && config.has("users")) {
    const ids: string[] = [];
    for (const name of texts("users"))
      ids.push((await context.sink.findUserId(context.realmId, name.toLowerCase())) ?? fail("users", "user", name));
    config.set("users", JSON.stringify(ids));
  }
  if (type === "role" && config.has("roles")) {
    // Nobody has a role that does not exist, so the name can stand for it.
    const roles = objects("roles").map((role) => {
      const name = role.needName("id");
      const id = context.names.roleByPath(name) ?? unresolved("role", name);
      return { id, required: role.flag("required") ?? false };
    });
    config.set("roles", JSON.stringify(roles));
  }
  if (type === "group" && config.has("groups")) {
    const groups = objects("groups").map((group) => {
      const path = group.name("path") ?? group.needName("id");
      const id = context.names.groupId(path) ?? unresolved("group", path);
      return { id, extendChildren: group.flag("extendChildren") ?? false };
    });
    config.set("groups", JSON.stringify(groups));
  }
  if (type === "client-scope" && config.has("clientScopes")) {
    const scopes = objects("clientScopes").map((scope) => {
      const name = scope.needName("id");
      const known = context.names.scope(name) ?? fail("clientScopes", "client scope", name);
      return { id: known.id, name: known.name, required: scope.flag("required") ?? false };
    });
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
