/** How new passwords of a realm are hashed. */
export interface HashPolicy {
  /** Keycloak's provider id. */
  readonly algorithm: HashAlgorithm;
  readonly iterations: number;
}

export type HashAlgorithm = "argon2" | "pbkdf2" | "pbkdf2-sha256" | "pbkdf2-sha512";

/** Iterations that Keycloak uses where the policy says none. */
const USUAL_ITERATIONS: ReadonlyMap<string, HashPolicy> = new Map(
  (
    [
      ["argon2", 5],
      ["pbkdf2-sha512", 210_000],
      ["pbkdf2-sha256", 600_000],
      ["pbkdf2", 1_300_000],
    ] as const
  ).map(([algorithm, iterations]) => [algorithm, { algorithm, iterations }]),
);

/** Argon2id, 5 passes over 7 MiB: Keycloak's default since 25. */
export const DEFAULT_HASH_POLICY: HashPolicy = { algorithm: "argon2", iterations: 5 };

/** Beyond these one login would keep a thread for seconds. */
export const MAX_ITERATIONS: Readonly<Record<HashAlgorithm, number>> = {
  argon2: 100,
  pbkdf2: 10_000_000,
  "pbkdf2-sha256": 10_000_000,
  "pbkdf2-sha512": 10_000_000,
};

export const isHashAlgorithm = (name: string): name is HashAlgorithm => Object.hasOwn(MAX_ITERATIONS, name);

/**
 * The hashing part of a realm's `passwordPolicy`, such as `hashAlgorithm(pbkdf2-sha512) and hashIterations(210000) and length(8)`.
 * As in Keycloak an unknown algorithm means the default, and iterations that are missing or not positive mean the algorithm's usual number.
 */
export function readHashPolicy(passwordPolicy: string | undefined): HashPolicy {
  const usual = USUAL_ITERATIONS.get(argumentOf(passwordPolicy, "hashAlgorithm") ?? "") ?? DEFAULT_HASH_POLICY;
  const iterations = Number(argumentOf(passwordPolicy, "hashIterations") ?? 0);
  if (!Number.isSafeInteger(iterations) || iterations < 1) return usual;
  return { algorithm: usual.algorithm, iterations: Math.min(iterations, MAX_ITERATIONS[usual.algorithm]) };
}

function argumentOf(passwordPolicy: string | undefined, rule: string): string | undefined {
  for (const part of passwordPolicy?.split(" and ") ?? []) {
    const text = part.trim();
    if (text.startsWith(`${rule}(`) && text.endsWith(")")) return text.slice(rule.length + 1, -1).trim();
  }
  return undefined;
}
