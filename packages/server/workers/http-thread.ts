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
  const built = await buildServices(data);
  const { services, sink } = built;
  // What was counted stays here, in maps with bounded keys, until somebody scrapes.
  const report = (id: number): void => post({ say: "metrics", delta: services.metrics.take(), id });
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
  const stop = async (): Promise<void> => {
    // Connections that became idle since: a client that keeps one open would hold up the stop.
    const sweep = setInterval(() => apps.forEach(({ app }) => app.server.closeIdleConnections()), 200);
    await Promise.all(apps.map(({ app }) => app.close()));
    clearInterval(sweep);
    await built.close();
    await sink.drained(1000);
    post({ say: "stopped" });
    main.close();
  };
  for (const { app, port } of apps) await app.listen({ host: config.httpHost, port, ...(reusePort && { reusePort: true }) });
  main.on("message", (message: ToThread) => {
    if (message.do === "report") report(message.id);
    if (message.do !== "stop") return;
    void stop().catch(fail);
  });
  post({ say: "listening" });
}
