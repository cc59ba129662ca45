import type { WriteOutcome, WriteUnit } from "@cambist/store/ports.ts";
import type { RecordedImport } from "../imports/recorded-import.ts";

/** Worker → writer, as many as have gathered: a unit to commit. */
export interface WriteRequest {
  readonly id: number;
  readonly unit: WriteUnit;
}

/** Worker → writer: an import to store, in a transaction of its own. Other writes wait for it. */
export interface ImportRequest {
  readonly id: number;
  readonly import: RecordedImport;
}

/** Writer → worker: what became of units, after their commit. Nearly all are stored, and of those a number is all there is to say. */
export interface WriteAnswers {
  readonly stored: readonly number[];
  readonly others: readonly NotStored[];
}
/** A guard refused, or `error` names why nothing of a unit was stored. */
export type NotStored = { readonly id: number } & (
  | { readonly outcome: WriteOutcome }
  | { readonly error: "unavailable" | "conflict" | "failed"; readonly message: string }
);
