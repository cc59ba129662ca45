import type { Json, RoleRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";

/** A role as Keycloak shows it; lists leave `attributes` out. */
export function roleView(role: RoleRow, realmId: string, composites: ReadonlySet<string>, brief = false): Json {
  const { description, attributes } = role.representation;
  return {
    id: role.id,
    name: role.name,
    ...(typeof description === "string" && { description }),
    composite: composites.has(role.id),
    clientRole: role.clientUuid !== undefined,
    containerId: role.clientUuid ?? realmId,
    ...(!brief && { attributes: attributes ?? {} }),
  };
}

/** A list of roles as role mappings, composites and lists show it. */
export async function roleViews(
  call: Pick<AdminCall, "store" | "realm">,
  roles: readonly RoleRow[],
  { brief = true }: { readonly brief?: boolean } = {},
): Promise<readonly Json[]> {
  if (roles.length === 0) return [];
  const composites = await call.store.compositesAmong(roles.map(({ id }) => id));
  return roles.map((role) => roleView(role, call.realm.id, composites, brief));
}
