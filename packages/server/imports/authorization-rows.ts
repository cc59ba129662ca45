import type { AuthorizationPolicyRow, AuthorizationRows, Json } from "@cambist/store/config-ports.ts";
import { type Fields, readFields } from "./fields.ts";
import { type ImportContext, shown, WARNED, warnUnknown } from "./import-context.ts";
import { policyConfig, type PolicyContext, type PolicyLookups } from "./policy-config.ts";
import type { ClientEntry } from "./realm-names.ts";
import type { RealmNode } from "./realm-node.ts";

/** Kinds of policies that are understood; others are kept and deny. */
const POLICY_TYPES: ReadonlySet<string> = new Set([
  "client",
  "user",
  "role",
  "group",
  "time",
  "regex",
  "client-scope",
  "aggregate",
  "scope",
  "resource",
  "uma",
]);

export const RESOURCE_FIELDS: Fields = new Map([
  ["_id", "elsewhere"],
  ["id", "elsewhere"],
  ["name", "elsewhere"],
  ["scopes", "elsewhere"],
  ["resource_scopes", "elsewhere"],
  ["type", "text"],
  ["displayName", "text"],
  ["icon_uri", "text"],
  ["ownerManagedAccess", "flag"],
  ["uris", "texts"],
  ["uri", "text"],
  ["owner", "any"],
  ["attributes", "any"],
]);
export const AUTHORIZATION_SCOPE_FIELDS: Fields = new Map([
  ["id", "elsewhere"],
  ["name", "elsewhere"],
  ["displayName", "text"],
  ["iconUri", "text"],
]);
const POLICY_FIELDS: Fields = new Map([
  ["id", "elsewhere"],
  ["name", "elsewhere"],
  ["type", "elsewhere"],
  ["logic", "elsewhere"],
  ["decisionStrategy", "elsewhere"],
  ["config", "elsewhere"],
  ["resources", "elsewhere"],
  ["scopes", "elsewhere"],
  ["policies", "elsewhere"],
  ["description", "text"],
  ["owner", "text"],
  ["resourceType", "text"],
  ["resourcesData", "dropped"],
  ["scopesData", "dropped"],
]);

/** Things of one kind by name, each once. */
class Named {
  readonly #ids = new Map<string, string>();
  readonly #byId = new Set<string>();
  add(node: RealmNode, name: string, id: string): void {
    if (this.#ids.has(name)) node.fail("name", `the name ${shown(name)} is there twice`);
    this.#ids.set(name, id);
    this.#byId.add(id);
  }
  /** By name, else by id. */
  find(name: string): string | undefined {
    return this.#ids.get(name) ?? (this.#byId.has(name) ? name : undefined);
  }
}

/**
 * `authorizationSettings` of one client as rows: resources, scopes, policies and permissions with their references as ids. Call when all
 * users are stored, as policies name them.
 *
 * @throws {ImportError} a wrong type, a name twice, a permission whose resource, scope or policy does not exist, a policy that names a
 *   client, user or client scope that does not exist: what it was meant to let through or keep out cannot be guessed
 */
export async function authorizationRows(context: ImportContext, node: RealmNode, owner: ClientEntry): Promise<AuthorizationRows> {
  const { newId } = context.tools;
  const scopeIds = new Named();
  const scopes: { id: string; name: string; representation: Json }[] = [];
  const addScope = (from: RealmNode, name: string, id: string, representation: Json): string => {
    scopeIds.add(from, name, id);
    scopes.push({ id, name, representation });
    return id;
  };
  for (const scope of node.nodes("scopes") ?? []) {
    const { kept, unknown } = readFields(scope, AUTHORIZATION_SCOPE_FIELDS);
    warnUnknown(context, `authorization scope of ${owner.clientId}`, unknown);
    addScope(scope, scope.needName("name"), scope.name("id") ?? newId(), kept);
  }

  const resourceIds = new Named();
  const resources = (node.nodes("resources") ?? []).map((resource) => {
    const { kept, unknown } = readFields(resource, RESOURCE_FIELDS);
    const name = resource.needName("name");
    const id = resource.name("_id") ?? resource.name("id") ?? newId();
    resourceIds.add(resource, name, id);
    warnUnknown(context, `authorization resource of ${owner.clientId}`, unknown);
    // Keycloak makes scopes that only a resource names.
    const named = (resource.nodes(resource.has("scopes") ? "scopes" : "resource_scopes") ?? []).map((scope) => {
      const scopeName = scope.needName("name");
      return scopeIds.find(scopeName) ?? addScope(scope, scopeName, scope.name("id") ?? newId(), {});
    });
    return { id, name, representation: kept, scopeIds: [...new Set(named)] };
  });

  // Ids first: a permission may come before the policies it applies.
  const policyIds = new Named();
  const pending = (node.nodes("policies") ?? []).map((policy) => {
    const id = policy.name("id") ?? newId();
    policyIds.add(policy, policy.needName("name"), id);
    return { id, policy };
  });
  const policies: AuthorizationPolicyRow[] = [];
  const policyContext = { lookups: importLookups(context), warnings: context.warnings };
  for (const { id, policy } of pending) policies.push(await policyRow(policyContext, policy, id, { scopeIds, resourceIds, policyIds }));

  return {
    clientUuid: owner.uuid,
    settings: {
      allowRemoteResourceManagement: node.flag("allowRemoteResourceManagement") ?? true,
      policyEnforcementMode: node.text("policyEnforcementMode") ?? "ENFORCING",
      decisionStrategy: node.text("decisionStrategy") ?? "UNANIMOUS",
    },
    scopes,
    resources,
    policies,
  };
}

const importLookups = ({ names, sink, realmId }: ImportContext): PolicyLookups => ({
  clientUuid: (name) => names.clientByAnyName(name)?.uuid,
  userId: (name) => sink.findUserId(realmId, name.toLowerCase()),
  roleId: (name) => names.roleByPath(name),
  groupId: (name) => names.groupId(name),
  clientScope: (name) => names.scope(name),
});

/** Tells the id that a name or id stands for. */
interface Finder {
  find(name: string): string | undefined;
}
/** What a policy may refer to inside its resource server. */
export interface Known {
  readonly scopeIds: Finder;
  readonly resourceIds: Finder;
  readonly policyIds: Finder;
}

/** One policy or permission as a row. @throws {ImportError} see {@link authorizationRows} */
export async function policyRow(context: PolicyContext, node: RealmNode, id: string, known: Known): Promise<AuthorizationPolicyRow> {
  const { kept, unknown } = readFields(node, POLICY_FIELDS);
  const name = node.needName("name");
  const type = node.needName("type");
  warnUnknown(context, "policy", unknown);
  if (!POLICY_TYPES.has(type)) context.warnings.add(WARNED.policies, `${name} (${type})`);
  const { config, resources, scopes, policies } = await policyConfig(context, node, type);
  const find = (kind: string, names: readonly string[], index: Finder): readonly string[] => [
    ...new Set(names.map((one) => index.find(one) ?? node.fail("config", `there is no ${kind} ${shown(one)}`))),
  ];
  return {
    id,
    name,
    type,
    logic: oneOf(node, "logic", ["POSITIVE", "NEGATIVE"]),
    decisionStrategy: oneOf(node, "decisionStrategy", ["UNANIMOUS", "AFFIRMATIVE", "CONSENSUS"]),
    representation: { ...kept, config },
    resourceIds: find("resource", resources, known.resourceIds),
    scopeIds: find("scope", scopes, known.scopeIds),
    policyIds: find("policy", policies, known.policyIds),
  };
}

/** The first one stands for absent. A misspelt logic must not turn a refusal into a permission. */
function oneOf(node: RealmNode, member: string, allowed: readonly [string, ...string[]]): string {
  const text = node.text(member) ?? allowed[0];
  return allowed.includes(text) ? text : node.fail(member, `one of ${allowed.join(", ")} should be here`);
}
