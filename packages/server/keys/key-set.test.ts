import { createHash, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { createLocalJWKSet, jwtVerify } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { type CompleteKeyComponent, fallbackKey, newRealmKeys } from "./generate.ts";
import { jwks, keyMetadata } from "./jwks.ts";
import { type KeyComponent, RealmKeys } from "./key-set.ts";
import { headerPart, keyThumbprint, sign } from "./signing-key.ts";

const NOW = Date.UTC(2026, 10, 22, 7, 46, 54);
const CONTEXT = { realm: "apixion", now: NOW };

let realm: CompleteKeyComponent[] = [];
let es256: CompleteKeyComponent;
let ed25519: CompleteKeyComponent;
beforeAll(async () => {
  realm = await newRealmKeys(CONTEXT);
  es256 = await fallbackKey("ES256", CONTEXT);
  ed25519 = await fallbackKey("EdDSA", CONTEXT);
});

function component(name: string): CompleteKeyComponent {
  const found = realm.find((component) => component.name === name);
  if (!found) throw new Error(name);
  return found;
}
const withConfig = (component: KeyComponent, config: Record<string, string[]>, id?: string): KeyComponent => ({
  ...component,
  ...(id !== undefined && { id }),
  config: { ...component.config, ...config },
});
const setting = (component: KeyComponent, name: string): string => component.config?.[name]?.[0] ?? "";

describe("the keys of a realm", () => {
  test("every kind of provider loads", () => {
    const { keys, problems } = RealmKeys.fromComponents([...realm, es256, ed25519]);
    expect(problems).toEqual([]);
    expect(new Set(keys.map((key) => `${key.algorithm} ${key.use} ${key.priority}`))).toEqual(
      new Set(["AES enc 100", "ES256 sig -100", "EdDSA sig -100", "HS512 sig 100", "RS256 sig 100", "RSA-OAEP enc 100"]),
    );
    expect(keys.map((key) => key.priority)).toEqual([100, 100, 100, 100, -100, -100]);
  });

  test("key pairs get the hash of their public key as kid, secrets the kid they were stored with", () => {
    const keys = RealmKeys.fromComponents([...realm, es256]);
    const certified = new X509Certificate(Buffer.from(setting(component("rsa-generated"), "certificate"), "base64")).publicKey;
    expect(keys.active("RS256")?.kid).toBe(keyThumbprint(certified));
    expect(keys.active("ES256")?.kid).toBe(
      createHash("sha256")
        .update(Buffer.from(setting(es256, "ecdsaPublicKey"), "base64"))
        .digest("base64url"),
    );
    expect(keys.active("HS512")?.kid).toBe(setting(component("hmac-generated-hs512"), "kid"));
  });

  test("imported RSA keys (provider rsa) load as PEM and without a certificate", () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = privateKey.export({ format: "pem", type: "pkcs8" });
    const keys = RealmKeys.fromComponents([{ providerId: "rsa", config: { privateKey: [pem], algorithm: ["PS384"] } }]);
    expect(keys.problems).toEqual([]);
    expect(keys.active("PS384")?.certificate).toBeUndefined();
  });

  test("an hmac provider without an algorithm is HS256, as before Keycloak 25", () => {
    const { algorithm: _, ...config } = { ...component("hmac-generated-hs512").config };
    expect(RealmKeys.fromComponents([{ ...component("hmac-generated-hs512"), config }]).active("HS256")).toBeDefined();
  });

  test("SEC-JOSE-31 the key of highest priority signs, the smaller component id among equals", () => {
    const rsa = component("rsa-generated");
    const other = withConfig(
      { id: "b", providerId: "rsa-generated", config: component("rsa-enc-generated").config ?? {} },
      { algorithm: ["RS256"], keyUse: ["SIG"] },
    );
    const equal = RealmKeys.fromComponents([other, { ...rsa, id: "a" }]);
    expect(equal.active("RS256")?.providerId).toBe("a");
    const higher = RealmKeys.fromComponents([withConfig(other, { priority: ["101"] }), { ...rsa, id: "a" }]);
    expect(higher.active("RS256")?.providerId).toBe("b");
  });

  test("SEC-JOSE-31 passive keys verify and are published, but do not sign; disabled ones do nothing", () => {
    const rsa = component("rsa-generated");
    const passive = RealmKeys.fromComponents([withConfig(rsa, { active: ["false"] })]);
    const kid = passive.keys[0]?.kid;
    expect(passive.active("RS256")).toBeUndefined();
    expect(passive.find(kid, "RS256")).toBeDefined();
    expect(jwks(passive.keys).keys).toHaveLength(1);
    const disabled = RealmKeys.fromComponents([withConfig(rsa, { enabled: ["false"] })]);
    expect(disabled.active("RS256")).toBeUndefined();
    expect(disabled.find(kid, "RS256")).toBeUndefined();
    expect(jwks(disabled.keys).keys).toEqual([]);
  });
});

describe("SEC-JOSE-10 SEC-JOSE-12 finding the key a token proposes", () => {
  test("SEC-JOSE-12 finds by kid and algorithm, signature keys only", () => {
    const keys = RealmKeys.fromComponents(realm);
    const kid = keys.active("RS256")?.kid;
    expect(keys.find(kid, "RS256")).toBe(keys.active("RS256"));
    for (const other of ["RS384", "HS256", "none", "rs256", ""]) expect(keys.find(kid, other)).toBeUndefined();
    for (const wrong of [undefined, "", `${kid} `, "../../etc/passwd", "' OR 1=1", "__proto__", "toString"])
      expect(keys.find(wrong, "RS256")).toBeUndefined();
    expect(keys.find(keys.active("RSA-OAEP", "enc")?.kid, "RSA-OAEP")).toBeUndefined();
  });

  test("SEC-JOSE-12 keys that share a kid are refused, both, and reported", () => {
    const hmac = component("hmac-generated-hs512");
    const twin = withConfig(hmac, { secret: [Buffer.alloc(128, 1).toString("base64url")] }, "twin");
    const keys = RealmKeys.fromComponents([hmac, twin]);
    expect(keys.find(setting(hmac, "kid"), "HS512")).toBeUndefined();
    expect(keys.active("HS512")).toBeUndefined();
    expect(keys.problems.map(({ reason }) => reason)).toEqual(Array(2).fill(expect.stringMatching(/kid of another enabled key/)));
  });

  test("SEC-JOSE-12 a secret that took the kid of a key pair is refused, and so is the pair", () => {
    const rsa = component("rsa-generated");
    const kid = RealmKeys.fromComponents([rsa]).keys[0]?.kid ?? "";
    const keys = RealmKeys.fromComponents([rsa, withConfig(component("hmac-generated-hs512"), { kid: [kid], algorithm: ["HS256"] })]);
    expect(keys.find(kid, "RS256")).toBeUndefined();
    expect(keys.find(kid, "HS256")).toBeUndefined();
  });

  test("SEC-JOSE-12 a disabled key does not stand in the way of its successor with the same kid", () => {
    const hmac = component("hmac-generated-hs512");
    const keys = RealmKeys.fromComponents([withConfig(hmac, { enabled: ["false"] }, "old"), hmac]);
    expect(keys.find(setting(hmac, "kid"), "HS512")).toBeDefined();
  });

  test("one key pair may serve two algorithms under one kid", () => {
    const rsa = component("rsa-generated");
    const keys = RealmKeys.fromComponents([rsa, withConfig(rsa, { algorithm: ["PS256"] }, "ps")]);
    const kid = keys.active("RS256")?.kid;
    expect(keys.find(kid, "PS256")).toBe(keys.active("PS256"));
    expect(keys.find(kid, "RS256")).toBe(keys.active("RS256"));
  });
});

describe("components without a usable key", () => {
  const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({ format: "der", type: "pkcs1" }).toString("base64");
  test.each<[string, () => KeyComponent, RegExp]>([
    ["a key store", () => ({ name: "store", providerId: "java-keystore", config: {} }), /not supported/],
    ["no private key", () => ({ providerId: "rsa-generated", config: {} }), /no privateKey/],
    ["no configuration", () => ({ providerId: "rsa-generated" }), /no privateKey/],
    ["garbage for a private key", () => ({ providerId: "rsa", config: { privateKey: ["AAAA"] } }), /PKCS/],
    ["SEC-JOSE-13 a small RSA key", () => ({ providerId: "rsa", config: { privateKey: [small] } }), /2048/],
    ["the certificate of another key", () => withConfig(component("rsa-generated"), { certificate: [setting(component("rsa-enc-generated"), "certificate")] }), /another key/],
    ["the public key of another pair", () => withConfig(es256, { ecdsaPublicKey: [generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "der", type: "spki" }).toString("base64")] }), /belong together/],
    ["a curve that is not the key's", () => withConfig(es256, { ecdsaEllipticCurveKey: ["P-384"] }), /cannot be used/],
    ["Ed448", () => withConfig(ed25519, { eddsaEllipticCurveKey: ["Ed448"] }), /curve/],
    ["an algorithm that is none", () => withConfig(component("rsa-generated"), { algorithm: ["RS257"] }), /RS257/],
    ["an algorithm of another kind of key", () => withConfig(component("rsa-generated"), { algorithm: ["HS256"] }), /HS256/],
    ["SEC-JOSE-15 RSA1_5", () => withConfig(component("rsa-enc-generated"), { algorithm: ["RSA1_5"] }), /RSA1_5/],
    ["a short secret", () => withConfig(component("hmac-generated-hs512"), { secret: ["AAAA"] }), /16/],
    ["a secret without a kid", () => withConfig(component("hmac-generated-hs512"), { kid: [] }), /no kid/],
    ["a priority that is no number", () => withConfig(component("rsa-generated"), { priority: ["high"] }), /priority/],
  ])("%s: reported, and the other keys still load", (_title, bad, reason) => {
    const keys = RealmKeys.fromComponents([bad(), component("rsa-enc-generated")]);
    expect(keys.problems).toEqual([{ component: expect.any(String), providerId: bad().providerId, reason: expect.stringMatching(reason) }]);
    expect(keys.keys).toHaveLength(1);
  }); // prettier-ignore

  test("what is reported holds nothing of the key", () => {
    const { problems } = RealmKeys.fromComponents([withConfig(component("rsa-generated"), { algorithm: ["ES256"] })]);
    expect(JSON.stringify(problems)).not.toContain(setting(component("rsa-generated"), "privateKey").slice(0, 24));
  });
});

const bare = (fingerprint: string): string => Buffer.from(fingerprint.replaceAll(":", ""), "hex").toString("base64url");

describe("the published key set", () => {
  test("has Keycloak's members in Keycloak's order", () => {
    const { keys } = jwks(RealmKeys.fromComponents(realm).keys);
    expect(keys).toHaveLength(2);
    for (const key of keys) expect(Object.keys(key)).toEqual(["kid", "kty", "alg", "use", "x5c", "x5t", "x5t#S256", "n", "e"]);
    expect(new Set(keys.map((key) => `${key.alg} ${key.use} ${String(key["e"])}`))).toEqual(
      new Set(["RS256 sig AQAB", "RSA-OAEP enc AQAB"]),
    );
  });

  test("x5c, x5t and x5t#S256 are those of the certificate", () => {
    const rsa = component("rsa-generated");
    const certificate = new X509Certificate(Buffer.from(setting(rsa, "certificate"), "base64"));
    const [key] = jwks(RealmKeys.fromComponents([rsa]).keys).keys;
    expect(key?.x5c).toEqual([setting(rsa, "certificate")]);
    expect(key?.x5t).toBe(bare(certificate.fingerprint));
    expect(key?.["x5t#S256"]).toBe(bare(certificate.fingerprint256));
  });

  test("EC and Edwards keys have their curve and coordinates, and never a private part", () => {
    const { keys } = jwks(RealmKeys.fromComponents([es256, ed25519]).keys);
    expect(keys.map((key) => Object.keys(key)).toSorted((a, b) => a.length - b.length)).toEqual([
      ["kid", "kty", "alg", "use", "crv", "x"],
      ["kid", "kty", "alg", "use", "crv", "x", "y"],
    ]);
  });

  test("SEC-JOSE-11 secret keys are never in it", () => {
    const keys = RealmKeys.fromComponents(realm);
    expect(keys.active("HS512")).toBeDefined();
    // Without the members whose random base64 may spell anything.
    const random = new Set(["kid", "n", "x", "y", "x5c", "x5t", "x5t#S256"]);
    const named = JSON.stringify(jwks(keys.keys), (name, value: unknown) => (random.has(name) ? undefined : value));
    expect(named).toContain('"kty":"RSA"');
    expect(named).not.toMatch(/oct|HS512|AES|"k"|"d"/);
  });

  test("lets an outsider verify what the realm signs", async () => {
    const keys = RealmKeys.fromComponents([...realm, es256, ed25519]);
    const set = createLocalJWKSet(structuredClone(jwks(keys.keys)) as never);
    for (const algorithm of ["RS256", "ES256", "EdDSA"]) {
      const key = keys.active(algorithm);
      if (!key) throw new Error(algorithm);
      const token = sign(key, headerPart(key, "JWT"), '{"sub":"a"}');
      expect((await jwtVerify(token, set)).payload).toEqual({ sub: "a" });
    }
  });
});

test("the key list of the admin API shows every key, its state and no secret", () => {
  const rsa = component("rsa-generated");
  const keys = RealmKeys.fromComponents([...realm, withConfig(rsa, { enabled: ["false"], priority: ["7"] }, "old")]);
  const list = keyMetadata(keys.keys);
  expect(list.active).toEqual({
    RS256: keys.active("RS256")?.kid,
    "RSA-OAEP": keys.active("RSA-OAEP", "enc")?.kid,
    HS512: keys.active("HS512")?.kid,
    AES: keys.active("AES", "enc")?.kid,
  });
  const row = list.keys.find((key) => key.providerId === rsa.id);
  expect(row).toEqual({
    providerId: rsa.id,
    providerPriority: 100,
    kid: keys.active("RS256")?.kid,
    status: "ACTIVE",
    type: "RSA",
    algorithm: "RS256",
    publicKey: createPublicKey({ key: Buffer.from(setting(rsa, "privateKey"), "base64"), format: "der", type: "pkcs1" })
      .export({ format: "der", type: "spki" })
      .toString("base64"),
    certificate: setting(rsa, "certificate"),
    use: "SIG",
    validTo: Date.UTC(2036, 10, 22, 7, 46, 54),
  });
  expect(list.keys.find((key) => key.providerId === "old")).toMatchObject({ status: "DISABLED", providerPriority: 7 });
  expect(list.keys.find((key) => key.algorithm === "HS512")).toEqual({
    providerId: component("hmac-generated-hs512").id,
    providerPriority: 100,
    kid: setting(component("hmac-generated-hs512"), "kid"),
    status: "ACTIVE",
    type: "OCT",
    algorithm: "HS512",
    use: "SIG",
  });
});
