import type { Lineage } from "@cambist/core/model.ts";
import type { OAuthError } from "@cambist/core/refusals.ts";
import type { Command, Guard } from "@cambist/store/ports.ts";

/** What a refresh commits beside its tokens: the session goes on, and a rotating token has been used. */
export interface Continuation {
  readonly guards: readonly Guard[];
  readonly commands: readonly Command[];
  readonly reuseId: string | undefined;
  /** What the refresh token that was used stood for: the new one stands for the same, whatever was asked this time (RFC 6749 §6). */
  readonly keeps: { readonly scope: string; readonly lineage: Lineage | undefined };
  /** What to throw when a guard fails. */
  readonly refused: (guard: number) => OAuthError;
}
