import { type AuditRecord, type Command, type Guard, StorageUnavailable } from "@cambist/store/ports.ts";
import { StorageConflict } from "@cambist/store/admin-ports.ts";
import type { RealmRow } from "@cambist/store/config-ports.ts";
import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import type { callerReader } from "../http/caller.ts";
import { answerPreflight } from "../http/cors.ts";
import { acceptsJson, answerNotFound, prefersHtml } from "../http/not-found.ts";
import { withoutSecrets } from "../secrets/secret-names.ts";
import type { Services } from "../services.ts";
import type { AdminAnswer, AdminCall, AdminChange, AdminRoute } from "./admin-call.ts";
import { AdminError, forbidden, malformed, notFound, StaleRead, unauthorized } from "./admin-error.ts";
import type { Needs } from "./admin-roles.ts";
import { type AdminCaller, authenticateAdmin, holdsAnyRole, holdsRole } from "./authenticate-admin.ts";
import { nestsDeeperThan } from "./read-json.ts";
import { ADMIN_ROUTES } from "./routes.ts";
import { verbsElsewhere } from "./wrong-verbs.ts";

/** Largest body, in bytes; a realm file is the one large thing that is sent here. */
const BODY_LIMIT = 10 * 1024 * 1024;
const ORDINARY_LIMIT = 1024 * 1024;
/** Nesting of a body. */
const MAX_DEPTH = 32;
const VERBS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;
const UNKNOWN_VERBS: HTTPMethods[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
const OF_REALM = "/realms/:realm";
const JSON_TYPE = "application/json;charset=UTF-8";
type CallerOf = ReturnType<typeof callerReader>;

/**
 * The admin API from its route table. Every route goes through the same phases, in Keycloak's order: token (401, also where a realm has no
 * such path), realm (404), path (404), body (400), role (403), object (404); a handler cannot forget one.
 */
export function adminApi(app: FastifyInstance, services: Services, callerOf: CallerOf): void {
  const base = `${services.config.relativePath}/admin`;
  void app.register((admin, _options, done) => {
    admin.removeAllContentTypeParsers();
    admin.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: BODY_LIMIT }, (_http, body, parsed) => parsed(null, body));
    admin.setErrorHandler(async (error, http, reply) => answerError(error, services, http, reply));

    const elsewhere = verbsElsewhere(ADMIN_ROUTES);
    const verbs = new Map<string, Set<string>>();
    for (const route of ADMIN_ROUTES) {
      const path = route.global ? route.path : `${OF_REALM}${route.path}`;
      const known = verbs.get(path);
      const methods = route.method === "GET" ? ["GET", "HEAD"] : [route.method];
      if (known) for (const method of methods) known.add(method);
      else verbs.set(path, new Set(methods));
      admin.route({
        method: route.method === "GET" ? ["GET", "HEAD"] : route.method,
        url: `${base}${path}`,
        handler: async (http, reply) => {
          const caller = await callerFrom(http, callerOf, services);
          const answer = await untilUnchanged(async () => {
            const call = await openCall({ http, caller, route, services, callerOf });
            call.need(route.needs);
            return route.handle(call);
          });
          const isText = answer.type !== undefined && !answer.type.startsWith("application/json");
          if (http.method === "GET" && !isText && !acceptsJson(http.headers.accept))
            throw new AdminError(406, { error: "HTTP 406 Not Acceptable" });
          return send(reply, answer, route.noCache ?? route.method === "GET");
        },
      });
    }
    for (const [path, methods] of verbs) {
      admin.route({
        method: "OPTIONS",
        url: `${base}${path}`,
        handler: (http, reply) => answerPreflight(http, reply, "DELETE, POST, GET, PUT"),
      });
      const notFoundHere = path.startsWith(OF_REALM) ? elsewhere(path.slice(OF_REALM.length)) : undefined;
      const others: HTTPMethods[] = VERBS.filter((verb) => !methods.has(verb));
      admin.route({
        method: others,
        url: `${base}${path}`,
        handler: async (http) => {
          const caller = await callerFrom(http, callerOf, services);
          await findRealmRow(http, services, caller);
          throw notFoundHere?.has(http.method) === true ? notFound() : verbNotAllowed();
        },
      });
    }
    for (const url of [`${OF_REALM}/*`, "/:realm/console", "/:realm/console/*"]) {
      admin.route({
        method: UNKNOWN_VERBS,
        url: `${base}${url}`,
        handler: async (http) => {
          const caller = await callerFrom(http, callerOf, services);
          await findRealmRow(http, services, caller);
          throw notFound();
        },
      });
    }
    // Keycloak knows every path here, for preflights alone.
    admin.route({ method: UNKNOWN_VERBS, url: `${base}/*`, handler: () => Promise.reject(verbNotAllowed()) });
    done();
  });
}

const verbNotAllowed = (): AdminError => new AdminError(405, { error: "HTTP 405 Method Not Allowed" });

async function callerFrom(http: FastifyRequest, callerOf: CallerOf, services: Services): Promise<AdminCaller> {
  const caller = await authenticateAdmin(http.headers.authorization, callerOf(http).baseUrl, services);
  if (!caller) throw unauthorized();
  return caller;
}

/** The realm of the path; routes outside a realm are about the caller's own. */
async function findRealmRow(http: FastifyRequest, services: Services, caller: AdminCaller): Promise<RealmRow> {
  const name = (http.params as { readonly realm?: string }).realm ?? caller.realm.view.realm.name;
  const realm = await services.admin.realmByName(name);
  if (!realm) throw notFound("Realm not found.");
  return realm;
}

interface Opening {
  readonly http: FastifyRequest;
  readonly caller: AdminCaller;
  readonly route: AdminRoute;
  readonly services: Services;
  readonly callerOf: CallerOf;
}

async function openCall({ http, caller, route, services, callerOf }: Opening): Promise<AdminCall> {
  const realm = await findRealmRow(http, services, caller);
  const from = callerOf(http);
  const contentType = (http.headers["content-type"] ?? "").toLowerCase();
  const rawBody = Buffer.isBuffer(http.body) ? http.body : Buffer.alloc(0);
  const now = services.clock();
  const query = new URLSearchParams(http.url.includes("?") ? http.url.slice(http.url.indexOf("?") + 1) : "");
  const committing: Committing = { services, realm, caller, ipAddress: from.ipAddress, now };
  const call: AdminCall = {
    services,
    store: services.admin,
    secrets: services.secrets,
    realm,
    caller,
    params: http.params as Readonly<Record<string, string>>,
    query,
    body: readBody(http, route, rawBody, contentType),
    rawBody,
    contentType,
    accept: http.headers.accept ?? "",
    url: `${from.baseUrl}/admin/realms/${encodeURIComponent(realm.name)}`,
    baseUrl: from.baseUrl,
    now,
    newId: services.newId,
    has: (...roles) => holdsRole(caller, realm.name, roles),
    need(needs: Needs) {
      if (route.global) return;
      const allowed = needs.length === 0 ? holdsAnyRole(caller, realm.name) : needs.every((roles) => holdsRole(caller, realm.name, roles));
      if (!allowed) throw forbidden();
    },
    commit: async (change) => {
      if (!(await commit(change, committing, change.guards))) throw new StaleRead();
    },
    changeRealm: (change) => changeRealm(change, committing),
    record: (event) => adminRecord(event, committing),
  };
  return call;
}

/** JSON unless the route takes something else; a missing content type is taken as JSON. @throws {AdminError} 400, 413, 415 */
function readBody(http: FastifyRequest, route: AdminRoute, rawBody: Buffer, contentType: string): unknown {
  if (http.method === "GET" || rawBody.length === 0) return undefined;
  if (route.takes?.some((type) => contentType.startsWith(type))) return undefined;
  if (contentType !== "" && !/^application\/json\b/.test(contentType)) {
    throw new AdminError(415, { error: "The content-type header value did not match the value in @Consumes" });
  }
  const large = route.path === "/partialImport" || (route.global && route.path === "/realms");
  if (!large && rawBody.length > ORDINARY_LIMIT) throw new AdminError(413, { error: "HTTP 413 Request Entity Too Large" });
  const text = rawBody.toString("utf8");
  if (nestsDeeperThan(text, MAX_DEPTH)) throw malformed("invalid_request");
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed("invalid_request");
  }
}

interface Committing {
  readonly services: Services;
  readonly realm: RealmRow;
  readonly caller: AdminCaller;
  readonly ipAddress: string;
  readonly now: number;
}

/** The audit record of an admin event. */
function adminRecord(
  event: NonNullable<AdminChange["event"]>,
  { services, realm: ofPath, caller, ipAddress, now }: Committing,
): AuditRecord {
  const { user, holder } = caller.facts;
  const own = caller.realm.view.realm;
  const realm = event.realm ?? ofPath;
  return {
    id: services.newId(),
    time: now,
    realmId: realm.id,
    realmName: realm.name,
    type: `ADMIN_${event.operation}`,
    clientId: holder.clientId,
    userId: user.id,
    ipAddress,
    details: {
      operationType: event.operation,
      resourceType: event.resourceType,
      resourcePath: event.resourcePath,
      authRealm: own.id,
      authClient: holder.id,
      authUser: user.id,
      authIpAddress: ipAddress,
    },
    facts: {
      ...(event.representation !== undefined && {
        representation: JSON.stringify(withoutSecrets(event.representation)),
        detailed: realm.representation["adminEventsDetailsEnabled"] === true,
      }),
      ...(event.details && { details: event.details }),
    },
    issued: [],
    shown: realm.representation["adminEventsEnabled"] === true && event.hidden !== true,
  };
}

/** False: a guard has failed, nothing is stored. */
async function commit(
  { commands, event, events = [] }: AdminChange,
  committing: Committing,
  guards: readonly Guard[] = [],
): Promise<boolean> {
  const audit = [...(event ? [event] : []), ...events].map((one) => adminRecord(one, committing));
  try {
    const outcome = await committing.services.writer.write({ guards, commands, audit });
    return outcome.ok;
  } catch (error) {
    if (error instanceof StorageConflict) throw new AdminError(409, { error: "unknown_error" }, { cause: error });
    if (error instanceof StorageUnavailable)
      throw new AdminError(503, { error: "temporarily_unavailable", error_description: "Nothing could be stored" }, { cause: error });
    throw error;
  }
}

/** Changes of one row at the same time; each failed attempt means that another one got through. */
const MAX_ATTEMPTS = 100;

/**
 * Runs a handler, on the realm as it is, until what it read is still so when it commits. A name that was free when it looked and is taken when
 * it writes is looked at once more, so that the later of two says in its own words what is wrong.
 */
async function untilUnchanged(handle: () => Promise<AdminAnswer>): Promise<AdminAnswer> {
  let hasCollided = false;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    try {
      return await handle();
    } catch (error) {
      const collides = error instanceof AdminError && error.cause instanceof StorageConflict;
      if (!(error instanceof StaleRead) && (!collides || hasCollided)) throw error;
      hasCollided ||= collides;
    }
  }
  throw new AdminError(409, { error: "unknown_error" });
}

async function changeRealm(change: Parameters<AdminCall["changeRealm"]>[0], committing: Committing): Promise<void> {
  for (let attempt = 0, was = committing.realm; attempt < MAX_ATTEMPTS; attempt += 1) {
    const { row, commands = [], guards = [], event } = await change(was);
    const all: readonly Command[] = [{ do: "saveRealm", realmId: row.id, row }, ...commands];
    if (await commit({ commands: all, ...(event && { event }) }, committing, [{ claim: "realmRow", row: was }, ...guards])) return;
    // What else it was worked out from may have changed: the handler has to read it again.
    if (guards.length > 0) throw new StaleRead();
    const is = await committing.services.admin.realmByName(was.name);
    if (is?.id !== was.id) throw notFound("Realm not found.");
    was = is;
  }
  throw new AdminError(409, { error: "unknown_error" });
}

/** A URL as a header can carry it (RFC 3986 §2.1): ids that a caller brought may have any letters. */
const inAscii = (url: string): string => url.toWellFormed().replace(/[^\x21-\x7e]+/g, encodeURIComponent);

function send(reply: FastifyReply, { status = 200, body, location, type }: AdminAnswer, noCache: boolean): FastifyReply {
  if (location !== undefined) reply.header("location", inAscii(location));
  if (noCache) reply.header("cache-control", "no-cache");
  reply.code(status);
  if (body === undefined) return (type === undefined ? reply : reply.header("content-type", type)).send();
  if (typeof body === "string" && type !== undefined && !type.startsWith("application/json")) return reply.type(type).send(body);
  return reply
    .header("content-type", type ?? JSON_TYPE)
    .serializer(JSON.stringify)
    .send(body);
}

async function answerError(error: unknown, services: Services, http: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  if (error instanceof AdminError) {
    if (error.status === 404 && prefersHtml(http.headers.accept)) return answerNotFound(reply, http.headers.accept, "");
    reply.code(error.status);
    return error.body === undefined ? reply.send() : reply.header("content-type", "application/json").send(error.body);
  }
  const status =
    typeof error === "object" && error !== null && "statusCode" in error && typeof error.statusCode === "number" ? error.statusCode : 500;
  if (status === 413) return reply.header("connection", "close").code(413).send({ error: "HTTP 413 Request Entity Too Large" });
  if (status < 500) return reply.code(status).send({ error: `HTTP ${status}` });
  services.log.error("cambist.admin", `${http.method} ${http.routeOptions.url ?? "?"} failed`, error);
  return reply.code(500).send({ error: "unknown_error", error_description: "For more on this error consult the server log." });
}
