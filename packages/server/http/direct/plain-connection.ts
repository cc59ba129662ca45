import type { Socket } from "node:net";
import { answerClientError } from "../client-error.ts";
import type { FormRoutes, FoundForm } from "./form-routes.ts";
import { type PlainHead, readPlainHead } from "./plain-head.ts";
import { answerText } from "./plain-answer.ts";

/** How long a connection may be waited for, in milliseconds. */
export interface Patience {
  /** For the head of its first request. */
  readonly headMs: number;
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  /** Between an answer and the next request. */
  readonly keepAliveMs: number;
}

/** What connections of one server share. */
export interface Surroundings {
  readonly routes: FormRoutes;
  readonly patience: Patience;
  /** Makes Node's HTTP take a connection as if it were a new one. */
  readonly handOver: (socket: Socket) => void;
  /** The connection is closed, or somebody else's. */
  readonly gone: (connection: PlainConnection) => void;
}

/** A request whose head has arrived. */
interface Arriving {
  readonly form: FoundForm;
  readonly head: PlainHead;
  readonly chunks: Buffer[];
  /** Bytes of the body that are still on their way. */
  missing: number;
}

/**
 * A connection on which one plain form comes after the other. With the first bytes that are anything else, it is handed over to Node's HTTP
 * for good: nothing is refused here, and nothing is read in a way of our own.
 */
export class PlainConnection {
  readonly #socket: Socket;
  readonly #around: Surroundings;
  #state: "fresh" | "arriving" | "busy" | "idle" = "fresh";
  #arriving: Arriving | undefined;
  /** What came before the answer had left. */
  #early: Buffer[] = [];
  /** The other side will send no more. */
  #heard = false;
  /** When patience ends, on the clock of `performance.now()`. */
  #deadline: number;

  constructor(socket: Socket, around: Surroundings) {
    this.#socket = socket;
    this.#around = around;
    this.#deadline = performance.now() + around.patience.headMs;
    socket.on("data", this.#onData);
    socket.on("end", this.#onEnd);
    socket.on("error", this.#onError);
    socket.on("close", this.#onClose);
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#state === "busy") {
      this.#early.push(chunk);
      this.#socket.pause();
    } else if (this.#arriving) this.#more(this.#arriving, chunk);
    else this.#begin(chunk);
  };

  #begin(chunk: Buffer): void {
    const { routes, patience } = this.#around;
    const head = routes.closing.hasBegun ? undefined : readPlainHead(chunk);
    const form = head && routes.find(head.target);
    const missing = head ? head.bodyAt + head.bodyLength - chunk.length : -1;
    if (!head || !form || missing < 0) this.#handOver(chunk);
    else if (missing === 0) this.#answer(form, head, chunk);
    else {
      this.#state = "arriving";
      this.#arriving = { form, head, chunks: [chunk], missing };
      this.#deadline = performance.now() + patience.requestMs;
    }
  }

  #more(arriving: Arriving, chunk: Buffer): void {
    arriving.chunks.push(chunk);
    arriving.missing -= chunk.length;
    if (arriving.missing > 0) return;
    this.#arriving = undefined;
    const whole = Buffer.concat(arriving.chunks);
    if (arriving.missing < 0) this.#handOver(whole);
    else this.#answer(arriving.form, arriving.head, whole);
  }

  #answer(found: FoundForm, { headers, bodyAt }: PlainHead, whole: Buffer): void {
    this.#state = "busy";
    const socket = this.#socket;
    void this.#around.routes.answer({ found, headers, socket, body: whole.subarray(bodyAt) }, this.#exit);
  }

  readonly #exit = (status: number, headers: Readonly<Record<string, string>>, text: string): void => {
    const { patience } = this.#around;
    const socket = this.#socket;
    const isLast = this.#heard || headers["connection"] === "close";
    if (socket.writable) socket.write(answerText(status, headers, text, isLast ? undefined : patience.keepAliveMs), "latin1");
    this.#state = "idle";
    this.#deadline = performance.now() + patience.keepAliveMs;
    if (isLast) socket.end();
    // Who sends without listening is Node's, which stops reading then.
    else if (this.#early.length > 0 || socket.writableNeedDrain) this.#handOver(Buffer.concat(this.#early));
  };

  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    this.#leave();
    this.#around.handOver(socket);
    socket.resume();
    if (bytes.length > 0) socket.emit("data", bytes);
  }

  readonly #onEnd = (): void => {
    this.#heard = true;
    if (this.#state !== "busy") this.#socket.end();
  };

  /** The connection is broken, and closes: nobody is there to be told. */
  readonly #onError = (): void => undefined;

  readonly #onClose = (): void => this.#leave();

  #leave(): void {
    this.#socket.off("data", this.#onData).off("end", this.#onEnd).off("error", this.#onError).off("close", this.#onClose);
    this.#around.gone(this);
  }

  /** Gives up when patience has ended: what has begun gets the answer that Node has for it. */
  checkPatience(now: number): void {
    if (this.#state === "busy" || now < this.#deadline) return;
    if (this.#state === "idle") this.#socket.destroy();
    else answerClientError({ code: "ERR_HTTP_REQUEST_TIMEOUT" }, this.#socket);
  }

  /** No request is under way. */
  get isIdle(): boolean {
    return this.#state === "idle" || this.#state === "fresh";
  }

  close(): void {
    this.#socket.destroy();
  }
}
