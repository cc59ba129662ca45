import { type AdminAnswer, type AdminCall, ok } from "../admin-call.ts";
import { findClient } from "./find-client.ts";

/** `POST …/push-revocation`: the client's admin URL is not called by this server, and the answer says so. */
export async function pushClientRevocation(call: AdminCall): Promise<AdminAnswer> {
  const { id, representation } = await findClient(call);
  const { adminUrl } = representation;
  const result = typeof adminUrl === "string" && adminUrl !== "" ? { failedRequests: [adminUrl] } : {};
  await call.commit({
    commands: [],
    event: { operation: "ACTION", resourceType: "CLIENT", resourcePath: `clients/${id}/push-revocation`, representation: result },
  });
  return ok(result);
}
