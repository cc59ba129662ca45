import type { Json } from "@cambist/store/config-ports.ts";
import type { AdminCall, AdminChange } from "../admin-call.ts";
import { findClientScope } from "../client-scopes/find-client-scope.ts";
import { findClient } from "../clients/find-client.ts";

/** What has protocol mappers: a client or a client scope. */
export interface MapperOwner {
  /** Below the realm. */
  readonly path: string;
  readonly representation: Json;
  /** The command that stores it with these mappers, as long as nobody has changed it meanwhile. */
  save(protocolMappers: readonly unknown[]): Pick<AdminChange, "commands" | "guards">;
}
export type FindMapperOwner = (call: AdminCall) => Promise<MapperOwner>;

/** @throws {AdminError} 404 */
export const clientAsOwner: FindMapperOwner = async (call) => {
  const client = await findClient(call);
  return {
    path: `/clients/${client.id}`,
    representation: client.representation,
    save: (protocolMappers) => ({
      commands: [
        { do: "saveClient", realmId: call.realm.id, row: { ...client, representation: { ...client.representation, protocolMappers } } },
      ],
      guards: [{ claim: "clientRow", realmId: call.realm.id, row: client }],
    }),
  };
};

/** @throws {AdminError} 404 */
export const scopeAsOwner: FindMapperOwner = async (call) => {
  const scope = await findClientScope(call);
  return {
    path: `/client-scopes/${scope.id}`,
    representation: scope.representation,
    save: (protocolMappers) => ({
      commands: [
        { do: "saveClientScope", realmId: call.realm.id, row: { ...scope, representation: { ...scope.representation, protocolMappers } } },
      ],
      guards: [{ claim: "clientScopeRow", realmId: call.realm.id, row: scope }],
    }),
  };
};
