import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, expect, test } from "vitest";
import { selfSignedCertificate } from "./certificate.ts";
import { importClientKeys, importJwkSet } from "./jwk-import.ts";
import { parseJws } from "./jws.ts";
import { KeyRefused } from "./key-material.ts";
import { createSigningKey, headerPart, keyThumbprint, sign, verify } from "./signing-key.ts";

const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 });
const EC = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ED = generateKeyPairSync("ed25519");
const jwk = (key: KeyObject, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  ...key.export({ format: "jwk" }),
  ...more,
});
const set = (...keys: readonly unknown[]): string => JSON.stringify({ keys });

describe("a client's keys", () => {
  test("come from a JWK set in its attributes", () => {
    const keys = importClientKeys({
      "use.jwks.string": "true",
      "jwks.string": set(jwk(RSA.publicKey, { kid: "a", use: "sig", alg: "RS256" })),
    });
    const key = keys.find("a", "RS256");
    const signer = createSigningKey({ algorithm: "RS256", kid: "a", ...RSA });
    const token = parseJws(sign(signer, headerPart(signer, "JWT"), "{}"));
    expect(key && typeof token !== "string" && verify(key, token)).toBe(true);
  });

  test("come from a certificate, found by its hash, by the stored kid or without a kid", () => {
    const certificate = selfSignedCertificate(RSA.privateKey, { commonName: "client", now: 0, years: 1 }).toString("base64");
    const keys = importClientKeys({ "jwt.credential.certificate": certificate });
    for (const algorithm of ["RS256", "RS512", "PS256"]) {
      expect(keys.find(keyThumbprint(RSA.publicKey), algorithm)).toBeDefined();
      expect(keys.find(undefined, algorithm)).toBeDefined();
    }
    expect(keys.find("other", "RS256")).toBeUndefined();
    expect(keys.find(undefined, "ES256")).toBeUndefined();
    expect(
      importClientKeys({ "jwt.credential.certificate": certificate, "jwt.credential.kid": "mine" }).find("mine", "RS256"),
    ).toBeDefined();
  });

  test("come from a public key", () => {
    const keys = importClientKeys({ "jwt.credential.public.key": EC.publicKey.export({ format: "der", type: "spki" }).toString("base64") });
    expect(keys.find(undefined, "ES256")).toBeDefined();
    expect(keys.has(keyThumbprint(EC.publicKey))).toBe(true);
  });

  test.each([
    ["nothing", {}],
    ["a certificate and a public key", { "jwt.credential.certificate": "x", "jwt.credential.public.key": "x" }],
    ["a certificate that is none", { "jwt.credential.certificate": "AAAA" }],
    ["a public key that is none", { "jwt.credential.public.key": "AAAA" }],
    ["an empty key set attribute", { "use.jwks.string": "true" }],
    [
      "a small public key",
      {
        "jwt.credential.public.key": generateKeyPairSync("rsa", { modulusLength: 1024 })
          .publicKey.export({ format: "der", type: "spki" })
          .toString("base64"),
      },
    ],
  ])("are refused where there is %s", (_title, attributes) => {
    expect(() => importClientKeys(attributes)).toThrow(KeyRefused);
  });
});

describe("SEC-JOSE-12 finding a key", () => {
  test("SEC-JOSE-12 a key that names no algorithm verifies those of its type", () => {
    const keys = importJwkSet(set(jwk(RSA.publicKey, { kid: "a" }), jwk(EC.publicKey, { kid: "b" }), jwk(ED.publicKey, { kid: "c" })));
    expect(keys.find("a", "PS512")).toBeDefined();
    expect(keys.find("b", "ES256")).toBeDefined();
    expect(keys.find("c", "EdDSA")).toBeDefined();
    for (const [kid, algorithm] of [
      ["a", "ES256"],
      ["b", "ES384"],
      ["b", "RS256"],
      ["c", "HS256"],
      ["d", "RS256"],
      ["a", "none"],
    ] as const) {
      expect(keys.find(kid, algorithm)).toBeUndefined();
    }
  });

  test("SEC-JOSE-10 a key that names an algorithm verifies only that", () => {
    const keys = importJwkSet(set(jwk(RSA.publicKey, { kid: "a", alg: "PS256" })));
    expect(keys.find("a", "PS256")).toBeDefined();
    expect(keys.find("a", "RS256")).toBeUndefined();
  });

  test("without a kid only an unambiguous key is found", () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(importJwkSet(set(jwk(EC.publicKey))).find(undefined, "ES256")?.kid).toBe(keyThumbprint(EC.publicKey));
    expect(importJwkSet(set(jwk(EC.publicKey), jwk(other.publicKey))).find(undefined, "ES256")).toBeUndefined();
  });
});

describe("sets that are refused whole", () => {
  const good = jwk(RSA.publicKey, { kid: "a" });
  test.each([
    ["SEC-JOSE-12 a duplicate kid", set(good, jwk(EC.publicKey, { kid: "a" })), /same kid/],
    ["SEC-JOSE-12 a duplicate kid on a key for encryption", set(good, jwk(EC.publicKey, { kid: "a", use: "enc" })), /same kid/],
    ["SEC-JOSE-13 a secret key among public ones", set(good, { kty: "oct", kid: "s", k: "AAAA" }), /secret or private/],
    ["SEC-JOSE-13 a secret key alone", set({ kty: "oct", k: "AAAA" }), /secret or private/],
    ["SEC-JOSE-13 a private key", set(jwk(EC.privateKey)), /secret or private/],
    ["no JSON", "no", /not a JSON object/],
    ["an empty text", "", /not a JSON object/],
    ["a list", "[]", /not a JSON object/],
    ["no keys", "{}", /"keys"/],
    ["keys that is no list", '{"keys":{}}', /"keys"/],
    ["a key that is no object", '{"keys":[1]}', /"keys"/],
    ["a key that is a list", '{"keys":[[]]}', /"keys"/],
    ["two members named keys", '{"keys":[],"keys":[]}', /duplicate_member/],
    ["more than a hundred keys", set(...Array.from({ length: 101 }, () => ({ kty: "x" }))), /100/],
    ["more than 64 KiB", set({ kty: "x", a: "a".repeat(65_536) }), /larger/],
  ])("%s", (_title, text, reason) => {
    expect(() => importJwkSet(text)).toThrow(reason);
    expect(() => importJwkSet(text)).toThrow(KeyRefused);
  });
});

describe("keys that are skipped", () => {
  const ec = jwk(EC.publicKey);
  const ed = jwk(ED.publicKey);
  const n = String(jwk(RSA.publicKey)["n"]);
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
  test.each<[string, Record<string, unknown>, RegExp]>([
    ["SEC-JOSE-13 use enc", jwk(RSA.publicKey, { use: "enc" }), /use/],
    ["SEC-JOSE-13 key_ops without verify", jwk(RSA.publicKey, { key_ops: ["encrypt"] }), /key_ops/],
    ["SEC-JOSE-13 empty key_ops", jwk(RSA.publicKey, { key_ops: [] }), /key_ops/],
    ["SEC-JOSE-13 key_ops that is no list", jwk(RSA.publicKey, { key_ops: "verify" }), /key_ops/],
    ["SEC-JOSE-13 a small RSA key", jwk(small), /2048/],
    ["SEC-JOSE-13 an exponent of 3", { kty: "RSA", n, e: "Aw" }, /exponent/],
    ["SEC-JOSE-13 an exponent of 1", { kty: "RSA", n, e: "AQ" }, /exponent|values/],
    ["SEC-JOSE-13 a point that is not on the curve", { ...ec, y: ec["x"] }, /values/],
    [
      "SEC-JOSE-13 the point at infinity",
      { ...ec, x: Buffer.alloc(32).toString("base64url"), y: Buffer.alloc(32).toString("base64url") },
      /values/,
    ],
    ["SEC-JOSE-13 a short coordinate", { ...ec, x: "AAAA" }, /size/],
    ["SEC-JOSE-13 an Ed25519 point of small order", { ...ed, x: Buffer.alloc(32).toString("base64url") }, /small order/],
    ["another curve", { ...ec, crv: "secp256k1" }, /curve/],
    ["a curve of another size than the point", { ...ec, crv: "P-384" }, /size/],
    ["X25519", { ...ed, crv: "X25519" }, /curve/],
    ["no curve", { kty: "EC", x: ec["x"], y: ec["y"] }, /curve/],
    ["a curve named constructor", { ...ec, crv: "constructor1" }, /curve/],
    ["a kty named toString", { kty: "toString" }, /kty/],
    ["a kty that is no string", { kty: ["RSA"] }, /kty/],
    ["no kty", {}, /kty/],
    ["padding in a member", { ...ec, x: `${String(ec["x"])}=` }, /base64url/],
    ["white space in a member", { kty: "RSA", n: ` ${n}`, e: "AQAB" }, /base64url/],
    ["a member that is no string", { kty: "RSA", n: 1, e: "AQAB" }, /base64url/],
    ["an algorithm of another type", { ...ec, alg: "RS256" }, /RS256/],
    ["an algorithm of another curve", { ...ec, alg: "ES384" }, /ES384/],
    ["an algorithm that is unknown", { ...ec, alg: "ES521" }, /ES521/],
    ["an encryption algorithm", jwk(RSA.publicKey, { alg: "RSA-OAEP" }), /RSA-OAEP/],
    ["an alg that is no string", { ...ec, alg: 1 }, /alg/],
    ["a kid that is no string", { ...ec, kid: 1 }, /kid/],
    ["an empty kid", { ...ec, kid: "" }, /kid/],
  ])("%s", (_title, key, reason) => {
    const keys = importJwkSet(set(key, jwk(RSA.publicKey, { kid: "good" })));
    expect(keys.skipped.map((skipped) => skipped.reason)).toEqual([expect.stringMatching(reason)]);
    expect(keys.find("good", "RS256")).toBeDefined();
    expect(keys.find(undefined, "ES256")).toBeUndefined();
  });
});
