import { STATUS_CODES } from "node:http";
import { setTimeout } from "node:timers/promises";
import { OAuthError } from "@cambist/core/refusals.ts";
import { type Form, formFromPairs, parseForm } from "@cambist/core/token-request/form.ts";
import { StorageUnavailable } from "@cambist/store/ports.ts";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { PasswordPoolBusy, PasswordPoolClosed } from "../passwords/passwords.ts";
import type { Services } from "../services.ts";
import { NO_STORE, SECURITY_HEADERS, wireAnswer } from "./answers.ts";
import { answerClientError } from "./client-error.ts";
import type { BodyProblem } from "./endpoint-call.ts";
import { parseMultipart } from "./multipart.ts";
import { answerNotFound } from "./not-found.ts";
import { refuseOddRequest } from "./odd-requests.ts";

/** Largest form that a protocol endpoint reads, in bytes; a larger one is a refusal on the record. */
const BODY_LIMIT = 65_536;
/** Beyond it the connection is cut off. */
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
  { tls, closing }: { readonly tls?: Certificate | undefined; readonly closing: Closing },
): FastifyInstance {
  const app = newServer(tls);
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
  app.setErrorHandler(async (error: FastifyError, http, reply) => answerFailure(services, error, http, reply));
  return app;
}

const noSchemas = (): never => {
  throw new Error("Routes have no schemas");
};

/** Limits of the transport: slow senders are cut off, and a stop waits for requests under way only. */
function newServer(tls: Certificate | undefined): FastifyInstance {
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
    // No route has a schema; without these Fastify loads two compilers, a third of its size.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  } as const;
  return tls ? Fastify({ ...options, https: { ...tls, ...server } }) : Fastify({ ...options, http: server });
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
