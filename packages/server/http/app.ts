import { OAuthError } from "@cambist/core/refusals.ts";
import { type Form, formFromPairs } from "@cambist/core/token-request/form.ts";
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import { readCredentials } from "../client-auth/credentials.ts";
import { refusalRecord, unknownRealm } from "../events/record.ts";
import type { Services } from "../services.ts";
import { NO_STORE } from "./answers.ts";
import { type Caller, callerReader } from "./caller.ts";
import { answerPreflight, corsHeaders } from "./cors.ts";
import { type BodyProblem, type EndpointCall, issuerOf, type RealmRequest, type RequestToRealm } from "./endpoint-call.ts";
import { FormRoutes } from "./direct/form-routes.ts";
import type { FormEndpoint } from "./form-endpoint.ts";
import { introspection } from "./introspect.ts";
import { logout } from "./logout.ts";
import { answerFailure, type Certificate, type Closing, newApp } from "./new-app.ts";
import { realmDocuments } from "./realm-documents.ts";
import { refuse } from "./refuse.ts";
import type { Reply } from "./reply.ts";
import { revocation } from "./revoke.ts";
import { token } from "./token.ts";
import { userinfo } from "./userinfo.ts";

/** The protocol endpoints of one worker as a Fastify application; it listens nowhere yet, so tests can `inject`. */
export function buildApp(services: Services, tls?: Certificate): FastifyInstance {
  const closing: Closing = { hasBegun: false };
  const base = services.config.relativePath;
  const callerOf = callerReader(services.config);
  const answer = async (endpoint: FormEndpoint, request: RequestToRealm, reply: Reply): Promise<Reply> =>
    endpoint.handle(await openCall(services, callerOf, request, endpoint.event), reply);
  const direct = new FormRoutes({
    base,
    secure: tls !== undefined,
    closing,
    routes: FORM_ENDPOINTS.map((endpoint) => ({ path: endpoint.path, handle: (request, reply) => answer(endpoint, request, reply) })),
    failed: (error, route, { accept }, reply) => answerFailure(services, error, { method: "POST", route, accept }, reply),
    answered: (uri, status, seconds) => services.metrics.request("POST", uri, status, seconds),
  });
  const app = newApp(services, { tls, closing, direct });

  for (const endpoint of FORM_ENDPOINTS) {
    const url = `${base}/realms/:realm/protocol/openid-connect/${endpoint.path}`;
    const { methods = ["POST"], preflight = postPreflight } = endpoint;
    const handler = async (http: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      await answer(endpoint, http as RealmRequest, reply);
      return reply;
    };
    route(app, url, methods, handler, preflight);
  }
  realmDocuments(app, services, callerOf);
  administration(app, services, closing);
  return app;
}

/** Paths below the base that administration answers. */
const ADMINISTRATION = [
  "/admin/*",
  "/realms/:realm/clients-registrations/*",
  "/realms/:realm/login-actions/action-token",
  "/openapi.json",
  "/docs",
];

/** Administration has most of the code and few of the requests: the first of them loads it. */
function administration(app: FastifyInstance, services: Services, closing: Closing): void {
  let loading: Promise<FastifyInstance> | undefined;
  const load = async (): Promise<FastifyInstance> => {
    const { buildAdministration } = await import("../admin/administration.ts");
    const loaded = buildAdministration(services, closing);
    await loaded.ready();
    return loaded;
  };
  for (const path of ADMINISTRATION) {
    app.route({
      method: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
      url: `${services.config.relativePath}${path}`,
      config: { answeredElsewhere: true },
      async onRequest(http, reply) {
        const administered = await (loading ??= load());
        reply.hijack();
        administered.routing(http.raw, reply.raw);
      },
      handler: () => undefined,
    });
  }
}

const postPreflight = (http: FastifyRequest, reply: FastifyReply): FastifyReply => answerPreflight(http, reply, "POST, OPTIONS");

/** Some verbs work, `OPTIONS` answers a preflight, everything else is 405. */
function route(
  app: FastifyInstance,
  url: string,
  methods: readonly HTTPMethods[],
  handler: (http: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
  preflight: (http: FastifyRequest, reply: FastifyReply) => FastifyReply,
): void {
  app.route({ method: [...methods], url, handler });
  app.route({ method: "OPTIONS", url, handler: preflight });
  const others: HTTPMethods[] = (["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const).filter((verb) => !methods.includes(verb));
  app.route({ method: others, url, handler: (_http, reply) => reply.code(405).send({ error: "HTTP 405 Method Not Allowed" }) });
}

async function openCall(
  services: Services,
  callerOf: ReturnType<typeof callerReader>,
  http: RequestToRealm,
  event: string,
): Promise<EndpointCall> {
  const body = http.body as Form | BodyProblem | undefined;
  const caller = callerOf(http);
  const realm = await services.realms.get(http.params.realm);
  if (!realm) return refuseUnknownRealm(services, http, caller, event);
  return {
    services,
    realm,
    caller,
    issuer: issuerOf(caller, realm.view.realm.name),
    now: services.clock(),
    decision: services.newId(),
    form: typeof body === "object" ? body : formFromPairs([]),
    bodyProblem: typeof body === "string" ? body : undefined,
    authorization: http.headers.authorization,
    origin: http.headers.origin,
    accept: http.headers.accept,
    event,
    client: undefined,
    clientIdSent: undefined,
    userId: undefined,
    sessionId: undefined,
    details: {},
  };
}

/** Nobody's realm: recorded when the request names a client, then refused. @throws {OAuthError} realm_unknown */
async function refuseUnknownRealm(services: Services, http: RequestToRealm, caller: Caller, type: string): Promise<never> {
  const form = typeof http.body === "object" && http.body !== null ? (http.body as Form) : formFromPairs([]);
  const { clientId } = readCredentials(http.headers.authorization, form);
  if (clientId !== undefined) {
    const realm = unknownRealm(http.params.realm, services.config.compatibility);
    const happening = { id: services.newId(), time: services.clock(), realm, type, clientId, ipAddress: caller.ipAddress, details: {} };
    await services.writer.write({ audit: [refusalRecord(happening, "realm_unknown")] });
  }
  throw new OAuthError("realm_unknown");
}

/** The token endpoint with its headers; the refusal of a call is recorded here and nowhere else. */
const tokenEndpoint: FormEndpoint = {
  path: "token",
  event: "LOGIN",
  async handle(call, reply) {
    const started = process.hrtime.bigint();
    reply.headers({ ...NO_STORE, "cambist-decision": call.decision });
    try {
      const answer = await token(call);
      if (call.event === "TOKEN_EXCHANGE") call.services.metrics.exchange("success", secondsSince(started));
      return reply.headers(corsHeaders(call.origin, call.client)).send(answer);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      const answered = await refuse(call, error, reply);
      if (call.event === "TOKEN_EXCHANGE") call.services.metrics.exchange("error", secondsSince(started));
      return answered;
    }
  },
};
const secondsSince = (started: bigint): number => Number(process.hrtime.bigint() - started) / 1e9;

export const FORM_ENDPOINTS: FormEndpoint[] = [tokenEndpoint, introspection, revocation, userinfo, logout];
