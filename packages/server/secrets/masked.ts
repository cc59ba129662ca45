import type { Json } from "@cambist/store/config-ports.ts";

/** What partial exports and the admin API show in place of a secret. */
export const MASK = "**********";

/** The members of these names as asterisks: as in Keycloak they tell that there is a secret. */
export const withMasks = (members: Json, names: readonly string[]): Json =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [name, names.includes(name) && value !== undefined ? MASK : value]));

export const isMasked = (secret: string): boolean => secret === MASK;

/** `${vault.name}`: the secret is kept elsewhere. */
export const isVaultReference = (secret: string): boolean => secret.startsWith("${vault.");
