import type { ClientRow } from "@cambist/store/config-ports.ts";
import type { Command } from "@cambist/store/ports.ts";
import { builtInClients } from "../../realm-template/built-in-clients.ts";
import { type AdminAnswer, type AdminCall, noContent } from "../admin-call.ts";
import { AdminError } from "../admin-error.ts";
import { isAdminClient } from "../hand-out.ts";
import { permissionRemovals } from "../permission-objects.ts";
import { findClient } from "./find-client.ts";
import { findServiceAccount } from "./service-account.ts";

/** `DELETE A/clients/:client`, with its roles, its service account and the permissions about it. @throws {AdminError} 400 a built-in one */
export async function deleteClient(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call);
  const commands = await clientRemoval(call, client);
  await call.commit({
    guards: [{ claim: "stands", kind: "client", id: client.id }],
    commands,
    event: { operation: "DELETE", resourceType: "CLIENT", resourcePath: `clients/${client.id}` },
  });
  return noContent;
}

/** Everything that goes with a client. @throws {AdminError} 400 a built-in one */
export async function clientRemoval(call: Pick<AdminCall, "services" | "store" | "realm">, client: ClientRow): Promise<readonly Command[]> {
  const { realm, store } = call;
  if (isBuiltIn(realm.name, client.clientId))
    throw new AdminError(400, { error: "invalid_request", error_description: "Could not delete client" });
  const user = await findServiceAccount(call, client.id);
  const roles = await store.roles(realm.id, client.id);
  const permissions = await Promise.all([
    permissionRemovals(call, "client", client.id),
    ...roles.map(({ id }) => permissionRemovals(call, "role", id)),
  ]);
  return [
    ...permissions.flat(),
    ...(user ? [{ do: "deleteUser", realmId: realm.id, userId: user.id } as const] : []),
    { do: "deleteClient", realmId: realm.id, id: client.id },
  ];
}

const isBuiltIn = (realmName: string, clientId: string): boolean =>
  isAdminClient(realmName, clientId) || builtInClients(realmName, realmName === "master").some((client) => client.clientId === clientId);
