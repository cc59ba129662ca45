import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditRecords, compareWithAudit, expectIntactAudit, type Received, receivedOf } from "./audit.ts";
import { ACCESS_TOKEN, realmClient, secretOf, TOKEN_EXCHANGE, type Tokens } from "./client.ts";
import { runLoad } from "./load.ts";
import { type RunningServer, startServer, temporaryFolder, WORKSHOP } from "./server.ts";

/**
 * REL-01, H8: the power goes while exchanges are under way, again and again on one data folder. Whatever a client holds in its hand is on
 * record, nothing is there twice, the chain is whole, and the next start is like any other. `CRASH_RUNS=100` for a long proof.
 */

const RUNS = Number(process.env["CRASH_RUNS"] ?? 3);
const CONNECTIONS = 8;
/** Each run reads the whole log again, so that the last of many take longest; no test asserts on it. */
const RUN_TIMEOUT_MS = 180_000 + 3_000 * RUNS;
const ISSUER_BASE = "http://sso.example";
/** The issuer stays the same whatever port a start gets. */
const flags = [`--hostname=${ISSUER_BASE}`, "--workers=2", "--log-level=error"];

describe("kill -9 under load", () => {
  const folder = temporaryFolder();
  const data = join(folder, "data");
  let server: RunningServer;
  let ada: Tokens;
  const received: Received[] = [];
  let unseen = 0;

  beforeAll(async () => {
    server = await startServer({ data, realms: [WORKSHOP], flags });
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(Array.from({ length: RUNS }, (_, index) => index + 1))("run %i", { timeout: RUN_TIMEOUT_MS }, async (run) => {
    const workshop = realmClient(server.baseUrl, "workshop");
    ada = await workshop.signIn({ client_id: "storefront" }, "ada");
    const ben = await workshop.signIn({ client_id: "storefront" }, "ben");
    const enough = Promise.withResolvers<void>();
    let answers = 0;
    const load = runLoad({
      url: workshop.tokenUrl,
      // Four that are allowed, two that are not.
      bodies: ["orders", "billing", "nobody", "catalog", "orders", "ledger"].map((audience) => exchangeOf(ada.access_token, audience)),
      connections: CONNECTIONS,
      signal: AbortSignal.timeout(RUN_TIMEOUT_MS),
      onAnswer: () => {
        // At another moment of its life each time.
        if ((answers += 1) === 200 + ((run * 379) % 700)) enough.resolve();
      },
    });
    await enough.promise;
    // A logout that has returned before the end must hold after it.
    expect((await workshop.post("logout", { client_id: "storefront", refresh_token: ben.refresh_token })).status).toBe(204);
    await server.kill();
    const result = await load;
    received.push(...result.received);
    expect(result.received.filter(({ status }) => status === 200).length).toBeGreaterThan(20);
    expect(result.received.filter(({ status }) => status === 400).length).toBeGreaterThan(5);
    expect(result.unanswered).toBeLessThanOrEqual(CONNECTIONS);

    const nowUnseen = compareWithAudit(received, await auditRecords(data));
    expect(nowUnseen - unseen).toBeLessThanOrEqual(result.unanswered);
    unseen = nowUnseen;
    await expectIntactAudit(data);

    server = await startServer({ data, flags });
    const after = realmClient(server.baseUrl, "workshop");
    const again = await after.exchange(ada.access_token, { ...secretOf("gate"), audience: "orders" });
    expect(again.status).toBe(200);
    received.push(receivedOf(again.status, again.headers.get("cambist-decision"), again.body));
    expect((await after.exchange(ben.access_token, { ...secretOf("gate"), audience: "orders" })).body["error"]).toBe("invalid_token");
    expect((await fetch(`${server.managementUrl}/health/ready`)).status).toBe(200);
  });

  test("an orderly end under load answers what is under way and leaves nothing behind", { timeout: RUN_TIMEOUT_MS }, async () => {
    const stopped = new AbortController();
    const load = runLoad({
      url: realmClient(server.baseUrl, "workshop").tokenUrl,
      bodies: [exchangeOf(ada.access_token, "orders")],
      connections: CONNECTIONS,
      signal: stopped.signal,
    });
    await setTimeout(500);
    expect(await server.stop()).toBe(0);
    stopped.abort();
    const result = await load;
    expect(result.received.length).toBeGreaterThan(20);
    expect(result.received.filter(({ status }) => status !== 200)).toEqual([]);
    // An orderly end loses no answer.
    const records = await auditRecords(data);
    expect(compareWithAudit([...received, ...result.received], records)).toBe(unseen);
    await expectIntactAudit(data);
    const answers = received.length + result.received.length;
    console.log(`${RUNS} kills, ${answers} answers, ${records.length} records, ${unseen} of them exchanges under way when the power went`);
  });
});

const exchangeOf = (subject: string, audience: string): string =>
  new URLSearchParams({
    grant_type: TOKEN_EXCHANGE,
    client_id: "gate",
    client_secret: "gate-secret",
    subject_token: subject,
    subject_token_type: ACCESS_TOKEN,
    audience,
  }).toString();
