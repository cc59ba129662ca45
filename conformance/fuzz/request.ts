import { Agent, type IncomingMessage, request } from "node:http";
import { connect } from "node:net";

/** One request as bytes go out. */
export interface FuzzRequest {
  /** What it is a mutation of, for the report. */
  readonly kind: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export interface FuzzAnswer {
  readonly status: number;
  readonly text: string;
  /** Media type. */
  readonly type: string;
}

/** Longer than any limit of the server: whoever waits so long is not answered. */
const TIMEOUT_MS = 30_000;

/** Sends requests to one server over connections that stay open. */
export class Sender {
  readonly #base: URL;
  readonly #agent: Agent;

  constructor(baseUrl: string, connections: number) {
    this.#base = new URL(baseUrl);
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** @throws {Error} there was no answer */
  async send(fuzzed: FuzzRequest): Promise<FuzzAnswer> {
    try {
      return await this.#once(fuzzed);
    } catch (error) {
      // A connection that the server closed after the last answer just as this request went out: RFC 9112 §9.3.1 asks for a second try.
      if (error instanceof Error && "isRetryable" in error) return this.#once(fuzzed);
      throw error;
    }
  }

  /** Bytes on a connection of their own, after which nothing more comes. @returns all that came back */
  sendRaw(bytes: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let text = "";
      const socket = connect(Number(this.#base.port), this.#base.hostname, () => socket.end(bytes, "latin1"));
      socket.setEncoding("utf8").setTimeout(TIMEOUT_MS, () => socket.destroy(new Error("no answer in time")));
      socket.on("data", (chunk: string) => (text += chunk));
      socket.on("close", () => resolve(text));
      // A server that has answered need not read to the end.
      socket.on("error", (error) => (text === "" && !error.message.includes("ECONNRESET") ? reject(error) : resolve(text)));
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  #once({ method, path, headers, body }: FuzzRequest): Promise<FuzzAnswer> {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
      const sent = request(
        {
          host: this.#base.hostname,
          port: this.#base.port,
          agent: this.#agent,
          method,
          path,
          headers: { ...length, ...headers },
          timeout: TIMEOUT_MS,
        },
        (reply: IncomingMessage) => {
          let text = "";
          reply.setEncoding("utf8");
          reply.on("data", (chunk: string) => (text += chunk));
          reply.on("error", reject);
          reply.on("end", () => resolve({ status: reply.statusCode ?? 0, text, type: reply.headers["content-type"] ?? "" }));
        },
      );
      sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
      sent.on("error", (error) => reject(sent.reusedSocket ? Object.assign(error, { isRetryable: true }) : error));
      sent.end(body);
    });
  }
}
