import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../../testing/admin.ts";
import { linkIn, type ReceivedMail, type SmtpReceiver, smtpReceiver } from "../../testing/smtp-receiver.ts";
import { claimsOf, type TestServer, testServer } from "../../testing/test-server.ts";
import { walkRealm } from "../../testing/walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;

let server: TestServer;
let admin: TestAdmin;
let receiver: SmtpReceiver;
let acme = "";
const users: Record<string, string> = {};
beforeAll(async () => {
  receiver = await smtpReceiver();
  const more = { organizationsEnabled: true, adminEventsEnabled: true, smtpServer: receiver.settings() };
  server = await testServer([masterRealm(), walkRealm("keycloak", more)]);
  admin = await adminOf(server);
  for (const { id, username } of (await admin.get("/walk/users")).json<{ readonly id: string; readonly username: string }[]>())
    users[username] = id;
  users["silent"] = await admin.create("/walk/users", { username: "silent", enabled: true });
  acme = await admin.create("/walk/organizations", {
    name: "Acme",
    alias: "acme",
    redirectUrl: "https://acme.example/welcome",
    domains: [{ name: "acme.example" }],
  });
});
afterAll(async () => {
  await server.close();
  await receiver.close();
});

async function invite(by: string, form: Readonly<Record<string, string>>): Promise<readonly [number, unknown, ReceivedMail | undefined]> {
  const before = receiver.mails.length;
  const answer = await server.app.inject({
    method: "POST",
    url: `/admin/realms/walk/organizations/${acme}/members/${by}`,
    headers: { authorization: `Bearer ${admin.token}`, "content-type": "application/x-www-form-urlencoded" },
    payload: new URLSearchParams(form).toString(),
  });
  return [answer.statusCode, answer.body === "" ? undefined : answer.json(), receiver.mails.slice(before).at(-1)];
}
async function invited(username: string): Promise<ReturnType<typeof linkIn>> {
  const [, , mail] = await invite("invite-existing-user", { id: users[username] ?? "" });
  if (!mail) throw new Error("no mail");
  return linkIn(mail);
}
const follow = (key: string) => server.post("/realms/walk/login-actions/action-token", { key });
const members = async (): Promise<readonly unknown[]> =>
  (await admin.get(`/walk/organizations/${acme}/members`)).json<Json[]>().map(({ username, membershipType }) => [username, membershipType]);
const titleOf = ({ body }: { readonly body: string }): string | undefined => /id="kc-page-title">([^<]*)/.exec(body)?.[1];

describe("an invitation", () => {
  test.each([
    ["invite-existing-user", () => ({ id: users["alice"] ?? "" })],
    ["invite-user", () => ({ email: "Alice@Example.com" })],
  ])("by %s is a mail with a link, and an admin event", async (by, form) => {
    const [status, , mail] = await invite(by, form());
    if (!mail) throw new Error(`${status}`);
    expect([status, mail.to, mail.headers["subject"]]).toEqual([204, ["alice@example.com"], "Invitation to join Acme"]);
    expect(mail.text).toContain("Hello alice Example,\r\n");
    expect(claimsOf(linkIn(mail).key)).toMatchObject({
      typ: "ORGIVT",
      sub: users["alice"],
      azp: "account",
      eml: "alice@example.com",
      org_id: acme,
    });
    const [event] = (await admin.get("/walk/admin-events?max=1")).json<Json[]>();
    expect(event).toMatchObject({
      operationType: "ACTION",
      resourceType: "ORGANIZATION_MEMBERSHIP",
      resourcePath: `organizations/${acme}/members/${by}`,
    });
  });

  test("makes its reader a member, once", async () => {
    const { path, key } = await invited("alice");
    const from = server.events.length;
    expect(titleOf(await server.get(path))).toBe("You are about to join organization Acme");
    expect(await members()).toEqual([]);
    const done = await follow(key);
    expect(titleOf(done)).toBe("You have joined organization Acme");
    expect(done.body).toContain('href="https://acme.example/welcome"');
    expect(await members()).toEqual([["alice", "UNMANAGED"]]);
    expect(titleOf(await follow(key))).toBe("You are a member of the organization already.");
    expect(server.events.slice(from).map(({ type, error }) => [type, error])).toEqual([
      ["INVITE_ORG", undefined],
      ["INVITE_ORG_ERROR", "user_org_member_already"],
    ]);
    await admin.delete(`/walk/organizations/${acme}/members/${users["alice"] ?? ""}`);
    expect((await follow(key)).statusCode).toBe(400);
    expect(await members()).toEqual([]);
  });

  test("H3 of two that are followed at once, one adds the member", async () => {
    const keys = [(await invited("bob")).key, (await invited("bob")).key];
    const titles = (await Promise.all(keys.map(follow))).map(titleOf);
    expect(new Set(titles)).toEqual(new Set(["You are a member of the organization already.", "You have joined organization Acme"]));
    expect(await members()).toEqual([["bob", "UNMANAGED"]]);
  });

  test.each([{ enabled: false }, undefined])("does nothing once its organization is %j", async (change) => {
    const { key } = await invited("operator");
    const path = `/walk/organizations/${acme}`;
    const was = (await admin.get(path)).json<Json>();
    if (change) await admin.put(path, { ...was, ...change });
    else await admin.put("/walk", { organizationsEnabled: false });
    const answer = await follow(key);
    expect([answer.statusCode, answer.body.includes("is not there any more")]).toEqual([400, true]);
    await admin.put("/walk", { organizationsEnabled: true });
    await admin.put(path, was);
    expect(await members()).toEqual([["bob", "UNMANAGED"]]);
  });

  test("of somebody without an address, or who is no person, is not sent", async () => {
    expect(await invite("invite-existing-user", { id: users["silent"] ?? "" })).toEqual([
      400,
      { errorMessage: "User email missing" },
      undefined,
    ]);
    const [client] = (await admin.get("/walk/clients?clientId=conf")).json<Json[]>();
    const service = (await admin.get(`/walk/clients/${String(client?.["id"])}/service-account-user`)).json<Json>()["id"];
    expect(await invite("invite-existing-user", { id: String(service) })).toEqual([
      400,
      { errorMessage: "User does not exist" },
      undefined,
    ]);
  });

  test("of an address that nobody has is not sent: there is no page to sign up", async () => {
    const errorMessage = "Failed to send invite email: nobody has this address, and this server has no page to sign up";
    expect(await invite("invite-user", { email: "new@example.com" })).toEqual([501, { errorMessage }, undefined]);
  });
});
