import type { Socket } from "node:net";

// An import would build every export of the module, an HTTP client among them.
const { STATUS_CODES } = process.getBuiltinModule("node:http");

const STATUS: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

/** What Node's parser stumbled over. */
export interface ClientError {
  readonly code?: string;
  /** A buffer with what came last. */
  readonly rawPacket?: unknown;
}

/** The answer to bytes that are no request. After `HEAD`, or where the method is not known, it has no body: that would be taken for the next answer. */
export function answerClientError({ code = "", rawPacket }: ClientError, socket: Socket): void {
  if (code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = STATUS[code] ?? 400;
  const reason = STATUS_CODES[status] ?? "";
  const takesBody = /^(?!HEAD )[A-Z]+ /.test(Buffer.isBuffer(rawPacket) ? rawPacket.subarray(0, 8).toString("latin1") : "");
  const body = takesBody ? JSON.stringify({ error: `HTTP ${status} ${reason}` }) : "";
  const type = takesBody ? "content-type: application/json\r\n" : "";
  socket.write(`HTTP/1.1 ${status} ${reason}\r\nconnection: close\r\n${type}content-length: ${body.length}\r\n\r\n${body}`);
  socket.destroySoon();
}
