import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { selfSignedCertificate } from "../keys/certificate.ts";
import { type ReceiverOptions, type SmtpReceiver, smtpReceiver } from "../testing/smtp-receiver.ts";
import { isAddress, type MailSettings, readMailServer } from "./mail-server.ts";
import { writeMail } from "./messages.ts";
import { outboundAddresses } from "./outbound-address.ts";
import { type Sender, sendMail } from "./send-mail.ts";

const open: SmtpReceiver[] = [];
afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.close();
});
const receiver = async (options?: ReceiverOptions): Promise<SmtpReceiver> => {
  const started = await smtpReceiver(options);
  open.push(started);
  return started;
};
const MAIL = { to: "alice@example.com", subject: "Grüße", text: "Zeile\n.\n..\nEnde\n", html: "<p>Grüße</p>\n" };
const send = (settings: MailSettings, mail = MAIL, more: Partial<Sender> = {}): Promise<void> =>
  sendMail({ realmId: "realm-1", server: readMailServer(settings), ...more }, mail);
const LOGIN = { user: "us", password: "smtp-password" };

describe("a mail", () => {
  test("arrives with both texts, and says nothing of the program that sent it", async () => {
    const mailbox = await receiver();
    await send(mailbox.settings());
    expect(mailbox.mails).toHaveLength(1);
    const [mail] = mailbox.mails;
    expect(mail).toMatchObject({ from: "cambist@example.com", to: ["alice@example.com"], html: "<p>Grüße</p>\r\n", login: undefined });
    expect(mail?.text.replaceAll("\r\n", "\n")).toBe(MAIL.text);
    expect(mail?.headers).toMatchObject({
      subject: "Grüße",
      from: "cambist@example.com",
      "reply-to": "cambist@example.com",
      to: "alice@example.com",
    });
    expect(mail?.raw).not.toMatch(/nodemailer|x-mailer/i);
  });

  test("has the names and addresses of the realm's settings", async () => {
    const mailbox = await receiver();
    const names = {
      fromDisplayName: "Sénder",
      replyTo: "reply@example.com",
      replyToDisplayName: "Rep",
      envelopeFrom: "bounce@example.com",
    };
    await send(mailbox.settings(names));
    expect(mailbox.mails).toMatchObject([
      { from: "bounce@example.com", headers: { from: "Sénder <cambist@example.com>", "reply-to": "Rep <reply@example.com>" } },
    ]);
  });

  test("is sent after a login where the realm has one", async () => {
    const mailbox = await receiver({ login: LOGIN });
    await send(mailbox.settings({ auth: "true", ...LOGIN }));
    expect(mailbox.mails).toMatchObject([{ login: LOGIN }]);
  });

  test("line breaks in names and subjects start no header", async () => {
    const mailbox = await receiver();
    const forged = "x\r\nBcc: eve@example.com\u2028Bcc: eve@example.com";
    await send(mailbox.settings({ fromDisplayName: forged }), { ...MAIL, subject: forged });
    expect(mailbox.mails[0]?.to).toEqual(["alice@example.com"]);
    expect(Object.keys(mailbox.mails[0]?.headers ?? {})).not.toContain("bcc");
  });
});

test.each([
  "alice@example.com, eve@example.com",
  "<alice@example.com>",
  '"eve@example.org x"@example.com',
  "alice@example.com\r\nRCPT TO:<eve@example.com>",
  "a@b@example.com",
  "alice(comment)@example.com",
  "alice",
  "älice@example.com",
  "alice@example，com.example",
  "alice@example.com＞",
  `${"a".repeat(250)}@example.com`,
])("%j is no address that mail is sent to", async (to) => {
  const mailbox = await receiver();
  expect(isAddress(to)).toBe(false);
  await expect(send(mailbox.settings(), { ...MAIL, to })).rejects.toThrow("the address cannot be written to");
  expect(mailbox.connections).toBe(0);
});

describe("nothing is sent", () => {
  test.each([
    [{ from: undefined }, "No sender address configured in the realm settings for emails"],
    [{ from: "a b@@" }, "from of the realm settings for emails is no address"],
    [{ envelopeFrom: "x\r\nDATA" }, "envelopeFrom of the realm settings for emails is no address"],
    [{ host: "" }, "No usable host configured in the realm settings for emails"],
    [{ host: "mail.example/x" }, "No usable host configured in the realm settings for emails"],
    [{ port: "abc" }, "No usable port configured in the realm settings for emails"],
    [{ auth: "true", user: "us" }, "User or password of the mail server is missing"],
    [{ auth: "true", user: "us", password: "**********" }, "User or password of the mail server is missing"],
    [{ auth: "true", authType: "token", ...LOGIN }, "Mail servers that take access tokens are not supported: use authType basic"],
  ])("with the settings %j", (change, message) => {
    expect(() => readMailServer({ host: "127.0.0.1", port: "25", from: "us@example.com", ...change })).toThrow(message);
  });

  test("SEC-OUT-05 SEC-LOG-02 a server that refuses is not quoted, neither is the password", async () => {
    const mailbox = await receiver({ login: LOGIN });
    const error: unknown = await send(mailbox.settings({ auth: "true", user: "us", password: "a-wrong-one" })).catch(
      (thrown: unknown) => thrown,
    );
    expect(String(error)).toBe("MailFailed: EAUTH 535 AUTH PLAIN");
    expect(JSON.stringify(error)).not.toMatch(/receiver-secret-text|a-wrong-one/);
    const refusing = await receiver({ refusal: "550 5.1.1 receiver-secret-text: nobody" });
    await expect(send(refusing.settings())).rejects.toThrow("EENVELOPE 550 RCPT TO");
    expect([...mailbox.mails, ...refusing.mails]).toEqual([]);
  });

  test("SEC-OUT-04 to a server that takes connections and says nothing: the wait ends", async () => {
    const mailbox = await receiver({ silent: true });
    const started = Date.now();
    await expect(send(mailbox.settings())).rejects.toThrow("ETIMEDOUT");
    expect(Date.now() - started).toBeLessThan(8000);
  }, 10_000);

  test("SEC-OUT-04 to a server that does not stop talking", async () => {
    const flood = createServer((socket) => {
      const talk = (): void => {
        while (socket.writable && socket.write("220-hello\r\n".repeat(1000)));
      };
      socket.on("error", () => undefined).on("drain", talk);
      talk();
    }).listen(0, "127.0.0.1");
    await once(flood, "listening");
    const { port } = flood.address() as { readonly port: number };
    await expect(send({ host: "127.0.0.1", port: String(port), from: "us@example.com" })).rejects.toThrow("EPROTOCOL");
    flood.close();
  });

  test("where nobody listens", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { readonly port: number };
    await new Promise((resolve) => taken.close(resolve));
    await expect(send({ host: "127.0.0.1", port: String(port), from: "us@example.com" })).rejects.toThrow("ECONNREFUSED");
  });
});

describe("names of hosts", () => {
  test("SEC-OUT-02 are asked for once, and the connection goes to what was checked", async () => {
    const mailbox = await receiver();
    const answers = [["127.0.0.1"], ["169.254.169.254"]];
    await send(mailbox.settings({ host: "mail.invalid" }), MAIL, { resolve: async () => answers.shift() ?? [] });
    expect(mailbox.mails).toHaveLength(1);
    expect(answers).toHaveLength(1);
  });

  test("SEC-OUT-02 one address that is refused refuses the host", async () => {
    const mailbox = await receiver();
    const sent = send(mailbox.settings({ host: "mail.invalid" }), MAIL, { resolve: async () => ["127.0.0.1", "169.254.169.254"] });
    await expect(sent).rejects.toThrow("the host has an address that mail is not sent to");
    expect(mailbox.connections).toBe(0);
  });

  test("SEC-OUT-04 a realm whose server takes its time holds up its own mail alone, as long as somebody is asked", async () => {
    const mailbox = await receiver();
    const asked = Promise.withResolvers<readonly string[]>();
    const slow = [1, 2, 3, 4].map(() => send(mailbox.settings({ host: "slow.invalid" }), MAIL, { resolve: () => asked.promise }));
    await expect(send(mailbox.settings())).rejects.toThrow("too many mails are on their way");
    await send(mailbox.settings(), MAIL, { realmId: "realm-2" });
    asked.resolve(["127.0.0.1"]);
    await Promise.all(slow);
    await send(mailbox.settings());
    expect(mailbox.mails).toHaveLength(6);
  });
});

describe("addresses", () => {
  test.each([
    "169.254.169.254",
    "0xa9.0xfe.0xa9.0xfe",
    "2852039166",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "fe80::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "0.0.0.0",
    "::",
    "224.0.0.1",
    "255.255.255.255",
    "ff02::1",
  ])("SEC-OUT-03 H7 mail is not sent to %s", async (host) => {
    await expect(outboundAddresses(host)).rejects.toThrow("the host has an address that mail is not sent to");
  });

  test.each(["127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "fd12:3456::1", "::ffff:127.0.0.1"])("a relay may be at %s", async (host) => {
    expect(await outboundAddresses(host)).toHaveLength(1);
  });
});

describe("encryption", () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = (commonName: string) =>
    `-----BEGIN CERTIFICATE-----\n${selfSignedCertificate(privateKey, { commonName, now: Date.now(), years: 1 }).toString("base64")}\n-----END CERTIFICATE-----\n`;
  const key = privateKey.export({ format: "pem", type: "pkcs8" });
  const trusted = pem("localhost");
  const usual = getCACertificates("default");
  afterEach(() => setDefaultCACertificates(usual));

  test.each([
    ["implicit", { ssl: "true" }],
    ["starttls", { starttls: "true" }],
  ] as const)("SEC-OUT-06 %s: a certificate must be trusted and of this host", async (mode, more) => {
    const mailbox = await receiver({ tls: { mode, key, cert: trusted }, login: LOGIN });
    const settings = mailbox.settings({ host: "localhost", auth: "true", ...LOGIN, ...more });
    await expect(send(settings)).rejects.toThrow(/ self-signed certificate$/);
    setDefaultCACertificates([...usual, trusted, pem("other.example")]);
    await expect(send({ ...settings, host: "127.0.0.1" })).rejects.toThrow(/ Hostname\/IP does not match certificate's altnames$/);
    expect(mailbox.mails).toEqual([]);
    await send(settings);
    expect(mailbox.mails).toMatchObject([{ encrypted: true, login: LOGIN }]);
  });

  test("where no TLS is spoken the log says so in words", async () => {
    const mailbox = await receiver();
    await expect(send(mailbox.settings({ ssl: "true" }))).rejects.toThrow(/(?:wrong version number|packet length too long)$/);
  });

  test("a server that offers no encryption gets no password where the realm asks for STARTTLS", async () => {
    const mailbox = await receiver({ login: LOGIN });
    await expect(send(mailbox.settings({ starttls: "true", auth: "true", ...LOGIN }))).rejects.toThrow("ETLS");
    expect(mailbox.mails).toEqual([]);
  });
});

test("SEC-UI-02 names in a letter are neither markup nor lines of their own", () => {
  const evil = `"><img src=x onerror=alert(1)>\r\nhttps://evil.example`;
  const { text, html } = writeMail({
    to: "a@example.com",
    subject: "s",
    about: evil,
    link: { label: evil, url: "https://us.example/?a=1&b=2", lifespan: 43_200 },
  });
  expect(html).not.toContain("<img");
  expect(html).toContain('<a href="https://us.example/?a=1&amp;b=2" rel="nofollow">');
  expect(text.split("\n").filter((line) => line.startsWith("https://"))).toEqual(["https://us.example/?a=1&b=2"]);
  expect(text).toContain("for 12 hours.");
});
