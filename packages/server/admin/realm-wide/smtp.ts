import type { AdminAnswer, AdminCall } from "../admin-call.ts";
import { AdminError } from "../admin-error.ts";
import { objectBody } from "../read-json.ts";

/**
 * `POST A/testSMTPConnection`. This server sends no mail, so the honest answer is the one Keycloak gives when it could not: 500 there is
 * the documented outcome of the test, not a fault of the server.
 */
export async function testSmtpConnection({ body }: AdminCall): Promise<AdminAnswer> {
  objectBody(body);
  throw new AdminError(500, { errorMessage: "Failed to send email" });
}
