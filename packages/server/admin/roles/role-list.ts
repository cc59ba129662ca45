import type { RoleRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";
import { listBody, textMember } from "../read-json.ts";

/**
 * The roles that a body lists by id, all of this realm (SEC-ADM-04). @throws {AdminError} 400 no list; 404 with `unknown` when one of them
 * is not there or `accepts` does not take it
 */
export async function listedRoles(
  call: AdminCall,
  unknown: string,
  accepts: (role: RoleRow) => boolean = () => true,
): Promise<readonly RoleRow[]> {
  const ids = listBody(call.body).map((entry) => textMember(entry, "id"));
  const rows = await call.store.rolesById(
    call.realm.id,
    ids.filter((id) => id !== undefined),
  );
  const known = new Map(rows.filter(accepts).map((role) => [role.id, role]));
  return ids.map((id) => {
    const role = id === undefined ? undefined : known.get(id);
    if (!role) throw notFound(unknown);
    return role;
  });
}
