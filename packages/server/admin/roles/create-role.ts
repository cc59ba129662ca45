import type { Json, RoleRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, created } from "../admin-call.ts";
import { conflict, notFound } from "../admin-error.ts";
import { needRolesToHandOut } from "../hand-out.ts";
import { needRoleName } from "./guarded-name.ts";
import { readRole, type ReadRole } from "./read-role.ts";
import { roleOwner } from "./role-owner.ts";

/** `POST …/roles`: a role with an id of ours, whatever the body says; `Location` ends in its name. */
export async function createRole(call: AdminCall): Promise<AdminAnswer> {
  const owner = await roleOwner(call);
  const { realm, store } = call;
  const role = readRole(call);
  if (await store.roleByName(realm.id, owner.client?.id, role.name)) throw conflict(`Role with name ${role.name} already exists`);
  needRoleName(call, owner, role.name);
  const childIds = await containedIds(call, role.composites);
  await needRolesToHandOut(call, childIds);

  const row: RoleRow = {
    id: call.newId(),
    name: role.name,
    ...(owner.client && { clientUuid: owner.client.id }),
    representation: { ...role.representation, attributes: role.attributes ?? {} },
  };
  await call.commit({
    commands: [
      { do: "saveRole", realmId: realm.id, row },
      ...(childIds.length > 0 ? [{ do: "addComposites", realmId: realm.id, roleId: row.id, childIds } as const] : []),
    ],
    event: {
      operation: "CREATE",
      resourceType: owner.resourceType,
      resourcePath: `${owner.path.slice(1)}/${row.name}`,
      representation: { composite: false, ...(call.body as Json), id: row.id },
    },
  });
  return created(call, `${owner.path}/${encodeURIComponent(row.name)}`);
}

/** @throws {AdminError} 404 a role or client that is not there */
async function containedIds({ store, realm }: AdminCall, { realm: names, clients }: ReadRole["composites"]): Promise<readonly string[]> {
  const ids: string[] = [];
  const add = async (clientUuid: string | undefined, name: string): Promise<void> => {
    const role = await store.roleByName(realm.id, clientUuid, name);
    if (!role) throw notFound("Could not find composite role");
    ids.push(role.id);
  };
  for (const name of names) await add(undefined, name);
  for (const [clientId, roles] of Object.entries(clients)) {
    const client = await store.clientByClientId(realm.id, clientId);
    if (!client) throw notFound("Could not find client");
    for (const name of roles) await add(client.id, name);
  }
  return [...new Set(ids)];
}
