import { SECURITY_HEADERS } from "../answers.ts";
import type { Closing } from "../new-app.ts";
import type { Reply } from "../reply.ts";

/** Writes an answer whole. It has a length, and what says that the connection ends with it. */
export type Exit = (status: number, headers: Readonly<Record<string, string>>, text: string) => void;

/** A reply without a framework around it. It has the headers of every answer from the start. */
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
    this.#status = status;
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

  /** Forgets what was to be said, for another answer in its place. What has been sent stays sent. */
  afresh(): this {
    if (this.#sent) return this;
    this.#status = 200;
    this.#headers = { ...SECURITY_HEADERS };
    return this;
  }

  /** Does nothing when an answer is on its way already. */
  send(body?: unknown): this {
    if (this.#sent) return this;
    const headers = this.#headers;
    const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    if (body !== undefined) headers["content-type"] ??= typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
    if (this.#status !== 204) headers["content-length"] = String(Buffer.byteLength(text));
    if (this.#closing.hasBegun) headers["connection"] = "close";
    this.#exit(this.#status, headers, text);
    this.#sent = true;
    return this;
  }
}
