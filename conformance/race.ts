import { Agent, type ClientRequest, request } from "node:http";
import type { Json } from "./client.ts";

export interface RaceRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}
export interface RaceAnswer {
  readonly status: number;
  readonly body: Json;
  readonly decision: string | undefined;
}

/** How many of each status came back. */
export type Tally = Readonly<Record<number, number>>;

/**
 * Requests that the server gets at the same moment (H3): each is on a connection of its own and has sent all but its last byte before the
 * first one sends it.
 */
export async function race(requests: readonly RaceRequest[]): Promise<readonly RaceAnswer[]> {
  const agent = new Agent({ maxSockets: requests.length });
  const waiting = requests.map((each) => begin(each, agent));
  await Promise.all(waiting.map(({ ready }) => ready));
  for (const { finish } of waiting) finish();
  const answers = await Promise.all(waiting.map(({ answered }) => answered));
  agent.destroy();
  return answers;
}

export const tally = (answers: readonly RaceAnswer[]): Tally => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

function begin({ method, url, headers, body }: RaceRequest, agent: Agent) {
  const bytes = Buffer.from(body);
  let sent: ClientRequest | undefined;
  const answered = new Promise<RaceAnswer>((resolve, reject) => {
    sent = request(url, { method, agent, headers: { ...headers, "content-length": bytes.length } }, (reply) => {
      let text = "";
      reply.setEncoding("utf8");
      reply.on("data", (chunk: string) => (text += chunk));
      reply.on("error", reject);
      reply.on("end", () => {
        const decision = reply.headers["cambist-decision"];
        const isJson = reply.headers["content-type"]?.includes("json") === true;
        resolve({
          status: reply.statusCode ?? 0,
          body: isJson ? (JSON.parse(text) as Json) : {},
          decision: typeof decision === "string" ? decision : undefined,
        });
      });
    });
    sent.on("error", reject);
  });
  const ready = new Promise<void>((resolve, reject) => {
    sent?.on("error", reject);
    sent?.write(bytes.subarray(0, -1), (error) => (error ? reject(error) : resolve()));
  });
  return { ready, answered, finish: () => void sent?.end(bytes.subarray(-1)) };
}
