import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { isSoundEd25519Point } from "./ed25519-point.ts";
import { inspectKey, KeyRefused, readCertificate, readPrivateKey, readPublicKey, readSecret } from "./key-material.ts";
import { isRocaModulus } from "./roca.ts";

const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 });

const little = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, "0"), "hex").reverse();

describe("reading keys", () => {
  const forms = (["pkcs1", "pkcs8"] as const).flatMap((type) => [
    [`${type} base64`, RSA.privateKey.export({ format: "der", type }).toString("base64")],
    [`${type} PEM`, RSA.privateKey.export({ format: "pem", type })],
  ]);
  test.each(forms)("reads a private key as %s", (_title, text) => {
    expect(readPrivateKey(text).equals(RSA.privateKey)).toBe(true);
  });

  test("reads a public key as PEM and as base64", () => {
    expect(readPublicKey(RSA.publicKey.export({ format: "pem", type: "spki" })).equals(RSA.publicKey)).toBe(true);
    expect(readPublicKey(RSA.publicKey.export({ format: "der", type: "spki" }).toString("base64")).equals(RSA.publicKey)).toBe(true);
  });

  test.each(["", "not base64!", "AAAA", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"])(
    "refuses %j, telling nothing of it",
    (text) => {
      for (const read of [readPrivateKey, readPublicKey, readCertificate]) {
        expect(() => read(text)).toThrow(KeyRefused);
      }
    },
  );

  test("refuses secrets that are short or of other letters", () => {
    expect(readSecret(Buffer.alloc(16).toString("base64url"), 16).symmetricKeySize).toBe(16);
    expect(() => readSecret(Buffer.alloc(15).toString("base64url"), 16)).toThrow(/15 bytes/);
    expect(() => readSecret("no secret", 1)).toThrow(KeyRefused);
    expect(() => readSecret("", 0)).toThrow(KeyRefused);
  });
});

describe("SEC-JOSE-13 Ed25519 points", () => {
  const P = 2n ** 255n - 19n;
  const TOP = 2n ** 255n;
  // y of the points of order 8; with 0, 1 and p - 1 these are all of small order (RFC 7748 §6.1 speaks of the same ones for X25519).
  const Y8 = BigInt(
    `0x${Buffer.from("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "hex").reverse().toString("hex")}`,
  );

  test("the point of order 8 used here is one: d y⁴ + 2 y² = 1", () => {
    const D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;
    expect((D * Y8 ** 4n + 2n * Y8 ** 2n) % P).toBe(1n);
  });

  test.each([
    ["order 1", 1n],
    ["order 1 with the sign bit", 1n + TOP],
    ["order 2", P - 1n],
    ["order 2 with the sign bit", P - 1n + TOP],
    ["order 4", 0n],
    ["order 4, other sign", TOP],
    ["order 8", Y8],
    ["order 8, other sign", Y8 + TOP],
    ["order 8, negative y", P - Y8],
    ["order 8, negative y, other sign", P - Y8 + TOP],
    ["a y of p, not reduced", P],
    ["a y of p + 1, not reduced", P + 1n],
    ["a y that is on no point", 2n],
  ])("SEC-JOSE-13 refuses %s", (_title, encoded) => {
    expect(isSoundEd25519Point(little(encoded))).toBe(false);
    const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x: little(encoded).toString("base64url") }, format: "jwk" });
    expect(() => inspectKey(key)).toThrow(KeyRefused);
  });

  test("takes real public keys", () => {
    for (let i = 0; i < 20; i++) expect(inspectKey(generateKeyPairSync("ed25519").publicKey)).toEqual({ type: "OKP", curve: "Ed25519" });
  });

  test("refuses other sizes", () => {
    expect(isSoundEd25519Point(Buffer.alloc(31, 9))).toBe(false);
  });
});

describe("SEC-JOSE-13 moduli that can be factored", () => {
  test("SEC-JOSE-13 finds the mark where both factors are powers of 65537 modulo the small primes", () => {
    const M = [11n, 13n, 17n, 19n, 37n, 53n, 61n, 71n, 73n, 79n, 97n, 103n, 107n, 109n, 127n, 151n, 157n].reduce((a, b) => a * b, 1n);
    const factor = (k: bigint, a: bigint): bigint => k * M + (65537n ** a % M);
    expect(isRocaModulus(factor(12345n, 77n) * factor(54321n, 99n))).toBe(true);
    expect(isRocaModulus(factor(12345n, 77n) * factor(54321n, 99n) + 2n)).toBe(false);
  });
});
