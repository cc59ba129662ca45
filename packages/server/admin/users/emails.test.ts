import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { linkIn, type ReceivedMail, type SmtpReceiver, smtpReceiver } from "../../testing/smtp-receiver.ts";
import { BASE, claimsOf, START, type TestServer, testServer } from "../../testing/test-server.ts";
import { publicClient, walkRealm } from "../../testing/walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;
const NOW = START / 1000;
const ISSUER = `${BASE}/realms/walk`;
const AUTO = expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown;
/** Keycloak's words, 26.1.3. */
const NO_SENDER = "No sender address configured in the realm settings for emails";
const NOT_TAKEN = "Error when attempting to send the email to the server. More information is available in the server log.";

let server: TestServer;
let admin: TestAdmin;
let receiver: SmtpReceiver;
let [alice, off, silent] = ["", "", ""];
beforeAll(async () => {
  receiver = await smtpReceiver();
  server = await testServer([
    masterRealm(),
    walkRealm("keycloak", { displayName: "Walk & Co", adminEventsEnabled: true, adminEventsDetailsEnabled: true }),
  ]);
  admin = await adminOf(server);
  const user = (username: string, more: Json) => admin.create("/walk/users", { username, ...more });
  off = await user("off", { enabled: false, email: "off@example.com" });
  silent = await user("silent", { enabled: true });
  alice = (await admin.get("/walk/users?username=alice")).json<{ readonly id: string }[]>()[0]?.id ?? "";
  await admin.create("/walk/clients", publicClient("closed", { enabled: false }));
  await admin.create("/walk/clients", publicClient("rooted", { rootUrl: "https://rooted.example/app", redirectUris: ["/back/*"] }));
});
afterAll(async () => {
  await server.close();
  await receiver.close();
});

const mailServer = (settings: Json) => admin.put("/walk", { smtpServer: settings });
const call = async (what: string, body?: unknown, id = alice): Promise<readonly [number, unknown, ReceivedMail | undefined]> => {
  const before = receiver.mails.length;
  const answer = await admin.put(`/walk/users/${id}/${what}`, body);
  return [answer.statusCode, answer.body === "" ? undefined : answer.json(), receiver.mails.slice(before).at(-1)];
};
const sent = async (what: string, body?: unknown): Promise<ReceivedMail> => {
  const [status, , mail] = await call(what, body);
  if (status !== 204 || !mail) throw new Error(`${status}`);
  return mail;
};
const countEvents = async (): Promise<number> => (await admin.get("/walk/admin-events?operationTypes=ACTION")).json<Json[]>().length;
const claimsIn = (mail: ReceivedMail): Json => claimsOf(linkIn(mail).key);

describe("without a mail server", () => {
  beforeAll(() => mailServer({}));

  test.each([
    ["execute-actions-email", ["UPDATE_PASSWORD"], `Failed to send execute actions email: ${NO_SENDER}`],
    ["reset-password-email", undefined, `Failed to send execute actions email: ${NO_SENDER}`],
    ["send-verify-email", undefined, "Failed to send verify email"],
  ])("%s is answered as Keycloak answers", async (what, body, errorMessage) => {
    expect(await call(what, body)).toEqual([500, { errorMessage }, undefined]);
  });
});

test("SEC-OUT-05 a mail server that cannot be reached leaves Keycloak's words and no admin event", async () => {
  await mailServer(receiver.settings({ port: "1" }));
  const before = await countEvents();
  expect(await call("execute-actions-email", [])).toEqual([
    500,
    { errorMessage: `Failed to send execute actions email: ${NOT_TAKEN}` },
    undefined,
  ]);
  expect(await call("send-verify-email")).toEqual([500, { errorMessage: "Failed to send verify email" }, undefined]);
  expect(await countEvents()).toBe(before);
});

describe("with a mail server", () => {
  beforeAll(() => mailServer(receiver.settings()));

  test.each([
    ["execute-actions-email", ["UPDATE_PASSWORD", "VERIFY_EMAIL"], { typ: "execute-actions", rqac: ["UPDATE_PASSWORD", "VERIFY_EMAIL"] }],
    ["execute-actions-email", [], { typ: "execute-actions", rqac: [] }],
    ["execute-actions-email", undefined, { typ: "execute-actions", rqac: [] }],
    ["execute-actions-email", ["VERIFY_EMAIL", "VERIFY_EMAIL"], { typ: "execute-actions", rqac: ["VERIFY_EMAIL"] }],
    ["reset-password-email", undefined, { typ: "execute-actions", rqac: ["UPDATE_PASSWORD"] }],
    ["reset-password-email?lifespan=60", undefined, { typ: "execute-actions", rqac: ["UPDATE_PASSWORD"] }],
    ["send-verify-email", undefined, { typ: "verify-email" }],
    ["send-verify-email?lifespan=60", undefined, { typ: "verify-email", exp: NOW + 60 }],
    ["execute-actions-email?lifespan=-5", [], { typ: "execute-actions", rqac: [], exp: NOW - 5 }],
    ["execute-actions-email?client_id=app", [], { typ: "execute-actions", azp: "app", rqac: [] }],
    [
      "send-verify-email?client_id=app&redirect_uri=http://localhost:9999/x",
      undefined,
      { typ: "verify-email", azp: "app", reduri: "http://localhost:9999/x" },
    ],
  ])("%s with %j sends the claims that Keycloak sends", async (what, body, claims) => {
    const mail = await sent(what, body);
    const { jti, nonce, ...rest } = claimsIn(mail);
    expect([jti, nonce]).toEqual([AUTO, jti]);
    const usual = { exp: NOW + 43_200, iat: NOW, iss: ISSUER, aud: ISSUER, sub: alice, azp: "account", eml: "alice@example.com" };
    expect(rest).toEqual({ ...usual, ...claims });
    expect(Object.keys(claimsIn(mail)).slice(0, 10)).toEqual(["exp", "iat", "jti", "iss", "aud", "sub", "typ", "azp", "nonce", "eml"]);
    const [header = ""] = linkIn(mail).key.split(".");
    expect(Buffer.from(header, "base64url").toString()).toMatch(/^\{"alg":"HS512","typ" : "JWT","kid" : "[^"]+"\}$/);
  });

  test("a mail tells whose it is, what it asks for and how long its link lives", async () => {
    const mail = await sent("execute-actions-email?lifespan=5400", ["UPDATE_PASSWORD", "VERIFY_EMAIL"]);
    expect(mail).toMatchObject({ to: ["alice@example.com"], headers: { subject: "Update your account" } });
    expect(mail.text).toContain("update your account at Walk & Co: Update password, Verify email.");
    expect(mail.text).toContain(`\n${ISSUER}/login-actions/action-token?key=`);
    expect(mail.text).toContain("for 90 minutes.");
    expect(mail.html).toContain("Walk &amp; Co");
  });

  test.each([
    ["execute-actions-email", "nobody", undefined, 404, { error: "User not found" }],
    ["execute-actions-email?redirect_uri=x", "silent", ["nonsense"], 400, { errorMessage: "User email missing" }],
    ["execute-actions-email?redirect_uri=x", "off", ["nonsense"], 400, { errorMessage: "User is disabled" }],
    ["execute-actions-email?redirect_uri=x", "alice", ["nonsense"], 400, { errorMessage: "Client id missing" }],
    ["execute-actions-email?redirect_uri=", "alice", [], 400, { errorMessage: "Client id missing" }],
    ["execute-actions-email?client_id=nobody", "alice", ["nonsense"], 400, { errorMessage: "Client doesn't exist" }],
    ["execute-actions-email?client_id=", "alice", [], 400, { errorMessage: "Client doesn't exist" }],
    ["execute-actions-email?client_id=closed", "alice", ["nonsense"], 400, { errorMessage: "Client is not enabled" }],
    [
      "execute-actions-email?client_id=app&redirect_uri=http://evil/x",
      "alice",
      ["nonsense"],
      400,
      { errorMessage: "Invalid redirect uri." },
    ],
    ["execute-actions-email", "alice", ["nonsense"], 400, { errorMessage: "Provided invalid required actions" }],
    ["execute-actions-email", "alice", [1], 400, { errorMessage: "Provided invalid required actions" }],
    ["execute-actions-email", "alice", {}, 400, { error: "unknown_error", error_description: "Cannot parse the JSON" }],
    ["execute-actions-email?lifespan=abc", "alice", [], 404, { error: "HTTP 404 Not Found" }],
    ["send-verify-email?redirect_uri=x", "silent", undefined, 400, { errorMessage: "User email missing" }],
    ["send-verify-email?client_id=closed", "alice", undefined, 400, { errorMessage: "Client is not enabled" }],
    ["reset-password-email", "off", undefined, 400, { errorMessage: "User is disabled" }],
    ["reset-password-email?redirect_uri=x", "alice", undefined, 400, { errorMessage: "Client id missing" }],
  ] as const)("%s of %s with %j is refused as by Keycloak, and no mail is sent", async (what, name, body, status, answer) => {
    expect(await call(what, body, { nobody: "nobody", silent, off, alice }[name])).toEqual([status, answer, undefined]);
  });

  test.each(["CONFIGURE_TOTP", "UPDATE_PROFILE", "TERMS_AND_CONDITIONS", "webauthn-register"])(
    "%s has no page here: said before any mail is sent",
    async (action) => {
      const errorMessage = `Failed to send execute actions email: this server has no page for ${action}`;
      expect(await call("execute-actions-email", ["UPDATE_PASSWORD", action])).toEqual([501, { errorMessage }, undefined]);
    },
  );

  test.each([
    ["app", "http://localhost:9999/x?a=b", 204],
    ["app", "http://LOCALHOST:9999/x", 204],
    ["rooted", "https://rooted.example/app/back/here", 204],
    ["rooted", "https://rooted.example/app/back/../admin", 400],
    ["rooted", "https://rooted.example/app/back/%2e%2e/admin", 400],
    ["rooted", "https://rooted.example/app/backwards", 400],
    ["app", "http://localhost:9999.evil.example/x", 400],
    ["app", "http://localhost:9999@evil.example/x", 400],
    ["app", "http://us:er@localhost:9999/x", 400],
    ["app", "http://localhost:9999/x#fragment", 400],
    ["app", "javascript:alert(1)", 400],
    ["app", "//localhost:9999/x", 400],
    ["app", `http://localhost:9999/${"x".repeat(2000)}`, 400],
  ] as const)("SEC-UI-03 a link of %s may lead back to %s: %i", async (clientId, uri, status) => {
    const query = new URLSearchParams({ client_id: clientId, redirect_uri: uri }).toString();
    expect((await call(`send-verify-email?${query}`))[0]).toBe(status);
  });

  test("SEC-ADM-16 SEC-LOG-02 each is an admin event, and neither it, the audit log nor the log holds the link", async () => {
    const mail = await sent("execute-actions-email", ["UPDATE_PASSWORD"]);
    const [event] = (await admin.get("/walk/admin-events?max=1")).json<Json[]>();
    expect(event).toMatchObject({ operationType: "ACTION", resourceType: "USER", resourcePath: `users/${alice}/execute-actions-email` });
    expect(event).not.toHaveProperty("representation");
    const audit = JSON.stringify(await server.store.reader.audit.list({ limit: 10_000 }));
    const { key } = linkIn(mail);
    for (const part of key.split(".").slice(1)) expect(`${audit}${server.lines.join("")}`).not.toContain(part);
    expect(audit.split(String(claimsIn(mail)["jti"]))).toHaveLength(2);
  });

  test("no mail leaves while nothing can be recorded", async () => {
    server.breakStorage(true);
    const [status, , mail] = await call("execute-actions-email", ["UPDATE_PASSWORD"]);
    server.breakStorage(false);
    expect([status, mail]).toEqual([503, undefined]);
  });
});
