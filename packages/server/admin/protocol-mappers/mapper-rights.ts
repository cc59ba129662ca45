import type { ClientWriter } from "../clients/client-writer.ts";
import { needRolesToHandOut } from "../hand-out.ts";
import type { MapperRepresentation } from "./read-mapper.ts";

/**
 * A mapper that puts a role into tokens hands it out to everybody: the caller must hold it if it is an administrative one (SEC-ADM-05).
 * @throws {AdminError} 403
 */
export async function needMapperRoles(call: ClientWriter, mappers: readonly MapperRepresentation[]): Promise<void> {
  const ids: string[] = [];
  for (const { protocolMapper, config } of mappers) {
    const named =
      protocolMapper === "oidc-hardcoded-role-mapper"
        ? config["role"]
        : protocolMapper === "oidc-role-name-mapper"
          ? config["new.role.name"]
          : undefined;
    if (named) ids.push(...(await roleIdsOf(call, named)));
  }
  if (ids.length > 0) await needRolesToHandOut(call, ids);
}

/** Mappers name roles as `role` or `client.role`; both may hold dots. */
export async function roleIdsOf({ store, realm }: Pick<ClientWriter, "store" | "realm">, named: string): Promise<readonly string[]> {
  const ids: string[] = [];
  const ofRealm = await store.roleByName(realm.id, undefined, named);
  if (ofRealm) ids.push(ofRealm.id);
  for (let dot = named.indexOf("."); dot !== -1; dot = named.indexOf(".", dot + 1)) {
    const client = await store.clientByClientId(realm.id, named.slice(0, dot));
    const role = client && (await store.roleByName(realm.id, client.id, named.slice(dot + 1)));
    if (role) ids.push(role.id);
  }
  return ids;
}
