import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { NO_STORE } from "../../../http/answers.ts";
import { answerNotFound } from "../../../http/not-found.ts";
import type { callerReader } from "../../../http/caller.ts";
import { answerPreflight } from "../../../http/cors.ts";
import { checkTransport, findRealm, issuerOf } from "../../../http/endpoint-call.ts";
import type { Services } from "../../../services.ts";
import { AdminError } from "../../admin-error.ts";
import { recordRegistrationRefusal } from "./registration-record.ts";
import {
  deleteRegistration,
  readRegistration,
  register,
  type RegistrationAnswer,
  type RegistrationRequest,
  updateRegistration,
} from "./client-registrations.ts";
import { invalidMetadata, RegistrationError } from "./registration-error.ts";

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
          const address = await addressOf(http, services, callerOf);
          try {
            // Secrets and tokens are in it (RFC 7591 §3.2.1); Keycloak's answers say nothing about caches.
            if (address.realm.view.realm.dialect === "native") reply.headers(NO_STORE);
            return send(reply, await handle(open(http, address)));
          } catch (error) {
            const refusal = asRefusal(error);
            await recordRegistrationRefusal(address, method, refusal);
            return reply.code(refusal.status).send(refusal.body);
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

type Address = Omit<RegistrationRequest, "body" | "rawBody">;

/** Where a request goes. @throws {OAuthError} realm_unknown, realm_disabled, https_required */
async function addressOf(http: FastifyRequest, services: Services, callerOf: ReturnType<typeof callerReader>): Promise<Address> {
  const params = http.params as Params;
  const realm = await findRealm(services, params.realm);
  const caller = callerOf(http);
  checkTransport({ realm, caller });
  return {
    services,
    realm,
    caller,
    issuer: issuerOf(caller, realm.view.realm.name),
    authorization: http.headers.authorization,
    provider: params.provider,
    clientId: params.clientId,
  };
}

function open(http: FastifyRequest, address: Address): RegistrationRequest {
  const rawBody = Buffer.isBuffer(http.body) ? http.body : Buffer.alloc(0);
  return {
    ...address,
    body: http.method === "POST" || http.method === "PUT" ? parsed(http, rawBody) : undefined,
    rawBody,
  };
}

/** @throws {RegistrationError} 400 no JSON, 415 another type */
function parsed(http: FastifyRequest, rawBody: Buffer): unknown {
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
  return reply.header("content-type", "application/json;charset=UTF-8").serializer(JSON.stringify).send(body);
}

/** What writing a client refuses is, to the client, wrong metadata. Anything else goes to the server's own handler. */
function asRefusal(error: unknown): RegistrationError {
  const refusal = error instanceof AdminError ? asRegistrationError(error) : error;
  if (!(refusal instanceof RegistrationError)) throw refusal;
  return refusal;
}

function asRegistrationError({ status, body }: AdminError): RegistrationError {
  if (status === 409) return invalidMetadata("Client Identifier in use");
  if (status === 403) return new RegistrationError(403, "insufficient_scope", "Forbidden");
  const text = body?.["error_description"] ?? body?.["errorMessage"] ?? body?.["error"];
  return invalidMetadata(typeof text === "string" ? text : "Client metadata invalid");
}
