import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { FormRoutes } from "./form-routes.ts";
import { type Patience, PlainConnection } from "./plain-connection.ts";

/** What a server knows of its plain connections. */
export interface PlainServer {
  readonly size: number;
  /** With a request that has begun and is not answered. */
  readonly busy: number;
  /** Ends those that have been waited for long enough, by the clock of `performance.now()`. */
  checkPatience(now: number): void;
}

/**
 * Puts {@link PlainConnection}s before the HTTP of a server, plain or with TLS: each new connection is theirs until it is handed over.
 * `closeIdleConnections` closes theirs as well.
 */
export function plainConnections(server: Server, routes: FormRoutes, patience: Patience): PlainServer {
  const event = "setSecureContext" in server ? "secureConnection" : "connection";
  const [byNode, ...others] = server.listeners(event);
  if (!byNode || others.length > 0) throw new Error(`Somebody else listens for connections than Node's HTTP`);
  const connections = new Set<PlainConnection>();
  const around = {
    routes,
    patience,
    handOver: (socket: Socket): void => byNode.call(server, socket),
    gone: (connection: PlainConnection): unknown => connections.delete(connection),
  };
  server.removeAllListeners(event);
  server.on(event, (socket: Socket) => connections.add(new PlainConnection(socket, around)));

  const checkPatience = (now: number): void => {
    for (const connection of connections) connection.checkPatience(now);
  };
  let timer: NodeJS.Timeout | undefined;
  server.on("listening", () => (timer = setInterval(() => checkPatience(performance.now()), patience.checkMs).unref()));
  server.on("close", () => clearInterval(timer));

  const closeIdleOfNode = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    for (const connection of connections) connection.closeIfIdle();
    closeIdleOfNode();
  };
  return {
    get size() {
      return connections.size;
    },
    get busy() {
      return [...connections].filter(({ isBusy }) => isBusy).length;
    },
    checkPatience,
  };
}
