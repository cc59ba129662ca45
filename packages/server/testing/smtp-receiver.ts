import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";

/** A mail as it arrived. */
export interface ReceivedMail {
  /** Addresses of the envelope. */
  readonly from: string;
  readonly to: readonly string[];
  /** Who authenticated, and by what; undefined: nobody. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly encrypted: boolean;
  /** The message as it came. */
  readonly raw: string;
  /** Header fields by name in lower case, unfolded, encoded words (RFC 2047) read. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
}

export interface ReceiverOptions {
  /** Whom it lets in; without it nobody has to authenticate. */
  readonly login?: { readonly user: string; readonly password: string };
  /** `implicit`: TLS from the first byte; `starttls`: offered. */
  readonly tls?: { readonly mode: "implicit" | "starttls"; readonly key: string | Buffer; readonly cert: string | Buffer };
  /** What it says to `RCPT TO` instead of taking the mail. */
  readonly refusal?: string;
  /** Takes connections and never says a word. */
  readonly silent?: true;
}

/** A real mail server on loopback that keeps what it gets. */
export interface SmtpReceiver {
  readonly port: number;
  readonly mails: readonly ReceivedMail[];
  /** Connections so far. */
  readonly connections: number;
  /** The `smtpServer` of a realm that sends here. */
  settings(more?: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function smtpReceiver(options: ReceiverOptions = {}): Promise<SmtpReceiver> {
  const mails: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const take = (socket: Socket): void => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    if (options.silent !== true) converse(socket, options, (mail) => mails.push(mail));
  };
  const server: Server = options.tls?.mode === "implicit" ? createTlsServer(options.tls, take) : createServer(take);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    mails,
    get connections() {
      return connections;
    },
    settings: (more = {}) => ({ host: "127.0.0.1", port: String(port), from: "cambist@example.com", ...more }),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

type Login = { readonly user: string; readonly password: string };
const decoded = (text: string): string => Buffer.from(text, "base64").toString("utf8");

/** One connection (RFC 5321), as far as mail programs go. */
function converse(plain: Socket, options: ReceiverOptions, arrived: (mail: ReceivedMail) => void): void {
  let socket: Socket = plain;
  let [input, from, login, waiting]: [string, string, Login | undefined, ((line: string) => void) | undefined] = [
    "",
    "",
    undefined,
    undefined,
  ];
  let to: string[] = [];
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  const admit = (user: string, password: string): void => {
    const admitted = user === options.login?.user && password === options.login.password;
    if (admitted) login = { user, password };
    say(admitted ? "235 2.7.0 Welcome" : "535 5.7.8 receiver-secret-text: no such login");
  };
  const ask = (prompt: string, next: (line: string) => void): void => {
    waiting = next;
    say(`334 ${prompt}`);
  };
  const plainLogin = (response: string): void => {
    const [, user = "", password = ""] = decoded(response).split("\0");
    admit(user, password);
  };
  const command = (line: string): void => {
    const [verb = "", ...words] = line.split(" ");
    const address = /<([^>]*)>/.exec(line)?.[1] ?? "";
    switch (verb.toUpperCase()) {
      case "EHLO":
        say("250-receiver");
        if (options.tls?.mode === "starttls" && socket === plain) say("250-STARTTLS");
        if (options.login) say("250-AUTH PLAIN LOGIN");
        return say("250 8BITMIME");
      case "HELO":
      case "NOOP":
      case "RSET":
        return say("250 ok");
      case "STARTTLS":
        if (options.tls?.mode !== "starttls") return say("502 not here");
        say("220 go ahead");
        plain.removeAllListeners("data");
        socket = new TLSSocket(plain, { isServer: true, ...options.tls });
        socket.on("error", () => undefined).on("data", read);
        return;
      case "AUTH":
        if (words[0]?.toUpperCase() === "LOGIN")
          return ask("VXNlcm5hbWU6", (user) => ask("UGFzc3dvcmQ6", (password) => admit(decoded(user), decoded(password))));
        return words[1] === undefined ? ask("", plainLogin) : plainLogin(words[1]);
      case "MAIL":
        if (options.login && !login) return say("530 5.7.0 receiver-secret-text: authenticate first");
        [from, to] = [address, []];
        return say("250 ok");
      case "RCPT":
        if (options.refusal !== undefined) return say(options.refusal);
        to.push(address);
        return say("250 ok");
      case "DATA":
        return say("354 go on");
      case "QUIT":
        say("221 bye");
        socket.end();
        return;
      default:
        return say("500 what");
    }
  };
  let receiving = false;
  const read = (chunk: Buffer): void => {
    input += chunk.toString("latin1");
    for (;;) {
      const end = input.indexOf(receiving ? "\r\n.\r\n" : "\r\n");
      if (end < 0) return;
      const part = input.slice(0, end);
      input = input.slice(end + (receiving ? 5 : 2));
      if (receiving) {
        receiving = false;
        const raw = Buffer.from(part.replace(/^\.\./gm, "."), "latin1").toString("utf8");
        arrived({ from, to, login, encrypted: socket instanceof TLSSocket, raw, ...readMessage(raw) });
        say("250 ok");
      } else if (waiting) {
        const next = waiting;
        waiting = undefined;
        next(part);
      } else {
        receiving = part.toUpperCase() === "DATA";
        command(part);
      }
    }
  };
  socket.on("data", read);
  say("220 receiver");
}

/** The header fields and the two texts of a message (RFC 5322, RFC 2045). */
function readMessage(raw: string): Pick<ReceivedMail, "headers" | "text" | "html"> {
  const headers = headersOf(raw);
  const boundary = /boundary="?([^";]+)"?/.exec(headers["content-type"] ?? "")?.[1];
  const parts =
    boundary === undefined
      ? [raw]
      : raw
          .split(`--${boundary}`)
          .slice(1, -1)
          .map((part) => part.replace(/^\r\n|\r\n$/g, ""));
  const found = (type: string): string =>
    bodyOf(parts.find((part) => (headersOf(part)["content-type"] ?? "text/plain").startsWith(type)) ?? "");
  return { headers, text: found("text/plain"), html: found("text/html") };
}

function headersOf(message: string): Readonly<Record<string, string>> {
  const [head = ""] = message.split("\r\n\r\n", 1);
  const lines = head.replace(/\r\n[ \t]+/g, " ").split("\r\n");
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), words(line.slice(line.indexOf(":") + 1).trim())]),
  );
}

/** Encoded words (RFC 2047). */
const words = (text: string): string =>
  text
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === "b" ? decoded(word) : quotedPrintable(word.replaceAll("_", " ")),
    );

function bodyOf(part: string): string {
  const encoding = headersOf(part)["content-transfer-encoding"]?.toLowerCase();
  const body = part.slice(part.indexOf("\r\n\r\n") + 4);
  return encoding === "base64" ? decoded(body) : encoding === "quoted-printable" ? quotedPrintable(body) : body;
}

function quotedPrintable(text: string): string {
  const bytes = text.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** The link in a mail: its path and query, and the token in it. */
export function linkIn({ text }: ReceivedMail): { readonly path: string; readonly key: string } {
  const url = new URL(/https?:\S+/.exec(text)?.[0] ?? "");
  return { path: `${url.pathname}${url.search}`, key: url.searchParams.get("key") ?? "" };
}
