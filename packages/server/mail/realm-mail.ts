import type { RealmRow } from "@cambist/store/config-ports.ts";
import { isJsonObject } from "../realms/json-object.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import { realmSecretPlace } from "../secrets/secret-places.ts";
import { isSealedText, openText } from "../secrets/sealed-text.ts";
import type { Services } from "../services.ts";
import { MailFailed } from "./mail-failed.ts";
import { type MailServer, type MailSettings, readMailServer } from "./mail-server.ts";
import { type Mail, type Sender, sendMail } from "./send-mail.ts";

/** The realm's mail server. @throws {MailFailed} */
export const mailServerOf = (realm: RealmRow, secrets: SecretBox): MailServer => readMailServer(openedSettings(realm, secrets));

/** The password of the realm's mail server in the clear. @throws {SealedSecretError} */
export function openedSettings({ id, representation }: RealmRow, secrets: SecretBox): MailSettings {
  const settings = isJsonObject(representation["smtpServer"]) ? (representation["smtpServer"] as MailSettings) : {}; // so stored
  const { password } = settings;
  if (!isSealedText(password)) return settings;
  return { ...settings, password: openText(secrets, password, realmSecretPlace(id, "smtpServer.password")) };
}

/** The operator has named no mail servers, or this one among them. */
function isAllowed(mailHosts: Services["config"]["mailHosts"], { host, port }: MailServer): boolean {
  const names = [host, `${host}:${port}`].map((name) => name.toLowerCase());
  return mailHosts?.some((allowed) => names.includes(allowed.toLowerCase())) ?? true;
}

/** Sends a mail by a server that the operator allows. @throws {MailFailed} */
export async function sendRealmMail({ config }: Pick<Services, "config">, sender: Sender, mail: Mail): Promise<void> {
  if (!isAllowed(config.mailHosts, sender.server)) throw new MailFailed("the server is none of mail-hosts");
  await sendMail(sender, mail);
}
