import { createHmac, createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject, sign as nodeSign } from "node:crypto";
import { CompactSign, compactVerify } from "jose";
import { describe, expect, test } from "vitest";
import { ALGORITHMS, algorithmsFor } from "./algorithms.ts";
import { type CompactJws, parseCompact, parseJws } from "./jws.ts";
import { KeyRefused } from "./key-material.ts";
import { clientSecretKey, createSigningKey, headerPart, keyThumbprint, sign, type SigningKey, verify } from "./signing-key.ts";

const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 });
const CURVE_PAIRS: Readonly<Record<string, { publicKey: KeyObject; privateKey: KeyObject }>> = {
  "P-256": generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "P-384": generateKeyPairSync("ec", { namedCurve: "P-384" }),
  "P-521": generateKeyPairSync("ec", { namedCurve: "P-521" }),
  Ed25519: generateKeyPairSync("ed25519"),
};
const SECRET = createSecretKey(Buffer.alloc(64, 7));

function keyFor(algorithm: string): SigningKey {
  const row = ALGORITHMS.get(algorithm);
  if (!row) throw new Error(algorithm);
  if (row.keyType === "oct") return createSigningKey({ algorithm, kid: "k", secret: SECRET });
  return createSigningKey({ algorithm, kid: "k", ...(row.curve ? CURVE_PAIRS[row.curve] : RSA) });
}

function compact(token: string): CompactJws {
  const result = parseCompact(token);
  if (typeof result === "string") throw new Error(result);
  return result;
}

const publicKey = (jwk: Record<string, string>): KeyObject => createPublicKey({ key: jwk, format: "jwk" });

const NAMES = [...ALGORITHMS.keys()];
const PAYLOAD = '{"sub":"é","exp":1}';

describe.each(NAMES)("%s", (algorithm) => {
  const key = keyFor(algorithm);
  const token = sign(key, headerPart(key, "JWT"), PAYLOAD);

  test("tokens signed here verify here", () => {
    expect(verify(key, compact(token))).toBe(true);
    expect(parseJws(token)).toMatchObject({ payload: { sub: "é" }, header: { alg: algorithm, typ: "JWT", kid: "k" } });
  });

  test("tokens signed here verify with jose", async () => {
    const { payload } = await compactVerify(token, key.secret ?? (key.publicKey as KeyObject));
    expect(Buffer.from(payload).toString()).toBe(PAYLOAD);
  });

  test("tokens signed with jose verify here", async () => {
    const theirs = await new CompactSign(Buffer.from(PAYLOAD))
      .setProtectedHeader({ alg: algorithm, kid: "k" })
      .sign(key.secret ?? (key.privateKey as KeyObject));
    expect(verify(key, compact(theirs))).toBe(true);
  });

  test("a changed header, payload or signature does not verify", () => {
    const parsed = compact(token);
    const other = sign(key, headerPart(key, "at+jwt"), PAYLOAD);
    expect(verify(key, { ...parsed, signingInput: `${parsed.signingInput}A` })).toBe(false);
    expect(verify(key, { ...parsed, signature: compact(other).signature })).toBe(false);
    for (const at of [0, parsed.signature.length - 1]) {
      const signature = Buffer.from(parsed.signature);
      signature[at] = (signature[at] ?? 0) ^ 1;
      expect(verify(key, { ...parsed, signature })).toBe(false);
    }
  });

  test("a signature of another length does not verify", () => {
    const parsed = compact(token);
    for (const signature of [
      Buffer.alloc(0),
      parsed.signature.subarray(1),
      parsed.signature.subarray(0, -1),
      Buffer.concat([Buffer.alloc(1), parsed.signature]),
      Buffer.concat([parsed.signature, Buffer.alloc(1)]),
      Buffer.alloc(parsed.signature.length),
      Buffer.alloc(12_000, 1),
    ]) {
      expect(verify(key, { ...parsed, signature })).toBe(false);
    }
  });

  test("SEC-JOSE-10 a token that names another algorithm is refused, whatever its signature", () => {
    const parsed = compact(token);
    for (const alg of [...NAMES.filter((name) => name !== algorithm), "none", "None", "nOnE", algorithm.toLowerCase(), `${algorithm} `]) {
      expect(verify(key, { ...parsed, header: { ...parsed.header, alg } })).toBe(false);
    }
  });

  test("SEC-JOSE-10 the key cannot be made for an algorithm of another type or curve", () => {
    const row = ALGORITHMS.get(algorithm);
    for (const [name, other] of ALGORITHMS) {
      if (other.keyType === row?.keyType && other.curve === row.curve) continue;
      const { publicKey, privateKey, secret } = key;
      expect(() => createSigningKey({ algorithm: name, kid: "k", publicKey, privateKey, secret })).toThrow(KeyRefused);
    }
  });

  test("disabled keys verify nothing, passive keys verify and do not sign", () => {
    const { publicKey, privateKey, secret } = key;
    const disabled = createSigningKey({ algorithm, kid: "k", publicKey, privateKey, secret, status: "disabled" });
    const passive = createSigningKey({ algorithm, kid: "k", publicKey, privateKey, secret, status: "passive" });
    expect(verify(disabled, compact(token))).toBe(false);
    expect(verify(passive, compact(token))).toBe(true);
    expect(() => sign(passive, headerPart(passive, "JWT"), "{}")).toThrow(/not there to sign|only verify/);
    expect(() => sign(disabled, headerPart(disabled, "JWT"), "{}")).toThrow(/not there to sign|only verify/);
  });
});

describe("examples of the RFCs", () => {
  const PAYLOAD_A1 = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

  test("RFC 7515 A.1, HS256", () => {
    const k = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    const key = createSigningKey({ algorithm: "HS256", kid: "a1", secret: createSecretKey(Buffer.from(k, "base64url")) });
    const token = `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${PAYLOAD_A1}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`;
    expect(verify(key, compact(token))).toBe(true);
    expect(parseJws(token)).toMatchObject({ payload: { iss: "joe", exp: 1300819380, "http://example.com/is_root": true } });
  });

  test("RFC 7515 A.2, RS256", () => {
    const n =
      "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    const signature =
      "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    const key = createSigningKey({ algorithm: "RS256", publicKey: publicKey({ kty: "RSA", n, e: "AQAB" }) });
    expect(verify(key, compact(`eyJhbGciOiJSUzI1NiJ9.${PAYLOAD_A1}.${signature}`))).toBe(true);
  });

  test("RFC 7515 A.3, ES256", () => {
    const jwk = {
      kty: "EC",
      crv: "P-256",
      x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
      y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    };
    const signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    const key = createSigningKey({ algorithm: "ES256", publicKey: publicKey(jwk) });
    expect(verify(key, compact(`eyJhbGciOiJFUzI1NiJ9.${PAYLOAD_A1}.${signature}`))).toBe(true);
  });

  test("RFC 7515 A.4, ES512, whose payload is no JSON", () => {
    const x = "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk";
    const y = "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2";
    const token =
      "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn";
    const key = createSigningKey({ algorithm: "ES512", publicKey: publicKey({ kty: "EC", crv: "P-521", x, y }) });
    expect(verify(key, compact(token))).toBe(true);
    expect(parseJws(token)).toBe("payload_not_json");
  });

  test("RFC 8037 A.4, EdDSA", () => {
    const key = createSigningKey({
      algorithm: "EdDSA",
      publicKey: publicKey({ kty: "OKP", crv: "Ed25519", x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }),
    });
    const token =
      "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    expect(verify(key, compact(token))).toBe(true);
  });
});

describe("SEC-JOSE-11 a public key is never an HMAC key", () => {
  const rsa = createSigningKey({ algorithm: "RS256", kid: "k", ...RSA });
  const spki = RSA.publicKey.export({ format: "pem", type: "spki" });
  const jwk = RSA.publicKey.export({ format: "jwk" });
  test.each([
    ["PEM", spki],
    ["PEM with a leading space", ` ${spki}`],
    ["PEM with a leading newline", `\n${spki}`],
    ["PEM without its last newline", spki.trimEnd()],
    ["DER", RSA.publicKey.export({ format: "der", type: "spki" })],
    ["PKCS#1 DER", RSA.publicKey.export({ format: "der", type: "pkcs1" })],
    ["JWK text", JSON.stringify(jwk)],
    ["the modulus", Buffer.from(String(jwk.n), "base64url")],
    ["nothing", Buffer.alloc(0)],
  ])("SEC-JOSE-11 refuses HS256 over the public key as %s", (_title, secret) => {
    const signingInput = `${Buffer.from('{"alg":"HS256","kid":"k"}').toString("base64url")}.${Buffer.from("{}").toString("base64url")}`;
    const signature = createHmac("sha256", secret).update(signingInput).digest("base64url");
    expect(verify(rsa, compact(`${signingInput}.${signature}`))).toBe(false);
  });

  test("SEC-JOSE-11 no HMAC key is made from a key pair, and none is blank", () => {
    expect(() => createSigningKey({ algorithm: "HS256", kid: "k", publicKey: RSA.publicKey })).toThrow(KeyRefused);
    expect(() => createSigningKey({ algorithm: "HS256", kid: "k", publicKey: RSA.publicKey, secret: SECRET })).toThrow(KeyRefused);
    expect(() => createSigningKey({ algorithm: "HS256", kid: "k", secret: RSA.publicKey })).toThrow(KeyRefused);
    expect(() => createSigningKey({ algorithm: "HS256", kid: "k", secret: createSecretKey(Buffer.alloc(0)) })).toThrow(KeyRefused);
    expect(() => clientSecretKey("", "HS256")).toThrow(KeyRefused);
  });
});

describe("forms of a signature", () => {
  const pair = CURVE_PAIRS["P-256"];
  if (!pair) throw new Error("no pair");
  const es256 = createSigningKey({ algorithm: "ES256", kid: "k", ...pair });

  test("a DER-encoded ECDSA signature is refused", () => {
    const parsed = compact(sign(es256, headerPart(es256, "JWT"), "{}"));
    const signature = nodeSign("sha256", Buffer.from(parsed.signingInput), pair.privateKey);
    expect(verify(es256, { ...parsed, signature })).toBe(false);
  });

  test("ECDSA signatures of zeros, ones and the group order are refused", () => {
    const order = Buffer.from("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", "hex");
    const one = Buffer.alloc(32);
    one[31] = 1;
    const values = [Buffer.alloc(32), one, order, Buffer.alloc(32, 0xff)];
    const parsed = compact(sign(es256, headerPart(es256, "JWT"), "{}"));
    for (const r of values) for (const s of values) expect(verify(es256, { ...parsed, signature: Buffer.concat([r, s]) })).toBe(false);
  });

  test("an ECDSA signature with the high s is accepted: nothing is keyed by it", () => {
    const order = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    const parsed = compact(sign(es256, headerPart(es256, "JWT"), "{}"));
    const s = order - BigInt(`0x${parsed.signature.subarray(32).toString("hex")}`);
    const flipped = Buffer.concat([parsed.signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, "0"), "hex")]);
    expect(verify(es256, { ...parsed, signature: flipped })).toBe(true);
  });

  test("PS256 and RS256 signatures of one key do not stand for each other", () => {
    const rs = createSigningKey({ algorithm: "RS256", kid: "k", ...RSA });
    const ps = createSigningKey({ algorithm: "PS256", kid: "k", ...RSA });
    const parsed = compact(sign(rs, headerPart(rs, "JWT"), "{}"));
    expect(verify(ps, { ...parsed, header: { ...parsed.header, alg: "PS256" } })).toBe(false);
  });
});

describe("making keys", () => {
  test("SEC-JOSE-13 refuses RSA keys that are small or have another exponent", () => {
    expect(() => createSigningKey({ algorithm: "RS256", ...generateKeyPairSync("rsa", { modulusLength: 1024 }) })).toThrow(/2048/);
    expect(() =>
      createSigningKey({ algorithm: "RS256", ...generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent: 3 }) }),
    ).toThrow(/exponent/);
  });

  test("SEC-JOSE-13 refuses curves and key types of no algorithm", () => {
    expect(() => createSigningKey({ algorithm: "ES256", ...generateKeyPairSync("ec", { namedCurve: "secp256k1" }) })).toThrow(KeyRefused);
    expect(() => createSigningKey({ algorithm: "EdDSA", ...generateKeyPairSync("ed448") })).toThrow(KeyRefused);
    expect(() => createSigningKey({ algorithm: "EdDSA", ...generateKeyPairSync("x25519") })).toThrow(KeyRefused);
    expect(() => createSigningKey({ algorithm: "PS256", ...generateKeyPairSync("rsa-pss", { modulusLength: 2048 }) })).toThrow(KeyRefused);
  });

  test("refuses halves that do not belong together", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    expect(() => createSigningKey({ algorithm: "ES256", privateKey, publicKey: CURVE_PAIRS["P-256"]?.publicKey })).toThrow(
      /belong together/,
    );
  });

  test("the kid of a key pair is the hash of its public key, and must be readable", () => {
    expect(createSigningKey({ algorithm: "RS256", ...RSA }).kid).toBe(keyThumbprint(RSA.publicKey));
    for (const kid of ["", "a\nb", "k".repeat(513)])
      expect(() => createSigningKey({ algorithm: "RS256", kid, ...RSA })).toThrow(KeyRefused);
    expect(() => createSigningKey({ algorithm: "HS256", secret: SECRET })).toThrow(KeyRefused);
  });

  test("a public key alone verifies and does not sign", () => {
    const key = createSigningKey({ algorithm: "RS256", publicKey: RSA.publicKey });
    expect(() => sign(key, headerPart(key, "JWT"), "{}")).toThrow(/not there to sign|only verify/);
  });

  test("encryption keys neither sign nor verify", () => {
    const key = createSigningKey({ algorithm: "RSA-OAEP", use: "enc", kid: "k", ...RSA });
    const token = sign(createSigningKey({ algorithm: "RS256", kid: "k", ...RSA }), headerPart(keyFor("RS256"), "JWT"), "{}");
    expect(verify(key, compact(token))).toBe(false);
    expect(() => sign(key, headerPart(key, "JWT"), "{}")).toThrow(/not there to sign|only verify/);
  });

  test("refusals say nothing of the key", () => {
    expect(() => createSigningKey({ algorithm: "ES256", kid: "k", ...RSA })).toThrow(
      new KeyRefused("a key of type RSA cannot be used with ES256"),
    );
  });

  test("the table knows which algorithms a key fits", () => {
    expect(algorithmsFor("RSA")).toEqual(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]);
    expect(algorithmsFor("EC", "P-384")).toEqual(["ES384"]);
    expect(algorithmsFor("OKP", "Ed25519")).toEqual(["EdDSA"]);
    expect(algorithmsFor("oct")).toEqual(["HS256", "HS384", "HS512"]);
  });
});

describe("headers", () => {
  test("are written letter for letter as Keycloak writes them", () => {
    const key = createSigningKey({ algorithm: "RS256", kid: "abc", ...RSA });
    expect(Buffer.from(headerPart(key, "JWT"), "base64url").toString()).toBe('{"alg":"RS256","typ" : "JWT","kid" : "abc"}');
    expect(Buffer.from(headerPart(key, "at+jwt"), "base64url").toString()).toBe('{"alg":"RS256","typ" : "at+jwt","kid" : "abc"}');
    expect(headerPart(key, "JWT")).toBe(headerPart(key, "JWT"));
  });

  test("escape what a kid may contain", () => {
    const key = createSigningKey({ algorithm: "RS256", kid: 'a","alg":"none', ...RSA });
    const parsed = compact(sign(key, headerPart(key, "JWT"), "{}"));
    expect(parsed.header).toMatchObject({ alg: "RS256", kid: 'a","alg":"none' });
  });

  test("a client secret makes the key of client_secret_jwt", () => {
    const key = clientSecretKey("s3cret-ü", "HS256");
    const input = `${headerPart(key, "JWT")}.${Buffer.from("{}").toString("base64url")}`;
    const token = `${input}.${createHmac("sha256", "s3cret-ü").update(input).digest("base64url")}`;
    expect(verify(key, compact(token))).toBe(true);
  });
});
