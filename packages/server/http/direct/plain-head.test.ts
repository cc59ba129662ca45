import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readPlainHead } from "./plain-head.ts";

const TARGET = "/realms/shop/protocol/openid-connect/token";
const BODY = "grant_type=magic&a=b";
const LINES = [
  `POST ${TARGET} HTTP/1.1`,
  "Host: a.example:8080",
  "Content-Type: application/x-www-form-urlencoded",
  `Content-Length: ${BODY.length}`,
  "User-Agent: a (b; c)  d",
  "Authorization: Basic YTpi",
];
const request = (lines: readonly string[], body = BODY): Buffer => Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body}`, "latin1");
/** The usual lines with some more, or with this in place of the one that begins so. */
const withLines = (...more: string[]): Buffer => request([...LINES, ...more]);
const instead = (start: string, line: string): Buffer => request(LINES.map((usual) => (usual.startsWith(start) ? line : usual)));

test("a form that is posted as usual is read", () => {
  const bytes = request(LINES);
  expect(readPlainHead(bytes)).toEqual({
    target: TARGET,
    headers: {
      host: "a.example:8080",
      "content-type": "application/x-www-form-urlencoded",
      "content-length": "20",
      "user-agent": "a (b; c)  d",
      authorization: "Basic YTpi",
    },
    bodyAt: bytes.length - BODY.length,
    bodyLength: BODY.length,
  });
});

test.each<readonly [string, Buffer]>([
  ["connections that stay", withLines("Connection: Keep-Alive")],
  ["a client that offers HTTP/2", withLines("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAEAAEAAAAIAAAAB")],
  ["a media type with parameters", instead("Content-Type", "Content-Type: application/x-www-form-urlencoded; charset=UTF-8")],
  [
    "no body",
    request(
      LINES.map((line) => line.replace(/^Content-Length.*/, "Content-Length: 0")),
      "",
    ),
  ],
  ["a body of which nothing is there yet", request(LINES, "")],
])("read: %s", (_title, bytes) => expect(readPlainHead(bytes)).toBeDefined());

test.each<readonly [string, Buffer]>([
  ["another method", instead("POST", `PUT ${TARGET} HTTP/1.1`)],
  ["a method in small letters", instead("POST", `post ${TARGET} HTTP/1.1`)],
  ["another version", instead("POST", `POST ${TARGET} HTTP/1.0`)],
  ["a query", instead("POST", `POST ${TARGET}?a=b HTTP/1.1`)],
  ["percent codes in the path", instead("POST", "POST /realms/%73hop/x HTTP/1.1")],
  ["a whole address in place of a path", instead("POST", `POST http://a${TARGET} HTTP/1.1`)],
  ["two spaces in the request line", instead("POST", `POST  ${TARGET} HTTP/1.1`)],
  ["a lone CR in the request line", instead("POST", `POST ${TARGET}\rx HTTP/1.1`)],
  ["no path", instead("POST", "POST HTTP/1.1")],
  ["an empty line before", request(["", ...LINES])],
  ["no Host", request(LINES.filter((line) => !line.startsWith("Host")))],
  ["two Hosts", withLines("host: b")],
  ["a name twice", withLines("USER-AGENT: x")],
  ["two lengths, were they the same", withLines(`Content-Length: ${BODY.length}`)],
  ["no length", request(LINES.filter((line) => !line.startsWith("Content-Length")))],
  ...["+20", "020", "0x14", "20, 20", "-1", "2e1", "20 ", "70000", "1".repeat(30)].map(
    (length) => [`the length ${length}`, instead("Content-Length", `Content-Length: ${length}`)] as const,
  ),
  ["chunks", withLines("Transfer-Encoding: chunked")],
  ["a coding", withLines("Content-Encoding: gzip")],
  ["an expectation", withLines("Expect: 100-continue")],
  ["a trailer", withLines("Trailer: x")],
  ["the end of the connection", withLines("Connection: close")],
  ["the end of the connection among other things", withLines("Connection: keep-alive, close")],
  ["a connection that names a header", withLines("Connection: host")],
  ["another media type", instead("Content-Type", "Content-Type: application/json")],
  ["a media type in capitals", instead("Content-Type", "Content-Type: Application/X-WWW-Form-Urlencoded")],
  ["no media type", request(LINES.filter((line) => !line.startsWith("Content-Type")))],
  ["no space after the colon", withLines("X-A:b")],
  ["two spaces after the colon", withLines("X-A:  b")],
  ["a second way to say that the connection ends", withLines("Proxy-Connection: close")],
  ["a tab after the colon", withLines("X-A:\tb")],
  ["a space before the colon", withLines("X-A : b")],
  ["a space after the value", withLines("X-A: b ")],
  ["no value", withLines("X-A: ")],
  ["no name", withLines(": b")],
  ["no colon", withLines("X-A")],
  ["a folded line", withLines("X-A: b", " c")],
  ["a name with an underscore", withLines("X_A: b")],
  ["a name that every object has", withLines("constructor: b")],
  ["a lone LF", withLines("X-A: b\nX-B: c")],
  ["a lone CR", withLines("X-A: b\rX-B: c")],
  ["a NUL", withLines("X-A: b\0c")],
  ["a tab in a value", withLines("X-A: b\tc")],
  ["a letter that is not ASCII", withLines("X-A: \u00e4")],
  ["a head that is not there whole", request(LINES).subarray(0, 100)],
  ["lines that end with LF", Buffer.from(request(LINES).toString("latin1").replaceAll("\r\n", "\n"))],
  ["a head of more than 8 KiB", withLines(`X-A: ${"b".repeat(9000)}`)],
  ["nothing", Buffer.alloc(0)],
])("not read here: %s", (_title, bytes) => expect(readPlainHead(bytes)).toBeUndefined());

/** What Node's HTTP reads. */
interface Seen {
  readonly method: string | undefined;
  readonly target: string | undefined;
  readonly headers: unknown;
  readonly body: string;
  readonly stays: boolean;
}
let seen: Seen[] = [];
async function note(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url, headers } = incoming;
  seen.push({
    method,
    target: url,
    headers: { ...headers },
    body: (await buffer(incoming)).toString("latin1"),
    stays: response.shouldKeepAlive,
  });
  response.end();
}
const node = createServer((incoming, response) => void note(incoming, response));
beforeAll(() => once(node.listen(0, "127.0.0.1"), "listening"));
afterAll(() => node.close());

async function asNodeReads(bytes: Buffer): Promise<readonly Seen[]> {
  seen = [];
  const socket = connect((node.address() as AddressInfo).port, "127.0.0.1").resume();
  socket.end(bytes);
  await once(socket, "close");
  return seen;
}

/** Numbers that are the same in each run (a linear congruence, Numerical Recipes). */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("SEC-EP-15 whatever is read here, Node's HTTP reads the same: 20,000 requests with changed bytes", async () => {
  const below = numbers(7);
  const pieces = [
    "\r",
    "\n",
    "\r\n",
    " ",
    "\t",
    ":",
    ",",
    "\0",
    "0",
    "1",
    "a",
    "-",
    "_",
    "é",
    "Host: b\r\n",
    "\r\n\r\n",
    "Content-Length: 3\r\n",
    ";",
    "/",
  ];
  let read = 0;
  for (let round = 0; round < 20_000; round += 1) {
    let text = request(LINES).toString("latin1");
    for (let change = below(3); change >= 0; change -= 1) {
      const at = below(text.length - BODY.length);
      text = text.slice(0, at) + (pieces[below(pieces.length)] ?? "") + text.slice(at + below(3));
    }
    const bytes = Buffer.from(text, "latin1");
    const head = readPlainHead(bytes);
    if (!head) continue;
    read += 1;
    const whole = bytes.subarray(0, head.bodyAt + head.bodyLength);
    if (whole.length < head.bodyAt + head.bodyLength) continue;
    const body = whole.subarray(head.bodyAt).toString("latin1");
    expect(await asNodeReads(whole)).toEqual([{ method: "POST", target: head.target, headers: head.headers, body, stays: true }]);
  }
  expect(read).toBeGreaterThan(1000);
}, 60_000);
