import { createPublicKey, type KeyObject } from "node:crypto";
import { algorithmsFor } from "./algorithms.ts";
import { isCanonicalBase64url, isCleanText, MAX_KID_LENGTH } from "./jws.ts";
import { inspectKey, KeyRefused, readCertificate, readPublicKey } from "./key-material.ts";
import { createSigningKey, keyThumbprint, type SigningKey } from "./signing-key.ts";
import { type JsonObject, type JsonValue, parseStrictJsonObject } from "./strict-json.ts";

/** The public keys of a client or an outside provider, ready to verify. */
export interface VerificationKeys {
  /**
   * The one key for this kid and algorithm; undefined unless it is exactly one. Without a kid (Keycloak takes assertions
   * without one) the only key that fits the algorithm.
   */
  find(kid: string | undefined, algorithm: string): SigningKey | undefined;
  /** Whether the set knows this kid at all, for the refetch of remote sets. */
  has(kid: string): boolean;
  /** Keys of the set that are of no use here, for the operator. */
  readonly skipped: readonly SkippedKey[];
}

export interface SkippedKey {
  readonly kid: string | undefined;
  readonly reason: string;
}

const MAX_SET_BYTES = 65_536;
const MAX_KEYS = 100;

/**
 * The keys that a client's attributes hold for `private_key_jwt`: a JWK set (`use.jwks.string`, `jwks.string`), a certificate
 * (`jwt.credential.certificate`) or a public key (`jwt.credential.public.key`). As in Keycloak a certificate beside a public key
 * is refused, and `jwt.credential.kid` names either. A `jwks.url` is not fetched here.
 * @throws {KeyRefused} when there is no key or the set as a whole is not to be trusted
 */
export function importClientKeys(attributes: Readonly<Record<string, string | undefined>>): VerificationKeys {
  if (attributes["use.jwks.string"]?.toLowerCase() === "true") return importJwkSet(attributes["jwks.string"] ?? "");
  const certificate = attributes["jwt.credential.certificate"];
  const publicKey = attributes["jwt.credential.public.key"];
  if (certificate && publicKey) throw new KeyRefused("the client has a certificate and a public key, only one of them can be meant");
  if (certificate) return keysOf([usable(readCertificate(certificate).publicKey, attributes["jwt.credential.kid"])], []);
  if (publicKey) return keysOf([usable(readPublicKey(publicKey), attributes["jwt.credential.kid"])], []);
  throw new KeyRefused("the client has no key");
}

/**
 * The signature keys of a JWK set (RFC 7517 §5), given as text. Keys of other kinds and for other uses are skipped, as the RFC
 * asks; a set that is ambiguous or holds secret or private keys is refused whole (SEC-JOSE-12, 13).
 * @throws {KeyRefused}
 */
export function importJwkSet(text: string): VerificationKeys {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.length > MAX_SET_BYTES) throw new KeyRefused(`the key set is larger than ${MAX_SET_BYTES} bytes`);
  const set = parseStrictJsonObject(bytes);
  if (typeof set === "string") throw new KeyRefused(`the key set is not a JSON object (${set})`);
  const { keys } = set;
  if (!isArray(keys) || keys.length > MAX_KEYS || !keys.every(isObject))
    throw new KeyRefused(`"keys" is not a list of at most ${MAX_KEYS} keys`);
  refuseSecrets(keys);
  refuseSharedKids(keys);

  const found: SigningKey[][] = [];
  const skipped: SkippedKey[] = [];
  for (const jwk of keys) {
    try {
      found.push(importJwk(jwk));
    } catch (error) {
      if (!(error instanceof KeyRefused)) throw error;
      skipped.push({ kid: typeof jwk["kid"] === "string" ? jwk["kid"] : undefined, reason: error.message });
    }
  }
  return keysOf(found, skipped);
}

/** Members that only secret and private keys have (RFC 7518 §6.2.2, §6.3.2, §6.4, RFC 8037 §2). */
const SECRET_MEMBERS = ["k", "d", "p", "q", "dp", "dq", "qi", "oth"];

function refuseSecrets(keys: readonly JsonObject[]): void {
  if (keys.some((jwk) => jwk["kty"] === "oct" || SECRET_MEMBERS.some((member) => jwk[member] !== undefined))) {
    throw new KeyRefused("the key set holds a secret or private key; publish public keys only and replace that one");
  }
}

function refuseSharedKids(keys: readonly JsonObject[]): void {
  const kids = keys.map((jwk) => jwk["kid"]).filter((kid) => kid !== undefined);
  if (new Set(kids).size < kids.length) throw new KeyRefused("two keys of the set have the same kid");
}

/** @throws {KeyRefused} when it is no signature key of ours */
function importJwk(jwk: JsonObject): SigningKey[] {
  const { kid, alg, use, key_ops: operations } = jwk;
  if (kid !== undefined && (typeof kid !== "string" || kid.length > MAX_KID_LENGTH || !isCleanText(kid)))
    throw new KeyRefused("its kid is not a readable string");
  if (use !== undefined && use !== "sig") throw new KeyRefused("its use is not sig");
  if (operations !== undefined && (!isArray(operations) || !operations.includes("verify")))
    throw new KeyRefused("its key_ops do not allow verify");
  if (alg !== undefined && typeof alg !== "string") throw new KeyRefused("its alg is not a string");
  return usable(readJwk(jwk), kid, alg);
}

/** Members that make up each kind of public key; all base64url. */
const KEY_MEMBERS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["RSA", ["n", "e"]],
  ["EC", ["x", "y"]],
  ["OKP", ["x"]],
]);
/** Coordinates have exactly the size of the field (RFC 7518 §6.2.1.2, RFC 8037 §2). */
const COORDINATE_BYTES: ReadonlyMap<unknown, number> = new Map([
  ["P-256", 32],
  ["P-384", 48],
  ["P-521", 66],
  ["Ed25519", 32],
]);

function readJwk(jwk: JsonObject): KeyObject {
  const { kty, crv } = jwk;
  const members = KEY_MEMBERS.get(kty);
  if (!members) throw new KeyRefused("its kty is not supported");
  const coordinateBytes = COORDINATE_BYTES.get(crv);
  if (kty !== "RSA" && coordinateBytes === undefined) throw new KeyRefused("its curve is not supported");
  const key: Record<string, unknown> = { kty, crv };
  for (const name of members) {
    const value = jwk[name];
    if (typeof value !== "string" || !/^[A-Za-z0-9_-]+$/.test(value) || !isCanonicalBase64url(value))
      throw new KeyRefused(`its ${name} is not base64url`);
    if (kty !== "RSA" && Buffer.from(value, "base64url").length !== coordinateBytes) throw new KeyRefused(`its ${name} has the wrong size`);
    key[name] = value;
  }
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    throw new KeyRefused("its values are not a key");
  }
}

/** One signing key per algorithm it may verify: the one it names, or all of its type. */
function usable(publicKey: KeyObject, kid?: string, alg?: string): SigningKey[] {
  const { type, curve } = inspectKey(publicKey);
  const algorithms = alg === undefined ? algorithmsFor(type, curve) : [alg];
  return algorithms.map((algorithm) => createSigningKey({ algorithm, kid: kid || keyThumbprint(publicKey), publicKey }));
}

function keysOf(found: readonly (readonly SigningKey[])[], skipped: readonly SkippedKey[]): VerificationKeys {
  const keys = found.flat();
  return {
    skipped,
    has: (kid) => keys.some((key) => key.kid === kid),
    find(kid, algorithm) {
      const fitting = keys.filter((key) => key.algorithm === algorithm && (kid === undefined || key.kid === kid));
      return fitting.length === 1 ? fitting[0] : undefined;
    },
  };
}

const isArray = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value);
const isObject = (value: JsonValue): value is JsonObject => typeof value === "object" && value !== null && !isArray(value);
