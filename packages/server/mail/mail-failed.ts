/** What a caller is told of a mail that a server did not take: the same whatever went wrong out there (SEC-OUT-05). */
const NOT_TAKEN = "Error when attempting to send the email to the server. More information is available in the server log.";

/** No mail was sent. Neither text holds anything that another server said, a password or an address of a person. */
export class MailFailed extends Error {
  override readonly name = "MailFailed";
  /** For the caller. */
  readonly told: string;
  /** @param message for the log */
  constructor(message: string, told: string = NOT_TAKEN) {
    super(message);
    this.told = told;
  }
}

/** The realm's settings are at fault, which whoever sees the answer may know. */
export const wrongSettings = (message: string): MailFailed => new MailFailed(message, message);
