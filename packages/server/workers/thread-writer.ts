import type { MessagePort } from "node:worker_threads";
import { StorageConflict } from "@cambist/store/admin-ports.ts";
import { encodeUnit } from "@cambist/store/encode-unit.ts";
import { StorageUnavailable, type WriteOutcome, type WriteUnit, type Writer } from "@cambist/store/ports.ts";
import type { RecordedImport } from "../imports/recorded-import.ts";
import type { ImportRequest, NotStored, WriteAnswers, WriteRequest } from "./writer-protocol.ts";

/** So many do not wait for those under way: the writer works while the worker signs the next ones. */
const BATCH_UNITS = 16;
const STORED: WriteOutcome = { ok: true };

interface Pending {
  /** One of those that leave together; an import goes alone. */
  readonly isUnit: boolean;
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The process's one writer, seen from a worker thread. A unit is on its way before `write` returns, so that it commits while the caller
 * signs. While units are on their way the next ones gather here and leave together: a busy worker pays for a message, a wake-up and a commit
 * once for several requests.
 */
export class ThreadWriter implements Writer {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #gathered: WriteRequest[] = [];
  /** Units that have left and are not answered yet; the writer answers them all at once, after their commit. */
  #underWay = 0;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on("message", ({ stored, others }: WriteAnswers) => {
      for (const id of stored) this.#take(id)?.resolve(STORED);
      for (const answer of others) this.#settle(answer);
      if (this.#underWay === 0) this.#send();
    });
    port.on("close", () => {
      for (const { reject } of this.#pending.values()) reject(new StorageUnavailable("the writer has stopped"));
      this.#pending.clear();
    });
  }

  write(unit: WriteUnit): Promise<WriteOutcome> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { isUnit: true, resolve, reject });
      this.#gathered.push({ id, unit: encodeUnit(unit) });
      if (this.#underWay === 0 || this.#gathered.length >= BATCH_UNITS) this.#send();
    });
  }

  #send(): void {
    if (this.#gathered.length === 0) return;
    this.#underWay += this.#gathered.length;
    const leaving = this.#gathered;
    this.#gathered = [];
    try {
      this.#port.postMessage(leaving satisfies readonly WriteRequest[]);
    } catch (error) {
      // Something that cannot be copied; nothing of it has left.
      for (const { id } of leaving) this.#take(id)?.reject(error as Error);
    }
  }

  /** Stores an import in a transaction of its own. @throws {StorageConflict} a name or id is taken @throws {StorageUnavailable} */
  async storeImport(recorded: RecordedImport): Promise<void> {
    const id = ++this.#lastId;
    await new Promise<WriteOutcome>((resolve, reject) => {
      this.#pending.set(id, { isUnit: false, resolve, reject });
      this.#port.postMessage({ id, import: recorded } satisfies ImportRequest);
    });
  }

  /** Lets the thread end; what is under way has been answered by then. */
  close(): void {
    this.#port.close();
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (pending?.isUnit) this.#underWay -= 1;
    return pending;
  }

  #settle(answer: NotStored): void {
    const pending = this.#take(answer.id);
    if (!pending) return;
    if ("outcome" in answer) pending.resolve(answer.outcome);
    else if (answer.error === "conflict") pending.reject(new StorageConflict(answer.message));
    else pending.reject(answer.error === "unavailable" ? new StorageUnavailable(answer.message) : new Error(answer.message));
  }
}
