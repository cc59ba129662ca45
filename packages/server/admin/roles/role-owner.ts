import type { ClientRow, RoleRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";
import { findClient } from "../clients/find-client.ts";

/** Where roles live: the realm, or one of its clients. */
export interface RoleOwner {
  /** Undefined: the realm. */
  readonly client: ClientRow | undefined;
  /** Path of its roles below the realm, `/roles` or `/clients/{uuid}/roles`. */
  readonly path: string;
  /** Resource type of admin events. */
  readonly resourceType: "REALM_ROLE" | "CLIENT_ROLE";
}

const REALM: RoleOwner = { client: undefined, path: "/roles", resourceType: "REALM_ROLE" };
const ofClient = (client: ClientRow): RoleOwner => ({ client, path: `/clients/${client.id}/roles`, resourceType: "CLIENT_ROLE" });

/** The owner that a path `/roles…` or `/clients/:client/roles…` names. @throws {AdminError} 404 */
export const roleOwner = async (call: AdminCall): Promise<RoleOwner> =>
  call.params["client"] === undefined ? REALM : ofClient(await findClient(call));

export interface OwnedRole {
  readonly owner: RoleOwner;
  readonly role: RoleRow;
  /** Path of the role below the realm, as admin events name it. */
  readonly path: string;
}

/** The role that a path names. @throws {AdminError} 404 */
export async function namedRole(call: AdminCall): Promise<OwnedRole> {
  const owner = await roleOwner(call);
  const name = call.params["role"] ?? "";
  const role = await call.store.roleByName(call.realm.id, owner.client?.id, name);
  if (!role) throw notFound("Could not find role");
  return { owner, role, path: `${owner.path.slice(1)}/${role.name}` };
}

/** The role that `/roles-by-id/:id` names. @throws {AdminError} 404 */
export async function roleById(call: AdminCall): Promise<OwnedRole> {
  const role = await call.store.role(call.realm.id, call.params["id"] ?? "");
  const client = role?.clientUuid === undefined ? undefined : await call.store.client(call.realm.id, role.clientUuid);
  if (!role) throw notFound("Could not find role with id");
  return { owner: client ? ofClient(client) : REALM, role, path: `roles-by-id/${role.id}` };
}
