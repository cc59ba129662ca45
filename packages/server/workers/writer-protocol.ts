import type { WriteOutcome, WriteUnit } from "@cambist/store/ports.ts";

/** Worker → writer: one unit to commit. */
export interface WriteRequest {
  readonly id: number;
  readonly unit: WriteUnit;
}

/** Writer → worker: what became of units, after their commit. `error` names why nothing of a unit was stored. */
export type WriteAnswer = { readonly id: number } & (
  | { readonly outcome: WriteOutcome }
  | { readonly error: "unavailable" | "failed"; readonly message: string }
);
