import type { AuditReads, StoredAuditRecord } from "@cambist/store/ports.ts";
import { expect, test } from "vitest";
import type { EventsArguments } from "../config/server-config.ts";
import { printEvents } from "./print-events.ts";

const TIME = Date.parse("2026-11-24T10:00:00.123Z");

const stored = (sequence: number, change: Partial<StoredAuditRecord> = {}): StoredAuditRecord => ({
  sequence,
  hash: "00",
  id: `decision-${sequence}`,
  time: TIME,
  realmId: "realm-1",
  realmName: "apixion",
  type: "TOKEN_EXCHANGE",
  clientId: "portal",
  details: { audience: "backend" },
  facts: { exchange_right: "permission" },
  issued: [],
  shown: true,
  ...change,
});

/** The log as an array that can grow. */
const logOf = (records: StoredAuditRecord[]): Pick<AuditReads, "list"> => ({
  list: async ({ clientId, type, since = 0, after = 0, limit }) =>
    records
      .filter((record) => record.sequence > after && record.time >= since)
      .filter((record) => (clientId ?? record.clientId) === record.clientId && (type ?? record.type) === record.type)
      .slice(0, limit),
});

const ARGUMENTS: EventsArguments = { realm: undefined, client: undefined, type: undefined, sinceMs: undefined, follow: false, json: false };

function io() {
  let text = "";
  const controller = new AbortController();
  return {
    io: { stdout: { write: (more: string) => (text += more) }, stderr: { write: () => {} }, signal: controller.signal },
    lines: () => text.split("\n").slice(0, -1),
    abort: () => controller.abort(),
  };
}

const printed = async (records: StoredAuditRecord[], change: Partial<EventsArguments> = {}): Promise<string[]> => {
  const { io: commandIo, lines } = io();
  await printEvents(logOf(records), { ...ARGUMENTS, ...change }, commandIo);
  return lines();
};

test("SEC-LOG-09 a record is its time in UTC, its event line and its decision", async () => {
  expect(await printed([stored(1)])).toEqual([
    '2026-11-24 10:00:00,123 type="TOKEN_EXCHANGE", realmId="realm-1", realmName="apixion", clientId="portal", userId="null", ' +
      'ipAddress="null", audience="backend", decision="decision-1"',
  ]);
});

test("a decision that is among the details is not said twice", async () => {
  const [line] = await printed([stored(1, { details: { decision: "decision-1" } })]);
  expect(line?.match(/decision=/g)).toHaveLength(1);
});

test("SEC-LOG-01 JSON is one object per line and holds the whole record", async () => {
  const record = stored(7, { clientId: "a\n\u2028b\u009b" });
  const lines = await printed([record], { json: true });
  expect(lines).toHaveLength(1);
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  expect(lines[0]).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
  expect(JSON.parse(lines[0] ?? "")).toEqual({ ...record, time: "2026-11-24T10:00:00.123Z" });
});

test.each([
  [{ realm: "myrealm" }, [2]],
  [{ realm: "realm-1" }, [1, 2, 3]],
  [{ client: "portal" }, [1, 2]],
  [{ type: "login" }, [3]],
  [{ sinceMs: TIME + 1 }, [3]],
] as [Partial<EventsArguments>, number[]][])("%j chooses the records %j", async (change, sequences) => {
  const records = [stored(1), stored(2, { realmName: "myrealm" }), stored(3, { type: "LOGIN", clientId: "app", time: TIME + 5 })];
  const lines = await printed(records, { ...change, json: true });
  expect(lines.map((line) => (JSON.parse(line) as StoredAuditRecord).sequence)).toEqual(sequences);
});

test("a log of any length is read page by page, in order", async () => {
  const records = Array.from({ length: 1200 }, (_none, index) => stored(index + 1));
  const lines = await printed(records, { json: true });
  expect(lines.map((line) => (JSON.parse(line) as StoredAuditRecord).sequence)).toEqual(records.map(({ sequence }) => sequence));
});

test("following prints what comes later, once each, until it is told to stop", async () => {
  const records = [stored(1)];
  const { io: commandIo, lines, abort } = io();
  const log = logOf(records);
  let reads = 0;
  const growing: Pick<AuditReads, "list"> = {
    list: async (filter) => {
      reads += 1;
      if (reads === 3) records.push(stored(2), stored(3));
      if (reads === 6) abort();
      return log.list(filter);
    },
  };
  await printEvents(growing, { ...ARGUMENTS, follow: true, json: true }, commandIo, 1);
  expect(lines().map((line) => (JSON.parse(line) as StoredAuditRecord).sequence)).toEqual([1, 2, 3]);
});
