import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { ClientRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";

/** The client's own role for keeping resources, which its service account holds. */
export const PROTECTION_ROLE = "uma_protection";
const DEFAULT_TYPE = "default";

export interface NewResourceServer {
  readonly commands: readonly ConfigCommand[];
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
  return {
    accountRoles: [roleId],
    commands: [
      {
        do: "saveResourceServer",
        realmId,
        clientUuid,
        settings: { allowRemoteResourceManagement: true, policyEnforcementMode: "ENFORCING", decisionStrategy: "UNANIMOUS" },
      },
      {
        do: "saveAuthorizationResource",
        realmId,
        clientUuid,
        row: { id: newId(), name: "Default Resource", representation: resource, scopeIds: [] },
      },
      {
        do: "saveAuthorizationPolicy",
        realmId,
        clientUuid,
        row: {
          id: policyId,
          name: "Default Policy",
          type: "js",
          logic: "POSITIVE",
          decisionStrategy: "AFFIRMATIVE",
          representation: {
            description: "A policy that grants access only for users within this realm",
            config: { code: "// by default, grants any permission associated with this policy\n$evaluation.grant();\n" },
          },
          resourceIds: [],
          scopeIds: [],
          policyIds: [],
        },
      },
      {
        do: "saveAuthorizationPolicy",
        realmId,
        clientUuid,
        row: {
          id: newId(),
          name: "Default Permission",
          type: "resource",
          logic: "POSITIVE",
          decisionStrategy: "UNANIMOUS",
          representation: {
            description: "A permission that applies to the default resource type",
            config: { defaultResourceType: type },
          },
          resourceIds: [],
          scopeIds: [],
          policyIds: [policyId],
        },
      },
      ...(protectionRole === undefined
        ? [{ do: "saveRole", realmId, row: { id: roleId, name: PROTECTION_ROLE, clientUuid, representation: { attributes: {} } } } as const]
        : []),
    ],
  };
}
