import type { IncomingMessage, ServerResponse } from "node:http";
import { CONTENT_TYPES, type MetricsFormat, negotiateFormat } from "../metrics/exposition.ts";
import { healthAnswer, type HealthProbes } from "./health.ts";

// An import statement would build every export of the module, the client behind `WebSocket` among them: 3 MB and 15 ms for nothing.
const { createServer } = process.getBuiltinModule("node:http");

export interface ManagementOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Beginning of the server's paths: Keycloak's probes ask below it, ours at the root; both are answered. */
  readonly relativePath?: string;
  /** Undefined: there is no `/metrics`. */
  readonly metrics?: (format: MetricsFormat) => Promise<string>;
  /** Undefined: there is no `/health`. */
  readonly health?: HealthProbes;
  /** Told about a failure to gather metrics. */
  readonly onError?: (error: unknown) => void;
}

export interface ManagementServer {
  readonly port: number;
  /** Resolves when the port is closed; connections under way are ended. */
  close(): Promise<void>;
}

/** Nothing here reads a body; what is sent beyond this ends the connection. */
const MAX_BODY_BYTES = 64 * 1024;
/** Probes and scrapers need few; beyond it new connections are closed. */
const MAX_CONNECTIONS = 256;

/**
 * The management port: `/metrics` and the health paths, for probes and scrapers. No authentication, as in Keycloak: the port is not for the
 * public.
 * @throws {Error} the port cannot be opened
 */
export async function startManagement(options: ManagementOptions): Promise<ManagementServer> {
  const server = createServer(
    { maxHeaderSize: 16 * 1024, headersTimeout: 5000, requestTimeout: 10_000, connectionsCheckingInterval: 1000, keepAliveTimeout: 5000 },
    (request, response) => {
      discardBody(request);
      answer(request, options).then(
        (reply) => send(response, reply),
        (error: unknown) => {
          options.onError?.(error);
          send(response, { status: 500, type: "text/plain; charset=utf-8", body: "Internal Server Error\n" });
        },
      );
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : options.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const NOT_FOUND: Reply = { status: 404, type: "text/html; charset=utf-8", body: "<html><body><h1>Resource not found</h1></body></html>" };
const NOT_ACCEPTABLE: Reply = { status: 406, type: "text/plain; charset=utf-8", body: "Not Acceptable\n" };

async function answer(request: IncomingMessage, { metrics, health, relativePath = "" }: ManagementOptions): Promise<Reply> {
  const asked = pathOf(request.url ?? "/");
  const path = relativePath !== "" && asked.startsWith(`${relativePath}/`) ? asked.slice(relativePath.length) : asked;
  if (metrics && path === "/metrics") {
    const format = negotiateFormat(request.headers.accept);
    return format === undefined ? NOT_ACCEPTABLE : { status: 200, type: CONTENT_TYPES[format], body: await metrics(format) };
  }
  const found = health && (await healthAnswer(path, health));
  return found ? { status: found.up ? 200 : 503, type: "application/json; charset=UTF-8", body: found.body } : NOT_FOUND;
}

/** Without query and trailing slash. */
function pathOf(url: string): string {
  const [path = "/"] = url.split("?", 1);
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

function send(response: ServerResponse, { status, type, body }: Reply): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}

function discardBody(request: IncomingMessage): void {
  let received = 0;
  request.on("data", (chunk: Buffer) => {
    received += chunk.length;
    if (received > MAX_BODY_BYTES) request.destroy();
  });
  request.on("error", () => {}); // the other side went away
}
