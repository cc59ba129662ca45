import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { START } from "../../testing/test-server.ts";

/** A client's own key pair and what it publishes of it. */
export interface ClientKey {
  readonly privateKey: KeyObject;
  readonly jwk: Readonly<Record<string, unknown>>;
  readonly kid: string;
  readonly algorithm: "RS256" | "ES256";
}

export function newClientKey(kid: string, algorithm: ClientKey["algorithm"] = "ES256"): ClientKey {
  const { publicKey, privateKey } =
    algorithm === "ES256" ? generateKeyPairSync("ec", { namedCurve: "P-256" }) : generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { privateKey, kid, algorithm, jwk: { ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: algorithm } };
}

export interface AssertionChange {
  /** Signs; instead of it `secret` may. */
  readonly key?: ClientKey;
  readonly secret?: string;
  /** `iss` and `sub`. */
  readonly client?: string;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Moment of issue, in seconds; that of a new test server unless given. */
  readonly now?: number;
}

/** An assertion that gets its client in (RFC 7523 §3); every change breaks something. */
export function assertion(
  { issuer }: { readonly issuer: string },
  { key, secret, client = "keyed", header, claims, now = START / 1000 }: AssertionChange,
): string {
  const alg = secret === undefined ? key?.algorithm : "HS256";
  const head = { alg, typ: "JWT", ...(key && { kid: key.kid }), ...header };
  const body = { iss: client, sub: client, aud: issuer, jti: randomUUID(), iat: now, exp: now + 60, ...claims };
  const input = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${input}.${signature(input, key, secret).toString("base64url")}`;
}

function signature(input: string, key: ClientKey | undefined, secret: string | undefined): Buffer {
  if (secret !== undefined) return createHmac("sha256", secret).update(input).digest();
  if (!key) throw new Error("an assertion needs a key or a secret");
  return sign("sha256", Buffer.from(input), { key: key.privateKey, dsaEncoding: "ieee-p1363" });
}
