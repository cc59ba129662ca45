import type { WriteOutcome, WriteUnit } from "@cambist/store/ports.ts";
import type { RecordedImport } from "../imports/recorded-import.ts";

/** Worker → writer: one unit to commit. */
export interface WriteRequest {
  readonly id: number;
  readonly unit: WriteUnit;
}

/** Worker → writer: an import to store, in a transaction of its own. Other writes wait for it. */
export interface ImportRequest {
  readonly id: number;
  readonly import: RecordedImport;
}

/** Writer → worker: what became of units, after their commit. `error` names why nothing of a unit was stored. */
export type WriteAnswer = { readonly id: number } & (
  | { readonly outcome: WriteOutcome }
  | { readonly error: "unavailable" | "conflict" | "failed"; readonly message: string }
);
