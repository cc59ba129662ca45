import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import { MailFailed } from "./mail-failed.ts";
import { isAddress, type MailServer, oneLine } from "./mail-server.ts";
import { outboundAddresses, type Resolve } from "./outbound-address.ts";

/** A message to one person. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Until a server is reached, and until it has answered a command. */
const CONNECT_MS = 3000;
const ANSWER_MS = 5000;
/** For all of it, however slowly a server speaks. */
const TOTAL_MS = 15_000;
const MAX_ANSWER_BYTES = 64 * 1024;

/** Whose mail it is, and by which server. */
export interface Sender {
  readonly realmId: string;
  readonly server: MailServer;
  /** Asks for the addresses of a host; the system's way unless given. */
  readonly resolve?: Resolve;
}

/**
 * Sends one mail and resolves once the server has taken it. Certificates are checked, whatever the realm says (SEC-OUT-06).
 * @throws {MailFailed}
 */
export async function sendMail({ realmId, server, resolve }: Sender, mail: Mail): Promise<void> {
  if (!isAddress(mail.to)) throw new MailFailed("the address cannot be written to");
  const leave = enter(realmId);
  const signal = AbortSignal.timeout(TOTAL_MS);
  const looking = outboundAddresses(server.host, resolve);
  let socket: Socket | undefined;
  try {
    socket = await open(await inTime(looking, signal), server.port, signal);
    await handOver(server, mail, socket, signal);
  } catch (error) {
    throw error instanceof MailFailed ? error : new MailFailed(signal.aborted ? "it took too long" : causeOf(error));
  } finally {
    socket?.destroy();
    // Nobody can call off a question to the name service: while it is under way it counts.
    void Promise.allSettled([looking]).then(leave);
  }
}

/** Mails on their way at once, of one thread: of a realm and of all. A realm whose server is slow holds up nobody else's. */
const MAX_OF_REALM = 4;
const MAX_OF_ALL = 20;
/** By the realm whose it is. */
const underWay: string[] = [];

/** @returns to be called when it is over @throws {MailFailed} too many are on their way */
function enter(realmId: string): () => void {
  if (underWay.length >= MAX_OF_ALL || underWay.filter((id) => id === realmId).length >= MAX_OF_REALM)
    throw new MailFailed("too many mails are on their way");
  underWay.push(realmId);
  return () => void underWay.splice(underWay.indexOf(realmId), 1);
}

/** What was promised, or a rejection once the signal has gone off. */
function inTime<T>(promised: Promise<T>, signal: AbortSignal): Promise<T> {
  const over = new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true }));
  return Promise.race([promised, over]);
}

/** A connection to one of the checked addresses: the first that answers. */
async function open(addresses: readonly string[], port: number, signal: AbortSignal): Promise<Socket> {
  let cause: unknown;
  for (const address of addresses) {
    const socket = connect({ host: address, port });
    try {
      await once(socket, "connect", { signal: AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]) });
      return socket;
    } catch (error) {
      socket.on("error", () => undefined).destroy();
      cause = error;
    }
  }
  throw cause;
}

async function handOver(server: MailServer, mail: Mail, connection: Socket, signal: AbortSignal): Promise<void> {
  const { host, port, encryption, login, from, replyTo, envelopeFrom } = server;
  // Few servers send mail, and they seldom do.
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    connection,
    host,
    port,
    secure: encryption === "tls",
    requireTLS: encryption === "starttls",
    ignoreTLS: encryption === "none",
    tls: { ...(isIP(host) === 0 && { servername: host }), rejectUnauthorized: true, minVersion: "TLSv1.2" },
    ...(login && { auth: { user: login.user, pass: login.password } }),
    connectionTimeout: ANSWER_MS,
    greetingTimeout: ANSWER_MS,
    socketTimeout: ANSWER_MS,
    maxResponseSize: MAX_ANSWER_BYTES,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  await transport.sendMail({
    envelope: { from: envelopeFrom, to: [mail.to] },
    from,
    replyTo,
    to: { address: mail.to, name: "" },
    subject: oneLine(mail.subject),
    text: mail.text,
    html: mail.html,
    xMailer: false,
    // RFC 3834: nobody's absence is reported to the sender.
    headers: { "Auto-Submitted": "auto-generated" },
    signal,
  });
}

/**
 * Codes, and the command they answer. What the server wrote beside them may hold anything, so it stays out of the log as well; where it wrote
 * nothing the beginning of our own message says more, such as what is wrong with a certificate.
 */
function causeOf(error: unknown): string {
  const { code, responseCode, response, command, name, message } = error as Readonly<Record<string, unknown>>;
  const ours = response === undefined && responseCode === undefined && typeof message === "string";
  // OpenSSL puts its reason far behind: `…:error:0A00010B:SSL routines:…:wrong version number:…`.
  const ofTls = ours ? /:error:[0-9A-F]{8}:[^:]*:[^:]*:([\w ]{1,60})/.exec(message)?.[1] : undefined;
  const words = [code ?? name, responseCode, command, ofTls ?? (ours ? /^[\w '/.,-]{0,60}/.exec(message)?.[0] : undefined)];
  return words.filter((word) => typeof word === "string" || typeof word === "number").join(" ") || "unknown";
}
