/** What partial exports and the admin API show in place of a secret. */
export const MASK = "**********";

export const isMasked = (secret: string): boolean => secret === MASK;

/** `${vault.name}`: the secret is kept elsewhere. */
export const isVaultReference = (secret: string): boolean => secret.startsWith("${vault.");
