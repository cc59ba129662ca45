import type { EpochMillis } from "@cambist/store/ports.ts";
import type { SecretBox } from "../secrets/secret-box.ts";

/** A password as Keycloak stores it: two JSON texts. */
export interface HashedPassword {
  readonly secretData: string;
  readonly credentialData: string;
}

/** A mapper as it stands in a client or client scope. */
export interface NamedMapper {
  readonly name: string;
  readonly protocolMapper: string;
  readonly config: Readonly<Record<string, string>>;
}

/** What an import needs of the world. */
export interface ImportTools {
  readonly box: SecretBox;
  readonly newId: () => string;
  /** Random bytes, for client secrets. */
  readonly randomBytes: (length: number) => Buffer;
  readonly now: () => EpochMillis;
  readonly hashPassword: (password: string) => Promise<HashedPassword>;
  /** Why a mapper will not do what it says: unknown type, or aimed at a claim it may not write. Undefined: it will. */
  readonly mapperProblem?: (mapper: NamedMapper) => string | undefined;
  /** Called after each batch with the numbers so far. */
  readonly progress?: (counts: ImportCounts) => void;
}

export interface ImportCounts {
  readonly clients: number;
  readonly users: number;
}
