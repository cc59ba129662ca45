import { decideExchange } from "@cambist/core/exchange/decide-exchange.ts";
import type { ExchangeFacts } from "@cambist/core/exchange/facts.ts";
import type { Denial } from "@cambist/core/exchange/permit.ts";
import { OAuthError } from "@cambist/core/refusals.ts";
import { parseExchangeRequest, REPEATABLE_IN_EXCHANGE } from "@cambist/core/token-request/exchange-request.ts";
import { GRANT_TYPE } from "@cambist/protocol/grant-types.ts";
import { gatherExchange } from "./gather-exchange.ts";
import type { Grant, GrantCall } from "./grant.ts";
import { issueExchange } from "./issue-exchange.ts";

/** Token exchange (RFC 8693), internal to the realm. */
export const tokenExchange: Grant = {
  grantType: GRANT_TYPE.tokenExchange,
  event: "TOKEN_EXCHANGE",
  enabled: ({ tokenExchange: v1, standardTokenExchange }) => v1 || standardTokenExchange,
  repeatable: REPEATABLE_IN_EXCHANGE,
  async issue(call) {
    call.details["auth_method"] = "token_exchange";
    const facts = await gatherExchange(call, parseExchangeRequest(call.form));
    const decision = decideExchange(facts);
    if (decision.outcome === "deny") throw refusalOf(call, facts, decision);
    return issueExchange(call, facts, decision);
  },
};

/** A denial on its way out. The event names the subject where Keycloak's standard exchange does; the audit record always does. */
export function refusalOf(
  call: GrantCall,
  { subject, subjectProblem, request, targets }: ExchangeFacts,
  { refusal, about, evidence }: Denial,
): OAuthError {
  if (about["username"] !== undefined && subject) {
    call.userId = subject.user.id;
    call.sessionId = subject.session?.id;
  }
  return new OAuthError(refusal, about, {
    evidence: {
      ...evidence,
      ...(subject && { subject_jti: subject.claims.jti, subject_client: subject.claims.azp, subject_session: subject.session?.id }),
      ...(subjectProblem !== undefined && { cause: subjectProblem }),
      ...(request.scope !== undefined && { requested_scope: request.scope.slice(0, 512) }),
      ...(targets.length > 0 && { targets: targets.map(({ value }) => value.slice(0, 255)) }),
    },
  });
}
