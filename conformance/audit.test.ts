import { afterAll, beforeAll, expect, test } from "vitest";
import { auditRecords, compareWithAudit, expectIntactAudit, type Received, receivedOf } from "./audit.ts";
import { ADMIN, administrator, authorized, person } from "./admin.ts";
import { NATIVE } from "./cases/native.ts";
import { type Answer, type Json, type Parameters, readAnswer, realmClient, REFRESH_TOKEN, secretOf } from "./client.ts";
import { runCase } from "./run.ts";
import { MYREALM, type RunningServer, startServer, WORKSHOP } from "./server.ts";
import { type NativeTokens, nativeTokens } from "./workshop.ts";

/** SEC-INV-1, SEC-LOG-04, SEC-LOG-05, H8: whatever the token endpoint decides is one record, and the record tells the whole story. */

let server: RunningServer;
let tokens: NativeTokens;
const workshop = () => realmClient(server.baseUrl, "workshop");

beforeAll(async () => {
  server = await startServer({ realms: [MYREALM, WORKSHOP], flags: ["--log-level=error"] });
  tokens = await nativeTokens(server.baseUrl);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const received = (answer: Answer): Received => receivedOf(answer.status, answer.headers.get("cambist-decision"), answer.body);

// Each case signs in anew, and passwords cost what they should.
test("every refusal and every success is exactly one record, and the chain holds", async () => {
  const all: Received[] = [];
  const hear = (answer: Answer): number => all.push(received(answer));
  for (const each of NATIVE) await runCase(each, { baseUrl: server.baseUrl, speaks: "native", features: "all", hear });
  const successes: readonly Parameters[] = [
    { ...secretOf("gate"), audience: "orders" },
    { ...secretOf("gate"), audience: ["orders", "billing"], requested_token_type: REFRESH_TOKEN },
    { ...secretOf("gate") },
    { ...secretOf("reports"), audience: "orders" },
    { client_id: "storefront", audience: "kiosk" },
  ];
  for (const parameters of successes) all.push(received(await workshop().exchange(tokens.ada.access_token, parameters)));
  all.push(received(await workshop().exchange(tokens.agent, { ...secretOf("helpdesk"), requested_subject: "ben" })));

  const refused = all.filter(({ status }) => status !== 200);
  expect(all.length - refused.length).toBe(successes.length + 1);
  expect(new Set(all.map(({ decision }) => decision)).size).toBe(all.length);
  compareWithAudit(all, await auditRecords(server.data));
  await expectIntactAudit(server.data);
}, 120_000);

test("the record of a chain tells its parents, requesters, targets and rights", async () => {
  const hop = await workshop().exchange(tokens.throughGate, { ...secretOf("orders"), audience: "billing", scope: "email" });
  const record = (await auditRecords(server.data)).find(({ id }) => id === hop.headers.get("cambist-decision"));
  expect(record).toMatchObject({
    type: "TOKEN_EXCHANGE",
    clientId: "orders",
    realmName: "workshop",
    details: { audience: "billing", exchange_right: "permission" },
    facts: {
      lineage: {
        requesters: ["gate", "orders"],
        targets: ["orders", "billing"],
        dropped_scopes: expect.arrayContaining(["openid", "profile"]) as string[],
      },
      rights: [{ target: "billing", by: "permission" }],
      act: { client_id: "orders", act: { client_id: "gate" } },
    },
  });
});

test("SEC-INV-5 the record of an impersonation has both users", async () => {
  const answer = await workshop().exchange(tokens.agent, { ...secretOf("helpdesk"), requested_subject: "ben" });
  const record = (await auditRecords(server.data)).find(({ id }) => id === answer.headers.get("cambist-decision"));
  expect(record?.details).toMatchObject({ requested_subject: "ben", impersonator: "agent", impersonation_right: "user" });
});

test("SEC-LOG-02 no token, secret or password is on record", async () => {
  const text = JSON.stringify(await auditRecords(server.data));
  expect(/ey[\w-]{30,}\.ey[\w-]{30,}/.exec(text)).toBeNull();
  expect(["gate-secret", "helpdesk-secret", "ada-password"].filter((canary) => text.includes(canary))).toEqual([]);
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Good and bad calls of each endpoint that answers with the id of its decision. */
async function everyEndpoint(): Promise<readonly Received[]> {
  const { ada } = tokens;
  const all: Received[] = [];
  const post = async (endpoint: string, parameters: Parameters, headers = {}): Promise<Answer> => {
    const answer = await workshop().post(endpoint, parameters, headers);
    all.push(received(answer));
    return answer;
  };
  const fresh = await workshop().signIn({ client_id: "storefront" }, "ada");
  const asGate = secretOf("gate");
  const wrong = { client_id: "gate", client_secret: "wrong" };
  await post("token", { grant_type: "client_credentials", ...asGate });
  await post("token", { grant_type: "client_credentials", ...wrong });
  await post("token", { grant_type: "refresh_token", client_id: "storefront", refresh_token: fresh.refresh_token });
  await post("token", { grant_type: "refresh_token", client_id: "storefront", refresh_token: "nonsense" });
  await post("token", { grant_type: "password", client_id: "storefront", username: "ben", password: "ben-password" });
  await post("token", { grant_type: "password", client_id: "storefront", username: "ben", password: "wrong" });
  await post("token", { grant_type: "unheard-of", client_id: "storefront" });
  await post("token", {});
  await post("token/introspect", { token: ada.access_token, ...asGate });
  await post("token/introspect", { token: "nonsense", ...asGate });
  await post("token/introspect", { token: ada.access_token, ...secretOf("billing") });
  await post("token/introspect", { token: ada.access_token, ...wrong });
  await post("token/introspect", { ...asGate });
  await post("userinfo", {}, bearer(ada.access_token));
  await post("userinfo", {}, bearer("nonsense"));
  await post("userinfo", {});
  await post("userinfo", { access_token: ada.access_token }, bearer(ada.access_token));
  await post("revoke", { client_id: "storefront", token: fresh.access_token });
  await post("revoke", { client_id: "storefront", token: "nonsense" });
  await post("revoke", { ...asGate, token: fresh.refresh_token });
  await post("revoke", { client_id: "storefront", token: fresh.id_token });
  await post("revoke", { ...wrong, token: fresh.access_token });
  await post("logout", { client_id: "storefront", refresh_token: "nonsense" });
  await post("logout", { ...asGate, refresh_token: fresh.refresh_token });
  await post("logout", { client_id: "storefront", refresh_token: fresh.refresh_token });
  // The session is gone: still 204, and still on record.
  await post("logout", { client_id: "storefront", refresh_token: fresh.refresh_token });
  await post("logout", {});
  return all;
}

test("SEC-INV-1 every endpoint: what it answered and what is on record agree, one to one", async () => {
  const before = (await auditRecords(server.data)).length;
  const all = await everyEndpoint();
  expect(new Set(all.map(({ decision }) => decision)).size).toBe(all.length);
  expect(all.filter(({ refused }) => refused).length).toBe(19);
  const records = await auditRecords(server.data);
  compareWithAudit(all, records);
  // One more is the sign-in at the beginning; nothing else was written.
  expect(records.length - before).toBe(all.length + 1);
  expect(new Set(records.slice(before).map(({ type }) => type.replace(/_ERROR$/, "")))).toEqual(
    new Set(["LOGIN", "CLIENT_LOGIN", "REFRESH_TOKEN", "INTROSPECT_TOKEN", "USER_INFO_REQUEST", "REVOKE_GRANT", "LOGOUT"]),
  );
  await expectIntactAudit(server.data);
});

test("SEC-INV-1 twenty such conversations at once mix nothing up", async () => {
  const all = (await Promise.all(Array.from({ length: 20 }, everyEndpoint))).flat();
  expect(new Set(all.map(({ decision }) => decision)).size).toBe(all.length);
  compareWithAudit(all, await auditRecords(server.data));
  await expectIntactAudit(server.data);
});

test("the counters of events are the records, counted", async () => {
  await everyEndpoint();
  const counted = new Map<string, number>();
  const text = await (await fetch(`${server.managementUrl}/metrics`)).text();
  for (const [, labels = "", count] of text.matchAll(/^keycloak_user_events_total\{([^}]*)\} (\d+)/gm)) {
    const [, event = ""] = /event="([^"]*)"/.exec(labels) ?? [];
    const [, error = ""] = /error="([^"]*)"/.exec(labels) ?? [];
    const [, realm = ""] = /realm="([^"]*)"/.exec(labels) ?? [];
    add(counted, `${realm} ${event} ${error}`, Number(count));
  }
  const recorded = new Map<string, number>();
  for (const { type, error = "", realmName, clientId, facts } of await auditRecords(server.data)) {
    // Requests that name neither a grant nor a client are on record and no event, as in Keycloak.
    if (clientId === undefined && ["grant_type_missing", "logout_pages_missing"].includes(String(facts["refusal"]))) continue;
    add(recorded, `${realmName} ${nameOf(type)} ${error}`, 1);
  }
  expect(Object.fromEntries(counted)).toEqual(Object.fromEntries(recorded));
  expect(counted.size).toBeGreaterThan(15);
});

const nameOf = (type: string): string => type.replace(/_ERROR$/, "").toLowerCase();
function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

test("SEC-ADM-16 administration and registration: each change is one record, a reading or a refusal of the admin API none", async () => {
  await using own = await startServer({ environment: ADMIN, flags: ["--log-level=error"] });
  const admin = await administrator(own.baseUrl);
  const registrations = `${own.baseUrl}/realms/story/clients-registrations/default`;
  const register = async (method: string, path: string, token: string, body?: Json) =>
    readAnswer(await fetch(`${registrations}${path}`, { method, ...authorized(token, body) }));
  const before = (await auditRecords(own.data)).length;
  const expected: string[] = [];
  /** One call, its status, and the record it leaves. */
  const step = async (record: string | undefined, status: number, call: () => Promise<Answer>): Promise<Answer> => {
    const answer = await call();
    expect([answer.status, answer.text]).toEqual([status, answer.text]);
    if (record !== undefined) expected.push(record);
    return answer;
  };
  const none = undefined;
  await step("ADMIN_CREATE", 201, () => admin.send("POST", "", { realm: "story", enabled: true }));
  await step(none, 409, () => admin.send("POST", "", { realm: "story" }));
  await step("ADMIN_CREATE", 201, () => admin.send("POST", "/story/clients", { clientId: "one" }));
  await step(none, 409, () => admin.send("POST", "/story/clients", { clientId: "one" }));
  await step(none, 400, () => admin.send("POST", "/story/clients", "{"));
  await step(none, 200, () => admin.send("GET", "/story/clients"));
  await step(none, 401, async () => readAnswer(await fetch(`${own.baseUrl}/admin/realms/story/clients`, authorized("nonsense"))));
  const user = await admin.create("/story/users", person("ada"));
  expected.push("ADMIN_CREATE");
  await step("ADMIN_UPDATE", 204, () => admin.send("PUT", `/story/users/${user}`, { firstName: "Ada" }));
  await step(none, 404, () => admin.send("PUT", "/story/users/nobody", { firstName: "Ada" }));
  await step("ADMIN_ACTION", 204, () =>
    admin.send("PUT", `/story/users/${user}/reset-password`, { type: "password", value: "another-password" }),
  );
  await step("ADMIN_DELETE", 204, () => admin.send("DELETE", `/story/users/${user}`));
  await step(none, 404, () => admin.send("DELETE", `/story/users/${user}`));
  const initial = await step("ADMIN_CREATE", 200, () => admin.send("POST", "/story/clients-initial-access", { count: 1, expiration: 60 }));
  const token = String(initial.body["token"]);
  await step("CLIENT_REGISTER_ERROR", 401, () => register("POST", "", "nonsense", { clientId: "two" }));
  const made = await step("CLIENT_REGISTER", 201, () => register("POST", "", token, { clientId: "two" }));
  await step("CLIENT_REGISTER_ERROR", 401, () => register("POST", "", token, { clientId: "three" }));
  const mine = String(made.body["registrationAccessToken"]);
  await step("CLIENT_INFO", 200, () => register("GET", "/two", mine));
  await step("CLIENT_INFO_ERROR", 401, () => register("GET", "/one", mine));
  await step("CLIENT_UPDATE_ERROR", 400, () => register("PUT", "/two", mine, { clientId: "other" }));
  await step("CLIENT_DELETE", 204, () => register("DELETE", "/two", mine));
  await step("CLIENT_DELETE_ERROR", 401, () => register("DELETE", "/two", mine));
  expect((await auditRecords(own.data)).slice(before).map(({ type }) => type)).toEqual(expected);
  await expectIntactAudit(own.data);
});
