import type { IncomingMessage, ServerResponse } from "node:http";
import { DirectReply } from "./direct-reply.ts";
import type { Closing } from "./new-app.ts";
import { BODY_LIMIT, readForm } from "./read-form.ts";
import { hostCount } from "./odd-requests.ts";
import type { RequestToRealm } from "./endpoint-call.ts";
import type { Reply } from "./reply.ts";

/** An endpoint below `/realms/{realm}/protocol/openid-connect`. */
export interface DirectRoute {
  readonly path: string;
  readonly handle: (request: RequestToRealm, reply: Reply) => Promise<unknown>;
}

export interface DirectForms {
  /** Path before `/realms`. */
  readonly base: string;
  readonly secure: boolean;
  readonly closing: Closing;
  readonly routes: readonly DirectRoute[];
  /** Answers what `handle` threw. `uri`: the pattern of the path. */
  readonly failed: (error: unknown, uri: string, request: IncomingMessage, reply: Reply) => void;
  /** After the answer, for the metric. */
  readonly answered: (uri: string, status: number, seconds: number) => void;
}

/** Takes a request, or leaves it to somebody else: false. */
export type Taker = (request: IncomingMessage, response: ServerResponse) => boolean;

const FORM = "application/x-www-form-urlencoded";
/** Names that nobody could spell otherwise. */
const PLAIN_NAME = /^[\w~-][\w.~-]{0,254}$/;

/**
 * Forms that clients post as they should — most of what a server gets — reach their endpoint without the framework, whose router, hooks and
 * streams cost a tenth of an exchange. Whatever is unusual about a request leaves it to the framework, which knows all ways: nothing is
 * refused here.
 */
export function directForms({ base, secure, closing, routes, failed, answered }: DirectForms): Taker {
  const prefix = `${base}/realms/`;
  const byPath = new Map(
    routes.map((route) => {
      const path = `/protocol/openid-connect/${route.path}`;
      return [path, { route, uri: `${prefix}:realm${path}` }] as const;
    }),
  );
  return (request, response) => {
    const { method, url = "" } = request;
    if (method !== "POST" || closing.hasBegun || !url.startsWith(prefix)) return false;
    const end = url.indexOf("/", prefix.length);
    const found = end < 0 ? undefined : byPath.get(url.slice(end));
    if (!found || !isPlainForm(request)) return false;
    const name = url.slice(prefix.length, end);
    if (!PLAIN_NAME.test(name)) return false;

    const started = performance.now();
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const [only] = chunks;
      const body = readForm(chunks.length === 1 && only ? only : Buffer.concat(chunks));
      const asked = { raw: request, headers: request.headers, protocol: secure ? "https" : "http", params: { realm: name }, body } as const;
      void found.route
        .handle(asked, new DirectReply(response, closing))
        .catch((error: unknown) => failed(error, found.uri, request, new DirectReply(response, closing)))
        .finally(() => answered(found.uri, response.statusCode, (performance.now() - started) / 1000));
    });
    return true;
  };
}

/** One `Host`, a body as it is, of a known size that is not too large. */
function isPlainForm({ headers, rawHeaders }: IncomingMessage): boolean {
  const type = headers["content-type"];
  return (
    type !== undefined &&
    (type === FORM || type.startsWith(`${FORM};`)) &&
    Number(headers["content-length"]) <= BODY_LIMIT &&
    headers["content-encoding"] === undefined &&
    hostCount(rawHeaders) === 1
  );
}
