import type { DirectAnswer } from "./direct-reply.ts";

// An import would build every export of the module, an HTTP client among them.
const { STATUS_CODES } = process.getBuiltinModule("node:http");

/** What may stand in a header: nothing that could end it (RFC 9110 §5.5). */
// oxlint-disable-next-line no-control-regex -- they are what it looks for
const NOT_ALLOWED = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * An answer as it is sent, to be written as Latin-1. `keepAliveMs`: how long the next request is waited for; absent: the connection ends.
 * @throws {TypeError} for a header that would end early
 * @see RFC 9112 §4
 */
export function answerText({ status, headers, text }: Omit<DirectAnswer, "isLast">, keepAliveMs?: number): string {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? "";
    if (NOT_ALLOWED.test(value)) throw new TypeError(`Header ${name} has a character that may not stand there`);
    head += `${name}: ${value}\r\n`;
  }
  head +=
    keepAliveMs === undefined
      ? "Connection: close\r\n"
      : `Connection: keep-alive\r\nKeep-Alive: timeout=${Math.floor(keepAliveMs / 1000)}\r\n`;
  return `${head}Date: ${httpDate()}\r\n\r\n${latin1Of(text)}`;
}

/** Text whose Latin-1 bytes are the UTF-8 bytes of this one. Nearly every body is ASCII, and its own. */
const latin1Of = (body: string): string => (Buffer.byteLength(body) === body.length ? body : Buffer.from(body).toString("latin1"));

let written = { second: 0, text: "" };

/** The time as RFC 9110 §5.6.7 writes it. Many answers share a second. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (written.second !== second) written = { second, text: new Date(second * 1000).toUTCString() };
  return written.text;
}
