import { escapeHtml } from "../http/html.ts";
import { oneLine } from "./mail-server.ts";
import type { Mail } from "./send-mail.ts";

/** What a mail about an account says. */
interface Letter {
  readonly to: string;
  readonly subject: string;
  readonly greeting?: string;
  /** What it is about. */
  readonly about: string;
  /** What the link is called, and where it leads. */
  readonly link?: { readonly label: string; readonly url: string; readonly lifespan: number };
  /** What to do when it comes as a surprise. */
  readonly otherwise?: string;
}

/** Both versions of a letter. Names in it are other people's texts: escaped in HTML, and never a link. */
export function writeMail({ to, subject, greeting, about, link, otherwise }: Letter): Mail {
  const ends = link && `The link works once, for ${duration(link.lifespan)}.`;
  const anchor = link && `<a href="${escapeHtml(link.url)}" rel="nofollow">${escapeHtml(link.label)}</a>`;
  const text = [greeting, about, link?.url, ends, otherwise];
  const html = [escaped(greeting), escaped(about), anchor, escaped(ends), escaped(otherwise)];
  return {
    to,
    subject,
    text: `${text.filter(isThere).map(oneLine).join("\n\n")}\n`,
    html: `<!DOCTYPE html>\n<html lang="en"><body>\n${html.flatMap((part) => (isThere(part) ? [`<p>${part}</p>`] : [])).join("\n")}\n</body></html>\n`,
  };
}

const isThere = (part: string | undefined): part is string => part !== undefined;
const escaped = (part: string | undefined): string | undefined => part && escapeHtml(part);

export const testMail = (to: string): Mail =>
  writeMail({ to, subject: "[Cambist] Test of the mail settings", about: "This is a test message: the mail settings work." });

/** What a link leads to and how long it lives; see `actions/send-link.ts`. */
interface Linked {
  readonly url: string;
  readonly lifespan: number;
  readonly realm: string;
}

/** An administrator asks for required actions, by their names for people. */
export const actionsMail = (to: string, actions: readonly string[], { realm, ...link }: Linked): Mail =>
  writeMail({
    to,
    subject: "Update your account",
    about: `Your administrator asks you to update your account at ${realm}${actions.length === 0 ? "." : `: ${actions.join(", ")}.`}`,
    link: { label: "Update your account", ...link },
    otherwise: "If you do not expect this, ignore this message: nothing changes.",
  });

export const verifyMail = (to: string, { realm, ...link }: Linked): Mail =>
  writeMail({
    to,
    subject: "Verify your email address",
    about: `An account at ${realm} has this email address. If it is yours, confirm the address.`,
    link: { label: "Confirm your email address", ...link },
    otherwise: "If it is not yours, ignore this message: nothing changes.",
  });

export const invitationMail = (
  to: string,
  names: { readonly greeting: string; readonly organization: string },
  { realm, ...link }: Linked,
): Mail =>
  writeMail({
    to,
    subject: `Invitation to join ${names.organization}`,
    greeting: `Hello ${names.greeting},`,
    about: `You are invited to join the organization ${names.organization} at ${realm}.`,
    link: { label: "Join the organization", ...link },
    otherwise: "If you do not want to join, ignore this message: nothing changes.",
  });

const UNITS = [
  [86_400, "day"],
  [3600, "hour"],
  [60, "minute"],
] as const;

/** In the largest unit that leaves nothing over. */
function duration(seconds: number): string {
  const [size, unit] = UNITS.find(([size]) => seconds >= size && seconds % size === 0) ?? [1, "second"];
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
