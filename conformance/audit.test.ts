import { afterAll, beforeAll, expect, test } from "vitest";
import { auditRecords, compareWithAudit, expectIntactAudit, type Received, receivedOf } from "./audit.ts";
import { NATIVE } from "./cases/native.ts";
import { type Answer, type Parameters, realmClient, REFRESH_TOKEN, secretOf } from "./client.ts";
import { runCase } from "./run.ts";
import { MYREALM, type RunningServer, startServer, WORKSHOP } from "./server.ts";
import { type NativeTokens, nativeTokens } from "./workshop.ts";

/** SEC-INV-1, SEC-LOG-04, SEC-LOG-05: whatever the token endpoint decides is one record, and the record tells the whole story. */

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
