import { isMasked } from "../secrets/masked.ts";
import { wrongSettings } from "./mail-failed.ts";

/** A name with an address, both without line breaks. */
export interface Mailbox {
  readonly address: string;
  readonly name: string;
}

/** Where a realm's mail goes out, and in whose name. */
export interface MailServer {
  readonly host: string;
  readonly port: number;
  /** `starttls`: begun in the clear, and given up where the server offers no encryption. */
  readonly encryption: "none" | "starttls" | "tls";
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly from: Mailbox;
  readonly replyTo: Mailbox;
  /** Sender on the envelope, where bounces go. */
  readonly envelopeFrom: string;
}

/** What a realm says in `smtpServer`, with its password in the clear. All texts, as in Keycloak. */
export type MailSettings = Readonly<Record<string, string | undefined>>;

/** @throws {MailFailed} a member is missing or makes no sense */
export function readMailServer(settings: MailSettings): MailServer {
  const said = (member: string): string | undefined => settings[member]?.trim() || undefined;
  const flag = (member: string): boolean => settings[member] === "true";
  const from = said("from");
  if (from === undefined) throw wrongSettings("No sender address configured in the realm settings for emails");
  const host = said("host");
  if (host === undefined || !/^[\w.:-]+$/.test(host)) throw wrongSettings("No usable host configured in the realm settings for emails");
  const encryption = flag("ssl") ? "tls" : flag("starttls") ? "starttls" : "none";
  const port = Number(said("port") ?? (encryption === "tls" ? 465 : 25));
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw wrongSettings("No usable port configured in the realm settings for emails");
  const sender = mailbox("from", from, said("fromDisplayName"));
  const replyTo = said("replyTo");
  return {
    host,
    port,
    encryption,
    login: flag("auth") ? readLogin(settings) : undefined,
    from: sender,
    replyTo: replyTo === undefined ? sender : mailbox("replyTo", replyTo, said("replyToDisplayName")),
    envelopeFrom: mailbox("envelopeFrom", said("envelopeFrom") ?? from, undefined).address,
  };
}

function readLogin({ authType = "basic", user = "", password = "" }: MailSettings): MailServer["login"] {
  if (authType.toLowerCase() === "token") throw wrongSettings("Mail servers that take access tokens are not supported: use authType basic");
  if (user === "" || password === "" || isMasked(password)) throw wrongSettings("User or password of the mail server is missing");
  return { user, password };
}

const ADDRESS = /^[!#$%&'*+\-./=?\w^`{|}~]+@[^\s\p{C}"(),:;<>@[\\\]]+$/u;

/**
 * One address and nothing that a mail program could read as two, as a comment or as a header (RFC 5322 §3.4); quoted local parts are rare
 * and have sent mail astray before, as have letters before the `@` that not every server on the way takes (RFC 6531). The domain is looked at
 * as it will be sent as well: full-width characters become usual ones (RFC 5895 §2).
 */
export const isAddress = (text: string): boolean => text.length <= 255 && ADDRESS.test(text) && ADDRESS.test(text.normalize("NFKC"));

function mailbox(member: string, address: string, name: string | undefined): Mailbox {
  if (!isAddress(address)) throw wrongSettings(`${member} of the realm settings for emails is no address`);
  return { address, name: oneLine(name ?? "") };
}

/** A text for a header: control characters, line breaks among them, are spaces, and nothing turns the direction of what follows. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]+/gu, " ").trim();
