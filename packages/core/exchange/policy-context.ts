import type { PolicyContext } from "../policy/evaluate-permission.ts";
import { type ExchangeFacts, NO_ROLES } from "./facts.ts";

/** What a policy sees when a requester asks: the requester client as identity, with its service account's roles and attributes. */
export function policyContext(facts: ExchangeFacts): PolicyContext {
  const { requester, serviceAccount, view, now, network, matchesRegex, subject } = facts;
  return {
    view,
    identity: {
      kind: "client",
      id: requester.id,
      clientUuid: requester.id,
      roles: serviceAccount?.roles ?? NO_ROLES,
      groupIds: serviceAccount?.user.groupIds ?? [],
      attributes: serviceAccount?.user.attributes ?? {},
      scope: subject?.claims.scope,
    },
    clientId: requester.clientId,
    now,
    ipAddress: network.ipAddress,
    userAgent: network.userAgent,
    matchesRegex,
  };
}
