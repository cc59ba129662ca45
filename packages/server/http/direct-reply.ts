import type { ServerResponse } from "node:http";
import { SECURITY_HEADERS } from "./answers.ts";
import type { Closing } from "./new-app.ts";
import type { Reply } from "./reply.ts";

/** A reply without a framework around it. It has the headers of every answer from the start. */
export class DirectReply implements Reply {
  readonly #response: ServerResponse;
  readonly #closing: Closing;
  readonly #headers: Record<string, string> = { ...SECURITY_HEADERS };
  #status = 200;

  constructor(response: ServerResponse, closing: Closing) {
    this.#response = response;
    this.#closing = closing;
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

  /** Does nothing when an answer is on its way already. */
  send(body?: unknown): this {
    if (this.#response.headersSent) return this;
    const headers = this.#headers;
    const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
    if (body !== undefined) headers["content-type"] ??= typeof body === "string" ? "text/plain; charset=utf-8" : "application/json";
    if (this.#status !== 204) headers["content-length"] = String(Buffer.byteLength(text));
    if (this.#closing.hasBegun) headers["connection"] = "close";
    this.#response.writeHead(this.#status, headers).end(text);
    return this;
  }
}
