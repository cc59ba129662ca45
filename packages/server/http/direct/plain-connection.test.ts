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
import { plainConnections, type PlainServer } from "./plain-connections.ts";

const PATIENCE = { headMs: 5000, requestMs: 10_000, keepAliveMs: 72_000 };
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
  readonly server: Server;
  readonly plain: PlainServer;
  readonly closing: Closing;
  /** Everything that has come back so far. */
  readonly text: () => string;
  /** Sends this and waits for so many answers altogether. */
  readonly send: (text: string, answers: number) => Promise<void>;
}

interface Served extends Pick<DirectForms, "failed"> {
  readonly handle: DirectRoute["handle"];
  readonly tls: boolean;
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

async function world({ handle = echo, tls = false, failed = () => {} }: Partial<Served> = {}): Promise<World> {
  const closing: Closing = { hasBegun: false };
  const server = tls ? createTlsServer(certificate(), byNode) : createServer(byNode);
  const routes = new FormRoutes({ base: "", secure: tls, closing, routes: [{ path: "token", handle }], failed, answered: () => undefined });
  const plain = plainConnections(server, routes, PATIENCE);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const socket = tls ? connectTls({ port, host: "127.0.0.1", rejectUnauthorized: false }) : connect(port, "127.0.0.1");
  let got = "";
  socket.setEncoding("latin1").on("data", (text: string) => (got += text));
  socket.on("error", () => undefined);
  await once(socket, tls ? "secureConnect" : "connect");
  const text = (): string => got;
  const answers = (): number => got.split("HTTP/1.1 ").length - 1;
  const made: World = {
    socket,
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
  socket.write(GET.slice(0, 10));
  await vi.waitUntil(() => plain.size === 0);
  await send(GET.slice(10), 1);
  expect(text()).toMatch(/node$/);
});

test("SEC-EP-15 bytes behind a body are the next request, never part of this one", async () => {
  const { send, text } = await world();
  await send(post("a=1") + GET, 2);
  expect(text().match(/node/g)).toHaveLength(2);
});

/** An endpoint that answers when it is told to. */
function held(): { readonly handle: Served["handle"]; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { handle: (request, reply) => promise.then(() => echo(request, reply)), release: resolve };
}

test("what is sent before the answer has left waits for it", async () => {
  const { handle, release } = held();
  const { socket, send, text, plain } = await world({ handle });
  socket.write(post("a=1"));
  await vi.waitUntil(() => plain.busy === 1);
  socket.write(GET + GET);
  await new Promise(setImmediate);
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

test("SEC-DOS-05 patience ends: of what has not begun, of what does not arrive, of what comes no more", async () => {
  const fresh = await world();
  fresh.plain.checkPatience(performance.now() + 4000);
  expect(fresh.socket.readableEnded).toBe(false);
  fresh.plain.checkPatience(performance.now() + 5001);
  await once(fresh.socket, "close");
  expect(fresh.text()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);

  const slow = await world();
  slow.socket.write(post("a=1").slice(0, -1));
  await vi.waitUntil(() => slow.plain.busy === 1);
  slow.plain.checkPatience(performance.now() + 10_001);
  await once(slow.socket, "close");
  expect(slow.text()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);

  const idle = await world();
  await idle.send(post("a=1"), 1);
  idle.plain.checkPatience(performance.now() + 71_000);
  await idle.send(post("a=2"), 2);
  idle.plain.checkPatience(performance.now() + 72_001);
  await once(idle.socket, "close");
  expect(idle.text()).toMatch(/\{"a":"2"\}$/);
});

test("SEC-DOS-05 a body that comes a byte at a time has no longer than others", async () => {
  const { socket, plain, text } = await world();
  const whole = post("a=123456789");
  socket.setNoDelay(true).write(whole.slice(0, -5));
  await vi.waitUntil(() => plain.busy === 1);
  const begun = performance.now();
  await new Promise((resolve) => socket.write(whole.slice(-5, -1), resolve));
  plain.checkPatience(begun + 10_001);
  await once(socket, "close");
  expect(text()).toMatch(/^HTTP\/1\.1 408 /);
});

test("a server that closes ends idle connections, and answers no new request here", async () => {
  const { socket, server, plain, send, closing } = await world();
  await send(post("a=1"), 1);
  server.closeIdleConnections();
  await once(socket, "close");
  await vi.waitUntil(() => plain.size === 0);

  const other = await world();
  other.closing.hasBegun = true;
  await other.send(post("a=1"), 1);
  expect(other.text()).toMatch(/node$/);
  expect(closing.hasBegun).toBe(false);
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
