import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import type { Client, ExchangeFeatures } from "../model.ts";
import type { ExchangeRequest } from "../token-request/exchange-request.ts";

/** Client attribute that makes a client a requester of the standard exchange. */
export const STANDARD_EXCHANGE_ENABLED = "standard.token.exchange.enabled";

export type Route = { readonly engine: "v1" | "standard" } | { readonly engine: "none"; readonly reason: string };

/**
 * Which engine decides. The standard exchange is asked first; what it declines goes to V1 when that is switched on, without a second try
 * after a refusal.
 * @see Keycloak 26.7: the provider with the highest priority that accepts the request gets it
 */
export function routeExchange(request: ExchangeRequest, requester: Client, features: ExchangeFeatures): Route {
  const declined = features.standardTokenExchange ? standardDeclines(request, requester) : "Standard token exchange is switched off";
  if (declined === undefined) return { engine: "standard" };
  return features.tokenExchange ? { engine: "v1" } : { engine: "none", reason: declined };
}

function standardDeclines(request: ExchangeRequest, requester: Client): string | undefined {
  if (request.requestedSubject !== undefined) return "Parameter 'requested_subject' is not supported for standard token exchange";
  if (request.requestedIssuer !== undefined) return "Parameter 'requested_issuer' is not supported for standard token exchange";
  if (request.subjectIssuer !== undefined) return "Parameter 'subject_issuer' is not supported for standard token exchange";
  if (requester.attributes[STANDARD_EXCHANGE_ENABLED] !== "true") return "Standard token exchange is not enabled for the requested client";
  if (request.subjectToken === undefined) return "Parameter 'subject_token' required for standard token exchange";
  if (request.subjectTokenType === undefined) return "Parameter 'subject_token_type' required for standard token exchange";
  if (request.subjectTokenType !== TOKEN_TYPE.accessToken) return "Parameter 'subject_token' supports access tokens only";
  return undefined;
}
