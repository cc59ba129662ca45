import type { SecretBox, SecretPlace } from "./secret-box.ts";

/** Marks a sealed value that stands in a JSON representation in place of the plain text. */
const PREFIX = "sealed:";

/** Seals a secret that has no column of its own, for the place in the representation it came from. */
export const sealText = (box: SecretBox, plain: string, place: SecretPlace): string => PREFIX + box.seal(plain, place);

export const isSealedText = (value: unknown): value is string => typeof value === "string" && value.startsWith(PREFIX);

/** @throws {SealedSecretError} when it does not open */
export const openText = (box: SecretBox, sealed: string, place: SecretPlace): string => box.open(sealed.slice(PREFIX.length), place);
