import { MailFailed } from "../../mail/mail-failed.ts";
import { type MailSettings, readMailServer } from "../../mail/mail-server.ts";
import { testMail } from "../../mail/messages.ts";
import { openedSettings, sendRealmMail } from "../../mail/realm-mail.ts";
import { isJsonObject } from "../../realms/json-object.ts";
import { isMasked } from "../../secrets/masked.ts";
import { type AdminAnswer, type AdminCall, noContent } from "../admin-call.ts";
import { objectBody, textMember } from "../read-json.ts";
import { isSameMailPlace } from "../realms/read-settings.ts";
import { sendingMail } from "../sending-mail.ts";

/**
 * `POST A/testSMTPConnection`: sends a test mail to the caller, with the settings of the body. Whatever goes wrong has one answer, so that
 * nobody learns of what listens where (SEC-OUT-05); the log says more.
 */
export async function testSmtpConnection(call: AdminCall): Promise<AdminAnswer> {
  const sent = objectBody(call.body);
  const settings = Object.fromEntries(Object.keys(sent).flatMap((name) => entry(name, textMember(sent, name))));
  const { email } = call.caller.facts.user;
  const send = (): Promise<void> => {
    if (email === undefined) throw new MailFailed("the caller has no address");
    const server = readMailServer(withPassword(call, settings));
    return sendRealmMail(call.services, { realmId: call.realm.id, server }, testMail(email));
  };
  await sendingMail(call, send, () => "Failed to send email");
  return noContent;
}

const entry = (name: string, text: string | undefined): readonly (readonly [string, string])[] =>
  text === undefined ? [] : [[name, text]];

/** Asterisks stand for the stored password, and only for the server that it was given for (SEC-ADM-08). */
function withPassword({ realm, secrets }: AdminCall, settings: Readonly<Record<string, string>>): MailSettings {
  const stored = realm.representation["smtpServer"];
  if (!isMasked(settings["password"] ?? "") || !isJsonObject(stored)) return settings;
  if (!isSameMailPlace(settings, stored as Readonly<Record<string, string>>)) return settings; // texts: so stored
  return { ...settings, password: openedSettings(realm, secrets).password };
}
