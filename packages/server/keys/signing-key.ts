import { createHash, createSecretKey, type KeyObject, type X509Certificate } from "node:crypto";
import { ALGORITHMS, type KeyMaterial, type Signer } from "./algorithms.ts";
import { isCleanText, MAX_KID_LENGTH, type CompactJws } from "./jws.ts";
import { inspectKey, type KeyKind, KeyRefused, publicHalf } from "./key-material.ts";

export type KeyUse = "sig" | "enc";
/** active: signs; passive: verifies what it signed before; disabled: neither. */
export type KeyStatus = "active" | "passive" | "disabled";

/** A key with the one algorithm it may be used for (SEC-JOSE-10). Made by {@link createSigningKey}, immutable. */
export interface SigningKey extends KeyMaterial {
  readonly kid: string;
  /** A row of `ALGORITHMS` for `sig`; the key management algorithm (`RSA-OAEP`) or `AES` for `enc`. */
  readonly algorithm: string;
  readonly use: KeyUse;
  readonly kind: KeyKind;
  readonly status: KeyStatus;
  /** Higher signs first. */
  readonly priority: number;
  /** Id of the component the key came from. */
  readonly providerId?: string | undefined;
  readonly certificate?: X509Certificate | undefined;
  /** Undefined for `enc`. */
  readonly signer: Signer | undefined;
  /** Header segments made so far, by `typ`; they only depend on the key. */
  readonly headerParts: Map<string, string>;
}

/** What a key is made of. `kid` defaults to the thumbprint of the public key. */
export interface SigningKeyParts extends KeyMaterial {
  readonly algorithm: string;
  readonly kid?: string | undefined;
  readonly use?: KeyUse;
  readonly status?: KeyStatus;
  readonly priority?: number;
  readonly providerId?: string | undefined;
  readonly certificate?: X509Certificate | undefined;
}

/**
 * Builds a key and refuses one that is weak, does not fit its algorithm, or whose halves do not belong together.
 * @throws {KeyRefused}
 */
export function createSigningKey(parts: SigningKeyParts): SigningKey {
  const { algorithm, use = "sig", secret, privateKey, certificate } = parts;
  const publicKey = parts.publicKey ?? (privateKey && publicHalf(privateKey));
  const kind = kindOf(secret, publicKey, privateKey);
  const kid = parts.kid ?? (publicKey && keyThumbprint(publicKey));
  if (kid === undefined || kid.length > MAX_KID_LENGTH || !isCleanText(kid)) throw new KeyRefused("a key needs a readable kid");

  const row = ALGORITHMS.get(algorithm);
  if (use === "sig" && (!row || row.keyType !== kind.type || row.curve !== kind.curve)) {
    throw new KeyRefused(`a key of type ${[kind.type, kind.curve].filter(Boolean).join(" ")} cannot be used with ${algorithm}`);
  }
  const signer = use === "sig" ? row?.signer({ publicKey, privateKey, secret }) : undefined;
  if (signer && privateKey && !belongTogether(signer)) throw new KeyRefused("the private and the public key do not belong together");
  return {
    kid,
    algorithm,
    use,
    kind,
    status: parts.status ?? "active",
    priority: parts.priority ?? 0,
    providerId: parts.providerId,
    publicKey,
    privateKey,
    secret,
    certificate,
    signer,
    headerParts: new Map(),
  };
}

function kindOf(secret: KeyObject | undefined, publicKey: KeyObject | undefined, privateKey: KeyObject | undefined): KeyKind {
  if (secret) {
    // A public key given as bytes of a secret is what "HS256 with the public key" attacks need (SEC-JOSE-11).
    if (publicKey || privateKey) throw new KeyRefused("a key is either secret or a key pair");
    if (secret.type !== "secret" || !secret.symmetricKeySize) throw new KeyRefused("a secret key has at least one byte");
    return { type: "oct" };
  }
  if (!publicKey) throw new KeyRefused("there is no key");
  return inspectKey(publicKey);
}

/** Also finds broken CRT values, whose signatures would give the private key away. */
function belongTogether(signer: Signer): boolean {
  const input = Buffer.from("cambist");
  try {
    return signer.verify(input, signer.sign(input));
  } catch {
    return false;
  }
}

/** Keycloak's key id: base64url of SHA-256 over the SubjectPublicKeyInfo. (Not the JWK thumbprint of RFC 7638.) */
export function keyThumbprint(publicKey: KeyObject): string {
  return createHash("sha256")
    .update(publicKey.export({ format: "der", type: "spki" }))
    .digest("base64url");
}

/** The HMAC key of a client secret, for `client_secret_jwt` (RFC 7523 §2.2). @throws {KeyRefused} when the secret is empty */
export function clientSecretKey(secret: string, algorithm: string): SigningKey {
  return createSigningKey({ algorithm, kid: "client-secret", secret: createSecretKey(Buffer.from(secret, "utf8")) });
}

/**
 * Whether this key signed this token. The key decides on the algorithm: a token that names another one is refused before
 * any cryptography, as is a disabled or an encryption key. Never throws. Who chose the key by `kid`: `RealmKeys.find`.
 */
export function verify(key: SigningKey, token: CompactJws): boolean {
  if (!key.signer || key.status === "disabled" || token.header.alg !== key.algorithm) return false;
  try {
    return key.signer.verify(Buffer.from(token.signingInput, "latin1"), token.signature);
  } catch {
    return false; // OpenSSL may throw on a signature of impossible size
  }
}

/**
 * The first segment of the tokens a key signs, letter for letter as Keycloak writes it; `typ` is `JWT`, `at+jwt`, … and comes
 * from code or configuration, never from a request. Made once per key and `typ`.
 */
export function headerPart(key: SigningKey, typ: string): string {
  const known = key.headerParts.get(typ);
  if (known !== undefined) return known;
  const text = `{"alg":"${key.algorithm}","typ" : ${JSON.stringify(typ)},"kid" : ${JSON.stringify(key.kid)}}`;
  const part = Buffer.from(text, "utf8").toString("base64url");
  key.headerParts.set(typ, part);
  return part;
}

/**
 * A compact JWS over `payloadJson` under a header from {@link headerPart}.
 * @throws {Error} when the key may not sign: that is a mistake of the caller, who took it from `RealmKeys.active`
 * @see RFC 7515 §5.1
 */
export function sign(key: SigningKey, headerPart: string, payloadJson: string): string {
  if (!key.signer || key.status !== "active") throw new Error(`Key ${key.kid} is not there to sign`);
  const signingInput = `${headerPart}.${Buffer.from(payloadJson, "utf8").toString("base64url")}`;
  return `${signingInput}.${key.signer.sign(Buffer.from(signingInput, "latin1")).toString("base64url")}`;
}
