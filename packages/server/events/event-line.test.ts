import { readFileSync } from "node:fs";
import type { AuditRecord } from "@cambist/store/ports.ts";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { inDetailOrder } from "./detail-order.ts";
import { eventLine } from "./event-line.ts";

const RECORDED = readFileSync(new URL("./fixtures/event-lines-keycloak-26.1.3.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.slice(line.indexOf('type="')).replace(/, authSessionParentId=.*$/, ""));

const record = (change: Partial<AuditRecord> = {}): AuditRecord => ({
  id: "decision-1",
  time: 0,
  realmId: "realm-1",
  realmName: "apixion",
  type: "TOKEN_EXCHANGE",
  details: {},
  facts: {},
  issued: [],
  shown: true,
  ...change,
});

const PAIR = /(\w+)="((?:[^"\\]|\\.)*)"(?:, |$)/gy;

/** Reads a line back; the whole line must be pairs. */
function pairsOf(line: string): [name: string, value: string][] {
  const pairs = [...line.matchAll(PAIR)];
  expect(pairs.map(([whole]) => whole).join("")).toBe(line);
  return pairs.map(([, name = "", value = ""]) => [name, value.replace(/\\(.)/g, "$1")]);
}

const FIXED = new Set(["type", "realmId", "realmName", "clientId", "userId", "sessionId", "ipAddress", "error"]);

/** The record behind a recorded line; its details come scrambled. */
function recordOf(line: string, inserted?: readonly string[]): AuditRecord {
  const pairs = pairsOf(line);
  const fixed = Object.fromEntries(pairs.filter(([name, value]) => FIXED.has(name) && value !== "null"));
  const details = pairs.filter(([name]) => !FIXED.has(name)).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return record({ realmId: "", realmName: "", ...fixed, details: inDetailOrder(Object.fromEntries(details), inserted) });
}

/** In forms and redirects Keycloak sets a few details in another order than at the token endpoint. */
const FORM_ORDER = ["auth_method", "auth_type", "client_auth_method", "response_mode", "username", "redirect_uri"];

test.each(RECORDED)("prints Keycloak 26.1.3's own line: %s", (line) => {
  const inForm = line.includes("response_mode=") && line.startsWith('type="LOGIN_ERROR"');
  expect(eventLine(recordOf(line, inForm ? FORM_ORDER : undefined))).toBe(line);
});

test("absent values print as the word null, an absent session or error not at all", () => {
  expect(eventLine(record())).toBe(
    'type="TOKEN_EXCHANGE", realmId="realm-1", realmName="apixion", clientId="null", userId="null", ipAddress="null"',
  );
});

test("details beyond twelve are walked in Keycloak's order for a table of 32", () => {
  const given = `auth_method audience token_id grant_type refresh_token_type scope refresh_token_id
    subject_issuer requested_subject validation_method requested_token_type client_auth_method username`.split(/\s+/);
  const walked = `audience refresh_token_type requested_subject auth_method token_id grant_type scope refresh_token_id
    subject_issuer validation_method requested_token_type client_auth_method username`.split(/\s+/);
  expect(Object.keys(inDetailOrder(Object.fromEntries(given.map((name) => [name, "x"]))))).toEqual(walked);
});

test("our details follow Keycloak's", () => {
  const details = { decision: "d", exchange_right: "permission", client_auth_method: "client-secret", auth_method: "token_exchange" };
  expect(Object.keys(inDetailOrder(details))).toEqual(["auth_method", "client_auth_method", "decision", "exchange_right"]);
});

test("details without a value are left out", () => {
  expect(inDetailOrder({ scope: "", reason: undefined, audience: "backend" })).toEqual({ audience: "backend" });
});

test.each([
  ["a line feed", "a\nb", "a b"],
  ["a carriage return and a tab", "a\r\tb", "a  b"],
  ["a no-break space", "a\u00a0b", "a b"],
  ["a line and a paragraph separator", "a\u2028b\u2029c", "a b c"],
  ["NUL", "a\u0000b", "a\\u0000b"],
  ["an escape sequence for terminals", "a\u001b[2Jb", "a\\u001b[2Jb"],
  ["a C1 control", "a\u009bb", "a\\u009bb"],
  ["a quote", 'a", userId="root', 'a\\", userId=\\"root'],
  ["a backslash before the closing quote", "a\\", "a\\\\"],
] as const)("SEC-LOG-01 %s cannot leave its value", (_title, value, printed) => {
  expect(eventLine(record({ clientId: value, ipAddress: "127.0.0.1" }))).toBe(
    `type="TOKEN_EXCHANGE", realmId="realm-1", realmName="apixion", clientId="${printed}", userId="null", ipAddress="127.0.0.1"`,
  );
});

test("SEC-LOG-01 whatever the values are, the line is one line and parses back into its fields", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary-ascii", minLength: 1 }), (clientId, reason) => {
      const line = eventLine(record({ clientId, details: { reason } }));
      // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      expect(pairsOf(line).map(([name]) => name)).toEqual(["type", "realmId", "realmName", "clientId", "userId", "ipAddress", "reason"]);
    }),
  );
});
