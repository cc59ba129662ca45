import type { Client, RealmView } from "../model.ts";
import type { AppliedScopes } from "./client-scopes.ts";
import type { AudienceDraft, TokenRoles } from "./draft.ts";
import { runAudienceMappers } from "./mapper-plan.ts";
import { accessTokenDestination } from "./mappers/mapper.ts";
import { rolesByName } from "./roles.ts";

export interface AudienceRequest {
  readonly view: RealmView;
  /** The client the token is built for. */
  readonly client: Client;
  readonly applied: AppliedScopes;
  /** Of the token's user. */
  readonly effectiveRoles: ReadonlySet<string>;
  /** Only these can be in the result. */
  readonly audience?: ReadonlySet<string> | undefined;
}

/**
 * The `aud` an access token would have, without building the token: what audience mappers add, and the clients whose roles it carries.
 * The same mappers run as for the token itself, so that the two cannot disagree.
 */
export function audiencesOf({ view, client, applied, effectiveRoles, audience }: AudienceRequest): readonly string[] {
  let roles: TokenRoles | undefined;
  const draft: AudienceDraft = {
    view,
    client,
    audience: [],
    roles: () => (roles ??= rolesByName({ view, client, scopes: applied.scopes, effectiveRoles, audience })),
  };
  runAudienceMappers(draft, applied.scopes, accessTokenDestination(client));
  return audience ? draft.audience.filter((value) => audience.has(value)) : draft.audience;
}

/** clientIds that audience mappers of this client and its scopes name: they must be in reach of the realm view. */
export function audiencesNamedBy(client: Pick<Client, "mappers" | "defaultScopes" | "optionalScopes">): readonly string[] {
  const mappers = [client.mappers, ...[...client.defaultScopes, ...client.optionalScopes].map((scope) => scope.mappers)].flat();
  const named = mappers
    .filter(({ type }) => type === "oidc-audience-mapper")
    .map(({ config }) => config["included.client.audience"] || config["included.custom.audience"] || "");
  return [...new Set(named.filter((value) => value !== ""))];
}
