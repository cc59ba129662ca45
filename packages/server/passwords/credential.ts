import { type HashPolicy, isHashAlgorithm, MAX_ITERATIONS } from "./policy.ts";
import { isJsonObject } from "../realms/json-object.ts";

/** A password as Keycloak stores and exports it. Both data members are JSON in strings; the flat members are those of old exports. */
export interface PasswordCredential {
  readonly type?: string;
  readonly secretData?: string | undefined;
  readonly credentialData?: string | undefined;
  readonly algorithm?: string | undefined;
  readonly hashIterations?: number | undefined;
  readonly hashedSaltedValue?: string | undefined;
  readonly salt?: string | undefined;
}

/** A stored hash, decoded and within bounds. */
export interface StoredHash extends HashPolicy {
  readonly salt: Buffer;
  readonly value: Buffer;
  /** For `argon2` only. */
  readonly argon2?: Argon2Parameters;
}

export interface Argon2Parameters {
  readonly variant: "argon2id" | "argon2i" | "argon2d";
  /** KiB. */
  readonly memory: number;
  readonly parallelism: number;
}

/** Why a stored password cannot be verified at all. */
export type CredentialFault = "malformed" | "unknown_algorithm" | "cost_out_of_range";

const MIN_HASH_BYTES = 16;
const MAX_HASH_BYTES = 512;
const MIN_SALT_BYTES = 8;
const MAX_SALT_BYTES = 1024;
const MAX_MEMORY_KIB = 1024 * 1024;
const MAX_PARALLELISM = 64;

/** Decodes a stored password. Never throws: what cannot be verified is returned as a fault. */
export function parseCredential(credential: PasswordCredential): StoredHash | CredentialFault {
  const secret = readObject(credential.secretData) ?? { value: credential.hashedSaltedValue, salt: credential.salt };
  const data = readObject(credential.credentialData) ?? { algorithm: credential.algorithm, hashIterations: credential.hashIterations };
  const { algorithm, hashIterations: iterations } = data;
  const salt = readBase64(secret["salt"]);
  const value = readBase64(secret["value"]);
  if (typeof algorithm !== "string" || typeof iterations !== "number" || !salt || !value) return "malformed";
  if (!isHashAlgorithm(algorithm)) return "unknown_algorithm";
  if (value.length < MIN_HASH_BYTES || value.length > MAX_HASH_BYTES || salt.length < MIN_SALT_BYTES || salt.length > MAX_SALT_BYTES)
    return "malformed";
  if (!Number.isSafeInteger(iterations) || iterations < 1 || iterations > MAX_ITERATIONS[algorithm]) return "cost_out_of_range";
  if (algorithm !== "argon2") return { algorithm, iterations, salt, value };
  const argon2 = readArgon2Parameters(data["additionalParameters"]);
  return typeof argon2 === "string" ? argon2 : { algorithm, iterations, salt, value, argon2 };
}

const ARGON2_VARIANTS: ReadonlyMap<string, Argon2Parameters["variant"]> = new Map([
  ["id", "argon2id"],
  ["i", "argon2i"],
  ["d", "argon2d"],
]);

/** Keycloak writes each parameter as a list of one string. */
function readArgon2Parameters(parameters: unknown): Argon2Parameters | CredentialFault {
  const first = (name: string): string | undefined => {
    const list = isJsonObject(parameters) ? parameters[name] : undefined;
    const value: unknown = Array.isArray(list) ? list[0] : list;
    return typeof value === "string" ? value : undefined;
  };
  const variant = ARGON2_VARIANTS.get(first("type") ?? "");
  // Version 1.0 of 2015 differs in its mixing; Keycloak can be told to use it, OpenSSL cannot.
  if (!variant || (first("version") ?? "1.3") !== "1.3") return "unknown_algorithm";
  const memory = Number(first("memory"));
  const parallelism = Number(first("parallelism"));
  const isPossible =
    Number.isSafeInteger(parallelism) && parallelism >= 1 && parallelism <= MAX_PARALLELISM &&
    Number.isSafeInteger(memory) && memory >= 8 * parallelism && memory <= MAX_MEMORY_KIB; // prettier-ignore
  return isPossible ? { variant, memory, parallelism } : "cost_out_of_range";
}

function readObject(json: string | undefined): Readonly<Record<string, unknown>> | undefined {
  if (json === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const readBase64 = (value: unknown): Buffer | undefined =>
  typeof value === "string" && BASE64.test(value) ? Buffer.from(value, "base64") : undefined;
