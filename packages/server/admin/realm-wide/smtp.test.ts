import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { type SmtpReceiver, smtpReceiver } from "../../testing/smtp-receiver.ts";
import { type TestServer, testServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

const LOGIN = { user: "us", password: "smtp-password" };
const FAILED = [500, { errorMessage: "Failed to send email" }] as const;

let server: TestServer;
let admin: TestAdmin;
let receiver: SmtpReceiver;
let lines: number;
beforeAll(async () => {
  receiver = await smtpReceiver({ login: LOGIN });
  const [root] = (masterRealm()["users"] as readonly object[]).map((user) => ({ ...user, email: "root@example.com" }));
  const nobody = { username: "nobody", enabled: true, realmRoles: ["admin"], credentials: [{ type: "password", value: "password" }] };
  server = await testServer([masterRealm({ users: [root, nobody] }), walkRealm("keycloak", { adminEventsEnabled: true })]);
  admin = await adminOf(server);
  await admin.put("/walk", { smtpServer: receiver.settings({ auth: "true", ...LOGIN }) });
});
afterAll(async () => {
  await server.close();
  await receiver.close();
});
beforeEach(() => {
  lines = server.lines.length;
});

const attempt = async (settings: unknown, by = admin): Promise<readonly unknown[]> => {
  const answer = await by.post("/walk/testSMTPConnection", settings);
  return answer.statusCode === 204 ? [204] : [answer.statusCode, answer.json()];
};

describe("testSMTPConnection", () => {
  test("sends a mail to the caller's own address", async () => {
    expect(await attempt(receiver.settings({ auth: "true", ...LOGIN }))).toEqual([204]);
    expect(receiver.mails.at(-1)).toMatchObject({ to: ["root@example.com"], login: LOGIN });
  });

  test("takes numbers and flags for texts", async () => {
    expect(await attempt({ ...receiver.settings(LOGIN), port: receiver.port, auth: true })).toEqual([204]);
  });

  test("says no more than that it failed, and logs why without what the other side said or the password", async () => {
    expect(await attempt(receiver.settings({ auth: "true", user: "us", password: "a-wrong-one" }))).toEqual(FAILED);
    const logged = server.lines.slice(lines).join("\n");
    expect(logged).toContain("A mail of realm walk was not sent: EAUTH 535 AUTH PLAIN");
    expect(logged).not.toMatch(/receiver-secret-text|a-wrong-one/);
  });

  test.each([
    ["nothing listens there", { port: "1" }],
    ["the port is none", { port: "abc" }],
    ["there is no sender", { from: "" }],
    ["SEC-OUT-03 the address is a machine's own", { host: "169.254.169.254" }],
    ["it is to log in by access token", { authType: "token" }],
  ])("SEC-OUT-05 answers the same where %s", async (_title, more) => {
    expect(await attempt(receiver.settings({ auth: "true", ...LOGIN, ...more }))).toEqual(FAILED);
  });

  test("sends nothing for a caller without an address", async () => {
    const before = receiver.connections;
    const nobody = await adminOf(server, { username: "nobody" });
    expect(await attempt(receiver.settings({ auth: "true", ...LOGIN }), nobody)).toEqual(FAILED);
    expect(receiver.connections).toBe(before);
  });

  test.each([[undefined], [[]], ["text"], [{ host: ["a"] }]])("takes %j for no settings", async (body) => {
    expect((await attempt(body))[0]).toBe(400);
  });

  test("leaves no admin event, as in Keycloak", async () => {
    await attempt(receiver.settings({ auth: "true", ...LOGIN }));
    expect((await admin.get("/walk/admin-events")).body).not.toContain("SMTP");
  });
});

describe("SEC-OUT-03 where the operator names mail servers", () => {
  test.each([
    [["127.0.0.1"], 204],
    [["localhost", "127.0.0.1:{port}"], 204],
    [["127.0.0.1:1"], 500],
    [["mail.example"], 500],
    [[], 500],
  ] as const)("%j: %i", async (hosts, status) => {
    const named = hosts.map((host) => host.replace("{port}", String(receiver.port)));
    const root = {
      username: "root",
      email: "root@example.com",
      enabled: true,
      realmRoles: ["admin"],
      credentials: [{ type: "password", value: "password" }],
    };
    const other = await testServer([masterRealm({ users: [root] })], { mailHosts: named });
    const before = receiver.connections;
    const answer = await (
      await adminOf(other, { username: "root" })
    ).post("/master/testSMTPConnection", receiver.settings({ auth: "true", ...LOGIN }));
    expect([answer.statusCode, receiver.connections - before]).toEqual([status, status === 204 ? 1 : 0]);
    await other.close();
  });
});

describe("SEC-ADM-08 asterisks stand for the stored password", () => {
  const masked = { auth: "true", user: "us", password: "**********" };

  test("where everything else is as it is stored", async () => {
    expect(await attempt(receiver.settings(masked))).toEqual([204]);
    expect(receiver.mails.at(-1)?.login).toEqual(LOGIN);
  });

  test.each([{ host: "localhost" }, { user: "other" }, { authType: "basic" }, { port: "1" }, { ssl: "true" }, { starttls: "true" }])(
    "but not with %j",
    async (more) => {
      const elsewhere = await smtpReceiver({ login: LOGIN });
      expect(await attempt(receiver.settings({ ...masked, ...more }))).toEqual(FAILED);
      expect(await attempt(elsewhere.settings({ ...masked, ...more }))).toEqual(FAILED);
      expect(elsewhere.connections).toBe(0);
      await elsewhere.close();
    },
  );
});
