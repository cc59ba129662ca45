import { MailFailed } from "../mail/mail-failed.ts";
import type { AdminCall } from "./admin-call.ts";
import { AdminError } from "./admin-error.ts";

/**
 * Runs what sends a mail. Where none was sent the log says why, in a few words without what the other side said (SEC-OUT-05).
 * @throws {AdminError} 500 with the words of `refusal`
 */
export async function sendingMail<T>(
  { services, realm }: Pick<AdminCall, "services" | "realm">,
  send: () => T | Promise<T>,
  refusal: (failed: MailFailed) => string,
): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof MailFailed)) throw error;
    services.log.warn("cambist.mail", `A mail of realm ${realm.name} was not sent: ${error.message}`);
    throw new AdminError(500, { errorMessage: refusal(error) }, { cause: error });
  }
}
