import { argon2Sync, pbkdf2Sync, randomBytes, timingSafeEqual } from "node:crypto";
import { type Argon2Parameters, type CredentialFault, parseCredential, type PasswordCredential, type StoredHash } from "./credential.ts";
import { DEFAULT_HASH_POLICY, type HashAlgorithm, type HashPolicy } from "./policy.ts";

/** Longest password hashed, in bytes of UTF-8. */
export const MAX_PASSWORD_BYTES = 1024;

/** The outcome of a check; the reason is for the event and the log, never for the one who asks. */
export type PasswordCheck =
  | { readonly matches: true }
  | { readonly matches: false; readonly reason: "wrong_password" | "too_long" | CredentialFault };

/** A new password may not be that long. */
export class PasswordTooLong extends Error {
  override readonly name = "PasswordTooLong";
  constructor() {
    super(`A password has at most ${MAX_PASSWORD_BYTES} bytes`);
  }
}

const SALT_BYTES = 16;
const ARGON2: Argon2Parameters = { variant: "argon2id", memory: 7168, parallelism: 1 };
const ARGON2_HASH_BYTES = 32;
const PBKDF2_HASH_BYTES = 64;
const PBKDF2_DIGEST: Readonly<Record<Exclude<HashAlgorithm, "argon2">, string>> = {
  pbkdf2: "sha1",
  "pbkdf2-sha256": "sha256",
  "pbkdf2-sha512": "sha512",
};
/** Keycloak in FIPS mode fills short passwords up to this length, which its cryptography demands. */
const PADDED_LENGTH = 14;

/**
 * Compares a password with a stored one, in constant time where it is compared. Takes tens of milliseconds of the thread it runs
 * on, so the server calls it through the pool. Never throws.
 */
export function checkPassword(credential: PasswordCredential, password: string): PasswordCheck {
  if (isTooLong(password)) return { matches: false, reason: "too_long" };
  const stored = parseCredential(credential);
  if (typeof stored === "string") {
    dummyVerify(password); // a password that cannot be verified takes as long as a wrong one (SEC-EP-18)
    return { matches: false, reason: stored };
  }
  try {
    return matches(stored, password) ? { matches: true } : { matches: false, reason: "wrong_password" };
  } catch {
    return { matches: false, reason: "cost_out_of_range" }; // OpenSSL refused the parameters or had no memory for them
  }
}

/** {@link checkPassword} without the reason. */
export const verifyPassword = (credential: PasswordCredential, password: string): boolean => checkPassword(credential, password).matches;

export const isTooLong = (password: string): boolean => Buffer.byteLength(password, "utf8") > MAX_PASSWORD_BYTES;

function matches(stored: StoredHash, password: string): boolean {
  if (timingSafeEqual(derive(stored, password), stored.value)) return true;
  if (stored.algorithm === "argon2" || password.length >= PADDED_LENGTH) return false;
  return timingSafeEqual(derive(stored, password.padEnd(PADDED_LENGTH, "\0")), stored.value);
}

/** As many bytes as are stored: old Keycloak versions derived 256 bits where newer ones derive 512. */
function derive({ algorithm, iterations, salt, value, argon2 = ARGON2 }: StoredHash, password: string): Buffer {
  if (algorithm !== "argon2") return pbkdf2Sync(password, salt, iterations, value.length, PBKDF2_DIGEST[algorithm]);
  const { variant, memory, parallelism } = argon2;
  return argon2Sync(variant, { message: password, nonce: salt, passes: iterations, memory, parallelism, tagLength: value.length });
}

/** A credential as {@link hashPassword} makes it; id, label and date are the caller's. */
export interface NewPasswordCredential extends PasswordCredential {
  readonly type: "password";
  readonly secretData: string;
  readonly credentialData: string;
}

/** Hashes a new password in Keycloak's stored shape, letter for letter. @throws {PasswordTooLong} */
export function hashPassword(password: string, policy: HashPolicy = DEFAULT_HASH_POLICY): NewPasswordCredential {
  if (isTooLong(password)) throw new PasswordTooLong();
  const empty = blankHash(policy);
  return toCredential({ ...empty, value: derive(empty, password) });
}

/** A hash under this policy with a fresh salt that fits no password. */
function blankHash({ algorithm, iterations }: HashPolicy): StoredHash {
  const value = randomBytes(algorithm === "argon2" ? ARGON2_HASH_BYTES : PBKDF2_HASH_BYTES);
  return { algorithm, iterations, salt: randomBytes(SALT_BYTES), value, ...(algorithm === "argon2" && { argon2: ARGON2 }) };
}

function toCredential({ algorithm, iterations, salt, value }: StoredHash): NewPasswordCredential {
  const additionalParameters =
    algorithm === "argon2"
      ? {
          hashLength: [String(value.length)],
          memory: [String(ARGON2.memory)],
          type: ["id"],
          version: ["1.3"],
          parallelism: [String(ARGON2.parallelism)],
        }
      : {};
  return {
    type: "password",
    secretData: JSON.stringify({ value: value.toString("base64"), salt: salt.toString("base64"), additionalParameters: {} }),
    credentialData: JSON.stringify({ hashIterations: iterations, algorithm, additionalParameters }),
  };
}

/**
 * Takes as long as checking a wrong password under this policy: for user names nobody has, and users without a password
 * (SEC-EP-18). Always false.
 */
export function dummyVerify(password: string, policy: HashPolicy = DEFAULT_HASH_POLICY): false {
  if (!isTooLong(password)) matches(blankHash(policy), password);
  return false;
}

/** Whether a stored password should be hashed again at the next successful login: another algorithm or cost than the realm's policy. */
export function needsRehash(credential: PasswordCredential, policy: HashPolicy): boolean {
  const stored = parseCredential(credential);
  if (typeof stored === "string" || stored.algorithm !== policy.algorithm || stored.iterations !== policy.iterations) return true;
  if (stored.algorithm !== "argon2") return stored.value.length !== PBKDF2_HASH_BYTES;
  const { variant, memory, parallelism } = stored.argon2 ?? ARGON2;
  return (
    variant !== ARGON2.variant ||
    memory !== ARGON2.memory ||
    parallelism !== ARGON2.parallelism ||
    stored.value.length !== ARGON2_HASH_BYTES
  );
}
