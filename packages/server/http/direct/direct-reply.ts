import { SECURITY_HEADERS } from "../answers.ts";
import type { Closing } from "../new-app.ts";
import type { Reply } from "../reply.ts";

/** An answer, whole and with its length. */
export interface DirectAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The connection ends with it. */
  readonly isLast: boolean;
}

/** Writes an answer, or throws and has written nothing. */
export type Exit = (answer: DirectAnswer) => void;

/** A reply without a framework around it. It has the headers of every answer from the start; once it is sent nothing changes it. */
export class DirectReply implements Reply {
  readonly #exit: Exit;
  readonly #closing: Closing;
  #headers: Record<string, string> = { ...SECURITY_HEADERS };
  #status = 200;
  #sent = false;

  constructor(exit: Exit, closing: Closing) {
    this.#exit = exit;
    this.#closing = closing;
  }

  get status(): number {
    return this.#status;
  }

  code(status: number): this {
    if (!this.#sent) this.#status = status;
    return this;
  }

  header(name: string, value: string): this {
    this.#headers[name] = value;
    return this;
  }

  headers(values: Readonly<Record<string, string>>): this {
    Object.assign(this.#headers, values);
    return this;
  }

  type(mediaType: string): this {
    return this.header("content-type", mediaType);
  }

  /** Forgets what was to be said, for another answer in its place. */
  afresh(): this {
    this.#headers = { ...SECURITY_HEADERS };
    return this.code(200);
  }

  send(body?: unknown): this {
    if (this.#sent) return this;
    const status = this.#status;
    const headers = this.#headers;
    // RFC 9110 §15.3.5: what followed would be read as the next answer.
    const isBare = body === undefined || status === 204;
    const text = isBare ? "" : typeof body === "string" ? body : JSON.stringify(body);
    if (!isBare) headers["content-type"] ??= typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
    if (status !== 204) headers["content-length"] = String(Buffer.byteLength(text));
    this.#exit({ status, headers, text, isLast: this.#closing.hasBegun });
    this.#sent = true;
    return this;
  }
}
