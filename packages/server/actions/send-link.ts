import type { AdminCall, AdminChange } from "../admin/admin-call.ts";
import { notFound } from "../admin/admin-error.ts";
import { issuerOf } from "../http/endpoint-call.ts";
import type { Mail } from "../mail/send-mail.ts";
import { mailServerOf, sendRealmMail } from "../mail/realm-mail.ts";
import { type ActionToken, signActionToken } from "./action-token.ts";
import { realmTitle } from "./pages.ts";

/** What a letter around a link says. */
export interface Letter {
  readonly url: string;
  /** Seconds that the link works for. */
  readonly lifespan: number;
  /** The realm's name for people. */
  readonly realm: string;
}

export interface LinkMail {
  readonly token: Omit<ActionToken, "jti" | "issuedAt" | "expires">;
  /** Seconds; the realm's for links of administrators unless given. */
  readonly lifespan: number | undefined;
  readonly write: (letter: Letter) => Mail;
  /** Keycloak's event of the call. */
  readonly event: NonNullable<AdminChange["event"]>;
}

/** Of realms that do not say. */
const USUAL_LIFESPAN = 43_200;

/**
 * Sends a link. It is on record by the id of its token before it leaves, which Keycloak shows no event of, and once more when it was taken.
 * @throws {MailFailed} as {@link AdminCall.commit}
 */
export async function sendLink(call: AdminCall, { token, lifespan, write, event }: LinkMail): Promise<void> {
  const { services, realm, secrets } = call;
  const server = mailServerOf(realm, secrets);
  const loaded = await services.realms.get(realm.name);
  if (!loaded) throw notFound("Realm not found.");
  const said = realm.representation["actionTokenGeneratedByAdminLifespan"];
  const seconds = lifespan ?? (typeof said === "number" ? said : USUAL_LIFESPAN);
  const issuer = issuerOf(call, realm.name);
  const [jti, issuedAt] = [call.newId(), Math.floor(call.now / 1000)];
  const key = await signActionToken(
    { services, realm: loaded, issuer },
    { ...token, jti, issuedAt, expires: Math.max(0, issuedAt + seconds) },
  );
  await call.commit({ commands: [], event: { ...event, details: { token_id: jti }, hidden: true } });
  const url = `${issuer}/login-actions/action-token?key=${key}`;
  const letter = { url, lifespan: Math.max(0, seconds), realm: realmTitle(realm) ?? realm.name };
  await sendRealmMail(services, { realmId: realm.id, server }, write(letter));
  try {
    await call.commit({ commands: [], event });
  } catch (error) {
    // The mail is out and on record by its token; an answer that says otherwise would have it sent twice.
    services.log.error("cambist.mail", `A mail of realm ${realm.name} was sent, and the event of it could not be stored`, error);
  }
}
