import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import { AUTHORIZATION_SCOPE_FIELDS, policyRow, RESOURCE_FIELDS } from "../../imports/authorization-rows.ts";
import { readFields } from "../../imports/fields.ts";
import { ImportWarnings } from "../../imports/import-warnings.ts";
import { RealmNode } from "../../imports/realm-node.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { AdminError, invalid, malformed } from "../admin-error.ts";
import { flagMember, objectBody, textMember } from "../read-json.ts";
import { explained } from "./change-policies.ts";
import { commitAuthorization } from "./commit-authorization.ts";
import { finder, policyLookups } from "./lookups.ts";
import type { PolicyRow, ResourceRow, ScopeRow } from "./resource-server.ts";
import { resourceServer } from "./resource-server.ts";

const MODES: readonly unknown[] = ["ENFORCING", "PERMISSIVE", "DISABLED"];
const STRATEGIES: readonly unknown[] = ["UNANIMOUS", "AFFIRMATIVE", "CONSENSUS"];
/** Policies of one import. */
const MAX_OBJECTS = 20_000;

/** `GET authz/resource-server`: the settings alone, lists stay empty. */
export async function readServer(call: AdminCall): Promise<AdminAnswer> {
  const { client, rows } = await resourceServer(call);
  return ok({ id: client.id, clientId: client.id, name: client.clientId, ...rows.settings, resources: [], policies: [], scopes: [] });
}

/** `PUT authz/resource-server`: needs all three settings. */
export async function updateServer(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const sent = readSettings(call);
  if (Object.values(sent).includes(undefined)) throw new AdminError(409, { error: "unknown_error" });
  await commitAuthorization(call, server, {
    commands: [
      { do: "saveResourceServer", realmId: call.realm.id, clientUuid: server.client.id, settings: { ...server.rows.settings, ...sent } },
    ],
    event: {
      operation: "UPDATE",
      resourceType: "AUTHORIZATION_RESOURCE_SERVER",
      resourcePath: `clients/${server.client.id}/authz/resource-server`,
      representation: sent,
    },
  });
  return noContent;
}

/** Undefined where the body has none. @throws {AdminError} 400 a value of no meaning */
function readSettings(call: AdminCall): Json {
  const body = objectBody(call.body);
  const policyEnforcementMode = textMember(body, "policyEnforcementMode");
  const decisionStrategy = textMember(body, "decisionStrategy");
  if (policyEnforcementMode !== undefined && !MODES.includes(policyEnforcementMode)) throw malformed();
  if (decisionStrategy !== undefined && !STRATEGIES.includes(decisionStrategy)) throw malformed();
  return { allowRemoteResourceManagement: flagMember(body, "allowRemoteResourceManagement"), policyEnforcementMode, decisionStrategy };
}

/**
 * `POST import`: settings as `settings` gives them. What is there under the same name is replaced, the rest stays; all or nothing.
 * @throws {AdminError} 400 a wrong type, or something named in it does not exist
 */
export async function importSettings(call: AdminCall): Promise<AdminAnswer> {
  const server = await resourceServer(call);
  const settings = Object.fromEntries(Object.entries(readSettings(call)).filter(([, value]) => value !== undefined));
  const { scopes, resources, policies } = await explained(() => readObjects(call, server.rows));
  const of = { realmId: call.realm.id, clientUuid: server.client.id };
  const commands: readonly ConfigCommand[] = [
    { do: "saveResourceServer", ...of, settings: { ...server.rows.settings, ...settings } },
    ...scopes.map((row): ConfigCommand => ({ do: "saveAuthorizationScope", ...of, row })),
    ...resources.map((row): ConfigCommand => ({ do: "saveAuthorizationResource", ...of, row })),
    // Each must be there before another one can apply it.
    ...policies.map((row): ConfigCommand => ({ do: "saveAuthorizationPolicy", ...of, row: { ...row, policyIds: [] } })),
    ...policies
      .filter(({ policyIds }) => policyIds.length > 0)
      .map((row): ConfigCommand => ({ do: "saveAuthorizationPolicy", ...of, row })),
  ];
  await commitAuthorization(call, server, {
    commands,
    event: {
      operation: "UPDATE",
      resourceType: "AUTHORIZATION_RESOURCE_SERVER",
      resourcePath: `clients/${server.client.id}/authz/resource-server/import`,
      representation: { ...settings, scopes: names(scopes), resources: names(resources), policies: names(policies) },
    },
  });
  return noContent;
}

const names = (rows: readonly { readonly name: string }[]): readonly string[] => rows.map(({ name }) => name);

interface Objects {
  readonly scopes: readonly ScopeRow[];
  readonly resources: readonly ResourceRow[];
  readonly policies: readonly PolicyRow[];
}

async function readObjects(call: AdminCall, stored: Objects): Promise<Objects> {
  const node = new RealmNode("body", "", call.body);
  const nodes = (member: string): readonly RealmNode[] => {
    const found = node.nodes(member) ?? [];
    if (found.length > MAX_OBJECTS) throw invalid(`More than ${MAX_OBJECTS} ${member}`);
    return found;
  };
  const scopes = new Merged(stored.scopes, call.newId);
  for (const one of nodes("scopes"))
    scopes.add(one, (id, name) => ({ id, name, representation: readFields(one, AUTHORIZATION_SCOPE_FIELDS).kept }));

  const resources = new Merged(stored.resources, call.newId);
  for (const one of nodes("resources")) {
    resources.add(one, (id, name) => {
      const scopeIds = (one.nodes(one.has("scopes") ? "scopes" : "resource_scopes") ?? []).map((scope) =>
        scopes.idOf(scope.needName("name"), (newId, newName) => ({ id: newId, name: newName, representation: {} })),
      );
      return { id, name, representation: readFields(one, RESOURCE_FIELDS).kept, scopeIds: [...new Set(scopeIds)] };
    });
  }

  // Ids first: a permission may come before the policies it applies.
  const policyNodes = nodes("policies");
  const policies = new Merged(stored.policies, call.newId);
  const ids = policyNodes.map((one) => policies.claim(one.needName("name")));
  if (new Set(ids).size < ids.length) node.fail("policies", "a name is there twice");
  const known = {
    scopeIds: finder(scopes.all),
    resourceIds: finder(resources.all),
    policyIds: finder([...stored.policies, ...policies.claimed]),
  };
  const context = { lookups: policyLookups(call), warnings: new ImportWarnings() };
  const rows: PolicyRow[] = [];
  for (const [index, one] of policyNodes.entries()) rows.push(await policyRow(context, one, ids[index] ?? "", known));
  return { scopes: scopes.changed, resources: resources.changed, policies: rows };
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
