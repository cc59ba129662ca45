import type { Client, ClientScope, RealmView } from "../model.ts";
import type { AppliedScopes } from "./client-scopes.ts";
import type { AudienceDraft, TokenRoles } from "./draft.ts";
import { runAudienceMappers } from "./mapper-plan.ts";
import { accessTokenDestination } from "./mappers/mapper.ts";
import { rolesByName, rolesInToken } from "./roles.ts";

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

interface Reach {
  readonly scopes: readonly ClientScope[];
  /** Named by audience mappers. */
  readonly named: readonly string[];
  /** Clients get into `aud` by roles. */
  readonly byRoles: boolean;
}
const reaches = new WeakMap<Client, Reach>();

function reachOf(client: Client): Reach {
  let reach = reaches.get(client);
  if (!reach) {
    const scopes = [...client.defaultScopes, ...client.optionalScopes];
    const mappers = [client.mappers, ...scopes.map((scope) => scope.mappers)].flat();
    const named = mappers
      .filter(({ type }) => type === "oidc-audience-mapper")
      .map(({ config }) => config["included.client.audience"] || config["included.custom.audience"] || "");
    reach = {
      scopes,
      named: named.filter((value) => value !== ""),
      byRoles: mappers.some(({ type }) => type === "oidc-audience-resolve-mapper"),
    };
    reaches.set(client, reach);
  }
  return reach;
}

/**
 * clientIds that could get into the `aud` of a token built for this client and user, whatever scopes apply. A view that loads clients when
 * they are named must have these loaded before claims are built or audiences asked for: whether they are enabled decides.
 */
export function audienceCandidates({ view, client, effectiveRoles }: Omit<AudienceRequest, "applied" | "audience">): ReadonlySet<string> {
  const { scopes, named, byRoles } = reachOf(client);
  const candidates = new Set(named);
  if (!byRoles) return candidates;
  for (const id of rolesInToken({ view, client, scopes, effectiveRoles })) {
    const owner = view.role(id)?.clientId;
    if (owner !== undefined) candidates.add(owner);
  }
  return candidates;
}
