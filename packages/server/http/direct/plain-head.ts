import { BODY_LIMIT, isPlainFormType } from "../read-form.ts";

/** What stands before the body of a request that posts a form. */
export interface PlainHead {
  /** As it stands in the request line. */
  readonly target: string;
  /** By their names in lower case, each of which stood there once. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the body begins. */
  readonly bodyAt: number;
  /** Of the body, in bytes. */
  readonly bodyLength: number;
}

/** Longest head that is read here, in bytes. */
const MAX_HEAD = 8192;
const METHOD = "POST ";
const VERSION = " HTTP/1.1";
const END = "\r\n\r\n";
const TARGET = /^\/[\w./~-]*$/;
const NAME = /^[A-Za-z][A-Za-z\d-]*$/;
/** Neither empty nor with spaces around it. */
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
const LENGTH = /^(?:0|[1-9]\d{0,4})$/;
/** They change what a request is or where it ends. */
const UNUSUAL = ["transfer-encoding", "content-encoding", "expect", "trailer", "te", "proxy-connection"];
/** Of `Connection`: what is so anyway, and what a client offers that would rather speak HTTP/2, which nobody has to take up (RFC 9110 §7.8). */
const STAYS: ReadonlySet<string> = new Set(["keep-alive", "upgrade, http2-settings"]);

/**
 * Reads the head of a request that posts a form and of which every reader thinks the same: `POST`, a path of plain letters, HTTP/1.1, one
 * `Host`, lines that end with CR LF, each name once, one space before each value, visible ASCII, a body of a known size. Everything else —
 * all of which has a meaning or a refusal somewhere else — is `undefined`, as is a head that has not arrived whole.
 * @see RFC 9112 §2.2, §3, §5, §6
 */
export function readPlainHead(bytes: Buffer): PlainHead | undefined {
  const end = bytes.indexOf(END, 0, "latin1");
  if (end < 0 || end > MAX_HEAD) return undefined;
  // Without the body: values are cut out of this text, and whoever keeps one keeps all of it.
  const text = bytes.toString("latin1", 0, end + 2);
  if (!text.startsWith(METHOD)) return undefined;
  let line = text.indexOf("\r\n");
  const targetEnd = line - VERSION.length;
  if (!text.startsWith(VERSION, targetEnd)) return undefined;
  const target = text.slice(METHOD.length, targetEnd);
  if (!TARGET.test(target)) return undefined;

  const headers: Record<string, string> = {};
  while (line < end) {
    const next = text.indexOf("\r\n", line + 2);
    const colon = text.indexOf(": ", line + 2);
    if (colon < 0 || colon > next) return undefined;
    const name = text.slice(line + 2, colon);
    const value = text.slice(colon + 2, next);
    if (!NAME.test(name) || !VALUE.test(value)) return undefined;
    const key = name.toLowerCase();
    // Also what every object has, as `constructor`.
    if (headers[key] !== undefined) return undefined;
    headers[key] = value;
    line = next;
  }
  const { host, connection, "content-type": type, "content-length": length } = headers;
  if (host === undefined || length === undefined || !LENGTH.test(length) || !isPlainFormType(type)) return undefined;
  if (connection !== undefined && !STAYS.has(connection.toLowerCase())) return undefined;
  for (const name of UNUSUAL) if (headers[name] !== undefined) return undefined;
  const bodyLength = Number(length);
  return bodyLength <= BODY_LIMIT ? { target, headers, bodyAt: end + END.length, bodyLength } : undefined;
}
