import { constants, createHmac, type KeyObject, sign, timingSafeEqual, verify } from "node:crypto";

/** Kinds of key as JWK names them (RFC 7518 §6.1, RFC 8037). */
export type KeyType = "RSA" | "EC" | "OKP" | "oct";

/** Signs and verifies with one key by one algorithm; nothing about it can be chosen by a token. */
export interface Signer {
  /** @throws {Error} when the key has no private part */
  sign(input: Buffer): Buffer;
  verify(input: Buffer, signature: Buffer): boolean;
}

/** The halves of a key as node holds them. Secret keys have `secret` only. */
export interface KeyMaterial {
  readonly publicKey?: KeyObject | undefined;
  readonly privateKey?: KeyObject | undefined;
  readonly secret?: KeyObject | undefined;
}

/** One JWS algorithm (RFC 7518 §3.1, RFC 8037 §3.1). */
export interface AlgorithmRow {
  readonly keyType: KeyType;
  /** JWK name of the only curve, for EC and OKP. */
  readonly curve?: string;
  /** Length of each signature, where the algorithm fixes it (IEEE P1363 form for ECDSA: r and s side by side, never DER). */
  readonly signatureBytes?: number;
  signer(key: KeyMaterial): Signer;
}

/** Passed to OpenSSL beside the key. */
interface Scheme {
  readonly dsaEncoding?: "ieee-p1363";
  readonly padding?: number;
  readonly saltLength?: number;
}

/** One-shot synchronous calls: no thread pool, no stream objects (SEC-JOSE-32). */
function asymmetric(digest: string | undefined, scheme: Scheme): (key: KeyMaterial) => Signer {
  return ({ publicKey, privateKey }) => {
    const verifyWith = publicKey && { key: publicKey, ...scheme };
    const signWith = privateKey && { key: privateKey, ...scheme };
    return {
      sign(input) {
        if (!signWith) throw new Error("This key can only verify");
        return sign(digest, input, signWith);
      },
      verify: (input, signature) => verifyWith !== undefined && verify(digest, input, verifyWith, signature),
    };
  };
}

function hmac(digest: string): (key: KeyMaterial) => Signer {
  return ({ secret }) => {
    if (!secret) throw new Error("HMAC needs a secret key");
    const sign = (input: Buffer): Buffer => createHmac(digest, secret).update(input).digest();
    return {
      sign,
      verify(input, signature) {
        const expected = sign(input);
        return signature.length === expected.length && timingSafeEqual(signature, expected);
      },
    };
  };
}

const pkcs1 = (digest: string): AlgorithmRow => ({ keyType: "RSA", signer: asymmetric(digest, {}) });
const pss = (digest: string): AlgorithmRow => ({
  keyType: "RSA",
  signer: asymmetric(digest, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }),
});
const ecdsa = (digest: string, curve: string, signatureBytes: number): AlgorithmRow => ({
  keyType: "EC",
  curve,
  signatureBytes,
  signer: asymmetric(digest, { dsaEncoding: "ieee-p1363" }),
});
const mac = (digest: string, signatureBytes: number): AlgorithmRow => ({ keyType: "oct", signatureBytes, signer: hmac(digest) });

/**
 * Every JWS algorithm spoken here; code elsewhere looks rows up and lists none. Names are compared exactly, `none` is no row.
 * ECDSA signatures with a high s verify: JOSE does not forbid them, and nothing here is keyed by a token's text.
 */
export const ALGORITHMS: ReadonlyMap<string, AlgorithmRow> = new Map([
  ["RS256", pkcs1("sha256")],
  ["RS384", pkcs1("sha384")],
  ["RS512", pkcs1("sha512")],
  ["PS256", pss("sha256")],
  ["PS384", pss("sha384")],
  ["PS512", pss("sha512")],
  ["ES256", ecdsa("sha256", "P-256", 64)],
  ["ES384", ecdsa("sha384", "P-384", 96)],
  ["ES512", ecdsa("sha512", "P-521", 132)],
  ["EdDSA", { keyType: "OKP", curve: "Ed25519", signatureBytes: 64, signer: asymmetric(undefined, {}) }],
  ["HS256", mac("sha256", 32)],
  ["HS384", mac("sha384", 48)],
  ["HS512", mac("sha512", 64)],
]);

/** The algorithms a key of this type (and curve) can be used with, in table order. */
export function algorithmsFor(keyType: KeyType, curve?: string): readonly string[] {
  return [...ALGORITHMS].filter(([, row]) => row.keyType === keyType && row.curve === curve).map(([name]) => name);
}
