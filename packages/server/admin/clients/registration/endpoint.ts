import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { answerNotFound } from "../../../http/not-found.ts";
import type { callerReader } from "../../../http/caller.ts";
import { answerPreflight } from "../../../http/cors.ts";
import { checkTransport, findRealm, issuerOf } from "../../../http/endpoint-call.ts";
import type { Services } from "../../../services.ts";
import { AdminError } from "../../admin-error.ts";
import {
  deleteRegistration,
  readRegistration,
  recordRefused,
  register,
  type RegistrationAnswer,
  type RegistrationRequest,
  updateRegistration,
} from "./client-registrations.ts";
import { invalidMetadata, notAllowed, RegistrationError } from "./registration-error.ts";

const BODY_LIMIT = 256 * 1024;

interface Params {
  readonly realm: string;
  readonly provider: string;
  readonly clientId?: string;
}
type Handle = (request: RegistrationRequest) => Promise<RegistrationAnswer>;

/** `/realms/:realm/clients-registrations/:provider`: clients that register themselves (RFC 7591, RFC 7592; Keycloak's own format). */
export function clientRegistrations(app: FastifyInstance, services: Services, callerOf: ReturnType<typeof callerReader>): void {
  const url = `${services.config.relativePath}/realms/:realm/clients-registrations/:provider`;
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: BODY_LIMIT }, (_http, body, parsed) => parsed(null, body));
    const route = (method: "GET" | "POST" | "PUT" | "DELETE", path: string, handle: Handle): void => {
      scope.route({
        method,
        url: path,
        handler: async (http, reply) => {
          const request = await open(http, services, callerOf);
          try {
            return send(reply, await handle({ ...request, body: bodyOf(http, request.rawBody) }));
          } catch (error) {
            return await refuse(reply, request, TYPES[method], error);
          }
        },
      });
    };
    route("POST", url, register);
    route("GET", `${url}/:clientId`, readRegistration);
    route("PUT", `${url}/:clientId`, updateRegistration);
    route("DELETE", `${url}/:clientId`, deleteRegistration);
    for (const path of [url, `${url}/:clientId`]) {
      scope.route({ method: "OPTIONS", url: path, handler: (http, reply) => answerPreflight(http, reply, "DELETE, POST, GET, PUT") });
    }
    scope.route({
      method: ["GET", "PUT", "DELETE", "PATCH"],
      url,
      handler: (http, reply) => answerNotFound(reply, http.headers.accept, "HTTP 404 Not Found"),
    });
    done();
  });
}

async function open(http: FastifyRequest, services: Services, callerOf: ReturnType<typeof callerReader>): Promise<RegistrationRequest> {
  const params = http.params as Params;
  const realm = await findRealm(services, params.realm);
  const caller = callerOf(http);
  checkTransport({ realm, caller });
  const rawBody = Buffer.isBuffer(http.body) ? http.body : Buffer.alloc(0);
  return {
    services,
    realm,
    caller,
    issuer: issuerOf(caller, realm.view.realm.name),
    authorization: http.headers.authorization,
    provider: params.provider,
    clientId: params.clientId,
    body: undefined,
    rawBody,
  };
}

/** Keycloak's event types. */
const TYPES = { POST: "CLIENT_REGISTER", GET: "CLIENT_INFO", PUT: "CLIENT_UPDATE", DELETE: "CLIENT_DELETE" } as const;

/** @throws {RegistrationError} 400 no JSON, 415 another type */
function bodyOf(http: FastifyRequest, rawBody: Buffer): unknown {
  if (http.method !== "POST" && http.method !== "PUT") return undefined;
  const type = (http.headers["content-type"] ?? "").toLowerCase();
  if (type !== "" && !/^application\/(?:[\w.+-]+\+)?json\b/.test(type)) {
    throw new RegistrationError(415, "The content-type header value did not match the value in @Consumes");
  }
  try {
    return JSON.parse(rawBody.toString("utf8")) as unknown;
  } catch {
    throw new RegistrationError(400, "invalid_request", "Cannot parse the JSON");
  }
}

function send(reply: FastifyReply, { status, body, location }: RegistrationAnswer): FastifyReply {
  if (location !== undefined) reply.header("location", location);
  reply.code(status);
  if (body === undefined) return reply.send();
  // Secrets and tokens are in it (RFC 7591 §3.2.1).
  return reply
    .header("cache-control", "no-store")
    .header("content-type", "application/json;charset=UTF-8")
    .serializer(JSON.stringify)
    .send(body);
}

/** What writing a client refuses is, to the client, wrong metadata. Recorded before it is answered. Anything else goes to the server's own handler. */
async function refuse(reply: FastifyReply, request: RegistrationRequest, type: string, error: unknown): Promise<FastifyReply> {
  const refusal = error instanceof AdminError ? asRegistrationError(error) : error;
  if (!(refusal instanceof RegistrationError)) throw refusal;
  await recordRefused(request, type, refusal);
  return reply.code(refusal.status).send(refusal.body);
}

function asRegistrationError({ status, body }: AdminError): RegistrationError {
  if (status === 409) return invalidMetadata("Client Identifier in use");
  if (status === 403) return notAllowed();
  const text = body?.["error_description"] ?? body?.["errorMessage"] ?? body?.["error"];
  return invalidMetadata(typeof text === "string" ? text : "Client metadata invalid");
}
