import { randomBytes, randomUUID } from "node:crypto";

import type { EpochMillis } from "@cambist/store/ports.ts";
import type { Passwords } from "../passwords/passwords.ts";
import type { SecretBox } from "../secrets/secret-box.ts";

/** What an import needs of the world. */
export interface ImportTools {
  readonly box: SecretBox;
  readonly newId: () => string;
  /** Random bytes, for client secrets. */
  readonly randomBytes: (length: number) => Buffer;
  readonly now: () => EpochMillis;
  readonly passwords: Pick<Passwords, "hash">;
  /** Called after each batch with the numbers so far. */
  readonly progress?: (counts: ImportCounts) => void;
}

export interface ImportCounts {
  readonly clients: number;
  readonly users: number;
}

/** The world as it is. */
export const realTools = (box: SecretBox, passwords: Pick<Passwords, "hash">): ImportTools => ({
  box,
  newId: randomUUID,
  randomBytes,
  now: Date.now,
  passwords,
});
