import type { IncomingHttpHeaders } from "node:http";
import type { RequestToRealm } from "../endpoint-call.ts";
import type { Closing } from "../new-app.ts";
import { readForm } from "../read-form.ts";
import type { Reply } from "../reply.ts";
import { DirectReply, type Exit } from "./direct-reply.ts";

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
  readonly failed: (error: unknown, uri: string, headers: IncomingHttpHeaders, reply: Reply) => void;
  /** After the answer, for the metric. */
  readonly answered: (uri: string, status: number, seconds: number) => void;
}

/** Where a posted form goes. */
export interface FoundForm {
  readonly route: DirectRoute;
  readonly uri: string;
  readonly realm: string;
}

/** A form that was posted, whoever read it. */
export interface PostedForm {
  readonly found: FoundForm;
  readonly headers: IncomingHttpHeaders;
  readonly socket: RequestToRealm["raw"]["socket"];
  readonly body: Buffer;
}

/** Names that nobody could spell otherwise. */
const PLAIN_NAME = /^[\w~-][\w.~-]{0,254}$/;

/** The endpoints that take posted forms past the framework. */
export class FormRoutes {
  readonly closing: Closing;
  readonly #prefix: string;
  readonly #byPath: ReadonlyMap<string, { readonly route: DirectRoute; readonly uri: string }>;
  readonly #served: DirectForms;

  constructor(served: DirectForms) {
    this.#served = served;
    this.closing = served.closing;
    this.#prefix = `${served.base}/realms/`;
    this.#byPath = new Map(
      served.routes.map((route) => {
        const path = `/protocol/openid-connect/${route.path}`;
        return [path, { route, uri: `${this.#prefix}:realm${path}` }] as const;
      }),
    );
  }

  /** What a request target names, spelled plainly and without a query; everything else is the framework's. */
  find(target: string): FoundForm | undefined {
    if (!target.startsWith(this.#prefix)) return undefined;
    const end = target.indexOf("/", this.#prefix.length);
    const found = end < 0 ? undefined : this.#byPath.get(target.slice(end));
    if (!found) return undefined;
    const realm = target.slice(this.#prefix.length, end);
    return PLAIN_NAME.test(realm) ? { route: found.route, uri: found.uri, realm } : undefined;
  }

  /** Hands the form to its endpoint; whatever it throws, there is an answer. */
  async answer({ found, headers, socket, body }: PostedForm, exit: Exit): Promise<void> {
    const started = performance.now();
    const { secure, failed, answered } = this.#served;
    const { uri } = found;
    const reply = new DirectReply(exit, this.closing);
    try {
      const protocol = secure ? "https" : "http";
      await found.route.handle({ raw: { socket }, headers, protocol, params: { realm: found.realm }, body: readForm(body) }, reply);
    } catch (error) {
      failed(error, uri, headers, reply.afresh());
    }
    answered(uri, reply.status, (performance.now() - started) / 1000);
  }
}
