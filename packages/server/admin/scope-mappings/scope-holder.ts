import type { AdminCall, AdminChange } from "../admin-call.ts";
import { findClientScope } from "../client-scopes/find-client-scope.ts";
import { findClient } from "../clients/find-client.ts";

/** What has scope mappings: a client or a client scope. */
export interface ScopeHolder {
  /** Below the realm. */
  readonly path: string;
  /** Ids of the roles mapped to it. */
  readonly roleScope: readonly string[];
  /** Ids of the roles that it lets through by itself: a client's own ones. */
  readonly ownRoles: readonly string[];
  /** Lets every role through. */
  readonly fullScope: boolean;
  /** The command that stores it with these roles, as long as nobody has changed it meanwhile. */
  save(roleScope: readonly string[]): Pick<AdminChange, "commands" | "guards">;
}
export type FindScopeHolder = (call: AdminCall) => Promise<ScopeHolder>;

/** @throws {AdminError} 404 */
export const clientAsHolder: FindScopeHolder = async (call) => {
  const client = await findClient(call);
  return {
    path: `/clients/${client.id}`,
    roleScope: client.roleScope,
    ownRoles: (await call.store.roles(call.realm.id, client.id)).map(({ id }) => id),
    fullScope: client.representation["fullScopeAllowed"] !== false,
    save: (roleScope) => ({
      commands: [{ do: "saveClient", realmId: call.realm.id, row: { ...client, roleScope } }],
      guards: [{ claim: "clientRow", realmId: call.realm.id, row: client }],
    }),
  };
};

/** @throws {AdminError} 404 */
export const scopeAsHolder: FindScopeHolder = async (call) => {
  const scope = await findClientScope(call);
  return {
    path: `/client-scopes/${scope.id}`,
    roleScope: scope.roleScope,
    ownRoles: [],
    fullScope: false,
    save: (roleScope) => ({
      commands: [{ do: "saveClientScope", realmId: call.realm.id, row: { ...scope, roleScope } }],
      guards: [{ claim: "clientScopeRow", realmId: call.realm.id, row: scope }],
    }),
  };
};
