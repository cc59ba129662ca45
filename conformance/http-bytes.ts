import { request } from "node:http";
import { connect } from "node:net";

/** What came back, whatever it was. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly text: string;
}

/** A request with a body of exactly these bytes; `fetch` would mend some of what the tests send. */
export function sendBytes(
  url: string,
  body: string | Buffer,
  { method = "POST", headers = {} }: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const length = { "content-type": "application/x-www-form-urlencoded", "content-length": Buffer.byteLength(body) };
    // A connection each: what one request leaves on it must not meet the next.
    const sent = request(url, { method, agent: false, headers: { ...length, ...headers } }, (reply) => {
      let text = "";
      reply.setEncoding("utf8");
      reply.on("data", (chunk: string) => (text += chunk));
      reply.on("end", () => resolve({ status: reply.statusCode ?? 0, contentType: reply.headers["content-type"], text }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Bytes straight onto a connection, for what is no HTTP; answers all that came until the server closed. */
export function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => (text += chunk));
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}
