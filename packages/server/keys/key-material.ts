import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject, X509Certificate } from "node:crypto";
import type { KeyType } from "./algorithms.ts";
import { isSoundEd25519Point } from "./ed25519-point.ts";
import { isRocaModulus } from "./roca.ts";

/** A key that must not be used; the message says why and holds nothing of the key. */
export class KeyRefused extends Error {
  override readonly name = "KeyRefused";
}

/** What a key is, as far as algorithms care. */
export interface KeyKind {
  readonly type: KeyType;
  /** JWK name of the curve, for EC and OKP. */
  readonly curve?: string;
}

/** OpenSSL's curve names and JWK's. Others are refused. */
const CURVES: ReadonlyMap<string | undefined, string> = new Map([
  ["prime256v1", "P-256"],
  ["secp384r1", "P-384"],
  ["secp521r1", "P-521"],
]);

const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

/**
 * The kind of an asymmetric key, once it is sound: RSA of 2048 to 8192 bits with exponent 65537, the NIST curves, Ed25519
 * with a proper point (EC points are validated by OpenSSL when the key object is made). @see SEC-JOSE-13
 * @throws {KeyRefused}
 */
export function inspectKey(key: KeyObject): KeyKind {
  const details = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa": {
      const bits = details.modulusLength ?? 0;
      if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS)
        throw new KeyRefused(`RSA keys have ${MIN_RSA_BITS} to ${MAX_RSA_BITS} bits, this one has ${bits}`);
      if (details.publicExponent !== 65537n) throw new KeyRefused("the public exponent of an RSA key is 65537, this one has another");
      if (isRocaModulus(modulusOf(key))) throw new KeyRefused("this RSA key was made by a library whose keys can be factored (ROCA)");
      return { type: "RSA" };
    }
    case "ec": {
      const curve = CURVES.get(details.namedCurve);
      if (!curve) throw new KeyRefused("the curve of an EC key is P-256, P-384 or P-521, this one has another");
      return { type: "EC", curve };
    }
    case "ed25519": {
      const spki = publicHalf(key).export({ format: "der", type: "spki" });
      if (!isSoundEd25519Point(spki.subarray(-32)))
        throw new KeyRefused("the point of this Ed25519 key is not on the curve or of small order");
      return { type: "OKP", curve: "Ed25519" };
    }
    default:
      throw new KeyRefused(`keys of type ${key.asymmetricKeyType ?? "secret"} are not supported here`);
  }
}

function modulusOf(key: KeyObject): bigint {
  const { n = "" } = publicHalf(key).export({ format: "jwk" });
  return BigInt(`0x${Buffer.from(n, "base64url").toString("hex")}`);
}

/** The public half of either half. */
export const publicHalf = (key: KeyObject): KeyObject => (key.type === "public" ? key : createPublicKey(key));

const PEM_FRAME = /-----(?:BEGIN|END) [A-Z0-9 ]+-----/g;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** DER bytes from PEM or from the bare base64 that Keycloak stores. @throws {KeyRefused} */
function decodeDer(text: string, what: string): Buffer {
  const letters = text.replaceAll(PEM_FRAME, "").replaceAll(/\s+/g, "");
  if (!BASE64.test(letters)) throw new KeyRefused(`the ${what} is not base64`);
  return Buffer.from(letters, "base64");
}

/** A private key in PKCS#8 or, as Keycloak writes RSA keys, PKCS#1; PEM or base64 DER. @throws {KeyRefused} */
export function readPrivateKey(text: string): KeyObject {
  const der = decodeDer(text, "private key");
  for (const type of ["pkcs8", "pkcs1"] as const) {
    try {
      return createPrivateKey({ key: der, format: "der", type });
    } catch {
      // the other format, or no key at all
    }
  }
  throw new KeyRefused("the private key is neither PKCS#8 nor PKCS#1");
}

/** A public key (SubjectPublicKeyInfo), PEM or base64 DER. @throws {KeyRefused} */
export function readPublicKey(text: string): KeyObject {
  const der = decodeDer(text, "public key");
  try {
    return createPublicKey({ key: der, format: "der", type: "spki" });
  } catch {
    throw new KeyRefused("the public key is not a SubjectPublicKeyInfo");
  }
}

/** A certificate, PEM or base64 DER. Its dates and issuer are not looked at: it carries a key. @throws {KeyRefused} */
export function readCertificate(text: string): X509Certificate {
  const der = decodeDer(text, "certificate");
  try {
    return new X509Certificate(der);
  } catch {
    throw new KeyRefused("the certificate cannot be read");
  }
}

const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/;

/** A secret in Keycloak's base64url. @throws {KeyRefused} when it is not base64url or shorter than `minBytes` */
export function readSecret(text: string, minBytes: number): KeyObject {
  if (!BASE64URL.test(text)) throw new KeyRefused("the secret is not base64url");
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length < minBytes) throw new KeyRefused(`the secret has ${bytes.length} bytes, at least ${minBytes} are needed`);
  return createSecretKey(bytes);
}
