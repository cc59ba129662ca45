import type { OAuthError } from "@cambist/core/refusals.ts";
import type { Command, Guard } from "@cambist/store/ports.ts";

/** What a refresh commits beside its tokens: the session goes on, and a rotating token has been used. */
export interface Continuation {
  readonly guards: readonly Guard[];
  readonly commands: readonly Command[];
  readonly reuseId: string | undefined;
  /** What to throw when a guard fails. */
  readonly refused: (guard: number) => OAuthError;
}
