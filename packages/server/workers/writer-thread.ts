import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { openStore } from "@cambist/store/open.ts";
import { StorageConflict } from "@cambist/store/admin-ports.ts";
import { StorageUnavailable } from "@cambist/store/ports.ts";
import { prepareRealms } from "../imports/prepare-realms.ts";
import { SecretBox } from "../secrets/secret-box.ts";
import { ChangeCounter } from "./change-counter.ts";
import { StateStamps } from "../remembered/state-stamps.ts";
import type { FromWriter, ToThread, WriterThreadData } from "./thread-protocol.ts";
import { replayImport } from "../imports/recorded-import.ts";
import type { ImportRequest, NotStored, WriteAnswers, WriteRequest } from "./writer-protocol.ts";

/**
 * The one writer of the process: owns the data folder, brings it up to date (schema, imports, bootstrap), then commits what the workers
 * send. All that queued during one commit shares the next.
 */
if (!parentPort) throw new Error("writer-thread runs as a worker thread");
const main = parentPort;
const { config, secretKey, ports, ...shared } = workerData as WriterThreadData;
const post = (message: FromWriter): void => main.postMessage(message);
const counter = new ChangeCounter(shared.counter);
const stamps = new StateStamps(shared.stamps);

/** More than this in one commit would make the first of them wait for the last. */
const BATCH_UNITS = 512;
const SWEEP_MS = 60_000;

/** What a worker is told of an error. */
const errorKind = (error: unknown): "unavailable" | "conflict" | "failed" =>
  error instanceof StorageConflict ? "conflict" : error instanceof StorageUnavailable ? "unavailable" : "failed";

try {
  const store = await openStore(config.dataDirectory);
  const { lacksAdministrator } = await prepareRealms(store, config, new SecretBox(Buffer.from(secretKey)), (level, message) =>
    post({ say: "log", level, message }),
  );
  counter.raise(store.core.changeVersion);

  const queue: { readonly port: MessagePort; readonly request: WriteRequest }[] = [];
  const take = (port: MessagePort, message: readonly WriteRequest[] | ImportRequest): void => {
    if ("import" in message) void storeImport(port, message);
    else for (const request of message) queue.push({ port, request });
  };
  /** What is stored meanwhile waits in the queue. */
  const storeImport = async (port: MessagePort, { id, import: recorded }: ImportRequest): Promise<void> => {
    try {
      await replayImport(store.imports, recorded);
      counter.raise(store.core.changeVersion);
      stamps.raiseAll();
      port.postMessage({ stored: [id], others: [] } satisfies WriteAnswers);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const kind = errorKind(error);
      if (kind !== "conflict") post({ say: "log", level: "error", message: `A realm could not be stored: ${message}` });
      port.postMessage({ stored: [], others: [{ id, error: kind, message }] } satisfies WriteAnswers);
    } finally {
      commit();
    }
  };
  const commit = (): void => {
    for (const port of ports) {
      for (let received = receiveMessageOnPort(port); received; received = receiveMessageOnPort(port))
        take(port, received.message as readonly WriteRequest[] | ImportRequest);
    }
    if (store.core.held) return; // an import goes on; its end commits what has queued
    while (queue.length > 0) {
      const batch = queue.splice(0, BATCH_UNITS);
      const answers = new Map<MessagePort, { readonly stored: number[]; readonly others: NotStored[] }>();
      const answersTo = (port: MessagePort): { readonly stored: number[]; readonly others: NotStored[] } => {
        const known = answers.get(port) ?? { stored: [], others: [] };
        answers.set(port, known);
        return known;
      };
      const answer = (port: MessagePort, value: NotStored): void => void answersTo(port).others.push(value);
      try {
        const outcomes = store.core.commitBatch(batch.map(({ request }) => request.unit));
        counter.raise(store.core.changeVersion);
        for (const { request } of batch) for (const command of request.unit.commands ?? []) stamps.raise(command);
        for (const [index, { port, request }] of batch.entries()) {
          const outcome = outcomes[index];
          if (outcome instanceof StorageConflict) answer(port, { id: request.id, error: "conflict", message: outcome.message });
          else if (outcome === undefined || outcome instanceof Error) {
            post({ say: "log", level: "error", message: `A write failed: ${outcome?.message ?? "no outcome"}` });
            answer(port, { id: request.id, error: "failed", message: "the write failed" });
          } else if (outcome.ok) answersTo(port).stored.push(request.id);
          else answer(port, { id: request.id, outcome });
        }
      } catch (error) {
        post({
          say: "log",
          level: "error",
          message: `Nothing could be written: ${error instanceof Error ? error.message : String(error)}`,
        });
        for (const { port, request } of batch) answer(port, { id: request.id, error: errorKind(error), message: "the write failed" });
      }
      for (const [port, values] of answers) port.postMessage(values satisfies WriteAnswers);
    }
  };
  for (const port of ports) {
    port.on("message", (message: readonly WriteRequest[] | ImportRequest) => {
      take(port, message);
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
    void (async () => {
      while (store.core.held) await store.core.held;
      commit();
      await store.close();
      post({ say: "stopped" });
      main.close();
      for (const port of ports) port.close();
    })();
  });
  post({ say: "ready", lacksAdministrator, wasLeftOpen: store.wasLeftOpen });
} catch (error) {
  const exitCode = error instanceof Error && "exitCode" in error && typeof error.exitCode === "number" ? error.exitCode : 1;
  post({ say: "failed", message: error instanceof Error ? error.message : String(error), exitCode });
}
