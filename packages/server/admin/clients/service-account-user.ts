import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { AdminError } from "../admin-error.ts";
import { userView } from "../user-view.ts";
import { findClient } from "./find-client.ts";
import { findServiceAccount } from "./service-account.ts";

/** `GET …/service-account-user`. @throws {AdminError} 400 the client has none */
export async function readServiceAccountUser(call: AdminCall): Promise<AdminAnswer> {
  const client = await findClient(call);
  const user = client.representation["serviceAccountsEnabled"] === true ? await findServiceAccount(call, client.id) : undefined;
  if (!user) throw new AdminError(400, { error: `Service account not enabled for the client '${client.clientId}'` });
  return ok(userView(user));
}
