import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { findClientScope } from "../client-scopes/find-client-scope.ts";
import { findClient } from "../clients/find-client.ts";

/** What has protocol mappers: a client or a client scope. */
export interface MapperOwner {
  /** Below the realm. */
  readonly path: string;
  readonly representation: Json;
  /** The command that stores it with these mappers. */
  save(protocolMappers: readonly unknown[]): ConfigCommand;
}
export type FindMapperOwner = (call: AdminCall) => Promise<MapperOwner>;

/** @throws {AdminError} 404 */
export const clientAsOwner: FindMapperOwner = async (call) => {
  const client = await findClient(call);
  return {
    path: `/clients/${client.id}`,
    representation: client.representation,
    save: (protocolMappers) => ({
      do: "saveClient",
      realmId: call.realm.id,
      row: { ...client, representation: { ...client.representation, protocolMappers } },
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
      do: "saveClientScope",
      realmId: call.realm.id,
      row: { ...scope, representation: { ...scope.representation, protocolMappers } },
    }),
  };
};
