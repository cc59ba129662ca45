import { createHash } from "node:crypto";
import type { SigningKey } from "./signing-key.ts";

/** A public key as the certs endpoint publishes it; members in Keycloak's order. */
export interface PublishedKey {
  readonly kid: string;
  readonly kty: string;
  readonly alg: string;
  readonly use: "sig" | "enc";
  readonly x5c?: readonly string[];
  readonly x5t?: string;
  readonly "x5t#S256"?: string;
  readonly [member: string]: unknown;
}

/** Public members of a JWK by key type (RFC 7518 §6, RFC 8037 §2); nothing else of the exported key is let out. */
const PUBLIC_MEMBERS = { RSA: ["n", "e"], EC: ["crv", "x", "y"], OKP: ["crv", "x"], oct: [] } as const;

/** The body of `/protocol/openid-connect/certs`: enabled keys with a public part, active and passive; never a secret key. */
export function jwks(keys: readonly SigningKey[]): { readonly keys: readonly PublishedKey[] } {
  return { keys: keys.filter((key) => key.publicKey && key.status !== "disabled").map(publish) };
}

function publish(key: SigningKey): PublishedKey {
  const jwk: Readonly<Record<string, unknown>> = { ...key.publicKey?.export({ format: "jwk" }) };
  const members = Object.fromEntries(PUBLIC_MEMBERS[key.kind.type].map((name) => [name, jwk[name]]));
  const certificate = key.certificate?.raw;
  return {
    kid: key.kid,
    kty: key.kind.type,
    alg: key.algorithm,
    use: key.use,
    ...(certificate && {
      x5c: [certificate.toString("base64")],
      x5t: createHash("sha1").update(certificate).digest("base64url"),
      "x5t#S256": createHash("sha256").update(certificate).digest("base64url"),
    }),
    ...members,
  };
}

/** One row of Keycloak's key list. */
export interface KeyMetadata {
  readonly providerId?: string | undefined;
  readonly providerPriority: number;
  readonly kid: string;
  readonly status: "ACTIVE" | "PASSIVE" | "DISABLED";
  readonly type: string;
  readonly algorithm: string;
  /** Base64 of the SubjectPublicKeyInfo. */
  readonly publicKey?: string;
  /** Base64 of the certificate. */
  readonly certificate?: string;
  readonly use: "SIG" | "ENC";
  /** End of the certificate, epoch milliseconds. */
  readonly validTo?: number;
}

const STATUS = { active: "ACTIVE", passive: "PASSIVE", disabled: "DISABLED" } as const;
const USE = { sig: "SIG", enc: "ENC" } as const;

/** The body of `GET /admin/realms/{realm}/keys`; `active` names the signing (or encrypting) key per algorithm. */
export function keyMetadata(keys: readonly SigningKey[]): {
  readonly active: Readonly<Record<string, string>>;
  readonly keys: readonly KeyMetadata[];
} {
  const active: Record<string, string> = {};
  for (const key of keys) if (key.status === "active") active[key.algorithm] ??= key.kid;
  return { active, keys: keys.map(describe) };
}

function describe(key: SigningKey): KeyMetadata {
  return {
    providerId: key.providerId,
    providerPriority: key.priority,
    kid: key.kid,
    status: STATUS[key.status],
    type: key.kind.type.toUpperCase(),
    algorithm: key.algorithm,
    ...(key.publicKey && { publicKey: key.publicKey.export({ format: "der", type: "spki" }).toString("base64") }),
    ...(key.certificate && { certificate: key.certificate.raw.toString("base64") }),
    use: USE[key.use],
    ...(key.certificate && { validTo: Date.parse(key.certificate.validTo) }),
  };
}
