/**
 * The load generator, a process of its own: raw sockets and prepared bytes, so that it costs little beside the server it measures.
 * Told by messages what to send; answers each with what it saw.
 */
import { connect, type Socket } from "node:net";

export interface LoadOrder {
  readonly host: string;
  readonly port: number;
  /** Whole HTTP/1.1 requests, sent in turn. */
  readonly requests: readonly string[];
  readonly connections: number;
  readonly seconds: number;
}
export interface LoadResult {
  readonly answered: number;
  /** Answers with a status other than 200; the first of them as text. */
  readonly refused: number;
  readonly firstRefusal?: string | undefined;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const HEAD_END = Buffer.from("\r\n\r\n");
const OK = Buffer.from("HTTP/1.1 200");

function run({ host, port, requests, connections, seconds }: LoadOrder): Promise<LoadResult> {
  const bytes = requests.map((request) => Buffer.from(request, "latin1"));
  const latencies: number[] = [];
  let refused = 0;
  let firstRefusal: string | undefined;
  let next = 0;
  const start = performance.now();
  const end = start + seconds * 1000;

  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      let sentAt = 0;
      let pending: Buffer | undefined;
      const socket: Socket = connect({ host, port, noDelay: true });
      const send = (): void => {
        sentAt = performance.now();
        if (sentAt >= end) {
          socket.destroy();
          resolve();
          return;
        }
        socket.write(bytes[next++ % bytes.length] as Buffer);
      };
      socket.on("connect", send);
      socket.on("data", (chunk: Buffer) => {
        const answer = pending ? Buffer.concat([pending, chunk]) : chunk;
        if (!isWhole(answer)) {
          pending = answer;
          return;
        }
        pending = undefined;
        latencies.push(performance.now() - sentAt);
        if (!answer.subarray(0, OK.length).equals(OK)) {
          refused += 1;
          firstRefusal ??= answer.toString("latin1").slice(0, 600);
        }
        send();
      });
      socket.on("error", reject);
      socket.on("end", () => reject(new Error("the server closed a connection")));
    });

  return Promise.all(Array.from({ length: connections }, one)).then(() => {
    const took = (performance.now() - start) / 1000;
    latencies.sort((a, b) => a - b);
    const quantile = (q: number): number => latencies[Math.floor(q * (latencies.length - 1))] ?? Number.NaN;
    return {
      answered: latencies.length,
      refused,
      firstRefusal,
      perSecond: latencies.length / took,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
    };
  });
}

/** A body of known length, or the last chunk of a chunked one. */
function isWhole(answer: Buffer): boolean {
  const head = answer.indexOf(HEAD_END);
  if (head === -1) return false;
  const length = /content-length: *(\d+)/i.exec(answer.toString("latin1", 0, head))?.[1];
  if (length !== undefined) return answer.length >= head + 4 + Number(length);
  return answer.subarray(-5).equals(Buffer.from("0\r\n\r\n"));
}

process.on("message", (order: LoadOrder) => {
  void run(order).then(
    (result) => process.send?.(result),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
