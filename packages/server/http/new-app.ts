import type { IncomingMessage, RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { setTimeout } from "node:timers/promises";
import { OAuthError, type Refusal } from "@cambist/core/refusals.ts";
import { StorageUnavailable } from "@cambist/store/ports.ts";
import Fastify, { type FastifyError, type FastifyInstance } from "fastify";
import { PasswordPoolBusy, PasswordPoolClosed } from "../passwords/passwords.ts";
import type { Services } from "../services.ts";
import { NO_STORE, SECURITY_HEADERS, wireAnswer } from "./answers.ts";
import { answerClientError } from "./client-error.ts";
import { directForms } from "./direct/direct-forms.ts";
import type { FormRoutes } from "./direct/form-routes.ts";
import type { Patience } from "./direct/plain-connection.ts";
import { plainConnections } from "./direct/plain-connections.ts";
import { answerNotFound } from "./not-found.ts";
import { refuseOddRequest } from "./odd-requests.ts";
import { readForm, readMultipart } from "./read-form.ts";
import type { Reply } from "./reply.ts";

// An import would build every export of the module, an HTTP client among them.
const { createServer, STATUS_CODES } = process.getBuiltinModule("node:http");

/** Largest body in bytes; beyond it the connection is cut off. */
const TRANSPORT_LIMIT = 1024 * 1024;
const MAX_HEADER_BYTES = 16_384;
/** For how long a server that closes still takes requests, each answered with the end of its connection, in milliseconds. */
const GOODBYE_MS = 300;

const ON_EVERY_ANSWER = Object.entries(SECURITY_HEADERS);

export interface Certificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Shared by the applications of a server, which begin to close together. */
export interface Closing {
  hasBegun: boolean;
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route hands its requests to another application, which counts them. */
    readonly answeredElsewhere?: boolean;
  }
}

/** A Fastify application without routes: limits, headers that every answer has, bodies, and answers for what goes wrong. */
export function newApp(
  services: Services,
  { tls, closing, direct }: { readonly tls?: Certificate | undefined; readonly closing: Closing; readonly direct?: FormRoutes },
): FastifyInstance {
  const app = newServer(tls, direct);
  readBodies(app);
  app.addHook("preClose", async () => {
    closing.hasBegun = true;
    // Closing a connection under a request that is on its way would lose it.
    if (app.server.listening) await setTimeout(GOODBYE_MS);
  });
  app.addHook("onRequest", refuseOddRequest);
  // Hooks with a callback: a promise for each of them would cost more than what they do.
  app.addHook("onSend", (_http, reply, _payload, done) => {
    // A connection that was busy when the server began to close would stay open, and the stop would wait for it.
    if (closing.hasBegun) reply.header("connection", "close");
    // RFC 8259 §11: the media type has no charset parameter; clients of Keycloak see it bare.
    if (reply.getHeader("content-type") === "application/json; charset=utf-8") reply.header("content-type", "application/json");
    for (const [name, value] of ON_EVERY_ANSWER) if (!reply.hasHeader(name)) reply.header(name, value);
    done();
  });
  app.addHook("onResponse", (http, reply, done) => {
    const { url, config } = http.routeOptions;
    if (!config.answeredElsewhere) services.metrics.request(http.method, url ?? "UNKNOWN", reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  app.setNotFoundHandler((http, reply) => answerNotFound(reply, http.headers.accept, "Unable to find matching target resource method"));
  app.setErrorHandler((error: FastifyError, http, reply) => {
    answerFailure(services, error, { method: http.method, route: http.routeOptions.url, accept: http.headers.accept }, reply);
    return reply;
  });
  return app;
}

const noSchemas = (): never => {
  throw new Error("Routes have no schemas");
};

const PATIENCE: Patience = { headMs: 5000, requestMs: 10_000, keepAliveMs: 72_000, checkMs: 1000 };

/** Limits of the transport: slow senders are cut off, and a stop waits for requests under way only. `direct` has the first look at a request. */
function newServer(tls: Certificate | undefined, direct: FormRoutes | undefined): FastifyInstance {
  const limits = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: PATIENCE.headMs,
    requestTimeout: PATIENCE.requestMs,
    keepAliveTimeout: PATIENCE.keepAliveMs,
    connectionsCheckingInterval: PATIENCE.checkMs,
  };
  const serverFactory = (handler: RequestListener) => {
    const taken = direct && directForms(direct);
    const listener: RequestListener = taken
      ? (request, response) => void (taken(request, response) || handler(request, response))
      : handler;
    const server = tls ? createTlsServer({ ...tls, ...limits }, listener) : createServer(limits, listener);
    if (direct) plainConnections(server, direct, PATIENCE);
    return server;
  };
  const options = {
    bodyLimit: TRANSPORT_LIMIT,
    exposeHeadRoutes: false,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    clientErrorHandler: answerClientError,
    // The name of a realm has up to 255 characters, each of which may be percent-encoded.
    routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true, maxParamLength: 2300 },
    logger: false,
    // No route has a schema; without these Fastify loads two compilers, a third of its size.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  } as const;
  return Fastify({ ...options, serverFactory });
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

/** What is known of a request that failed. */
export interface FailedRequest {
  readonly method: string;
  /** The pattern of its path. */
  readonly route: string | undefined;
  readonly accept: IncomingMessage["headers"]["accept"];
}

/** What no endpoint answered: refusals before a realm is known, transport errors, and our own mistakes, which are logged whole and answered bare. */
export function answerFailure(services: Services, error: unknown, { method, route, accept }: FailedRequest, reply: Reply): void {
  const answer = (refusal: Refusal, headers: Readonly<Record<string, string>>): void => {
    const { status, body } = wireAnswer(new OAuthError(refusal), services.config.compatibility, undefined);
    reply.headers(headers).code(status).send(body);
  };
  const { code, statusCode } = error as Partial<FastifyError>;
  if (error instanceof OAuthError) {
    const { status, body } = wireAnswer(error, services.config.compatibility, undefined);
    if (status === 404) answerNotFound(reply, accept, body.error);
    else reply.code(status).send(body);
  } else if (error instanceof StorageUnavailable) answer("audit_unavailable", BUSY);
  else if (error instanceof PasswordPoolBusy || error instanceof PasswordPoolClosed) answer("overloaded", BUSY);
  else if (code === "FST_ERR_CTP_BODY_TOO_LARGE") answer("form_too_large", { connection: "close" });
  else if (statusCode !== undefined && statusCode < 500)
    reply.code(statusCode).send({ error: `HTTP ${statusCode} ${STATUS_CODES[statusCode] ?? "Bad Request"}` });
  else {
    services.log.error("cambist.http", `${method} ${route ?? "?"} failed`, error);
    reply.code(500).headers(NO_STORE).send({ error: "unknown_error", error_description: "For more on this error consult the server log." });
  }
}

const BUSY = { ...NO_STORE, "retry-after": "1" } as const;
