import type { FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from "fastify";
import { jwks } from "../keys/jwks.ts";
import type { LoadedRealm } from "../realms/compile-realm.ts";
import type { Services } from "../services.ts";
import type { callerReader } from "./caller.ts";
import { answerPreflight, corsHeaders } from "./cors.ts";
import { discovery } from "./discovery.ts";
import { findRealm, issuerOf, type RealmRequest } from "./endpoint-call.ts";
import { answerNotFound } from "./not-found.ts";
import { realmInfo } from "./realm-info.ts";

/** A public document of a realm: the same for everybody who reaches the server by the same base URL. */
interface RealmDocument {
  readonly paths: readonly string[];
  readonly cacheControl: string;
  /** Verbs other than `GET`, `HEAD` and `OPTIONS` are 405; otherwise they meet whatever is below the realm. */
  readonly refusesOthers: boolean;
  readonly build: (realm: LoadedRealm, issuer: string) => unknown;
}

const READ: HTTPMethods[] = ["GET", "HEAD"];
const OTHERS: HTTPMethods[] = ["POST", "PUT", "PATCH", "DELETE"];
const ALL: HTTPMethods[] = [...READ, ...OTHERS, "OPTIONS"];
const METADATA_CACHING = "no-cache, must-revalidate, no-transform, no-store";

/** Bodies that are kept per version of a realm; one per base URL, of which a server with a dynamic hostname may see any number. */
const MAX_KEPT = 32;

/**
 * Realm information, metadata, keys, and the 404 of everything else below a realm. A disabled realm serves them too, so that tokens it has
 * issued can still be verified.
 */
export function realmDocuments(app: FastifyInstance, services: Services, callerOf: ReturnType<typeof callerReader>): void {
  const base = services.config.relativePath;
  const realm = `${base}/realms/:realm`;
  const wellKnown = "/.well-known/oauth-authorization-server";
  const documents: readonly RealmDocument[] = [
    { paths: [realm], cacheControl: "no-cache", refusesOthers: true, build: realmInfo },
    {
      paths: [`${realm}/protocol/openid-connect/certs`],
      cacheControl: "no-cache",
      refusesOthers: true,
      build: ({ keys }) => jwks(keys.keys),
    },
    {
      // RFC 8414 §3.1 puts the well-known name before the path of the issuer; behind a proxy that passes on only our path, after it.
      paths: [
        `${realm}/.well-known/openid-configuration`,
        `${realm}${wellKnown}`,
        ...new Set([`${wellKnown}${realm}`, `${base}${wellKnown}/realms/:realm`]),
      ],
      cacheControl: METADATA_CACHING,
      refusesOthers: false,
      build: discovery,
    },
  ];
  for (const document of documents) {
    const textOf = kept(document.build);
    for (const url of document.paths) {
      app.route({ method: READ, url, handler: (http, reply) => answerDocument(http as RealmRequest, reply, document, textOf) });
      app.route({ method: "OPTIONS", url, handler: (http, reply) => answerPreflight(http, reply, "GET") });
      if (document.refusesOthers) app.route({ method: OTHERS, url, handler: (_http, reply) => methodNotAllowed(reply) });
    }
  }
  app.route({ method: ALL, url: `${realm}/*`, handler: (http, reply) => answerUnknown(http as UnknownRequest, reply) });

  async function answerDocument(
    http: RealmRequest,
    reply: FastifyReply,
    { cacheControl }: RealmDocument,
    textOf: (realm: LoadedRealm, issuer: string) => string,
  ): Promise<FastifyReply> {
    const found = await findRealm(services, http.params.realm);
    const issuer = issuerOf(callerOf(http), found.view.realm.name);
    // Keycloak exposes no headers of these.
    const { "access-control-expose-headers": _none, ...cors } = corsHeaders(http.headers.origin, undefined);
    return reply
      .headers({ ...cors, "cache-control": cacheControl })
      .type("application/json;charset=UTF-8")
      .send(textOf(found, issuer));
  }

  async function answerUnknown(http: UnknownRequest, reply: FastifyReply): Promise<FastifyReply> {
    await findRealm(services, http.params.realm);
    const [first, protocol] = http.params["*"].split("/");
    const foreign = first === "protocol" && protocol !== undefined && protocol !== "" && protocol !== "openid-connect";
    return answerNotFound(reply, http.headers.accept, foreign ? "Protocol not found" : "HTTP 404 Not Found");
  }
}

type UnknownRequest = FastifyRequest<{ Params: { realm: string; "*": string } }>;

const methodNotAllowed = (reply: FastifyReply): FastifyReply => reply.code(405).send({ error: "HTTP 405 Method Not Allowed" });

/** Texts made once per version of a realm and issuer URL. */
function kept(build: RealmDocument["build"]): (realm: LoadedRealm, issuer: string) => string {
  const known = new WeakMap<LoadedRealm, Map<string, string>>();
  return (realm, issuer) => {
    let texts = known.get(realm);
    if (!texts) known.set(realm, (texts = new Map()));
    let text = texts.get(issuer);
    if (text === undefined) {
      text = JSON.stringify(build(realm, issuer));
      if (texts.size >= MAX_KEPT) texts.clear();
      texts.set(issuer, text);
    }
    return text;
  };
}
