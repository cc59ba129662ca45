import { createServer } from "node:net";
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { CommandFailure } from "./cli/command-failure.ts";
import { makeDataFolder } from "./cli/data-folder.ts";
import type { CommandIo, RunningServer } from "./cli/io.ts";
import type { ServerConfig } from "./config/server-config.ts";
import { createLogger, type Logger } from "./log/console.ts";
import { lineSink } from "./log/line-sink.ts";
import { startManagement } from "./management/server.ts";
import type { MetricsDelta } from "./metrics/delta.ts";
import type { MetricsRegistry } from "./metrics/registry.ts";
import { PasswordPool } from "./passwords/pool.ts";
import { servePasswords } from "./passwords/port.ts";
import { dataSecretKey } from "./secrets/data-secret-key.ts";
import { ChangeCounter } from "./workers/change-counter.ts";
import { StateStamps } from "./remembered/state-stamps.ts";
import { type ServerThread, startThread, WRITER_YOUNG_MB } from "./workers/server-thread.ts";
import type {
  CheckThreadData,
  FromCheck,
  FromWriter,
  HttpThreadData,
  SharedMemory,
  ToMain,
  ToThread,
  WriterThreadData,
} from "./workers/thread-protocol.ts";

type HttpThread = ServerThread<ToThread, ToMain>;
type WriterThread = ServerThread<ToThread, FromWriter>;

const THREAD_ENTRY = new URL("./workers/thread-entry.ts", import.meta.url);

/** For how long a stop waits for requests under way, in milliseconds. */
const DRAIN_MS = 15_000;

/**
 * Starts the process: one writer thread that owns the data folder, `workers` HTTP threads that share the port, a pool of password threads,
 * and here, in the main thread, management and metrics. Resolves when requests are answered.
 * @throws {Error} with a line for the operator, and `exitCode` where it is not 1; nothing is left running
 */
export async function startServer(config: ServerConfig, io: CommandIo): Promise<RunningServer> {
  const sink = lineSink(io.stdout);
  const log = createLogger({
    levels: config.logLevel,
    output: config.logConsoleOutput,
    now: Date.now,
    write: sink.write,
    eventLevels: config.eventLogLevels,
  });
  makeDataFolder(config.dataDirectory);
  const secretKey = await dataSecretKey(config);
  const httpPort = config.httpEnabled ? await probePort(config.httpHost, config.httpPort) : undefined;
  const httpsPort = config.https && (await probePort(config.httpHost, config.https.port));

  const shared: SharedMemory = { counter: new ChangeCounter().shared, stamps: new StateStamps().shared };
  const passwords = new PasswordPool({ size: Math.max(1, Math.floor(config.workers / 2)) });
  const channels = Array.from({ length: config.workers }, () => ({ writer: new MessageChannel(), passwords: new MessageChannel() }));
  const writer = startWriter(
    config,
    secretKey,
    shared,
    channels.map((channel) => channel.writer.port1),
  );
  let auditBytes = 0;
  writer.on((message) => {
    if (message.say === "log") log[message.level]("cambist.store", message.message);
    if (message.say !== "usage") return;
    auditBytes = message.auditBytes;
    if (config.auditMaxBytes !== undefined && auditBytes > config.auditMaxBytes * 0.8) {
      log.warn(
        "cambist.audit",
        `The audit log holds ${auditBytes} bytes, more than 80 % of --audit-max-size: its oldest segments go next.`,
      );
    }
  });
  const threads = channels.map((channel, index) => {
    servePasswords(channel.passwords.port1, passwords);
    return startHttp(`worker-${index + 1}`, config, secretKey, shared, channel.writer.port2, channel.passwords.port2);
  });

  // Loaded by the first scrape: a server that nobody scrapes does without the library's memory.
  let loading: Promise<MetricsRegistry> | undefined;
  const loadRegistry = async (): Promise<MetricsRegistry> => {
    const { createMetricsRegistry } = await import("./metrics/registry.ts");
    return createMetricsRegistry({
      version: config.version,
      tags: config.eventMetrics?.tags,
      audit: () => ({ bytes: auditBytes, limitBytes: config.auditMaxBytes }),
      droppedLines: sink.droppedLines,
    });
  };
  const counted: MetricsDelta[] = [];
  for (const thread of threads) {
    thread.on((message) => {
      if (message.say === "metrics" && message.delta) counted.push(message.delta);
      if (message.say === "failed") log.error("cambist", `A worker failed: ${message.message}`);
    });
  }

  let isReady = false;
  let management: Awaited<ReturnType<typeof startManagement>> | undefined;
  const stop = stopper({
    threads,
    writer,
    passwords,
    management: () => management,
    before: () => (isReady = false),
    after: () => sink.drained(1000),
  });
  try {
    const { lacksAdministrator, wasLeftOpen } = await writer.next((message) => message.say === "ready");
    const listening = threads.map((thread) => thread.next((message) => message.say === "listening"));
    for (const thread of threads) thread.post({ do: "listen", httpPort, httpsPort, reusePort: config.workers > 1 });
    await Promise.all(listening);
    if (config.managementEnabled) {
      management = await startManagement({
        host: config.httpHost,
        port: config.httpManagementPort,
        relativePath: config.relativePath,
        onError: (error) => log.error("cambist.management", "Metrics could not be gathered", error),
        ...(config.metricsEnabled && {
          metrics: async (format) => {
            const registry = await (loading ??= loadRegistry());
            await gatherMetrics(threads);
            for (const delta of counted.splice(0)) registry.absorb(delta);
            return registry.render(format);
          },
        }),
        ...(config.healthEnabled && { health: { ready: () => isReady, started: () => isReady } }),
      });
    }
    isReady = true;
    if (wasLeftOpen) lookThrough(config.dataDirectory, log);
    failTogether([writer, ...threads], stop, io, log.error);
    return { port: httpPort ?? httpsPort ?? 0, managementPort: management?.port, lacksAdministrator, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** After a crash, beside the work: a start that waits for a large database would be a second outage. What is found only people can judge. */
function lookThrough(dataDirectory: string, log: Logger): void {
  const data: CheckThreadData = { role: "check", dataDirectory };
  const thread = startThread<never, FromCheck>(THREAD_ENTRY, "check", data, []);
  log.info("cambist.store", "The server was not stopped in order the last time: the database is looked through.");
  const report = async (): Promise<void> => {
    const { damage } = await thread.next((message): message is Extract<FromCheck, { say: "checked" }> => message.say === "checked");
    if (damage.length === 0) log.info("cambist.store", "The database is whole.");
    else log.error("cambist.store", `The database is damaged; restore it from a backup: ${damage.join("; ").replaceAll(/\s+/g, " ")}`);
  };
  report().catch((error: unknown) => log.error("cambist.store", "The database could not be looked through", error));
}

function startWriter(config: ServerConfig, secretKey: Uint8Array, shared: SharedMemory, ports: readonly MessagePort[]): WriterThread {
  const data: WriterThreadData = { role: "writer", config, secretKey, ...shared, ports };
  return startThread(THREAD_ENTRY, "writer", data, ports, WRITER_YOUNG_MB);
}

function startHttp(
  name: string,
  config: ServerConfig,
  secretKey: Uint8Array,
  shared: SharedMemory,
  writer: MessagePort,
  passwords: MessagePort,
): HttpThread {
  const data: HttpThreadData = { role: "http", name, config, secretKey, ...shared, writer, passwords };
  return startThread(THREAD_ENTRY, name, data, [writer, passwords]);
}

/**
 * Opens and closes the port without sharing it: workers share theirs (`SO_REUSEPORT`), so a second server would start silently otherwise.
 * @returns the port, a free one for 0
 */
function probePort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "EADDRINUSE" ? "is in use by another process" : `cannot be opened (${error.code ?? error.message})`;
      reject(new CommandFailure(`Port ${port} on ${host} ${why}: choose another one with --http-port.`, { cause: error }));
    });
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : port));
    });
  });
}

/** Asks every worker for what it counted, so that a scrape sees all that has happened before it. */
async function gatherMetrics(threads: readonly HttpThread[]): Promise<void> {
  const id = nextReport++;
  const reported = threads.map((thread) =>
    thread.next((message): message is Extract<ToMain, { say: "metrics" }> => message.say === "metrics" && message.id === id),
  );
  for (const thread of threads) thread.post({ do: "report", id });
  await Promise.race([Promise.allSettled(reported), new Promise((resolve) => setTimeout(resolve, 1000).unref())]);
}
let nextReport = 1;

interface Stoppable {
  readonly threads: readonly HttpThread[];
  readonly writer: WriterThread;
  readonly passwords: PasswordPool;
  readonly management: () => { close(): Promise<void> } | undefined;
  readonly before: () => void;
  readonly after: () => Promise<void>;
}

/** Workers first, so that what they still answer is written; the writer when nobody writes any more. */
function stopper({ threads, writer, passwords, management, before, after }: Stoppable): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    before();
    for (const thread of threads) thread.post({ do: "stop" });
    await within(DRAIN_MS, Promise.all(threads.map(({ ended }) => ended)));
    await passwords.close();
    writer.post({ do: "stop" });
    await within(DRAIN_MS, writer.ended);
    await management()?.close();
    await after();
  };
  return () => (stopping ??= stop());
}

/** Waits for the first of the two. */
async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, new Promise((resolve) => setTimeout(resolve, timeoutMs).unref())]);
}

/** A thread that ends by itself takes the process with it: half a server is worse than a restart. */
function failTogether(
  threads: readonly { readonly ended: Promise<void> }[],
  stop: () => Promise<void>,
  io: CommandIo,
  report: (category: string, message: string) => void,
): void {
  let expected = false;
  io.signal.addEventListener("abort", () => (expected = true), { once: true });
  const wrapped = stop;
  for (const { ended } of threads) {
    void ended.then(async () => {
      if (expected || process.exitCode !== undefined) return;
      report("cambist", "A thread of the server ended unexpectedly; the server stops.");
      process.exitCode = 1;
      await wrapped();
      process.exit(1);
    });
  }
}
