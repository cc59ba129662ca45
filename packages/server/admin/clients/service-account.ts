import type { ConfigCommand } from "@cambist/store/admin-ports.ts";
import type { Json, UserRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";

/** The scope that service accounts carry their client's name in. */
export const SERVICE_ACCOUNT_SCOPE = "service_account";

const usernameOf = (clientId: string): string => `service-account-${clientId}`.toLowerCase();

/** The user that a client's own tokens are about; it has what everybody has. */
export function addServiceAccount(
  { realm, now, newId }: Pick<AdminCall, "realm" | "now" | "newId">,
  client: { readonly id: string; readonly clientId: string },
  moreRoles: readonly string[] = [],
): readonly ConfigCommand[] {
  const userId = newId();
  const defaultRole = (realm.representation["defaultRole"] ?? {}) as Json;
  const roleIds = [...(typeof defaultRole["id"] === "string" ? [defaultRole["id"]] : []), ...moreRoles];
  return [
    {
      do: "saveUser",
      realmId: realm.id,
      row: {
        id: userId,
        username: usernameOf(client.clientId),
        emailVerified: false,
        enabled: true,
        createdTimestamp: now,
        notBefore: 0,
        serviceAccountClientUuid: client.id,
        attributes: {},
        requiredActions: [],
        representation: {},
      },
    },
    ...(roleIds.length > 0 ? [{ do: "addUserRoles", realmId: realm.id, userId, roleIds } as const] : []),
  ];
}

/** The user of a client's service account, whole. */
export async function findServiceAccount(
  { services, store, realm }: Pick<AdminCall, "services" | "store" | "realm">,
  clientUuid: string,
): Promise<UserRow | undefined> {
  const found = await services.state.findServiceAccount(realm.id, clientUuid);
  return found && store.user(realm.id, found.id);
}

/** The user goes by the client's name. */
export function renameServiceAccount({ realm }: Pick<AdminCall, "realm">, user: UserRow, clientId: string): ConfigCommand {
  const { roleIds: _, groupIds: __, credentials: ___, federatedIdentities: ____, consents: _____, ...columns } = user;
  return { do: "saveUser", realmId: realm.id, row: { ...columns, username: usernameOf(clientId) } };
}
