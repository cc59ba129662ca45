import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { AuthorizationRows, Json } from "@cambist/store/config-ports.ts";
import { AUTHORIZATION_SCOPE_FIELDS, policyRow, RESOURCE_FIELDS } from "../../imports/authorization-rows.ts";
import { readFields } from "../../imports/fields.ts";
import { ImportWarnings } from "../../imports/import-warnings.ts";
import type { PolicyLookups } from "../../imports/policy-config.ts";
import type { RealmNode } from "../../imports/realm-node.ts";
import { invalid, malformed } from "../admin-error.ts";
import { finder } from "./lookups.ts";
import type { PolicyRow, ResourceRow, ScopeRow } from "./resource-server.ts";

const MODES: readonly unknown[] = ["ENFORCING", "PERMISSIVE", "DISABLED"];
const STRATEGIES: readonly unknown[] = ["UNANIMOUS", "AFFIRMATIVE", "CONSENSUS"];
/** Objects of one kind in one import. */
const MAX_OBJECTS = 20_000;

/** What is stored of a resource server before. */
export type StoredSettings = Pick<AuthorizationRows, "scopes" | "resources" | "policies">;

export interface MergeContext {
  readonly stored: StoredSettings;
  readonly lookups: PolicyLookups;
  readonly newId: () => string;
}

/** Settings as `settings` gives them, worked out over what is stored: the rows that change. */
export interface MergedSettings {
  /** Only what the body says. */
  readonly settings: Json;
  readonly scopes: readonly ScopeRow[];
  readonly resources: readonly ResourceRow[];
  readonly policies: readonly PolicyRow[];
}

/** The three settings that a body may say; undefined where it does not. @throws {AdminError} 400 a value of no meaning */
export function settingsIn(body: RealmNode): Json {
  const policyEnforcementMode = body.text("policyEnforcementMode");
  const decisionStrategy = body.text("decisionStrategy");
  if (policyEnforcementMode !== undefined && !MODES.includes(policyEnforcementMode)) throw malformed();
  if (decisionStrategy !== undefined && !STRATEGIES.includes(decisionStrategy)) throw malformed();
  return { allowRemoteResourceManagement: body.flag("allowRemoteResourceManagement"), policyEnforcementMode, decisionStrategy };
}

/**
 * What is there under the same name is replaced, the rest stays.
 * @throws {ImportError} a wrong type, a name twice, or something named does not exist @throws {AdminError} 400 a value of no meaning
 */
export async function mergeSettings({ stored, lookups, newId }: MergeContext, node: RealmNode): Promise<MergedSettings> {
  const settings = Object.fromEntries(Object.entries(settingsIn(node)).filter(([, value]) => value !== undefined));
  const nodes = (member: string): readonly RealmNode[] => {
    const found = node.nodes(member) ?? [];
    if (found.length > MAX_OBJECTS) throw invalid(`More than ${MAX_OBJECTS} ${member}`);
    return found;
  };
  const scopes = new Merged(stored.scopes, newId);
  for (const one of nodes("scopes"))
    scopes.add(one, (id, name) => ({ id, name, representation: readFields(one, AUTHORIZATION_SCOPE_FIELDS).kept }));

  const resources = new Merged(stored.resources, newId);
  for (const one of nodes("resources")) {
    resources.add(one, (id, name) => {
      const scopeIds = (one.nodes(one.has("scopes") ? "scopes" : "resource_scopes") ?? []).map((scope) =>
        scopes.idOf(scope.needName("name"), (ownId, ownName) => ({ id: ownId, name: ownName, representation: {} })),
      );
      return { id, name, representation: readFields(one, RESOURCE_FIELDS).kept, scopeIds: [...new Set(scopeIds)] };
    });
  }

  // Ids first: a permission may come before the policies it applies.
  const policyNodes = nodes("policies");
  const policies = new Merged(stored.policies, newId);
  const ids = policyNodes.map((one) => policies.claim(one.needName("name")));
  if (new Set(ids).size < ids.length) node.fail("policies", "a name is there twice");
  const known = {
    scopeIds: finder(scopes.all),
    resourceIds: finder(resources.all),
    policyIds: finder([...stored.policies, ...policies.claimed]),
  };
  const context = { lookups, warnings: new ImportWarnings() };
  const rows: PolicyRow[] = [];
  for (const [index, one] of policyNodes.entries()) rows.push(await policyRow(context, one, ids[index] ?? "", known));
  return { settings, scopes: scopes.changed, resources: resources.changed, policies: rows };
}

/** Stores them over the resource server's `before`. */
export function settingsCommands(
  of: { readonly realmId: string; readonly clientUuid: string },
  before: Json,
  { settings, scopes, resources, policies }: MergedSettings,
): readonly ConfigCommand[] {
  return [
    { do: "saveResourceServer", ...of, settings: { ...before, ...settings } },
    ...scopes.map((row): ConfigCommand => ({ do: "saveAuthorizationScope", ...of, row })),
    ...resources.map((row): ConfigCommand => ({ do: "saveAuthorizationResource", ...of, row })),
    // Each must be there before another one can apply it.
    ...policies.map((row): ConfigCommand => ({ do: "saveAuthorizationPolicy", ...of, row: { ...row, policyIds: [] } })),
    ...policies
      .filter(({ policyIds }) => policyIds.length > 0)
      .map((row): ConfigCommand => ({ do: "saveAuthorizationPolicy", ...of, row })),
  ];
}

/** Rows of one kind: those stored, and over them those of the import, which keep the id of their name. */
class Merged<Row extends { readonly id: string; readonly name: string }> {
  readonly #rows: Map<string, Row>;
  readonly #newId: () => string;
  readonly #changed = new Map<string, Row>();
  readonly #claimed = new Map<string, string>();

  constructor(stored: readonly Row[], newId: () => string) {
    this.#rows = new Map(stored.map((row) => [row.name, row]));
    this.#newId = newId;
  }
  get all(): readonly Row[] {
    return [...this.#rows.values()];
  }
  get changed(): readonly Row[] {
    return [...this.#changed.values()];
  }
  get claimed(): readonly { readonly id: string; readonly name: string }[] {
    return [...this.#claimed].map(([name, id]) => ({ id, name }));
  }

  /** @throws {ImportError} the name is there twice */
  add(node: RealmNode, make: (id: string, name: string) => Row): void {
    const name = node.needName("name");
    if (this.#claimed.has(name)) node.fail("name", "this name is there twice");
    const row = make(this.claim(name), name);
    this.#rows.set(name, row);
    this.#changed.set(name, row);
  }
  /** The id of a name, of a row made now if nobody knows it. */
  idOf(name: string, make: (id: string, name: string) => Row): string {
    const row = this.#rows.get(name);
    if (row) return row.id;
    const made = make(this.claim(name), name);
    this.#rows.set(name, made);
    this.#changed.set(name, made);
    return made.id;
  }
  claim(name: string): string {
    const id = this.#rows.get(name)?.id ?? this.#claimed.get(name) ?? this.#newId();
    this.#claimed.set(name, id);
    return id;
  }
}
