import type { Client } from "@cambist/core/model.ts";
import type { FastifyReply, FastifyRequest } from "fastify";

/** Request headers a browser may send, as Keycloak lists them. */
const ALLOWED_HEADERS =
  "Origin, Accept, X-Requested-With, Content-Type, Access-Control-Request-Method, Access-Control-Request-Headers, Authorization, DPoP";

/** Answers a preflight: any origin, since the client is not known yet. Without `Origin` no CORS header. @see Keycloak 26: token endpoint */
export function answerPreflight(http: FastifyRequest, reply: FastifyReply, methods: string): FastifyReply {
  const { origin } = http.headers;
  if (origin !== undefined && isHeaderSafe(origin)) {
    reply.headers({
      "access-control-allow-origin": origin,
      "access-control-allow-methods": methods,
      "access-control-allow-headers": ALLOWED_HEADERS,
      "access-control-allow-credentials": "true",
      "access-control-max-age": "3600",
    });
  }
  return reply.code(200).send();
}

/**
 * Headers of the actual answer: the origin when the client allows it, or any while no client is known. `null` is never allowed and `*`
 * is never sent (SEC-EP-16).
 */
export function corsHeaders(origin: string | undefined, client: Client | undefined): Readonly<Record<string, string>> {
  if (origin === undefined || origin === "null" || !isHeaderSafe(origin)) return {};
  if (client && !client.webOrigins.includes("*") && !client.webOrigins.includes(origin)) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "Access-Control-Allow-Methods",
  };
}

const isHeaderSafe = (value: string): boolean => /^[\x21-\x7e]{1,512}$/.test(value);
