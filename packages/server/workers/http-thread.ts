import { readFileSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { buildApp } from "../http/app.ts";
import { buildServices } from "./build-services.ts";
import type { HttpThreadData, ToMain, ToThread } from "./thread-protocol.ts";

/** One HTTP worker: its own read connection, realm snapshots and event loop; the port is shared with the others. */
if (!parentPort) throw new Error("http-thread runs as a worker thread");
const main = parentPort;
const data = workerData as HttpThreadData;
const post = (message: ToMain): void => main.postMessage(message);

let mayListen = true;
main.on("message", (message: ToThread) => {
  if (message.do === "listen" && mayListen) {
    mayListen = false;
    void listen(message).catch((error: unknown) => {
      fail(error);
      // Whatever it had opened goes with it; the start has failed.
      process.exit(1);
    });
  }
  // The start failed elsewhere, before this thread had anything to do: nothing keeps it.
  if (message.do === "stop" && mayListen) main.close();
});

const fail = (error: unknown): void => post({ say: "failed", message: error instanceof Error ? error.message : String(error) });

async function listen({ httpPort, httpsPort, reusePort }: Extract<ToThread, { do: "listen" }>): Promise<void> {
  const { services, sink, close: closeServices } = await buildServices(data);
  const flushMetrics = (id?: number): void => {
    const delta = services.metrics.take();
    if (delta || id !== undefined) post({ say: "metrics", delta, id });
  };
  const { config } = data;
  // Every database has it. A key that does not open what is stored would make every request fail: better no start.
  await services.realms.get("master");
  const apps = [
    ...(httpPort === undefined ? [] : [{ app: buildApp(services), port: httpPort }]),
    ...(httpsPort === undefined || !config.https
      ? []
      : [
          {
            app: buildApp(services, { cert: readFileSync(config.https.certificateFile), key: readFileSync(config.https.keyFile) }),
            port: httpsPort,
          },
        ]),
  ];
  for (const { app, port } of apps) await app.listen({ host: config.httpHost, port, ...(reusePort && { reusePort: true }) });
  const timer = setInterval(() => flushMetrics(), 250);
  main.on("message", (message: ToThread) => {
    if (message.do === "report") flushMetrics(message.id);
    if (message.do !== "stop") return;
    void Promise.all(apps.map(({ app }) => app.close()))
      .then(async () => {
        clearInterval(timer);
        flushMetrics();
        await closeServices();
        await sink.drained(1000);
        post({ say: "stopped" });
        main.close();
      })
      .catch(fail);
  });
  post({ say: "listening" });
}
