import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { forbidden } from "../admin-error.ts";
import { holdsAnyRole, holdsRole } from "../authenticate-admin.ts";
import { flagOf } from "../read-query.ts";
import { briefRealm, realmRepresentation, reducedRealm } from "./representation.ts";

/** `GET /admin/realms`: the realms this caller administers. @throws {AdminError} 403 there is none */
export async function listRealms({ store, caller, query }: AdminCall): Promise<AdminAnswer> {
  const brief = flagOf(query, "briefRepresentation") ?? false;
  const shown = (await store.realms()).flatMap((row) => {
    if (holdsRole(caller, row.name, ["view-realm", "manage-realm"])) return [brief ? briefRealm(row) : realmRepresentation(row)];
    return holdsAnyRole(caller, row.name) ? [{ realm: row.name }] : [];
  });
  if (shown.length === 0) throw forbidden();
  return ok(shown);
}

/** `GET A`: whole for those who may see the realm, a little of it for every other administrator. */
export async function readRealm(call: AdminCall): Promise<AdminAnswer> {
  if (call.has("view-realm", "manage-realm")) return ok(realmRepresentation(call.realm));
  return ok(reducedRealm(call.realm, call.has("view-users", "manage-users", "query-users")));
}
