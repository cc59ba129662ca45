import { argon2Sync, pbkdf2Sync, randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parseCredential, type PasswordCredential } from "./credential.ts";
import keycloak from "./fixtures/keycloak-26.1.3-argon2.json" with { type: "json" };
import { checkPassword, dummyVerify, hashPassword, needsRehash, PasswordTooLong, verifyPassword } from "./hash.ts";
import { DEFAULT_HASH_POLICY, readHashPolicy } from "./policy.ts";

const SALT = Buffer.from("0123456789abcdef");

/** A credential in Keycloak's shape. */
function stored(value: Buffer, data: Record<string, unknown>, salt: Buffer = SALT): PasswordCredential {
  return {
    type: "password",
    secretData: JSON.stringify({ value: value.toString("base64"), salt: salt.toString("base64"), additionalParameters: {} }),
    credentialData: JSON.stringify({ additionalParameters: {}, ...data }),
  };
}
const pbkdf2 = (algorithm: string, digest: string, password: string, bytes: number): PasswordCredential =>
  stored(pbkdf2Sync(password, SALT, 1000, bytes, digest), { algorithm, hashIterations: 1000 });

function argon2(variant: "argon2id" | "argon2i" | "argon2d", parameters: Record<string, unknown> = {}): PasswordCredential {
  const value = argon2Sync(variant, { message: "pässword", nonce: SALT, passes: 2, memory: 64, parallelism: 2, tagLength: 24 });
  const additionalParameters = {
    hashLength: ["24"],
    memory: ["64"],
    type: [variant.slice(6)],
    version: ["1.3"],
    parallelism: ["2"],
    ...parameters,
  };
  return stored(value, { algorithm: "argon2", hashIterations: 2, additionalParameters });
}

describe("stored passwords", () => {
  test("of a real Keycloak 26.1.3 verify", () => {
    expect(checkPassword(keycloak.credential, keycloak.password)).toEqual({ matches: true });
    expect(checkPassword(keycloak.credential, `${keycloak.password} `)).toEqual({ matches: false, reason: "wrong_password" });
    expect(checkPassword(keycloak.credential, "")).toEqual({ matches: false, reason: "wrong_password" });
  });

  test.each([
    ["pbkdf2", "sha1", 64],
    ["pbkdf2-sha256", "sha256", 64],
    ["pbkdf2-sha256", "sha256", 32],
    ["pbkdf2-sha512", "sha512", 64],
  ] as const)("of %s (%s) with %i bytes verify", (algorithm, digest, bytes) => {
    const credential = pbkdf2(algorithm, digest, "pässword", bytes);
    expect(verifyPassword(credential, "pässword")).toBe(true);
    expect(verifyPassword(credential, "password")).toBe(false);
    expect(verifyPassword(credential, "")).toBe(false);
  });

  test.each(["pbkdf2", "pbkdf2-sha256", "pbkdf2-sha512"] as const)("of %s that were padded to 14 characters verify", (algorithm) => {
    const digest = { pbkdf2: "sha1", "pbkdf2-sha256": "sha256", "pbkdf2-sha512": "sha512" }[algorithm];
    const credential = pbkdf2(algorithm, digest, "short\0\0\0\0\0\0\0\0\0", 64);
    expect(verifyPassword(credential, "short")).toBe(true);
    expect(verifyPassword(credential, "shor")).toBe(false);
  });

  test("of argon2 are never padded", () => {
    const credential = hashPassword("short\0\0\0\0\0\0\0\0\0");
    expect(verifyPassword(credential, "short")).toBe(false);
  });

  test.each(["argon2id", "argon2i", "argon2d"] as const)("of %s verify", (variant) => {
    expect(verifyPassword(argon2(variant), "pässword")).toBe(true);
    expect(verifyPassword(argon2(variant), "other")).toBe(false);
  });

  test("in the flat shape of old exports verify", () => {
    const value = pbkdf2Sync("secret", SALT, 1000, 64, "sha256");
    const credential = {
      type: "password",
      algorithm: "pbkdf2-sha256",
      hashIterations: 1000,
      hashedSaltedValue: value.toString("base64"),
      salt: SALT.toString("base64"),
    };
    expect(verifyPassword(credential, "secret")).toBe(true);
    expect(verifyPassword(credential, "other")).toBe(false);
  });
});

describe("what cannot be verified is false with a reason, never an error", () => {
  const good = hashPassword("a");
  test.each<[string, PasswordCredential, string]>([
    ["an unknown algorithm", stored(Buffer.alloc(32), { algorithm: "bcrypt", hashIterations: 10 }), "unknown_algorithm"],
    [
      "an algorithm named like a member of every object",
      stored(Buffer.alloc(32), { algorithm: "constructor", hashIterations: 10 }),
      "unknown_algorithm",
    ],
    ["argon2 version 1.0", argon2("argon2id", { version: ["1.0"] }), "unknown_algorithm"],
    ["an argon2 variant of no name", argon2("argon2id", { type: ["x"] }), "unknown_algorithm"],
    ["no data", {}, "malformed"],
    ["data that is no JSON", { ...good, credentialData: "no" }, "malformed"],
    ["secret data that is a list", { ...good, secretData: "[]" }, "malformed"],
    ["a hash that is not base64", { ...good, secretData: '{"value":"***","salt":"AAAAAAAAAAAAAAAAAAAAAA=="}' }, "malformed"],
    ["an empty hash", { ...good, secretData: '{"value":"","salt":"AAAAAAAAAAAAAAAAAAAAAA=="}' }, "malformed"],
    ["a hash of one byte", stored(Buffer.alloc(1), { algorithm: "pbkdf2", hashIterations: 1 }), "malformed"],
    ["a salt of one byte", stored(Buffer.alloc(32), { algorithm: "pbkdf2", hashIterations: 1 }, Buffer.alloc(1)), "malformed"],
    ["iterations in a string", stored(Buffer.alloc(32), { algorithm: "pbkdf2", hashIterations: "1" }), "malformed"],
    ["no iterations", stored(Buffer.alloc(32), { algorithm: "pbkdf2" }), "malformed"],
    ["zero iterations", stored(Buffer.alloc(32), { algorithm: "pbkdf2", hashIterations: 0 }), "cost_out_of_range"],
    ["iterations for a minute", stored(Buffer.alloc(32), { algorithm: "pbkdf2", hashIterations: 1e9 }), "cost_out_of_range"],
    ["half an iteration", stored(Buffer.alloc(32), { algorithm: "pbkdf2", hashIterations: 1.5 }), "cost_out_of_range"],
    ["memory of 4 GiB", argon2("argon2id", { memory: ["4194304"] }), "cost_out_of_range"],
    ["memory below the minimum", argon2("argon2id", { memory: ["8"] }), "cost_out_of_range"],
    ["no memory", argon2("argon2id", { memory: [] }), "cost_out_of_range"],
    ["no lanes", argon2("argon2id", { parallelism: ["0"] }), "cost_out_of_range"],
  ])("%s", (_title, credential, reason) => {
    expect(checkPassword(credential, "pässword")).toEqual({ matches: false, reason });
    expect(verifyPassword(credential, "pässword")).toBe(false);
  });

  test("a password of 1,024 bytes is hashed, one byte more is refused before", () => {
    const longest = "é".repeat(512);
    expect(verifyPassword(hashPassword(longest), longest)).toBe(true);
    expect(checkPassword(good, `${longest}a`)).toEqual({ matches: false, reason: "too_long" });
    expect(() => hashPassword(`${longest}a`)).toThrow(PasswordTooLong);
    expect(dummyVerify("a".repeat(10_000_000))).toBe(false);
  });
});

const shape = (text: string): string => text.replaceAll(/"[A-Za-z0-9+/]{20,}={0,2}"/g, '"…"');

describe("new passwords", () => {
  test("are argon2id in Keycloak's stored shape, letter for letter", () => {
    const credential = hashPassword("secret");
    expect(credential.type).toBe("password");
    expect(shape(credential.secretData)).toBe(shape(keycloak.credential.secretData));
    expect(credential.credentialData).toBe(keycloak.credential.credentialData);
    expect(verifyPassword(credential, "secret")).toBe(true);
  });

  test("are salted: two hashes of one password differ", () => {
    expect(hashPassword("secret").secretData).not.toBe(hashPassword("secret").secretData);
  });

  test.each(["pbkdf2", "pbkdf2-sha256", "pbkdf2-sha512"] as const)("follow a policy of %s", (algorithm) => {
    const credential = hashPassword("secret", { algorithm, iterations: 10 });
    expect(credential.credentialData).toBe(`{"hashIterations":10,"algorithm":"${algorithm}","additionalParameters":{}}`);
    expect(parseCredential(credential)).toMatchObject({ value: { length: 64 }, salt: { length: 16 } });
    expect(verifyPassword(credential, "secret")).toBe(true);
  });
});

describe("hashing again", () => {
  test("is due when the algorithm, the cost or the size differs from the policy", () => {
    expect(needsRehash(keycloak.credential, DEFAULT_HASH_POLICY)).toBe(false);
    expect(needsRehash(hashPassword("a"), DEFAULT_HASH_POLICY)).toBe(false);
    expect(needsRehash(keycloak.credential, { algorithm: "argon2", iterations: 6 })).toBe(true);
    expect(needsRehash(keycloak.credential, { algorithm: "pbkdf2-sha512", iterations: 5 })).toBe(true);
    expect(needsRehash(argon2("argon2id"), { algorithm: "argon2", iterations: 2 })).toBe(true);
    const policy = { algorithm: "pbkdf2-sha256", iterations: 1000 } as const;
    expect(needsRehash(pbkdf2("pbkdf2-sha256", "sha256", "a", 64), policy)).toBe(false);
    expect(needsRehash(pbkdf2("pbkdf2-sha256", "sha256", "a", 32), policy)).toBe(true);
    expect(needsRehash({ secretData: randomBytes(8).toString("hex") }, policy)).toBe(true);
  });
});

describe("a realm's password policy", () => {
  test.each([
    [undefined, { algorithm: "argon2", iterations: 5 }],
    ["", { algorithm: "argon2", iterations: 5 }],
    ["length(8) and digits(1)", { algorithm: "argon2", iterations: 5 }],
    ["hashAlgorithm(pbkdf2-sha512) and length(8)", { algorithm: "pbkdf2-sha512", iterations: 210_000 }],
    ["length(8) and hashIterations(27500) and hashAlgorithm(pbkdf2-sha256)", { algorithm: "pbkdf2-sha256", iterations: 27_500 }],
    ["hashAlgorithm(pbkdf2)", { algorithm: "pbkdf2", iterations: 1_300_000 }],
    ["hashIterations(-1)", { algorithm: "argon2", iterations: 5 }],
    ["hashIterations(undefined)", { algorithm: "argon2", iterations: 5 }],
    ["hashIterations(8)", { algorithm: "argon2", iterations: 8 }],
    ["hashIterations(999999999)", { algorithm: "argon2", iterations: 100 }],
    ["hashAlgorithm(scrypt)", { algorithm: "argon2", iterations: 5 }],
    ["hashAlgorithm(constructor)", { algorithm: "argon2", iterations: 5 }],
  ] as const)("%s", (policy, expected) => {
    expect(readHashPolicy(policy)).toEqual(expected);
  });
});
