import { readdirSync } from "node:fs";
import { once } from "node:events";
import type { ServerConfig } from "../config/server-config.ts";
import type { CommandIo, RunningServer } from "./io.ts";

/** Opens the server and the database; rejects when that cannot be done. */
export type StartServer = (config: ServerConfig, io: CommandIo) => Promise<RunningServer>;

/** Starts, says where the server listens, waits for the signal and stops; answers the exit code. */
export async function serveUntilStopped(config: ServerConfig, startServer: StartServer, io: CommandIo): Promise<number> {
  const isFirstStart = holdsNothing(config.dataDirectory);
  const server = await startServer(config, io);
  io.stdout.write(readyLine(config, server));
  if (server.lacksAdministrator ?? (isFirstStart && config.bootstrapAdmin === undefined && config.importRealm.kind === "none")) {
    io.stderr.write(NO_ADMINISTRATOR);
  }
  if (!io.signal.aborted) await once(io.signal, "abort");
  await server.stop();
  return 0;
}

const NO_ADMINISTRATOR =
  "There is no administrator. To make one, set KC_BOOTSTRAP_ADMIN_USERNAME and KC_BOOTSTRAP_ADMIN_PASSWORD and start again.\n";

function holdsNothing(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return true; // whatever keeps it from being read, the start itself reports
  }
}

/** The line by which people and scripts learn the ports; one JSON object where log lines are such. */
function readyLine(config: ServerConfig, { port, managementPort }: RunningServer): string {
  const everywhere = ["0.0.0.0", "::", "127.0.0.1", "::1"].includes(config.httpHost);
  const host = everywhere ? "localhost" : config.httpHost.includes(":") ? `[${config.httpHost}]` : config.httpHost;
  const url = `${config.httpEnabled ? "http" : "https"}://${host}:${port}${config.relativePath}`;
  if (config.logConsoleOutput === "json") {
    const line = { level: "INFO", timestamp: new Date().toISOString(), loggerName: "cambist", threadName: "main", message: "ready" };
    return `${JSON.stringify({ ...line, version: config.version, mode: config.mode, url, port, managementPort })}\n`;
  }
  const management = managementPort === undefined ? "" : `, management port ${managementPort}`;
  return `Cambist ${config.version} is ready: ${url} (${config.mode} mode, listens on ${config.httpHost}${management})\n`;
}
