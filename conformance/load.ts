import { Agent, request } from "node:http";
import type { Json } from "./client.ts";
import { type Received, receivedOf } from "./audit.ts";

export interface LoadOptions {
  readonly url: string;
  /** Form bodies, sent in turn by each connection. */
  readonly bodies: readonly string[];
  readonly connections: number;
  /** Told of each answer, for whoever waits for so many. */
  readonly onAnswer?: (answer: Received) => void;
  /** Ends the load after the answers under way. */
  readonly signal: AbortSignal;
}

export interface LoadResult {
  /** Every answer that came back whole. */
  readonly received: readonly Received[];
  /** Requests that got none: the server was gone. */
  readonly unanswered: number;
}

/** Requests without pause on some connections, until the signal or until the server is gone. */
export async function runLoad({ url, bodies, connections, signal, onAnswer }: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const received: Received[] = [];
  let unanswered = 0;
  const connection = async (index: number): Promise<void> => {
    for (let turn = index; !signal.aborted; turn += 1) {
      const answer = await post(url, bodies[turn % bodies.length] ?? "", agent);
      if (answer) {
        received.push(answer);
        onAnswer?.(answer);
      } else {
        unanswered += 1;
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, index) => connection(index)));
  agent.destroy();
  return { received, unanswered };
}

function post(url: string, body: string, agent: Agent): Promise<Received | undefined> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(body) };
    const sent = request(url, { method: "POST", agent, headers }, (reply) => {
      let text = "";
      reply.setEncoding("utf8");
      reply.on("data", (chunk: string) => (text += chunk));
      reply.on("error", () => resolve(undefined));
      reply.on("close", () => {
        if (!reply.complete) return resolve(undefined);
        const decision = reply.headers["cambist-decision"];
        resolve(receivedOf(reply.statusCode ?? 0, typeof decision === "string" ? decision : undefined, JSON.parse(text) as Json));
      });
    });
    sent.on("error", () => resolve(undefined));
    sent.end(body);
  });
}
