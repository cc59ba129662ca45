import type { UserColumns } from "@cambist/store/admin-ports.ts";
import type { UserRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { notFound } from "../admin-error.ts";

/** The user that a path parameter names. @throws {AdminError} 404 it is none of this realm (SEC-ADM-03) */
export async function findUser(call: Pick<AdminCall, "store" | "realm" | "params">): Promise<UserRow> {
  const user = await call.store.user(call.realm.id, call.params["user"] ?? "");
  if (!user) throw notFound("User not found");
  return user;
}

/** The user without what has commands of its own. */
export function columnsOf(user: UserRow): UserColumns {
  const {
    roleIds: _roles,
    groupIds: _groups,
    credentials: _credentials,
    federatedIdentities: _links,
    consents: _consents,
    ...columns
  } = user;
  return columns;
}
