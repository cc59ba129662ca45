import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { selfSignedCertificate } from "../keys/certificate.ts";
import { masterRealm } from "../testing/admin.ts";
import { START, testServer, type TestServer } from "../testing/test-server.ts";
import { AdminConnection } from "./admin-connection.ts";

const LOGIN = { realm: "master", client: "admin-cli", clientSecret: undefined, user: "admin", password: "password" };
const WORDS = { address: "--from", credentials: "set KC_CLI_PASSWORD" };

let server: TestServer;
let url: string;
beforeEach(async () => {
  server = await testServer([masterRealm({ eventsEnabled: true })], { features: { ...FEATURES } });
  url = await server.app.listen({ port: 0, host: "127.0.0.1" });
});
afterEach(() => server.close());
const FEATURES = {
  tokenExchange: true,
  standardTokenExchange: true,
  impersonation: true,
  fineGrainedAdminPermissions: true,
  userEventMetrics: true,
};

const count = (api: AdminConnection): Promise<number> => api.get("/admin/realms/master/users/count", "to count", Number.isSafeInteger);
const kinds = (): readonly string[] => server.events.map(({ type }) => type).filter((type) => type === "LOGIN" || type === "REFRESH_TOKEN");

test("one sign-in serves many requests, at the same time too", async () => {
  const api = new AdminConnection(url, LOGIN, WORDS, { now: () => START });
  expect(await Promise.all([count(api), count(api), count(api)])).toEqual([1, 1, 1]);
  expect(kinds()).toEqual(["LOGIN"]);
});

test("a token is renewed before it ends", async () => {
  let now = START;
  const api = new AdminConnection(url, LOGIN, WORDS, { now: () => now });
  await count(api);
  server.advance(51);
  now += 51_000;
  expect(await count(api)).toBe(1);
  expect(kinds()).toEqual(["LOGIN", "REFRESH_TOKEN"]);
});

test("where the server's clock runs ahead, a refused token is renewed once", async () => {
  const api = new AdminConnection(url, LOGIN, WORDS, { now: () => START });
  await count(api);
  server.advance(3600);
  expect(await count(api)).toBe(1);
  expect(kinds()).toEqual(["LOGIN", "LOGIN"]);
});

test("a session that ended is begun anew", async () => {
  let now = START;
  const api = new AdminConnection(url, LOGIN, WORDS, { now: () => now });
  await count(api);
  server.advance(24 * 3600);
  now += 24 * 3_600_000;
  expect(await count(api)).toBe(1);
});

test("a request that is ended from outside says so", async () => {
  const ended = new AbortController();
  const api = new AdminConnection(url, LOGIN, WORDS, { signal: ended.signal });
  await count(api);
  ended.abort();
  await expect(count(api)).rejects.toThrow("Interrupted; nothing was changed");
});

async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { authorization = "", "content-type": type } = request.headers;
  const answer = await server.app.inject({
    method: request.method === "GET" ? "GET" : "POST",
    url: request.url ?? "",
    headers: { authorization, ...(type !== undefined && { "content-type": type }) },
    payload: Buffer.concat(await request.toArray()),
  });
  response.writeHead(answer.statusCode, { "content-type": "application/json" }).end(answer.body);
}

/** A proxy in front of the server that answers the first GETs as it is told. */
async function unsteady(answers: readonly ("breaks" | "breaks off" | "503" | "passes")[]): Promise<string> {
  const left = [...answers];
  const proxy = createServer((request, response) => {
    const how = request.method === "GET" ? left.shift() : "passes";
    if (how === "breaks") request.socket.destroy();
    else if (how === "breaks off")
      response.writeHead(200, { "content-length": 100 }).write("[", () => {
        request.socket.destroy();
      });
    else if (how === "503") response.writeHead(503).end();
    else void passOn(request, response);
  });
  proxies.push(proxy);
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}
const proxies: Server[] = [];
afterEach(() => {
  for (const proxy of proxies.splice(0)) proxy.close();
});

test("a reading that failed on the way is tried again, twice", async () => {
  const waits: number[] = [];
  const wait = async (ms: number): Promise<unknown> => waits.push(ms);
  expect(await count(new AdminConnection(await unsteady(["breaks", "503", "passes"]), LOGIN, WORDS, { wait }))).toBe(1);
  expect(waits).toEqual([500, 2000]);
  const broken = await unsteady(["breaks", "breaks", "breaks"]);
  await expect(count(new AdminConnection(broken, LOGIN, WORDS, { wait }))).rejects.toThrow(/^http:\S+ cannot be reached: /);
  const away = await unsteady(["503", "503", "503"]);
  await expect(count(new AdminConnection(away, LOGIN, WORDS, { wait }))).rejects.toThrow("The server refused to count: 503");
});

const wait = async (): Promise<unknown> => undefined;

test("an answer that broke off is asked for again, twice", async () => {
  expect(await count(new AdminConnection(await unsteady(["breaks off", "breaks off", "passes"]), LOGIN, WORDS, { wait }))).toBe(1);
  const broken = await unsteady(["breaks off", "breaks off", "breaks off"]);
  await expect(count(new AdminConnection(broken, LOGIN, WORDS, { wait }))).rejects.toThrow("The server broke off when asked to count: ");
});

test("a certificate that no known authority signed is refused, with the way to name one", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const der = selfSignedCertificate(privateKey, { commonName: "127.0.0.1", now: Date.now(), years: 1 });
  const cert = `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;
  const tls = createTlsServer({ key: privateKey.export({ type: "pkcs8", format: "pem" }), cert }, (_request, response) => response.end());
  proxies.push(tls);
  tls.listen(0, "127.0.0.1");
  await once(tls, "listening");
  const api = new AdminConnection(`https://127.0.0.1:${(tls.address() as AddressInfo).port}`, LOGIN, WORDS);
  await expect(count(api)).rejects.toThrow(/cannot be reached: DEPTH_ZERO_SELF_SIGNED_CERT; name the authority .* NODE_EXTRA_CA_CERTS/);
});

test("nothing follows a redirect: the credentials are for the address that was named", async () => {
  const elsewhere = createServer((_request, response) => void response.writeHead(307, { location: `${url}/` }).end());
  proxies.push(elsewhere);
  elsewhere.listen(0, "127.0.0.1");
  await once(elsewhere, "listening");
  const api = new AdminConnection(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`, LOGIN, WORDS);
  await expect(count(api)).rejects.toThrow("cannot be reached: unexpected redirect");
  expect(kinds()).toEqual([]);
});
