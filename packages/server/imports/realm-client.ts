import type { ImportSink } from "@cambist/store/config-ports.ts";
import { adminClientRoles } from "../realm-template/built-in-roles.ts";
import { realmClient, realmClientId } from "../realm-template/built-in-clients.ts";
import type { ImportTools } from "./import-tools.ts";

export const MASTER = "master";

/**
 * Master's client for another realm: its roles are the rights over that realm, and master's `admin` has them all. Does nothing when
 * master has it already (an imported master brings it) or is not there.
 */
export async function addRealmClient(sink: ImportSink, tools: Pick<ImportTools, "newId">, realmName: string): Promise<void> {
  const masterId = await sink.findRealmId(MASTER);
  if (masterId === undefined || realmName === MASTER) return;
  const clientId = realmClientId(realmName);
  if ((await sink.findClientUuid(masterId, clientId)) !== undefined) return;

  const uuid = tools.newId();
  const { clientId: _, enabled: __, defaultClientScopes: ___, optionalClientScopes: ____, ...representation } = realmClient(realmName);
  await sink.clients(masterId, [
    { id: uuid, clientId, enabled: true, representation, defaultScopeIds: [], optionalScopeIds: [], roleScope: [] },
  ]);

  const templates = adminClientRoles(clientId, false);
  const ids = new Map(templates.map(({ name }) => [name, tools.newId()]));
  const idOf = (name: string): string => ids.get(name) as string; // composites stay inside the list
  await sink.roles(
    masterId,
    templates.map(({ name, description, attributes }) => ({
      id: idOf(name),
      name,
      clientUuid: uuid,
      representation: { description, attributes },
    })),
  );
  const adminId = await sink.findRoleId(masterId, undefined, "admin");
  await sink.composites(masterId, [
    ...templates.flatMap(({ name, composites }) =>
      (composites?.client?.[clientId] ?? []).map((child) => [idOf(name), idOf(child)] as const),
    ),
    ...(adminId === undefined ? [] : [...ids.values()].map((id) => [adminId, id] as const)),
  ]);
}
