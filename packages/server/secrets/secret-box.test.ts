import { randomBytes } from "node:crypto";

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { isSealedText, openText, sealText } from "./sealed-text.ts";
import { hashSecret, SealedSecretError, SecretBox, type SecretPlace, secretsEqual } from "./secret-box.ts";

const PLACE: SecretPlace = { table: "client", realm: "r1", row: "c1", column: "secret" };
const box = new SecretBox(randomBytes(32));

describe("a sealed secret", () => {
  test("opens at its own place, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (plain) => {
        expect(box.open(box.seal(plain, PLACE), PLACE)).toBe(plain.toWellFormed());
      }),
    );
  });

  test("looks different each time and never like the text", () => {
    const first = box.seal("portal-secret", PLACE);
    expect(first).not.toBe(box.seal("portal-secret", PLACE));
    expect(Buffer.from(first, "base64url").includes("portal-secret")).toBe(false);
    expect(first).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  test.each([
    ["table", { table: "component" }],
    ["realm", { realm: "r2" }],
    ["row", { row: "c2" }],
    ["column", { column: "other" }],
  ] as const)("SEC-DB-05 does not open after a move to another %s", (_part, change) => {
    const sealed = box.seal("portal-secret", PLACE);
    expect(() => box.open(sealed, { ...PLACE, ...change })).toThrow(SealedSecretError);
  });

  test("SEC-DB-05 places that only look alike when joined are two places", () => {
    const sealed = box.seal("x", { table: "a", realm: "b,c", row: "d", column: "e" });
    expect(() => box.open(sealed, { table: "a", realm: "b", row: "c,d", column: "e" })).toThrow(SealedSecretError);
  });

  test("does not open with another key, and the error holds no secret", () => {
    const sealed = box.seal("portal-secret", PLACE);
    expect(() => new SecretBox(randomBytes(32)).open(sealed, PLACE)).toThrow(/client\.secret of c1 does not open/);
  });

  test("does not open when any byte of it changed", () => {
    const sealed = Buffer.from(box.seal("portal-secret", PLACE), "base64url");
    for (let i = 0; i < sealed.length; i++) {
      const damaged = Buffer.from(sealed);
      damaged[i] = (damaged[i] ?? 0) ^ 1;
      expect(() => box.open(damaged.toString("base64url"), PLACE)).toThrow(SealedSecretError);
    }
  });

  test("junk is a typed error", () => {
    fc.assert(
      fc.property(fc.string(), (junk) => {
        expect(() => box.open(junk, PLACE)).toThrow(SealedSecretError);
      }),
    );
  });

  test("a key of another length is refused", () => {
    expect(() => new SecretBox(randomBytes(16))).toThrow(RangeError);
  });

  test("the key id tells keys apart and stays the same for one key", () => {
    const key = randomBytes(32);
    expect(new SecretBox(key).keyId).toBe(new SecretBox(key).keyId);
    expect(new SecretBox(key).keyId).not.toBe(box.keyId);
  });
});

test("text sealed inside a representation is marked and opens again", () => {
  const sealed = sealText(box, "smtp-password", PLACE);
  expect(isSealedText(sealed)).toBe(true);
  expect(isSealedText("smtp-password")).toBe(false);
  expect(openText(box, sealed, PLACE)).toBe("smtp-password");
});

test("a presented secret is compared with the stored hash", () => {
  const stored = hashSecret("portal-secret");
  expect(stored).toMatch(/^[0-9a-f]{64}$/);
  expect(secretsEqual("portal-secret", stored)).toBe(true);
  expect(secretsEqual("portal-secret ", stored)).toBe(false);
  expect(secretsEqual("portal-secret", "")).toBe(false);
});
