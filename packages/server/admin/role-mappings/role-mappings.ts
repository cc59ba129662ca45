import type { ClientRow, RoleRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, noContent, ok, type Operation } from "../admin-call.ts";
import { AdminError, notFound } from "../admin-error.ts";
import { isAdminRole, needRolesToHandOut } from "../hand-out.ts";
import { listBody, textMember } from "../read-json.ts";
import { flagOf } from "../read-query.ts";
import { roleViews } from "../roles/representation.ts";
import { allMappings } from "../scope-mappings/all-mappings.ts";
import type { RoleHolder } from "./role-holder.ts";

type FindHolder = (call: AdminCall) => Promise<RoleHolder>;
type Handler = (call: AdminCall) => Promise<AdminAnswer>;

/** The client whose roles a path is about; undefined: the realm's roles. @throws {AdminError} 404 */
async function roleClient(call: AdminCall): Promise<ClientRow | undefined> {
  const uuid = call.params["client"];
  if (uuid === undefined) return undefined;
  const client = await call.store.client(call.realm.id, uuid);
  if (!client) throw notFound("Client not found");
  return client;
}

const byName = (one: RoleRow, other: RoleRow): number => (one.name < other.name ? -1 : Number(one.name > other.name));
const rolesOf = async ({ store, realm }: AdminCall, ids: Iterable<string>): Promise<readonly RoleRow[]> =>
  (await store.rolesById(realm.id, [...ids])).toSorted(byName);

/** `GET role-mappings`: roles of the realm, and of clients under their clientIds; a part without roles is absent. */
export const mappingsOf =
  (findHolder: FindHolder): Handler =>
  async (call) => {
    const holder = await findHolder(call);
    return ok(await allMappings(call, await rolesOf(call, holder.roleIds)));
  };

/** Roles of the realm or of one client that the holder has itself. */
export const directRoles =
  (findHolder: FindHolder): Handler =>
  async (call) => {
    const { client, own } = await mapped(call, findHolder);
    return ok(
      await roleViews(
        call,
        own.filter(({ clientUuid }) => clientUuid === client?.id),
      ),
    );
  };

async function mapped(call: AdminCall, findHolder: FindHolder) {
  const holder = await findHolder(call);
  const client = await roleClient(call);
  return { holder, client, own: await rolesOf(call, holder.roleIds) };
}

/** Roles that could be given: those the holder does not have itself and that the caller may hand out. */
export const availableRoles =
  (findHolder: FindHolder): Handler =>
  async (call) => {
    const { holder, client } = await mapped(call, findHolder);
    const missing = (await call.store.roles(call.realm.id, client?.id)).filter(({ id }) => !holder.roleIds.includes(id));
    const allowed: RoleRow[] = [];
    for (const role of missing) if (await mayHandOut(call, role, client)) allowed.push(role);
    return ok(await roleViews(call, allowed.toSorted(byName)));
  };

async function mayHandOut(call: AdminCall, role: RoleRow, client: ClientRow | undefined): Promise<boolean> {
  if (!isAdminRole(call.realm.name, client?.clientId, role.name)) return true;
  try {
    await needRolesToHandOut(call, [role.id]);
    return true;
  } catch (error) {
    if (error instanceof AdminError && error.status === 403) return false;
    throw error;
  }
}

/** Roles that the holder has in effect: its own, those of its groups and the groups above them, and what composites contain. */
export const effectiveRoles =
  (findHolder: FindHolder): Handler =>
  async (call) => {
    const holder = await findHolder(call);
    const client = await roleClient(call);
    const realm = await call.services.realms.get(call.realm.name);
    const ids = realm?.view.effectiveRoles(holder.source) ?? [];
    const roles = (await rolesOf(call, ids)).filter(({ clientUuid }) => clientUuid === client?.id);
    return ok(await roleViews(call, roles, { brief: flagOf(call.query, "briefRepresentation") ?? true }));
  };

/**
 * The roles of a body, each by id and name, all of the realm or client that the path names (SEC-ADM-04).
 * @throws {AdminError} 400 no list; 404 one of them is not there; 403 an admin role that the caller does not hold (SEC-ADM-05)
 */
async function sentRoles(call: AdminCall, client: ClientRow | undefined): Promise<readonly RoleRow[]> {
  const entries = listBody(call.body).map((entry) => ({ id: textMember(entry, "id"), name: textMember(entry, "name") }));
  const rows = await call.store.rolesById(
    call.realm.id,
    entries.flatMap(({ id }) => id ?? []),
  );
  const known = new Map(rows.map((role) => [role.id, role]));
  const roles = entries.map(({ id, name }) => {
    const role = id === undefined ? undefined : known.get(id);
    if (!role || role.name !== name || role.clientUuid !== client?.id) throw notFound("Role not found");
    return role;
  });
  await needRolesToHandOut(
    call,
    roles.map(({ id }) => id),
  );
  return roles;
}

export const addMappings =
  (findHolder: FindHolder): Handler =>
  async (call) => {
    const holder = await findHolder(call);
    const client = await roleClient(call);
    const roles = await sentRoles(call, client);
    return change(call, { operation: "CREATE", holder, client, roles });
  };

/** Without a body all mappings of the realm or client go. */
export const removeMappings =
  (findHolder: FindHolder): Handler =>
  async (call) => {
    const { holder, client, own } = await mapped(call, findHolder);
    if (call.body !== undefined) return change(call, { operation: "DELETE", holder, client, roles: await sentRoles(call, client) });
    const roles = own.filter(({ clientUuid }) => clientUuid === client?.id);
    await needRolesToHandOut(
      call,
      roles.map(({ id }) => id),
    );
    return change(call, { operation: "DELETE", holder, client, roles });
  };

interface Change {
  readonly operation: Extract<Operation, "CREATE" | "DELETE">;
  readonly holder: RoleHolder;
  readonly client: ClientRow | undefined;
  readonly roles: readonly RoleRow[];
}

async function change(call: AdminCall, { operation, holder, client, roles }: Change): Promise<AdminAnswer> {
  if (roles.length === 0) return noContent;
  const ids = roles.map(({ id }) => id);
  await call.commit({
    ...(operation === "CREATE" ? holder.add(ids) : holder.remove(ids)),
    event: {
      operation,
      resourceType: client ? "CLIENT_ROLE_MAPPING" : "REALM_ROLE_MAPPING",
      resourcePath: `${holder.path}/role-mappings/${client ? `clients/${client.id}` : "realm"}`,
      representation: await roleViews(call, roles, { brief: false }),
    },
  });
  return noContent;
}
