import { STATUS_CODES } from "node:http";
import { setTimeout } from "node:timers/promises";
import { OAuthError } from "@cambist/core/refusals.ts";
import { type Form, formFromPairs, parseForm } from "@cambist/core/token-request/form.ts";
import { StorageUnavailable } from "@cambist/store/ports.ts";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest, type HTTPMethods } from "fastify";
import { adminApi } from "../admin/admin-api.ts";
import { clientRegistrations } from "../admin/clients/registration/endpoint.ts";
import { openApi } from "../openapi/openapi.ts";
import { PasswordPoolBusy, PasswordPoolClosed } from "../passwords/passwords.ts";
import type { Services } from "../services.ts";
import { NO_STORE, SECURITY_HEADERS, wireAnswer } from "./answers.ts";
import { readCredentials } from "../client-auth/credentials.ts";
import { refusalRecord, unknownRealm } from "../events/record.ts";
import { type Caller, callerReader } from "./caller.ts";
import { answerClientError } from "./client-error.ts";
import { answerPreflight, corsHeaders } from "./cors.ts";
import { type BodyProblem, type EndpointCall, issuerOf, type RealmRequest } from "./endpoint-call.ts";
import type { FormEndpoint } from "./form-endpoint.ts";
import { introspection } from "./introspect.ts";
import { logout } from "./logout.ts";
import { parseMultipart } from "./multipart.ts";
import { answerNotFound } from "./not-found.ts";
import { realmDocuments } from "./realm-documents.ts";
import { refuse } from "./refuse.ts";
import { revocation } from "./revoke.ts";
import { token } from "./token.ts";
import { userinfo } from "./userinfo.ts";

/** Largest form that a protocol endpoint reads, in bytes; a larger one is a refusal on the record. */
const BODY_LIMIT = 65_536;
/** Beyond it the connection is cut off. */
const TRANSPORT_LIMIT = 1024 * 1024;
const MAX_HEADER_BYTES = 16_384;
/** For how long a server that closes still takes requests, each answered with the end of its connection, in milliseconds. */
const GOODBYE_MS = 300;

/** The protocol endpoints of one worker as a Fastify application; it listens nowhere yet, so tests can `inject`. */
export function buildApp(services: Services, tls?: { readonly cert: Buffer; readonly key: Buffer }): FastifyInstance {
  const app = newServer(tls);
  readBodies(app);
  const base = services.config.relativePath;
  const callerOf = callerReader(services.config);

  let closing = false;
  app.addHook("preClose", async () => {
    closing = true;
    // Closing a connection under a request that is on its way would lose it.
    if (app.server.listening) await setTimeout(GOODBYE_MS);
  });
  app.addHook("onSend", async (_http, reply) => {
    // A connection that was busy when the server began to close would stay open, and the stop would wait for it.
    if (closing) reply.header("connection", "close");
    // RFC 8259 §11: the media type has no charset parameter; clients of Keycloak see it bare.
    if (reply.getHeader("content-type") === "application/json; charset=utf-8") reply.header("content-type", "application/json");
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!reply.hasHeader(name)) reply.header(name, value);
  });
  app.addHook("onResponse", async (http, reply) => {
    services.metrics.request(http.method, http.routeOptions.url ?? "UNKNOWN", reply.statusCode, reply.elapsedTime / 1000);
  });
  app.setNotFoundHandler((http, reply) => answerNotFound(reply, http.headers.accept, "Unable to find matching target resource method"));
  app.setErrorHandler(async (error: FastifyError, http, reply) => answerFailure(services, error, http, reply));

  for (const endpoint of FORM_ENDPOINTS) {
    const url = `${base}/realms/:realm/protocol/openid-connect/${endpoint.path}`;
    const { methods = ["POST"], preflight = postPreflight } = endpoint;
    const handler = async (http: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
      const call = await openCall(services, callerOf, http as RealmRequest, endpoint.event);
      return endpoint.handle(call, reply);
    };
    route(app, url, methods, handler, preflight);
  }
  realmDocuments(app, services, callerOf);
  adminApi(app, services, callerOf);
  openApi(app, services, callerOf);
  clientRegistrations(app, services, callerOf);
  return app;
}

/** Limits of the transport: slow senders are cut off, and a stop waits for requests under way only. */
function newServer(tls: { readonly cert: Buffer; readonly key: Buffer } | undefined): FastifyInstance {
  const server = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: 5000, connectionsCheckingInterval: 1000 };
  const options = {
    bodyLimit: TRANSPORT_LIMIT,
    requestTimeout: 10_000,
    keepAliveTimeout: 72_000,
    exposeHeadRoutes: false,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    // The name of a realm has up to 255 characters, each of which may be percent-encoded.
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 2300 },
    logger: false,
  } as const;
  return tls ? Fastify({ ...options, https: { ...tls, ...server } }) : Fastify({ ...options, http: server });
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
  http: RealmRequest,
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
    ...(typeof body === "string" && { bodyProblem: body }),
    authorization: http.headers.authorization,
    origin: http.headers.origin,
    accept: http.headers.accept,
    event,
    details: {},
  };
}

/** Nobody's realm: recorded when the request names a client, then refused. @throws {OAuthError} realm_unknown */
async function refuseUnknownRealm(services: Services, http: RealmRequest, caller: Caller, type: string): Promise<never> {
  const form = typeof http.body === "object" && http.body !== null ? (http.body as Form) : formFromPairs([]);
  const { clientId } = readCredentials(http.headers.authorization, form);
  if (clientId !== undefined) {
    const realm = unknownRealm(http.params.realm, services.config.compatibility);
    const happening = { id: services.newId(), time: services.clock(), realm, type, clientId, ipAddress: caller.ipAddress, details: {} };
    await services.writer.write({ audit: [refusalRecord(happening, "realm_unknown")] });
  }
  throw new OAuthError("realm_unknown");
}

/**
 * Whatever body comes, an endpoint sees a form: the parsed one, an empty one when the body is of another kind, or what is wrong with it,
 * which is refused where it can be recorded.
 */
function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "buffer" }, (_http, body, done) =>
    done(null, readForm(body as Buffer)),
  );
  app.addContentTypeParser(/^multipart\/form-data/, { parseAs: "buffer" }, (http, body, done) =>
    done(null, readMultipart(body as Buffer, http.headers["content-type"] ?? "")),
  );
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_http, _body, done) => done(null, undefined));
}

function readForm(body: Buffer): Form | BodyProblem {
  if (body.length > BODY_LIMIT) return "form_too_large";
  const parsed = parseForm(body.toString("utf8"));
  return parsed.ok ? parsed.form : "form_malformed";
}

function readMultipart(body: Buffer, contentType: string): Form | BodyProblem {
  if (body.length > BODY_LIMIT) return "form_too_large";
  const pairs = parseMultipart(body, contentType);
  return pairs ? formFromPairs(pairs) : "form_malformed";
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

/** What no endpoint answered: refusals before a realm is known, transport errors, and our own mistakes, which are logged whole and answered bare. */
async function answerFailure(
  services: Services,
  error: FastifyError | OAuthError,
  http: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const dialect = services.config.compatibility;
  if (error instanceof OAuthError) {
    const { status, body } = wireAnswer(error, dialect, undefined);
    return status === 404 ? answerNotFound(reply, http.headers.accept, body.error) : reply.code(status).send(body);
  }
  if (error instanceof StorageUnavailable) {
    const { status, body } = wireAnswer(new OAuthError("audit_unavailable"), dialect, undefined);
    return reply
      .headers({ ...NO_STORE, "retry-after": "1" })
      .code(status)
      .send(body);
  }
  if (error instanceof PasswordPoolBusy || error instanceof PasswordPoolClosed) {
    const { status, body } = wireAnswer(new OAuthError("overloaded"), dialect, undefined);
    return reply
      .headers({ ...NO_STORE, "retry-after": "1" })
      .code(status)
      .send(body);
  }
  if (error.code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    const { status, body } = wireAnswer(new OAuthError("form_too_large"), dialect, undefined);
    return reply.header("connection", "close").code(status).send(body);
  }
  if (error.statusCode !== undefined && error.statusCode < 500)
    return reply.code(error.statusCode).send({ error: `HTTP ${error.statusCode} ${STATUS_CODES[error.statusCode] ?? "Bad Request"}` });
  services.log.error("cambist.http", `${http.method} ${http.routeOptions.url ?? "?"} failed`, error);
  return reply
    .code(500)
    .headers(NO_STORE)
    .send({ error: "unknown_error", error_description: "For more on this error consult the server log." });
}
