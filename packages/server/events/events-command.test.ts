import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@cambist/store/open.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EventsArguments } from "../config/server-config.ts";
import { eventsCommand } from "./events-command.ts";
import { type Happening, refusalRecord, successRecord } from "./record.ts";
import { verifyAuditCommand } from "./verify-audit-command.ts";

let dataDirectory: string;
beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), "cambist-events-"));
});
afterEach(() => rmSync(dataDirectory, { recursive: true }));

const happening: Happening = {
  id: "decision-1",
  time: Date.parse("2026-11-24T10:00:00.123Z"),
  realm: { id: "realm-1", name: "apixion", dialect: "native", events: { enabled: false, types: new Set(), expiration: 0 } },
  type: "TOKEN_EXCHANGE",
  clientId: "portal",
  ipAddress: "172.18.0.1",
  details: { grant_type: "urn:x", auth_method: "token_exchange", audience: "backend", exchange_right: "permission" },
};

async function run(command: "events" | "verify", args: Partial<EventsArguments> = {}): Promise<[code: number, text: string]> {
  let text = "";
  const io = { stdout: { write: (more: string) => (text += more) }, stderr: { write: () => {} }, signal: new AbortController().signal };
  const all: EventsArguments = {
    realm: undefined,
    client: undefined,
    type: undefined,
    sinceMs: undefined,
    follow: false,
    json: false,
    ...args,
  };
  const code = await (command === "events" ? eventsCommand({ dataDirectory }, all, io) : verifyAuditCommand({ dataDirectory }, io));
  return [code, text];
}

test("the log of a store that is open reads back as it was written, details in their order", async () => {
  const store = await openStore(dataDirectory);
  await store.writer.write({
    audit: [
      successRecord(happening, ["jti-1"]),
      refusalRecord({ ...happening, id: "decision-2", time: happening.time + 1 }, "exchange_not_permitted"),
    ],
  });
  expect(await run("events", { realm: "apixion" })).toEqual([
    0,
    '2026-11-24 10:00:00,123 type="TOKEN_EXCHANGE", realmId="realm-1", realmName="apixion", clientId="portal", userId="null", ' +
      'ipAddress="172.18.0.1", auth_method="token_exchange", audience="backend", grant_type="urn:x", exchange_right="permission", ' +
      'decision="decision-1"\n' +
      '2026-11-24 10:00:00,124 type="TOKEN_EXCHANGE_ERROR", realmId="realm-1", realmName="apixion", clientId="portal", userId="null", ' +
      'ipAddress="172.18.0.1", error="not_allowed", reason="client not allowed to exchange to audience", auth_method="token_exchange", ' +
      'audience="backend", grant_type="urn:x", exchange_right="permission", decision="decision-2"\n',
  ]);
  const [, json] = await run("events", { json: true, sinceMs: happening.time + 1 });
  expect(JSON.parse(json)).toMatchObject({ sequence: 2, id: "decision-2", facts: { refusal: "exchange_not_permitted" } });
  expect(await run("events", { realm: "elsewhere" })).toEqual([0, ""]);
  expect(await run("verify")).toEqual([0, expect.stringContaining("intact: 2 records, 1 to 2")]);
  await store.close();
});

test("an empty log verifies", async () => {
  await (await openStore(dataDirectory)).close();
  expect(await run("verify")).toEqual([0, "The audit log is intact and holds no records.\n"]);
});

test.each(["events", "verify"] as const)("without a database the command %s says so", async (command) => {
  await expect(run(command)).rejects.toMatchObject({ name: "DataFolderUnusable" });
});
