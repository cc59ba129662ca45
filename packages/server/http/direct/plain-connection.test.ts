import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer as createTlsServer } from "node:https";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, expect, test, vi } from "vitest";
import { selfSignedCertificate } from "../../keys/certificate.ts";
import type { Closing } from "../new-app.ts";
import type { RequestToRealm } from "../endpoint-call.ts";
import type { Reply } from "../reply.ts";
import { type DirectForms, type DirectRoute, FormRoutes } from "./form-routes.ts";
import type { Patience } from "./plain-connection.ts";
import { plainConnections, type PlainServer } from "./plain-connections.ts";

/** Looked at by hand only. */
const PATIENCE = { headMs: 5000, requestMs: 10_000, keepAliveMs: 72_000, checkMs: 3_600_000 };
const PATH = "/realms/shop/protocol/openid-connect/token";

const post = (body: string, ...lines: string[]): string =>
  [
    `POST ${PATH} HTTP/1.1`,
    "Host: a",
    "Content-Type: application/x-www-form-urlencoded",
    `Content-Length: ${body.length}`,
    ...lines,
    "",
    body,
  ].join("\r\n");
const GET = "GET /other HTTP/1.1\r\nHost: a\r\n\r\n";

interface World {
  readonly socket: Socket;
  /** The server's end of it. */
  readonly accepted: Socket;
  readonly server: Server;
  readonly plain: PlainServer;
  readonly closing: Closing;
  /** Everything that has come back so far. */
  readonly text: () => string;
  /** Sends this and waits for so many answers altogether. */
  readonly send: (text: string, answers: number) => Promise<void>;
}

interface Served extends Pick<DirectForms, "failed" | "answered"> {
  readonly handle: DirectRoute["handle"];
  readonly tls: boolean;
  readonly patience: Patience;
}

/** Answers with the parameter `a` by way of plain connections, and "node" by way of Node's HTTP. */
const echo = async ({ body }: RequestToRealm, reply: Reply): Promise<unknown> => {
  const form = body as { get(name: string): string | undefined };
  return reply.send({ a: form.get("a") });
};

let worlds: World[] = [];
afterEach(async () => {
  for (const { socket, server } of worlds) {
    socket.destroy();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  }
  worlds = [];
});

const byNode: RequestListener = (_request, response) => void response.end("node");

async function world({
  handle = echo,
  tls = false,
  patience = PATIENCE,
  failed = () => {},
  answered = () => {},
}: Partial<Served> = {}): Promise<World> {
  const closing: Closing = { hasBegun: false };
  const server = tls ? createTlsServer(certificate(), byNode) : createServer(byNode);
  const routes = new FormRoutes({ base: "", secure: tls, closing, routes: [{ path: "token", handle }], failed, answered });
  const plain = plainConnections(server, routes, patience);
  const accepting = once(server, tls ? "secureConnection" : "connection");
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const socket = tls ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }) : connect(port, "127.0.0.1");
  let got = "";
  socket.setEncoding("latin1").on("data", (text: string) => (got += text));
  socket.on("error", () => undefined);
  await once(socket, tls ? "secureConnect" : "connect");
  const [accepted] = (await accepting) as [Socket];
  const text = (): string => got;
  const answers = (): number => got.split("HTTP/1.1 ").length - 1;
  const made: World = {
    socket,
    accepted,
    server,
    plain,
    closing,
    text,
    async send(sent, wanted) {
      socket.write(sent, "latin1");
      await vi.waitUntil(() => answers() >= wanted, { interval: 2, timeout: 5000 });
    },
  };
  worlds.push(made);
  return made;
}

function certificate(): { cert: string; key: string } {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = selfSignedCertificate(privateKey, { commonName: "a", now: Date.now(), years: 1 });
  const cert = `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replaceAll(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
  return { cert, key: privateKey.export({ type: "pkcs8", format: "pem" }) };
}

test.each([false, true])(
  "one form after the other is answered on one connection (TLS: %s), and has what Node's answers have",
  async (tls) => {
    const { send, text, plain } = await world({ tls });
    await send(post("a=1"), 1);
    await send(post("a=2"), 2);
    expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\{"a":"1"\}HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\{"a":"2"\}$/);
    expect(text()).toMatch(/\r\nDate: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n/);
    expect(text()).toContain("\r\nConnection: keep-alive\r\nKeep-Alive: timeout=72\r\n");
    expect(text()).toContain("\r\ncontent-type: application/json\r\n");
    expect(plain.size).toBe(1);
  },
);

test.each([false, true])("what is no plain form is Node's, and so is the connection from there on (TLS: %s)", async (tls) => {
  const { send, text, plain } = await world({ tls });
  await send(post("a=1"), 1);
  await send(GET, 2);
  expect(plain.size).toBe(0);
  await send(GET, 3);
  await send(post("a=4"), 4);
  expect(text().match(/node$|node(?=HTTP)|\{"a":"\d"\}/g)).toEqual(['{"a":"1"}', "node", "node", "node"]);
});

test("a request may come in any pieces once its head is there", async () => {
  const { socket, send, text, plain } = await world();
  const whole = post("a=abcdefghijklmnopqrstuvwxyz");
  const body = whole.indexOf("a=");
  socket.setNoDelay(true).write(whole.slice(0, body));
  for (const letter of whole.slice(body, -1)) {
    await new Promise((resolve) => socket.write(letter, resolve));
  }
  await send(whole.slice(-1), 1);
  expect(text()).toContain('{"a":"abcdefghijklmnopqrstuvwxyz"}');
  expect(plain.size).toBe(1);
});

test("a head in pieces is Node's to put together", async () => {
  const { socket, send, text, plain } = await world();
  socket.write(post("a=1").slice(0, 60));
  await vi.waitUntil(() => plain.size === 0);
  await send(post("a=1").slice(60), 1);
  expect(text()).toMatch(/node$/);
});

test.each([0, 1])(
  "SEC-EP-15 bytes behind a body are the next request, never part of this one (the last %d of it come with them)",
  async (late) => {
    const { socket, plain, send, text } = await world();
    const form = post("a=1");
    if (late > 0) {
      socket.write(form.slice(0, -late));
      await vi.waitUntil(() => plain.busy === 1);
    }
    await send(form.slice(late > 0 ? -late : 0) + GET, 2);
    expect(text().match(/node/g)).toHaveLength(2);
  },
);

/** An endpoint that answers when it is told to. */
function held(): { readonly handle: Served["handle"]; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { handle: (request, reply) => promise.then(() => echo(request, reply)), release: resolve };
}

test("what is sent before the answer has left waits for it, however much it is", async () => {
  const { handle, release } = held();
  const { socket, accepted, send, text, plain } = await world({ handle });
  socket.write(post("a=1"));
  await vi.waitUntil(() => plain.busy === 1);
  socket.write(GET);
  await vi.waitUntil(() => accepted.isPaused());
  socket.write(GET);
  expect(text()).toBe("");
  release();
  await send("", 3);
  expect(text()).toMatch(/\{"a":"1"\}HTTP\/1\.1 200 OK[^]*node[^]*node$/);
});

test("who ends its side behind a request still gets the answer", async () => {
  const { handle, release } = held();
  const { socket, text, plain } = await world({ handle });
  socket.end(post("a=1"));
  await vi.waitUntil(() => plain.busy === 1);
  release();
  await once(socket, "close");
  expect(text()).toMatch(/Connection: close\r\n[^]*\{"a":"1"\}$/);
  expect(plain.size).toBe(0);
});

test("who goes away before the answer leaves nothing behind", async () => {
  const { handle, release } = held();
  const { socket, plain } = await world({ handle });
  socket.write(post("a=1"));
  await vi.waitUntil(() => plain.busy === 1);
  socket.resetAndDestroy();
  await vi.waitUntil(() => plain.size === 0);
  release();
  await new Promise(setImmediate);
  expect(plain.size).toBe(0);
});

test("who ends its side in the middle of a body is told", async () => {
  const { socket, text } = await world();
  socket.end(post("a=1").slice(0, -1));
  await once(socket, "close");
  expect(text()).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
});

test("SEC-DOS-05 who sends nothing is cut off after 5 s, not before", async () => {
  const waiting = await world();
  waiting.plain.checkPatience(performance.now() + 4900);
  await waiting.send(post("a=1"), 1);
  expect(waiting.text()).toContain('{"a":"1"}');

  const { socket, plain, text } = await world();
  plain.checkPatience(performance.now() + 5001);
  await once(socket, "close");
  expect(text()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
});

test("SEC-DOS-05 a body has 10 s, however it comes", async () => {
  const form = post("a=123456789");
  const inTime = await world();
  inTime.socket.write(form.slice(0, -1));
  await vi.waitUntil(() => inTime.plain.busy === 1);
  inTime.plain.checkPatience(performance.now() + 9900);
  await inTime.send(form.slice(-1), 1);
  expect(inTime.text()).toContain('{"a":"123456789"}');

  const { socket, accepted, plain, text } = await world();
  socket.setNoDelay(true).write(form.slice(0, -5));
  await vi.waitUntil(() => plain.busy === 1);
  const begun = performance.now();
  await vi.waitUntil(() => performance.now() > begun + 10, { interval: 5 });
  socket.write(form.slice(-5, -1));
  await vi.waitUntil(() => accepted.bytesRead === form.length - 1);
  plain.checkPatience(begun + 10_001);
  await once(socket, "close");
  expect(text()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
});

test("SEC-DOS-05 between two requests there are 72 s and one of grace", async () => {
  const { socket, plain, send, text } = await world();
  await send(post("a=1"), 1);
  plain.checkPatience(performance.now() + 72_900);
  await send(post("a=2"), 2);
  plain.checkPatience(performance.now() + 73_001);
  await once(socket, "close");
  expect(text()).toMatch(/\{"a":"2"\}$/);
});

test("SEC-DOS-05 patience is looked at without being asked", async () => {
  const { socket, text } = await world({ patience: { ...PATIENCE, headMs: 1, checkMs: 5 } });
  await once(socket, "close");
  expect(text()).toMatch(/^HTTP\/1\.1 408 /);
});

test("an answer may take as long as it takes, and a server that closes waits for it", async () => {
  const { handle, release } = held();
  const { socket, server, plain, send, text } = await world({ handle });
  socket.write(post("a=1"));
  await vi.waitUntil(() => plain.busy === 1);
  plain.checkPatience(performance.now() + 1e9);
  server.closeIdleConnections();
  release();
  await send("", 1);
  expect(text()).toMatch(/\{"a":"1"\}$/);
});

const LARGE = "x".repeat(8_000_000);
const large = async (_request: RequestToRealm, reply: Reply): Promise<unknown> => reply.send(LARGE);

test.each([false, true])(
  "who takes an answer slowly keeps the connection (TLS: %s)",
  async (tls) => {
    const { socket, accepted, plain, send, text } = await world({ handle: large, tls });
    socket.pause().write(post("a=1"));
    await vi.waitUntil(() => accepted.isPaused());
    expect(plain.size).toBe(1);
    socket.resume();
    await vi.waitUntil(() => text().length > LARGE.length, { timeout: 20_000 });
    await send(post("a=2"), 2);
    expect(plain.size).toBe(1);
  },
  30_000,
);

test("SEC-DOS-05 who takes no answers is not read, and cut off", async () => {
  const { socket, accepted, plain } = await world({ handle: large });
  socket.pause().write(post("a=1"));
  await vi.waitUntil(() => accepted.isPaused());
  plain.checkPatience(performance.now() + 73_001);
  await vi.waitUntil(() => plain.size === 0);
  expect(accepted.destroyed).toBe(true);
});

test("a server that closes ends idle connections, and answers no new request here", async () => {
  const { socket, server, plain, send } = await world();
  await send(post("a=1"), 1);
  server.closeIdleConnections();
  await once(socket, "close");
  await vi.waitUntil(() => plain.size === 0);

  const other = await world();
  other.closing.hasBegun = true;
  await other.send(post("a=1"), 1);
  expect(other.text()).toMatch(/node$/);
});

test("what comes behind the last answer is not read, and its connection ends whatever the other side does", async () => {
  const { handle, release } = held();
  const handled = vi.fn<Served["handle"]>(handle);
  const { socket, accepted, plain, closing, text } = await world({ handle: handled });
  socket.allowHalfOpen = true;
  socket.write(post("a=1"));
  await vi.waitUntil(() => plain.busy === 1);
  closing.hasBegun = true;
  release();
  await once(socket, "end");
  socket.write(post("a=2"));
  await vi.waitUntil(() => plain.size === 0);
  expect(accepted.destroyed).toBe(true);
  expect(handled).toHaveBeenCalledTimes(1);
  expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\nConnection: close\r\n[^]*\{"a":"1"\}$/);
});

const splitting = async (_request: RequestToRealm, reply: Reply): Promise<unknown> => reply.header("x-a", "b\r\nset-cookie: c=d").send({});
const bareFailure: Served["failed"] = (_error, _uri, _headers, reply) => void reply.code(500).send({ error: "unknown_error" });

test("no header ends early, whatever it is made of: the answer is another one", async () => {
  const { send, text } = await world({ handle: splitting, failed: bareFailure });
  await send(post("a=1"), 1);
  expect(text()).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/);
  expect(text()).not.toContain("set-cookie");
});

test("a body that is not ASCII arrives as UTF-8 with its length in bytes", async () => {
  const { send, text } = await world();
  await send(post("a=%C3%A4%E2%82%AC"), 1);
  expect(text()).toContain("\r\ncontent-length: 13\r\n");
  expect(JSON.parse(Buffer.from(text().slice(text().indexOf("\r\n\r\n") + 4), "latin1").toString())).toEqual({ a: "ä€" });
});

test("behind a 204 there is nothing", async () => {
  const handle = vi.fn<Served["handle"]>(echo).mockImplementationOnce(async (_request, reply) => reply.code(204).send({ a: "b" }));
  const { send, text } = await world({ handle });
  await send(post("a=1"), 1);
  await send(post("a=2"), 2);
  expect(text()).toMatch(/^HTTP\/1\.1 204 No Content\r\n(?:[^\r]+\r\n)+\r\nHTTP\/1\.1 200 OK\r\n/);
  expect(text().split("HTTP/1.1 200")[0]).not.toMatch(/\ncontent-(?:length|type):/i);
});

const failsLate: Served["handle"] = (_request, reply) => {
  reply.send({});
  return Promise.reject(new Error("too late"));
};

test("an endpoint that fails behind its answer is counted with what it answered", async () => {
  const statuses: number[] = [];
  const { send, text } = await world({ handle: failsLate, failed: bareFailure, answered: (_uri, status) => statuses.push(status) });
  await send(post("a=1"), 1);
  expect(text()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\{\}$/);
  expect(statuses).toEqual([200]);
});
