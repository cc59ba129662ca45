import type { IncomingMessage, ServerResponse } from "node:http";
import { hostCount } from "../odd-requests.ts";
import { BODY_LIMIT, isPlainFormType } from "../read-form.ts";
import type { Exit } from "./direct-reply.ts";
import type { FormRoutes } from "./form-routes.ts";

/** Takes a request, or leaves it to somebody else: false. */
export type Taker = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Forms that clients post as they should reach their endpoint without the framework, whose router, hooks and streams cost a tenth of an
 * exchange: those of connections that Node's HTTP took over. Whatever is unusual about a request leaves it to the framework, which knows all
 * ways: nothing is refused here.
 */
export function directForms(routes: FormRoutes): Taker {
  return (request, response) => {
    const { method, url = "", headers, socket } = request;
    if (method !== "POST" || routes.closing.hasBegun) return false;
    const found = routes.find(url);
    if (!found || !isPlainForm(request)) return false;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const [only] = chunks;
      const body = chunks.length === 1 && only ? only : Buffer.concat(chunks);
      void routes.answer({ found, headers, socket, body }, exitBy(response));
    });
    return true;
  };
}

const exitBy =
  (response: ServerResponse): Exit =>
  ({ status, headers, text, isLast }) => {
    response.writeHead(status, isLast ? { ...headers, connection: "close" } : headers).end(text);
  };

/** One `Host`, a body as it is, of a known size that is not too large. */
function isPlainForm({ headers, rawHeaders }: IncomingMessage): boolean {
  return (
    isPlainFormType(headers["content-type"]) &&
    Number(headers["content-length"]) <= BODY_LIMIT &&
    headers["content-encoding"] === undefined &&
    hostCount(rawHeaders) === 1
  );
}
