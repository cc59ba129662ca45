import type { Client, ExchangeFeatures } from "@cambist/core/model.ts";
import type { GrantType } from "@cambist/protocol/grant-types.ts";
import type { TokenResponse } from "@cambist/protocol/token-response.ts";
import type { EndpointCall } from "../http/endpoint-call.ts";

/** A call whose client has authenticated. */
export type GrantCall = EndpointCall & { readonly client: Client };

/** One value of `grant_type`: a few hooks around the phases that the token endpoint runs for all. */
export interface Grant {
  readonly grantType: GrantType;
  /** Keycloak's event type on success; refusals add `_ERROR`. */
  readonly event: string;
  /** Switched off: the grant is as unknown as any other word. */
  enabled(features: ExchangeFeatures): boolean;
  /** Parameters that may occur more than once. */
  readonly repeatable: ReadonlySet<string>;
  /** Issues, and records what it issued before it resolves. @throws {OAuthError} */
  issue(call: GrantCall): Promise<TokenResponse>;
}
