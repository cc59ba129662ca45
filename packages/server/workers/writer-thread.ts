import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { openStore } from "@cambist/store/open.ts";
import { StorageUnavailable } from "@cambist/store/ports.ts";
import { prepareRealms } from "../imports/prepare-realms.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import { ChangeCounter } from "./change-counter.ts";
import type { FromWriter, ToThread, WriterThreadData } from "./thread-protocol.ts";
import type { WriteAnswer, WriteRequest } from "./writer-protocol.ts";

/**
 * The one writer of the process: owns the data folder, brings it up to date (schema, imports, bootstrap), then commits what the workers
 * send. All that queued during one commit shares the next.
 */
if (!parentPort) throw new Error("writer-thread runs as a worker thread");
const main = parentPort;
const { config, secretKey, counter: shared, ports } = workerData as WriterThreadData;
const post = (message: FromWriter): void => main.postMessage(message);
const counter = new ChangeCounter(shared);

/** More than this in one commit would make the first of them wait for the last. */
const BATCH_UNITS = 512;
const SWEEP_MS = 60_000;

try {
  const store = await openStore(config.dataDirectory);
  const { lacksAdministrator } = await prepareRealms(store, config, new SecretBox(Buffer.from(secretKey)), (level, message) =>
    post({ say: "log", level, message }),
  );
  counter.raise(store.core.changeVersion);

  const queue: { readonly port: MessagePort; readonly request: WriteRequest }[] = [];
  const commit = (): void => {
    for (const port of ports) {
      for (let received = receiveMessageOnPort(port); received; received = receiveMessageOnPort(port))
        queue.push({ port, request: received.message as WriteRequest });
    }
    while (queue.length > 0) {
      const batch = queue.splice(0, BATCH_UNITS);
      const answers = new Map<MessagePort, WriteAnswer[]>();
      const answer = (port: MessagePort, value: WriteAnswer): void => {
        const known = answers.get(port);
        if (known) known.push(value);
        else answers.set(port, [value]);
      };
      try {
        const outcomes = store.core.commitBatch(batch.map(({ request }) => request.unit));
        counter.raise(store.core.changeVersion);
        for (const [index, { port, request }] of batch.entries()) {
          const outcome = outcomes[index];
          if (outcome === undefined || outcome instanceof Error) {
            post({ say: "log", level: "error", message: `A write failed: ${outcome?.message ?? "no outcome"}` });
            answer(port, { id: request.id, error: "failed", message: "the write failed" });
          } else answer(port, { id: request.id, outcome });
        }
      } catch (error) {
        const unavailable = error instanceof StorageUnavailable;
        post({
          say: "log",
          level: "error",
          message: `Nothing could be written: ${error instanceof Error ? error.message : String(error)}`,
        });
        for (const { port, request } of batch)
          answer(port, { id: request.id, error: unavailable ? "unavailable" : "failed", message: "the write failed" });
      }
      for (const [port, values] of answers) port.postMessage(values);
    }
  };
  for (const port of ports) {
    port.on("message", (request: WriteRequest) => {
      queue.push({ port, request });
      commit();
    });
  }

  const maintain = async (): Promise<void> => {
    try {
      await store.sweep(Math.floor(Date.now() / 1000));
      await store.pruneAudit({
        olderThan: Date.now() - config.auditRetentionSeconds * 1000,
        ...(config.auditMaxBytes !== undefined && { maxBytes: config.auditMaxBytes }),
      });
      reportUsage();
    } catch (error) {
      post({
        say: "log",
        level: "warn",
        message: `Housekeeping failed and will be tried again: ${error instanceof Error ? error.message : String(error)}`,
      });
    }
  };
  const reportUsage = (): void => post({ say: "usage", auditBytes: store.reader.auditUsage().bytes });
  const timer = setInterval(() => void maintain(), SWEEP_MS);
  reportUsage();

  main.on("message", (message: ToThread) => {
    if (message.do !== "stop") return;
    clearInterval(timer);
    commit();
    void store.close().then(() => {
      post({ say: "stopped" });
      main.close();
      for (const port of ports) port.close();
    });
  });
  post({ say: "ready", lacksAdministrator });
} catch (error) {
  const exitCode = error instanceof Error && "exitCode" in error && typeof error.exitCode === "number" ? error.exitCode : 1;
  post({ say: "failed", message: error instanceof Error ? error.message : String(error), exitCode });
}
