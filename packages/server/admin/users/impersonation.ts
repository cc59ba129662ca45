import type { AdminAnswer, AdminCall } from "../admin-call.ts";
import { AdminError, invalid } from "../admin-error.ts";
import { findUser } from "./find-user.ts";

/**
 * `POST users/{id}/impersonation`. Keycloak answers with the cookies of a browser login as the user; there is no browser login here, so
 * nothing is handed out. Impersonation is a token exchange with `requested_subject`.
 */
export async function impersonate(call: AdminCall): Promise<AdminAnswer> {
  if (!call.services.config.features.impersonation) throw new AdminError(501, { error: "Feature not enabled" });
  const user = await findUser(call);
  if (!user.enabled) throw invalid("User is disabled");
  throw new AdminError(501, {
    error: "Feature not enabled",
    error_description: "This server has no browser login to impersonate in; exchange a token with requested_subject instead",
  });
}
