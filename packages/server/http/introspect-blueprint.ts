import type { TokenBlueprint } from "@cambist/core/claims/build-claims.ts";
import { applyClientScopes } from "@cambist/core/claims/client-scopes.ts";
import type { Client } from "@cambist/core/model.ts";
import { splitScope } from "@cambist/core/token-request/scope.ts";
import type { EndpointCall } from "./endpoint-call.ts";
import type { ActiveToken } from "./introspect-token.ts";

/**
 * What claims about a token's user are built from now, for introspection and userinfo: the mappers of `builtFor` (the client in `azp`
 * unless given), as far as the token's `scope` reaches. In `native` a default scope that the token does not show adds nothing: an exchange
 * has left it out.
 * @see Keycloak 26: claims are worked out anew for the client the token was issued to
 */
export function blueprintOf({ realm }: EndpointCall, token: Omit<ActiveToken, "kind">, builtFor: Client = token.holder): TokenBlueprint {
  const { view } = realm;
  const { claims, user, session, holder } = token;
  const effectiveRoles = view.effectiveRoles(user);
  const words = claims.scope === undefined ? undefined : splitScope(claims.scope);
  const suppressed = view.realm.dialect === "native" ? leftOut(builtFor, words, token.lineage?.droppedScopes) : undefined;
  return {
    view,
    builtFor,
    azp: holder.clientId,
    user,
    session: { ...(session && { id: session.id }), notes: session?.notes ?? {}, acr: "1" },
    applied: applyClientScopes({
      view,
      client: builtFor,
      requested: words ?? [],
      effectiveRoles,
      member: user,
      ...(suppressed && { suppressed }),
    }),
    effectiveRoles,
  };
}

/** Scopes that would have shown in the token's `scope` and do not, and those that an exchange dropped. ID tokens show none. */
function leftOut(client: Client, words: readonly string[] | undefined, dropped: readonly string[] = []): ReadonlySet<string> {
  const shown = words === undefined ? [] : client.defaultScopes.filter(({ includeInTokenScope }) => includeInTokenScope);
  return new Set([...dropped, ...shown.map(({ name }) => name).filter((name) => !words?.includes(name))]);
}
