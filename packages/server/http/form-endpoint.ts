import type { FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import { authenticateClient } from "../client-auth/authenticate-client.ts";
import { readCredentials } from "../client-auth/credentials.ts";
import type { GrantCall } from "../grants/grant.ts";
import type { EndpointCall } from "./endpoint-call.ts";
import type { Reply } from "./reply.ts";

/** An endpoint that takes a form and answers as OAuth endpoints do. */
export interface FormEndpoint {
  /** Below `/realms/{realm}/protocol/openid-connect`. */
  readonly path: string;
  /** Keycloak's event type until something better is known. */
  readonly event: string;
  /** Verbs that work; `POST` alone unless given. */
  readonly methods?: readonly HTTPMethods[];
  /** Answers `OPTIONS`; a CORS preflight for `POST` unless given. */
  readonly preflight?: (http: FastifyRequest, reply: FastifyReply) => FastifyReply;
  handle(call: EndpointCall, reply: Reply): Promise<Reply>;
}

/**
 * Authenticates the client of a request and notes it in the call.
 * @throws {OAuthError} `client_*`
 */
export async function identifyClient(call: EndpointCall): Promise<GrantCall> {
  const { realm, issuer, now, services } = call;
  const credentials = readCredentials(call.authorization, call.form);
  call.clientIdSent = credentials.clientId;
  const { client, method } = await authenticateClient(credentials, { realm, issuer, now, writer: services.writer });
  call.details["client_auth_method"] = method;
  return Object.assign(call, { client });
}
