import type { ExchangeFacts } from "./facts.ts";
import { deny, type ExchangeDecision } from "./permit.ts";
import { routeExchange } from "./route.ts";
import { decideStandard } from "./standard.ts";
import { decideV1 } from "./v1.ts";

/** Values of `audience` and `resource` together in one request. */
const MAX_TARGETS = 20;

/**
 * Decides one token exchange. Pure and total: the same facts give the same answer, and without a rule that permits, the answer is no.
 * Checks run in Keycloak's order, since the first refusal is what the caller sees.
 * @see RFC 8693 §2; Keycloak 26.1 (V1), Keycloak 26.7 (standard exchange)
 */
export function decideExchange(facts: ExchangeFacts): ExchangeDecision {
  const { request, requester, view } = facts;
  if (request.audiences.length + request.resources.length > MAX_TARGETS) return deny("too_many_audiences");
  if (view.realm.dialect === "native") {
    if (request.emptyParameter !== undefined) return deny("parameter_empty", { parameter: request.emptyParameter });
    if (request.actorToken !== undefined || request.actorTokenType !== undefined) return deny("actor_token_unsupported");
  }
  const route = routeExchange(request, requester, view.features);
  if (route.engine === "none") return deny("standard_declined", { cause: route.reason });
  return route.engine === "standard" ? decideStandard(facts) : decideV1(facts);
}
