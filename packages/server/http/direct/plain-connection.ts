import type { Socket } from "node:net";
import { answerClientError } from "../client-error.ts";
import type { Exit } from "./direct-reply.ts";
import type { FormRoutes, FoundForm } from "./form-routes.ts";
import { answerText } from "./plain-answer.ts";
import { type PlainHead, readPlainHead } from "./plain-head.ts";

/** How long a connection may be waited for, in milliseconds. */
export interface Patience {
  /** For the head of its first request. */
  readonly headMs: number;
  /** From the first byte of a request to its last. */
  readonly requestMs: number;
  /** Between an answer and the next request, as it is announced. */
  readonly keepAliveMs: number;
  /** How often all this is looked at. */
  readonly checkMs: number;
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

/** A request that was sent at the last moment of what was announced may still be on its way. */
const GRACE_MS = 1000;

/**
 * A connection on which one plain form comes after the other. With the first bytes that are anything else, it is handed over to Node's HTTP
 * for good: nothing is refused here, and nothing is read in a way of our own.
 */
export class PlainConnection {
  readonly #socket: Socket;
  readonly #around: Surroundings;
  #state: "fresh" | "busy" | "idle" | Arriving = "fresh";
  /** What came before the answer had left. */
  readonly #early: Buffer[] = [];
  /** The other side will send no more, or is told not to. */
  #isLast = false;
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
    } else if (typeof this.#state === "object") this.#more(this.#state, chunk);
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
      this.#state = { form, head, chunks: [chunk], missing };
      this.#deadline = performance.now() + patience.requestMs;
    }
  }

  #more(arriving: Arriving, chunk: Buffer): void {
    arriving.chunks.push(chunk);
    arriving.missing -= chunk.length;
    if (arriving.missing > 0) return;
    const whole = Buffer.concat(arriving.chunks);
    if (arriving.missing < 0) this.#handOver(whole);
    else this.#answer(arriving.form, arriving.head, whole);
  }

  #answer(found: FoundForm, { headers, bodyAt }: PlainHead, whole: Buffer): void {
    this.#state = "busy";
    const posted = { found, headers, socket: this.#socket, body: whole.subarray(bodyAt) };
    void this.#around.routes.answer(posted, this.#exit).finally(this.#next);
  }

  readonly #exit: Exit = (answer) => {
    this.#isLast ||= answer.isLast;
    const text = answerText(answer, this.#isLast ? undefined : this.#around.patience.keepAliveMs);
    if (this.#socket.writable) this.#socket.write(text, "latin1");
  };

  /** Behind an answer. */
  readonly #next = (): void => {
    const socket = this.#socket;
    this.#state = "idle";
    this.#deadline = performance.now() + this.#around.patience.keepAliveMs + GRACE_MS;
    if (this.#isLast) {
      // RFC 9112 §9.6: what comes behind the last answer is not read.
      socket.off("data", this.#onData);
      socket.destroySoon();
    } else if (this.#early.length > 0) this.#handOver(Buffer.concat(this.#early));
    else if (socket.writableNeedDrain) {
      // Who does not listen is not listened to.
      socket.pause();
      socket.once("drain", () => socket.resume());
    }
  };

  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    this.#leave();
    this.#around.handOver(socket);
    socket.resume();
    socket.emit("data", bytes);
  }

  readonly #onEnd = (): void => {
    this.#isLast = true;
    if (typeof this.#state === "object") answerClientError({ rawPacket: this.#state.chunks[0] }, this.#socket);
    else if (this.#state !== "busy") this.#socket.end();
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

  /** Closes it unless a request is under way. */
  closeIfIdle(): void {
    if (this.#state === "idle" || this.#state === "fresh") this.#socket.destroy();
  }

  /** A request has begun and is not answered. */
  get isBusy(): boolean {
    return this.#state === "busy" || typeof this.#state === "object";
  }
}
