import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { AuthorizationPolicyRow, AuthorizationRows, ClientRow, Json } from "@cambist/store/config-ports.ts";
import { PROTECTION_ROLE } from "../../imports/role-rows.ts";
import type { PolicyLookups } from "../../imports/policy-config.ts";
import type { RealmNode } from "../../imports/realm-node.ts";
import type { AdminCall } from "../admin-call.ts";
import { invalid } from "../admin-error.ts";
import { explained } from "../authorization/change-policies.ts";
import { policyLookups } from "../authorization/lookups.ts";
import { mergeSettings, settingsCommands } from "../authorization/merge-settings.ts";

const DEFAULT_TYPE = "default";

export interface NewResourceServer {
  readonly commands: readonly ConfigCommand[];
  /** What the commands store. */
  readonly rows: Pick<AuthorizationRows, "settings" | "scopes" | "resources" | "policies">;
  readonly protectionRole: string;
  /** Role ids for the client's service account. */
  readonly accountRoles: readonly string[];
}

/**
 * The authorization settings that a client gets with `authorizationServicesEnabled`: those of Keycloak, its script policy included (which
 * nothing here runs, so it denies).
 * @param protectionRole id of the client's protection role, when it has it from before
 */
export function addResourceServer(
  { realm, newId }: Pick<AdminCall, "realm" | "newId">,
  { id: clientUuid, clientId }: Pick<ClientRow, "id" | "clientId">,
  protectionRole?: string,
): NewResourceServer {
  const realmId = realm.id;
  const type = `urn:${clientId}:resources:${DEFAULT_TYPE}`;
  const [roleId, policyId] = [protectionRole ?? newId(), newId()];
  const resource = { uris: ["/*"], type, ownerManagedAccess: false, attributes: {} };
  const resources = [{ id: newId(), name: "Default Resource", representation: resource, scopeIds: [] }];
  const bare = { resourceIds: [], scopeIds: [], policyIds: [], logic: "POSITIVE" };
  const policies: readonly AuthorizationPolicyRow[] = [
    {
      ...bare,
      id: policyId,
      name: "Default Policy",
      type: "js",
      decisionStrategy: "AFFIRMATIVE",
      representation: {
        description: "A policy that grants access only for users within this realm",
        config: { code: "// by default, grants any permission associated with this policy\n$evaluation.grant();\n" },
      },
    },
    {
      ...bare,
      id: newId(),
      name: "Default Permission",
      type: "resource",
      decisionStrategy: "UNANIMOUS",
      representation: {
        description: "A permission that applies to the default resource type",
        config: { defaultResourceType: type },
      },
      policyIds: [policyId],
    },
  ];
  const settings = { allowRemoteResourceManagement: true, policyEnforcementMode: "ENFORCING", decisionStrategy: "UNANIMOUS" };
  const of = { realmId, clientUuid };
  return {
    accountRoles: [roleId],
    protectionRole: roleId,
    rows: { settings, scopes: [], resources, policies },
    commands: [
      { do: "saveResourceServer", ...of, settings },
      ...resources.map((row): ConfigCommand => ({ do: "saveAuthorizationResource", ...of, row })),
      ...policies.map((row): ConfigCommand => ({ do: "saveAuthorizationPolicy", ...of, row })),
      ...(protectionRole === undefined
        ? [{ do: "saveRole", realmId, row: { id: roleId, name: PROTECTION_ROLE, clientUuid, representation: { attributes: {} } } } as const]
        : []),
    ],
  };
}

/**
 * What a new client's `authorizationSettings` make of its resource server. They may name the client itself and its protection role, which
 * nobody else can look up yet.
 * @throws {AdminError} 400 a wrong type, or something named in them does not exist
 */
export async function givenSettings(
  call: Pick<AdminCall, "store" | "realm" | "newId">,
  client: Pick<ClientRow, "id" | "clientId">,
  { rows, protectionRole }: NewResourceServer,
  given: RealmNode,
): Promise<readonly ConfigCommand[]> {
  const known = policyLookups(call);
  const lookups: PolicyLookups = {
    ...known,
    clientUuid: (name) => (name === client.clientId || name === client.id ? client.id : known.clientUuid(name)),
    roleId: (name) => (name === `${client.clientId}/${PROTECTION_ROLE}` ? protectionRole : known.roleId(name)),
  };
  const merged = await explained(() => mergeSettings({ stored: rows, lookups, newId: call.newId }, given));
  return settingsCommands({ realmId: call.realm.id, clientUuid: client.id }, rows.settings, merged);
}

/** @throws {AdminError} 400 where nobody could ever ask for its permissions; Keycloak: 500 */
export function needServiceAccount(representation: Json): void {
  if (representation["serviceAccountsEnabled"] !== true) throw invalid("Authorization services need service accounts to be enabled");
}
