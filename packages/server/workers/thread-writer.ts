import type { MessagePort } from "node:worker_threads";
import { StorageConflict } from "@cambist/store/admin-ports.ts";
import { StorageUnavailable, type WriteOutcome, type WriteUnit, type Writer } from "@cambist/store/ports.ts";
import type { RecordedImport } from "../imports/recorded-import.ts";
import type { ImportRequest, WriteAnswer, WriteRequest } from "./writer-protocol.ts";

interface Pending {
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The process's one writer, seen from a worker thread. A unit is on its way before `write` returns, so that it commits while the caller
 * signs; the writer takes whatever has queued in one commit.
 */
export class ThreadWriter implements Writer {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on("message", (answers: readonly WriteAnswer[]) => {
      for (const answer of answers) this.#settle(answer);
    });
    port.on("close", () => {
      for (const { reject } of this.#pending.values()) reject(new StorageUnavailable("the writer has stopped"));
      this.#pending.clear();
    });
  }

  write(unit: WriteUnit): Promise<WriteOutcome> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#port.postMessage({ id, unit } satisfies WriteRequest);
    });
  }

  /** Stores an import in a transaction of its own. @throws {StorageConflict} a name or id is taken @throws {StorageUnavailable} */
  async storeImport(recorded: RecordedImport): Promise<void> {
    const id = ++this.#lastId;
    await new Promise<WriteOutcome>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#port.postMessage({ id, import: recorded } satisfies ImportRequest);
    });
  }

  /** Lets the thread end; what is under way has been answered by then. */
  close(): void {
    this.#port.close();
  }

  #settle(answer: WriteAnswer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (!pending) return;
    if ("outcome" in answer) pending.resolve(answer.outcome);
    else if (answer.error === "conflict") pending.reject(new StorageConflict(answer.message));
    else pending.reject(answer.error === "unavailable" ? new StorageUnavailable(answer.message) : new Error(answer.message));
  }
}
