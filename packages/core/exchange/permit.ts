import type { ActClaim } from "@cambist/protocol/claims.ts";
import type { AppliedScopes } from "../claims/client-scopes.ts";
import type { Client, ExchangeAgain, Lineage, Seconds, User, UserSession } from "../model.ts";
import type { EventDetails, Refusal } from "../refusals.ts";

/** What may be issued, to whom, from what, and why. Says nothing about bytes: the shell signs. */
export interface Permit {
  readonly outcome: "permit";
  /** Keycloak's V1 or its standard (V2) exchange. */
  readonly engine: "v1" | "standard";
  /** The client whose scopes, role scope and mappers build the token: V1 the first target, V2 the requester. */
  readonly builtFor: Client;
  readonly requester: Client;
  readonly targets: readonly Client[];
  readonly user: User;
  readonly roles: ReadonlySet<string>;
  readonly session: PermittedSession;
  readonly applied: AppliedScopes;
  /** V2: `aud` and `resource_access` keep only these. */
  readonly audienceFilter?: ReadonlySet<string> | undefined;
  /** V1: added to `aud`. */
  readonly addAudience: readonly string[];
  /** Several audiences in `native`: `resource_access` is limited to these. */
  readonly limitResourceAccess?: ReadonlySet<string> | undefined;
  readonly act?: ActClaim | undefined;
  readonly refreshToken: boolean;
  /** `member`: beside the access token; `instead`: in its place (V2, `token_type` `N_A`). */
  readonly idToken: "none" | "member" | "instead";
  /** Of the access token. */
  readonly lifetime: Seconds;
  readonly chain: Chain;
  /** Keycloak's event details and ours, as far as the decision knows them. */
  readonly details: EventDetails;
  /** Audit only: permissions and policies that let it through. */
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Lineage of the token to be made, before it has a `jti`. */
export type Chain = Omit<Lineage, "jti" | "decision" | "again"> & { readonly again: ExchangeAgain };

export type PermittedSession =
  /** The subject token's own session. */
  | { readonly kind: "existing"; readonly session: UserSession }
  /** Impersonation: a new session for the requested user. */
  | { readonly kind: "new"; readonly notes: Readonly<Record<string, string>> }
  /** No session: the token stands alone. */
  | { readonly kind: "transient" };

export interface Denial {
  readonly outcome: "deny";
  readonly refusal: Refusal;
  /** Details of the event; placeholders of the refusal's texts are filled from here. */
  readonly about: EventDetails;
  /** Audit only. */
  readonly evidence?: Readonly<Record<string, unknown>>;
}
export type ExchangeDecision = Permit | Denial;

export const deny = (refusal: Refusal, about: EventDetails = {}, evidence?: Readonly<Record<string, unknown>>): Denial =>
  evidence ? { outcome: "deny", refusal, about, evidence } : { outcome: "deny", refusal, about };
