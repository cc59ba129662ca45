import type { TokenBlueprint } from "@cambist/core/claims/build-claims.ts";
import { applyClientScopes } from "@cambist/core/claims/client-scopes.ts";
import { audienceCandidates, audiencesOf } from "@cambist/core/claims/audience.ts";
import type { Client, ClientScope } from "@cambist/core/model.ts";
import { splitScope } from "@cambist/core/token-request/scope.ts";
import type { LoadedRealm } from "../../../realms/compile-realm.ts";
import type { AdminCall } from "../../admin-call.ts";
import { notFound } from "../../admin-error.ts";

export interface Evaluated {
  readonly realm: LoadedRealm;
  readonly client: Client;
}

/** The client of the path as tokens are built for it. @throws {AdminError} 404 */
export async function evaluatedClient(call: AdminCall): Promise<Evaluated> {
  const realm = await call.services.realms.get(call.realm.name);
  const client = await realm?.clientByUuid(call.params["client"] ?? "");
  if (!realm || !client) throw notFound("Could not find client");
  return { realm, client };
}

/** Words of the query's `scope`. */
export const requestedWords = (call: AdminCall): readonly string[] => splitScope(call.query.get("scope") ?? "");

/** Default scopes, and the optional ones that were asked for; of every user, so role scopes of the scopes do not count. */
export function scopesAskedFor(call: AdminCall, client: Client): readonly ClientScope[] {
  const words = requestedWords(call);
  return [...client.defaultScopes, ...client.optionalScopes.filter(({ name }) => words.includes(name))];
}

/**
 * What a token of this client for the user in the query would be built from, in a session that does not exist. `audience` narrows it as a
 * standard exchange would.
 * @throws {AdminError} 404 no user; an audience that such a token cannot have
 */
export async function exampleBlueprint(call: AdminCall): Promise<TokenBlueprint> {
  const { realm, client } = await evaluatedClient(call);
  const userId = call.query.get("userId");
  if (!userId) throw notFound("No userId provided");
  const user = await call.services.state.findUserById(call.realm.id, userId);
  if (!user) throw notFound("No user found");
  const { view } = realm;
  const effectiveRoles = view.effectiveRoles(user);
  for (const candidate of audienceCandidates({ view, client, effectiveRoles })) await realm.client(candidate);

  const wanted = call.query.getAll("audience").filter((name) => view.clientIsEnabled(name) !== undefined);
  const requested = requestedWords(call);
  const audience = wanted.length > 0 ? new Set(wanted) : undefined;
  const applied = applyClientScopes({ view, client, requested, effectiveRoles, member: user, audience });
  if (audience) {
    const reached = audiencesOf({ view, client, applied, effectiveRoles, audience });
    const missing = wanted.find((name) => !reached.includes(name));
    if (missing !== undefined) throw notFound(`Requested audience not available: ${missing}`);
  }
  return {
    view,
    builtFor: client,
    azp: client.clientId,
    user,
    session: { id: call.newId(), notes: {}, acr: "1" },
    applied,
    effectiveRoles,
    audience,
  };
}
