import { buildIntrospectionClaims } from "@cambist/core/claims/build-claims.ts";
import { usesLightweightTokens } from "@cambist/core/claims/mappers/mapper.ts";
import type { Client } from "@cambist/core/model.ts";
import type { TokenClaims } from "@cambist/protocol/claims.ts";
import type { EndpointCall } from "./endpoint-call.ts";
import { blueprintOf } from "./introspect-blueprint.ts";
import type { ActiveToken } from "./introspect-token.ts";

/**
 * What introspection says of an active token (RFC 7662 §2.2). Claims are worked out anew for the client in `azp`, as in Keycloak. An
 * exchanged token was built for its target, whose roles these mappers do not know and may even exceed: `native` shows it as it was signed.
 */
export async function introspectionClaims(call: EndpointCall, token: ActiveToken): Promise<TokenClaims> {
  const { claims, holder, lineage } = token;
  if (call.realm.view.realm.dialect === "keycloak") return buildIntrospectionClaims(blueprintOf(call, token), claims);
  if (!lineage) return withoutSessionActor(buildIntrospectionClaims(blueprintOf(call, token), claims), claims);

  const target = await targetOf(call, lineage.targets);
  if (!usesLightweightTokens(holder) && !(target && usesLightweightTokens(target))) return asSigned(token);
  // A light token says little by itself: the target's mappers say the rest, for the token's own audience and no other.
  const audience = typeof claims.aud === "string" ? [claims.aud] : (claims.aud ?? []);
  const builtFor = target && audience.includes(target.clientId) ? target : holder;
  const blueprint = { ...blueprintOf(call, token, builtFor), ...(audience.length > 0 && { limitResourceAccess: new Set(audience) }) };
  return withoutSessionActor(buildIntrospectionClaims(blueprint, claims), claims);
}

/** The last target of a chain. */
async function targetOf({ realm }: EndpointCall, targets: readonly string[]): Promise<Client | undefined> {
  const last = targets.at(-1);
  const client = last === undefined ? undefined : await realm.client(last);
  return client?.enabled ? client : undefined;
}

function asSigned({ claims, user }: ActiveToken): TokenClaims {
  const { reuse_id: _kept, ...shown } = claims;
  const name = claims["preferred_username"];
  return {
    ...shown,
    ...(claims.azp !== undefined && { client_id: claims.azp }),
    username: typeof name === "string" ? name : user.username,
    ...(claims.typ !== undefined && { token_type: claims.typ }),
    active: true,
  };
}

/** An impersonated session has an actor in Keycloak's answer; RFC 8693 §1.1 keeps `act` for delegation, where the token itself has it. */
function withoutSessionActor(answer: TokenClaims, { act }: TokenClaims): TokenClaims {
  if (act) return answer;
  const { act: _sessions, ...rest } = answer;
  return rest;
}

/** Keycloak's answer to the hint `requesting_party_token`: what the token itself says of its times and reach. */
export function partyTokenClaims(token: TokenClaims): TokenClaims {
  const shown: Record<string, unknown> = {};
  for (const name of ["exp", "iat", "jti", "aud", "typ", "acr"]) if (token[name] !== undefined) shown[name] = token[name];
  return { ...shown, active: true };
}
