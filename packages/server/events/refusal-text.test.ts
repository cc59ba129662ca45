import { REFUSALS, type RefusalRow } from "@cambist/core/refusals.ts";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { fillText, reasonOf } from "./refusal-text.ts";

const PRINTABLE = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;
const rows: [string, RefusalRow][] = Object.entries(REFUSALS);

test.each(rows)("the native text of %s is printable whatever the request held (RFC 6749 §5.2)", (_name, row) => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (hostile) => {
      const about = { audience: hostile, scope: hostile, parameter: hostile, cause: hostile, client: hostile, hint: hostile };
      expect(fillText(row.native[2] ?? "", about, "native")).toMatch(PRINTABLE);
    }),
    { numRuns: 20 },
  );
});

test("a native text repeats at most 100 characters of a value", () => {
  expect(fillText("may not exchange to {audience}.", { audience: "a".repeat(5000) }, "native")).toHaveLength(124);
});

test("a value is never read as a template again", () => {
  expect(fillText("{audience} and {scope}", { audience: "{scope}", scope: "read" }, "keycloak")).toBe("{scope} and read");
});

test("a placeholder that nobody filled shows no name of ours and no inherited member", () => {
  expect(fillText("may not exchange to {constructor}.", {}, "native")).toBe("may not exchange to (none).");
  expect(fillText("Invalid scopes: {scope}", {}, "keycloak")).toBe("Invalid scopes: ");
});

test("a keycloak text repeats the value as it came", () => {
  expect(fillText("Invalid scopes: {scope}", { scope: 'a "ü\\' }, "keycloak")).toBe('Invalid scopes: a "ü\\');
});

test("the reason of a row is its own, Keycloak's text, or none", () => {
  expect(reasonOf(REFUSALS.exchange_not_permitted, {})).toBe("client not allowed to exchange to audience");
  expect(reasonOf(REFUSALS.grant_scope_invalid, { scope: "nonsense" })).toBe("Invalid scopes: nonsense");
  expect(reasonOf(REFUSALS.client_unknown, {})).toBeUndefined();
});
