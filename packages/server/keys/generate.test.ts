import { execFileSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ALGORITHMS } from "./algorithms.ts";
import { selfSignedCertificate } from "./certificate.ts";
import * as der from "./der.ts";
import { completeKeyComponent, fallbackKey, newRealmKeys } from "./generate.ts";
import { parseJws } from "./jws.ts";
import { KeyRefused } from "./key-material.ts";
import { RealmKeys } from "./key-set.ts";
import { headerPart, sign, verify } from "./signing-key.ts";

const NOW = Date.UTC(2026, 10, 22, 7, 46, 54, 989);
const CONTEXT = { realm: "apixion", now: NOW };
const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 });

describe("the keys of a new realm", () => {
  test("are Keycloak's four, in the shape of its export", async () => {
    const components = await newRealmKeys(CONTEXT);
    expect(components.map(({ name, providerId }) => [name, providerId])).toEqual([
      ["rsa-generated", "rsa-generated"],
      ["rsa-enc-generated", "rsa-enc-generated"],
      ["hmac-generated-hs512", "hmac-generated"],
      ["aes-generated", "aes-generated"],
    ]);
    const [rsa, encryption, hmac, aes] = components;
    expect(rsa).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: "rsa-generated",
      providerId: "rsa-generated",
      subComponents: {},
      config: { privateKey: [expect.any(String)], keyUse: ["SIG"], certificate: [expect.any(String)], priority: ["100"] },
    });
    expect(encryption?.config).toMatchObject({ keyUse: ["ENC"], algorithm: ["RSA-OAEP"] });
    expect(hmac?.config).toEqual({
      kid: [expect.any(String)],
      secret: [expect.stringMatching(/^[\w-]{171}$/)],
      priority: ["100"],
      algorithm: ["HS512"],
    });
    expect(aes?.config).toEqual({ kid: [expect.any(String)], secret: [expect.stringMatching(/^[\w-]{22}$/)], priority: ["100"] });
    expect(() =>
      createPrivateKey({ key: Buffer.from(rsa?.config["privateKey"]?.[0] ?? "", "base64"), format: "der", type: "pkcs1" }),
    ).not.toThrow();
  });

  test("all load", async () => {
    const keys = RealmKeys.fromComponents(await newRealmKeys(CONTEXT));
    expect(keys.problems).toEqual([]);
    expect(keys.keys).toHaveLength(4);
  });
});

describe("a key for an algorithm the realm has none of", () => {
  test.each([...ALGORITHMS.keys()])("%s: is made, loads and signs", async (algorithm) => {
    const component = await fallbackKey(algorithm, CONTEXT);
    expect(component.name).toBe(`fallback-${algorithm}`);
    expect(component.config["priority"]).toEqual(["-100"]);
    const keys = RealmKeys.fromComponents([component]);
    expect(keys.problems).toEqual([]);
    const key = keys.active(algorithm);
    if (!key) throw new Error("no key");
    const token = parseJws(sign(key, headerPart(key, "JWT"), "{}"));
    expect(typeof token !== "string" && verify(key, token)).toBe(true);
  });

  test("has Keycloak's settings for its curve", async () => {
    expect((await fallbackKey("ES384", CONTEXT)).config).toEqual({
      ecdsaPrivateKey: [expect.any(String)],
      ecdsaPublicKey: [expect.any(String)],
      ecdsaEllipticCurveKey: ["P-384"],
      priority: ["-100"],
    });
    expect((await fallbackKey("EdDSA", CONTEXT)).config).toMatchObject({
      eddsaEllipticCurveKey: ["Ed25519"],
      eddsaPublicKey: [expect.any(String)],
    });
  });

  test("is not made for a name that is no algorithm", () => {
    for (const name of ["none", "RSA-OAEP", "constructor", ""]) expect(() => fallbackKey(name, CONTEXT)).toThrow(KeyRefused);
  });
});

describe("completing a component", () => {
  test("keeps what is there", async () => {
    const [first] = await newRealmKeys(CONTEXT);
    if (!first) throw new Error("no key");
    expect(await completeKeyComponent(first, { realm: "other", now: 0 })).toEqual(first);
  });

  test("gives an imported key a certificate, and a key store nothing", async () => {
    const privateKey = RSA.privateKey.export({ format: "pem", type: "pkcs8" });
    const imported = await completeKeyComponent(
      { id: "i", name: "mine", providerId: "rsa", config: { privateKey: [privateKey] } },
      CONTEXT,
    );
    expect(imported).toMatchObject({ id: "i", name: "mine", config: { privateKey: [privateKey], certificate: [expect.any(String)] } });
    expect(RealmKeys.fromComponents([imported]).problems).toEqual([]);
    expect((await completeKeyComponent({ providerId: "java-keystore", config: { path: ["/x"] } }, CONTEXT)).config).toEqual({
      path: ["/x"],
    });
  });

  test("follows the size asked for and refuses impossible ones", async () => {
    const { config } = await completeKeyComponent(
      { providerId: "hmac-generated", config: { secretSize: ["32"], algorithm: ["HS256"], kid: [] } },
      CONTEXT,
    );
    expect(Buffer.from(config["secret"]?.[0] ?? "", "base64url")).toHaveLength(32);
    for (const [providerId, settings] of [
      ["rsa-generated", { keySize: ["1024"] }],
      ["rsa-generated", { keySize: ["1e9"] }],
      ["ecdsa-generated", { ecdsaEllipticCurveKey: ["secp256k1"] }],
      ["eddsa-generated", { eddsaEllipticCurveKey: ["Ed448"] }],
      ["hmac-generated", { secretSize: ["0"] }],
      ["hmac-generated", { secretSize: ["16"] }],
      ["hmac-generated", { secretSize: ["32"], algorithm: ["HS512"] }],
      ["aes-generated", { secretSize: ["512"] }],
    ] as const) {
      await expect(completeKeyComponent({ providerId, config: settings }, CONTEXT)).rejects.toThrow(KeyRefused);
    }
  });
});

describe("the self-signed certificate", () => {
  const raw = selfSignedCertificate(RSA.privateKey, { commonName: "apixion", now: NOW, years: 10 });

  test("is read by node, carries the key and is signed by it", () => {
    const certificate = new X509Certificate(raw);
    expect(certificate.subject).toBe("CN=apixion");
    expect(certificate.issuer).toBe("CN=apixion");
    expect(certificate.checkPrivateKey(RSA.privateKey)).toBe(true);
    expect(certificate.verify(RSA.publicKey)).toBe(true);
    expect(new Date(certificate.validFrom).toISOString()).toBe("2026-11-22T07:45:14.000Z");
    expect(new Date(certificate.validTo).toISOString()).toBe("2036-11-22T07:46:54.000Z");
    expect(BigInt(`0x${certificate.serialNumber}`)).toBe(BigInt(NOW));
  });

  test("is read by openssl", () => {
    const text = execFileSync("openssl", ["x509", "-inform", "DER", "-noout", "-text"], { input: raw, encoding: "utf8" });
    expect(text).toMatch(/Version: 1 \(0x0\)/);
    expect(text).toMatch(/Signature Algorithm: sha256WithRSAEncryption/);
    expect(text).toMatch(/Public-Key: \(2048 bit\)/);
    expect(text).toMatch(/Subject: CN ?= ?apixion/);
  });

  test("may be named in any language and last beyond 2050", () => {
    const certificate = new X509Certificate(selfSignedCertificate(RSA.privateKey, { commonName: 'Ünïcode, "x" 語', now: NOW, years: 30 }));
    expect(certificate.subject).toContain("語");
    expect(new Date(certificate.validTo).toISOString()).toBe("2056-11-22T07:46:54.000Z");
    expect(certificate.verify(RSA.publicKey)).toBe(true);
  });
});

const prefix = (length: number): string => der.utf8String("a".repeat(length)).subarray(0, 5).toString("hex");

describe("DER", () => {
  test.each([
    ["zero", der.integer(0n), "020100"],
    ["127", der.integer(127n), "02017f"],
    ["128, with a zero in front", der.integer(128n), "02020080"],
    ["256", der.integer(256n), "02020100"],
    ["an object identifier", der.objectIdentifier("1.2.840.113549.1.1.11"), "06092a864886f70d01010b"],
    ["a UTCTime", der.time(new Date(Date.UTC(2049, 11, 31, 23, 59, 59))), "170d3439313233313233353935395a"],
    ["a GeneralizedTime", der.time(new Date(Date.UTC(2050, 0, 1))), "180f32303530303130313030303030305a"],
    ["a bit string", der.bitString(Buffer.from([1])), "03020001"],
    ["nothing", der.nullValue(), "0500"],
  ])("%s", (_title, bytes, hex) => {
    expect(bytes.toString("hex")).toBe(hex);
  });

  test("lengths of 127, 128, 255, 256 and 65536 bytes", () => {
    expect(prefix(127)).toMatch(/^0c7f/);
    expect(prefix(128)).toMatch(/^0c8180/);
    expect(prefix(255)).toMatch(/^0c81ff/);
    expect(prefix(256)).toMatch(/^0c820100/);
    expect(prefix(65_536)).toMatch(/^0c83010000/);
  });
});
