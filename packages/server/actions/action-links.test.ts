import type { LightMyRequestResponse } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { adminOf, masterRealm, type TestAdmin } from "../testing/admin.ts";
import { Canaries } from "../testing/canaries.ts";
import { linkIn, type SmtpReceiver, smtpReceiver } from "../testing/smtp-receiver.ts";
import { claimsOf, signIn, type TestServer, testServer } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

type Json = Readonly<Record<string, unknown>>;
type Form = Readonly<Record<string, string>>;
const EVIL = `"><img src=x onerror=alert(1)>`;
const BOTH = ["UPDATE_PASSWORD", "VERIFY_EMAIL"];
const NEW = { "password-new": "a-new-password", "password-confirm": "a-new-password" };
const PATH = "/realms/walk/login-actions/action-token";

let server: TestServer;
let admin: TestAdmin;
let receiver: SmtpReceiver;
let count = 0;
let [name, id] = ["", ""];
beforeAll(async () => {
  receiver = await smtpReceiver();
  const smtpServer = receiver.settings();
  server = await testServer([
    masterRealm(),
    walkRealm("keycloak", { displayName: `Walk ${EVIL}`, smtpServer, eventsEnabled: true }),
    walkRealm("native", { realm: "other", smtpServer }),
  ]);
});
afterAll(async () => {
  await server.close();
  await receiver.close();
});
beforeEach(async () => {
  admin = await adminOf(server);
  name = `user-${(count += 1)}`;
  const person = { username: name, email: `${name}@example.com`, firstName: "A", lastName: "User", enabled: true, requiredActions: BOTH };
  id = await admin.create("/walk/users", { ...person, credentials: [{ type: "password", value: "password" }] });
});

/** The path and token of a link that was just sent. */
async function link(what: string, actions?: readonly string[], user = id): Promise<ReturnType<typeof linkIn>> {
  const answer = await admin.put(`/walk/users/${user}/${what}`, actions);
  const mail = receiver.mails.at(-1);
  if (answer.statusCode !== 204 || !mail) throw new Error(`${answer.statusCode} ${answer.body}`);
  return linkIn(mail);
}
const actions = (list: readonly string[], query = ""): Promise<ReturnType<typeof linkIn>> => link(`execute-actions-email${query}`, list);
const open = (path: string): Promise<LightMyRequestResponse> => server.get(path, { accept: "text/html" });
const follow = (key: string, form: Form = {}): Promise<LightMyRequestResponse> => server.post(PATH, { key, ...form });
const text = (answer: LightMyRequestResponse, element: string): string | undefined =>
  new RegExp(`id="${element}"[^>]*>(.*?)</(?:h1|div|p)>`, "s")
    .exec(answer.body)?.[1]
    ?.replace(/<[^>]*>/g, "")
    .trim();
const said = (answer: LightMyRequestResponse): readonly unknown[] => [
  answer.statusCode,
  text(answer, "kc-error-message") ?? text(answer, "kc-page-title"),
];
/** Runs this before the next unit is stored: what it was made from is no longer so. */
function beforeNextWrite(happens: () => Promise<unknown>): void {
  const { writer } = server.services;
  const write = writer.write.bind(writer);
  vi.spyOn(writer, "write").mockImplementationOnce(async (unit) => {
    await happens();
    return write(unit);
  });
}
const user = async (): Promise<Json> => (await admin.get(`/walk/users/${id}`)).json();
const login = async (password: string): Promise<number> =>
  (await server.post("/realms/walk/protocol/openid-connect/token", { grant_type: "password", client_id: "app", username: name, password }))
    .statusCode;
const eventsOf = (from: number): readonly unknown[] =>
  server.events
    .slice(from)
    .map(({ type, error, clientId, userId, details }) => ({ type, ...(error !== undefined && { error }), clientId, userId, details }));

describe("opening a link", () => {
  test.each(["GET", "HEAD"] as const)("%s changes nothing, however often: mail scanners do it", async (method) => {
    const { path, key } = await actions(BOTH);
    const [before, events] = [await user(), server.events.length];
    for (let time = 0; time < 3; time += 1) expect((await server.app.inject({ method, url: path })).statusCode).toBe(200);
    expect(await user()).toEqual(before);
    expect(server.events.length).toBe(events);
    expect((await follow(key, NEW)).statusCode).toBe(200);
  });

  test.each([
    [() => actions(BOTH), "Update password", ["kc-passwd-update-form", "password-new", "password-confirm", "logout-sessions"]],
    [() => actions(["VERIFY_EMAIL"]), "Update your account", ["kc-action-form"]],
    [() => actions([]), "Update your account", ["kc-action-form"]],
    [() => link("send-verify-email"), "Confirm your email address", ["kc-action-form"]],
  ] as const)("SEC-UI-10 shows a form that works without scripts, with the ids of Keycloak's pages (%#)", async (made, title, ids) => {
    const page = await open((await made()).path);
    expect([page.statusCode, text(page, "kc-page-title")]).toEqual([200, title]);
    for (const one of ids) expect(page.body).toContain(`id="${one}"`);
    expect(page.body).toContain('action="action-token" method="post"');
    expect(page.body).not.toContain("<script");
  });

  test("SEC-UI-01 SEC-UI-04 SEC-UI-07 pages load nothing, run nothing, are framed by nobody, and leave their address nowhere", async () => {
    const { path, key } = await actions(BOTH);
    for (const page of [await open(path), await open(PATH), await follow(key, { "password-new": "a" }), await follow(key, NEW)]) {
      expect(page.headers).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
      });
      expect(page.headers["content-security-policy"]).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/=]+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
      );
      expect(page.headers["set-cookie"]).toBeUndefined();
      expect(page.body).not.toMatch(/<(?:link|img|iframe|object|embed|base)\b|<[^>]*\s(?:src|style|on\w+)=/i);
    }
  });

  test("SEC-UI-02 names of realm, user, client and organization are texts on every page", async () => {
    await admin.put(`/walk/users/${id}`, { firstName: EVIL, email: `${name}@example.com` });
    await admin.put("/walk", { organizationsEnabled: true });
    const organization = await admin.create("/walk/organizations", {
      name: EVIL,
      alias: `evil-${count}`,
      domains: [{ name: `evil-${count}.example` }],
    });
    const { path, key } = await actions(BOTH);
    const pages = [
      await open(path),
      await follow(key, { "password-new": EVIL }),
      await follow(key, NEW),
      await open(path),
      await open(`${PATH}?key=${EVIL}`),
    ];
    await server.app.inject({
      method: "POST",
      url: `/admin/realms/walk/organizations/${organization}/members/invite-existing-user`,
      headers: { authorization: `Bearer ${admin.token}`, "content-type": "application/x-www-form-urlencoded" },
      payload: `id=${id}`,
    });
    const mail = receiver.mails.at(-1);
    if (!mail) throw new Error("no mail");
    const invited = linkIn(mail);
    pages.push(await open(invited.path), await follow(invited.key), await open(invited.path));
    expect(pages.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 400, 400, 200, 200, 200]);
    for (const { body } of pages) {
      expect(body).not.toContain("<img");
      expect(body).toContain("Walk &quot;&gt;&lt;img");
    }
    expect(mail.html).not.toContain("<img");
  });
});

describe("following a link", () => {
  test("sets the password, confirms the address and takes the required actions away, once", async () => {
    const { key } = await actions(BOTH);
    expect(await login("password")).toBe(400);
    expect(said(await follow(key, NEW))).toEqual([200, "Your password has been changed."]);
    expect(await user()).toMatchObject({ emailVerified: true, requiredActions: [] });
    expect([await login("password"), await login("a-new-password")]).toEqual([401, 200]);
    expect(said(await follow(key, NEW))).toEqual([400, "This link has been used. Ask your administrator for a new one."]);
  });

  test("leaves Keycloak's events, with the id of the token and without a secret", async () => {
    const { key } = await actions(BOTH, "?client_id=app");
    const [from, jti] = [server.events.length, claimsOf(key)["jti"]];
    await follow(key, { ...NEW, "password-confirm": "other" });
    await follow(key, NEW);
    await follow(key, NEW);
    const details = { token_id: jti, action: "execute-actions", username: name };
    const password = { ...details, credential_type: "password" };
    const about = { clientId: "app", userId: id };
    expect(eventsOf(from)).toEqual([
      { type: "UPDATE_CREDENTIAL_ERROR", error: "password_confirm_error", ...about, details: password },
      { type: "UPDATE_PASSWORD_ERROR", error: "password_confirm_error", ...about, details: password },
      { type: "UPDATE_PASSWORD", ...about, details: { ...password, custom_required_action: "UPDATE_PASSWORD" } },
      { type: "UPDATE_CREDENTIAL", ...about, details: { ...password, custom_required_action: "UPDATE_PASSWORD" } },
      { type: "CUSTOM_REQUIRED_ACTION", ...about, details: { ...details, custom_required_action: "VERIFY_EMAIL" } },
      {
        type: "EXECUTE_ACTIONS_ERROR",
        error: "expired_code",
        ...about,
        details: { token_id: jti, action: "execute-actions", reason: "expiredActionMessage" },
      },
    ]);
  });

  test("SEC-DB-01 H3 of many who send its form at once, one sets the password", async () => {
    const { key } = await actions(["UPDATE_PASSWORD"]);
    const words = ["one", "two", "three", "four", "five", "six"];
    const answers = await Promise.all(
      words.map((word) => follow(key, { "password-new": `word-${word}`, "password-confirm": `word-${word}` })),
    );
    const done = words.filter((_word, index) => answers[index]?.statusCode === 200);
    expect(done).toHaveLength(1);
    await admin.put(`/walk/users/${id}`, { requiredActions: [] });
    for (const word of words) expect(await login(`word-${word}`)).toBe(word === done[0] ? 200 : 401);
  });

  test("a change of the user between its judgement and its doing is not lost", async () => {
    const { key } = await actions(BOTH);
    beforeNextWrite(() => admin.put(`/walk/users/${id}`, { firstName: "Changed" }));
    expect((await follow(key, NEW)).statusCode).toBe(200);
    expect(await user()).toMatchObject({ firstName: "Changed", emailVerified: true, requiredActions: [] });
  });

  test("who unticks the box and mistypes the password finds it unticked", async () => {
    const { key } = await actions(BOTH);
    const wrong = { ...NEW, "password-confirm": "other" };
    expect((await follow(key, wrong)).body).not.toMatch(/id="logout-sessions"[^>]* checked/);
    expect((await follow(key, { ...wrong, "logout-sessions": "on" })).body).toMatch(/id="logout-sessions"[^>]* checked/);
  });

  test("confirms the address alone where it is for that, and says so the next time", async () => {
    const { path, key } = await link("send-verify-email");
    const from = server.events.length;
    expect(said(await follow(key))).toEqual([200, "Your email address has been verified."]);
    expect(await user()).toMatchObject({ emailVerified: true, requiredActions: ["UPDATE_PASSWORD"] });
    for (const answer of [await open(path), await follow(key)])
      expect(said(answer)).toEqual([200, "Your email address has been verified already."]);
    const details = { token_id: claimsOf(key)["jti"], action: "verify-email" };
    const about = { clientId: "account", userId: id };
    const already = { type: "VERIFY_EMAIL_ERROR", error: "email_already_verified", ...about, details };
    expect(eventsOf(from)).toEqual([
      { type: "VERIFY_EMAIL", ...about, details: { ...details, email: `${name}@example.com`, username: name } },
      already,
      already,
    ]);
  });

  test("with nothing to do confirms the address, as in Keycloak, and is on record", async () => {
    const { key } = await actions([]);
    const from = server.events.length;
    expect((await follow(key)).statusCode).toBe(200);
    expect(await user()).toMatchObject({ emailVerified: true, requiredActions: BOTH });
    expect(server.events.slice(from).map(({ type }) => type)).toEqual(["EXECUTE_ACTIONS"]);
  });

  test("ends sessions with the old password where the form says so", async () => {
    await admin.put(`/walk/users/${id}`, { requiredActions: [] });
    const old = { username: name };
    const refresh = (token: string) =>
      server.post("/realms/walk/protocol/openid-connect/token", { grant_type: "refresh_token", client_id: "app", refresh_token: token });
    const kept = await signIn(server, old);
    await follow((await actions(["UPDATE_PASSWORD"])).key, NEW);
    expect((await refresh(kept.refresh_token)).statusCode).toBe(200);
    const ended = await signIn(server, { ...old, password: "a-new-password" });
    const other = await actions(["UPDATE_PASSWORD"]);
    await follow((await actions(["UPDATE_PASSWORD"])).key, { ...NEW, "logout-sessions": "on" });
    expect((await open(other.path)).statusCode).toBe(200);
    expect((await refresh(ended.refresh_token)).statusCode).toBe(400);
    expect((await admin.get(`/walk/users/${id}/sessions`)).json()).toEqual([]);
  });
});

describe("a new password", () => {
  const fault = async (form: Form): Promise<unknown> =>
    text(await follow((await actions(["UPDATE_PASSWORD"])).key, form), "input-error-password");

  test.each([
    [{}, "Please specify a password."],
    [{ "password-new": "  ", "password-confirm": "  " }, "Please specify a password."],
    [{ "password-new": "a" }, "Passwords don&#39;t match."],
    [{ "password-new": "a", "password-confirm": "b" }, "Passwords don&#39;t match."],
    [{ "password-new": "ä".repeat(513), "password-confirm": "ä".repeat(513) }, "A password may have at most 1024 bytes"],
  ] as readonly (readonly [Form, string])[])("SEC-DOS-02 is asked for again where it is %j", async (form, said) => {
    expect(await fault(form)).toBe(said);
    expect(await user()).toMatchObject({ requiredActions: BOTH });
  });

  test("keeps the realm's password policy", async () => {
    await admin.put("/walk", { passwordPolicy: "length(10) and notUsername and passwordHistory(2)" });
    expect(await fault({ "password-new": "short", "password-confirm": "short" })).toBe("Invalid password: minimum length 10.");
    await admin.put(`/walk/users/${id}/reset-password`, { value: "a-new-password", temporary: false });
    expect(await fault(NEW)).toBe("Invalid password: must not be equal to any of last 2 passwords.");
    await admin.put("/walk", { passwordPolicy: "" });
  });

  test("SEC-DOS-01 a form larger than any password is not read", async () => {
    expect((await follow("x", { "password-new": "a".repeat(40_000) })).statusCode).toBe(413);
  });
});

const change = (more: Json) => admin.put(`/walk/users/${id}`, more);
const clientOf = async (clientId: string): Promise<Json> => (await admin.get(`/walk/clients?clientId=${clientId}`)).json<Json[]>()[0] ?? {};
const changeClient = async (more: Json) => admin.put(`/walk/clients/${String((await clientOf("app2"))["id"])}`, more);
const later = async () => {
  server.advance(1);
  admin = await adminOf(server);
};
const nowSeconds = () => Math.floor(server.services.clock() / 1000);
const nothing = async () => undefined;

describe("a link does nothing any more", () => {
  test.each<readonly [string, () => Promise<unknown>, () => Promise<unknown>, string, string, string]>([
    [
      "its user was disabled",
      () => change({ enabled: false }),
      nothing,
      "user_disabled",
      "EXECUTE_ACTIONS_ERROR",
      "This account is disabled. Contact your administrator.",
    ],
    [
      "its user is gone",
      () => admin.delete(`/walk/users/${id}`),
      nothing,
      "user_not_found",
      "EXECUTE_ACTIONS_ERROR",
      "The account that this link was made for is not there any more.",
    ],
    [
      "its user has another address",
      () => change({ email: `${name}@other.example` }),
      nothing,
      "invalid_email",
      "EXECUTE_ACTIONS_ERROR",
      "The email address of this account has changed since the link was sent. Ask your administrator for a new one.",
    ],
    [
      "its client is disabled",
      () => changeClient({ enabled: false }),
      () => changeClient({ enabled: true }),
      "client_not_found",
      "EXECUTE_ACTIONS_ERROR",
      "The application that this link was made for is disabled.",
    ],
    [
      "SEC-DB-06 the user was logged out since",
      () => later().then(() => admin.post(`/walk/users/${id}/logout`)),
      nothing,
      "expired_code",
      "EXECUTE_ACTION_TOKEN_ERROR",
      "This link has expired. Ask your administrator for a new one.",
    ],
    [
      "SEC-DB-06 the realm's not-before is later",
      () => later().then(() => admin.put("/walk", { notBefore: nowSeconds() })),
      () => admin.put("/walk", { notBefore: 0 }),
      "expired_code",
      "EXECUTE_ACTION_TOKEN_ERROR",
      "This link has expired. Ask your administrator for a new one.",
    ],
    [
      "SEC-DB-06 its client's not-before is later",
      () => later().then(() => changeClient({ notBefore: nowSeconds() })),
      () => changeClient({ notBefore: 0 }),
      "expired_code",
      "EXECUTE_ACTION_TOKEN_ERROR",
      "This link has expired. Ask your administrator for a new one.",
    ],
    [
      "its time is over",
      async () => server.advance(60),
      nothing,
      "expired_code",
      "EXECUTE_ACTION_TOKEN_ERROR",
      "This link has expired. Ask your administrator for a new one.",
    ],
  ])("once %s", async (_title, happens, undo, error, type, message) => {
    const { path, key } = await actions(BOTH, "?client_id=app2&lifespan=60");
    expect((await open(path)).statusCode).toBe(200);
    await happens();
    const from = server.events.length;
    for (const answer of [await open(path), await follow(key, NEW)]) expect(said(answer)).toEqual([400, message]);
    expect(server.events.slice(from).map((event) => [event.type, event.error])).toEqual([
      [type, error],
      [type, error],
    ]);
    admin = await adminOf(server);
    await undo();
  });

  test("where its realm is disabled", async () => {
    const { path, key } = await actions(BOTH);
    await admin.put("/walk", { enabled: false });
    for (const answer of [await open(path), await follow(key, NEW)]) expect(said(answer)).toEqual([403, "Realm not enabled"]);
    await admin.put("/walk", { enabled: true });
  });

  test.each([
    ["its client", () => changeClient({ enabled: false }), () => changeClient({ enabled: true })],
    ["its user", () => change({ enabled: false }), nothing],
    ["its realm", () => admin.put("/walk", { enabled: false }), () => admin.put("/walk", { enabled: true })],
  ] as const)("SEC-INV-8 H3 where %s is disabled between its judgement and its doing", async (_title, disable, undo) => {
    const { key } = await actions(BOTH, "?client_id=app2");
    const refused = vi.fn<() => void>();
    beforeNextWrite(async () => {
      expect((await disable()).statusCode).toBe(204);
      refused();
    });
    const answer = await follow(key, NEW);
    expect([answer.statusCode === 200, refused.mock.calls.length]).toEqual([false, 1]);
    await undo();
    expect((await user())["emailVerified"]).toBe(false);
  });

  test("SEC-TX-24 in another realm", async () => {
    const { key } = await actions(BOTH);
    const answer = await server.post("/realms/other/login-actions/action-token", { key, ...NEW });
    expect(said(answer)).toEqual([400, "This link is not valid. Open the link from the mail once more."]);
    expect((await open(`/realms/nobody/login-actions/action-token?key=${key}`)).statusCode).toBe(404);
  });

  test.each([
    ["", "This address is not complete. Open the link from the mail once more."],
    ["?key=", "This address is not complete. Open the link from the mail once more."],
    ["?key=abc&key=abc", "This address is not complete. Open the link from the mail once more."],
    ["?key=abc", "This link is not valid. Open the link from the mail once more."],
  ])("where its address is %j", async (query, message) => {
    expect(said(await open(`${PATH}${query}`))).toEqual([400, message]);
  });

  test("nothing happens, and the link stays good, while nothing can be stored", async () => {
    const { key } = await actions(BOTH);
    server.breakStorage(true);
    expect((await follow(key, NEW)).statusCode).toBe(503);
    server.breakStorage(false);
    expect((await follow(key, NEW)).statusCode).toBe(200);
  });

  test.each(["PUT", "PATCH", "DELETE"] as const)("by %s", async (method) => {
    expect((await server.app.inject({ method, url: PATH })).statusCode).toBe(405);
  });
});

const back = (answer: LightMyRequestResponse): string | undefined => /id="backToApplication" href="([^"]*)"/.exec(answer.body)?.[1];

describe("the way back", () => {
  const REDIRECT = "?client_id=app2&redirect_uri=http://localhost:9999/x%3Fa=1%26b=2";

  test("leads to the application that the link came from", async () => {
    expect(back(await follow((await actions(BOTH, REDIRECT)).key, NEW))).toBe("http://localhost:9999/x?a=1&amp;b=2");
    expect(back(await follow((await actions(BOTH)).key, NEW))).toBeUndefined();
  });

  test("SEC-UI-03 is no longer shown where the client has another address", async () => {
    const { key } = await actions(BOTH, REDIRECT);
    const [client] = (await admin.get("/walk/clients?clientId=app2")).json<Json[]>();
    await admin.put(`/walk/clients/${String(client?.["id"])}`, { redirectUris: ["https://elsewhere.example/*"] });
    const done = await follow(key, NEW);
    expect([done.statusCode, back(done)]).toEqual([200, undefined]);
    await admin.put(`/walk/clients/${String(client?.["id"])}`, { redirectUris: ["http://localhost:9999/*"] });
  });
});

test("H6 SEC-LOG-02 neither tokens nor passwords of a link come to the log, an event, the audit log or a page", async () => {
  const canaries = new Canaries();
  const { path, key } = await actions(BOTH);
  const lines = server.lines.length;
  const pages = [await open(`${PATH}?key=${canaries.token("key", key)}`), await open(`${PATH}?key=${canaries.text("key")}`)];
  const word = canaries.text("password-new");
  pages.push(await follow(key, { "password-new": word, "password-confirm": canaries.text("password-confirm") }));
  pages.push(
    await follow(key, { "password-new": word, "password-confirm": word }),
    await follow(canaries.token("key by POST", key)),
    await open(path),
  );
  const audit = JSON.stringify(await server.store.reader.audit.list({ limit: 100_000 }));
  const written = [server.lines.slice(lines).join("\n"), JSON.stringify(server.events), audit, pages.map(({ body }) => body).join("\n")];
  expect(written.flatMap((one, index) => canaries.in(String(index), one))).toEqual([]);
  expect(written.slice(0, 3).join("\n")).not.toContain(key.split(".")[2]);
});
