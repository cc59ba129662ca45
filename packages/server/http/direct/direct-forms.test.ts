import { Agent, request as ask, type RequestOptions } from "node:http";
import { createConnection, type AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exchangeRealm } from "../../testing/exchange-realm.ts";
import { basic, testServer, type TestServer } from "../../testing/test-server.ts";

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

const OPENID = "/protocol/openid-connect";
const PORTAL = { client_id: "portal", client_secret: "secret-of-portal" };
const CREDENTIALS = { grant_type: "client_credentials", ...PORTAL };

let server: TestServer;
beforeAll(async () => {
  server = await testServer([exchangeRealm("native"), exchangeRealm("native", { realm: "closed", more: { enabled: false } })]);
  await server.app.listen({ host: "127.0.0.1", port: 0 });
}, 60_000);
afterAll(() => server.close());

const port = (): number => (server.app.server.address() as AddressInfo).port;

/** With the usual media type past the framework, with capitals in it through the framework. */
function post(
  path: string,
  form: Readonly<Record<string, string>> | string,
  headers: Readonly<Record<string, string>>,
  agent?: Agent,
): Promise<Answer> {
  const body = typeof form === "string" ? form : new URLSearchParams(form).toString();
  return send({ path, method: "POST", headers: { "content-length": String(Buffer.byteLength(body)), ...headers }, agent }, body);
}

/** On a connection that another request has made one of Node's HTTP: past the framework all the same. */
async function postByNode(...posted: Parameters<typeof post>): Promise<Answer> {
  const [path, form, headers] = posted;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await send({ path: "/realms/nowhere", agent });
  const answer = await post(path, form, headers, agent);
  agent.destroy();
  return answer;
}

function send(options: RequestOptions, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = ask({ host: "127.0.0.1", port: port(), ...options }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
const DIRECT = { "content-type": "application/x-www-form-urlencoded;charset=UTF-8" };
const FRAMED = { "content-type": "Application/X-WWW-Form-Urlencoded" };

const plain = (text: string): string =>
  text.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>").replaceAll(/eyJ[\w.-]+/g, "<token>");

/** What differs from one answer to the next: ids, times, tokens. */
const comparable = ({ status, headers, body }: Answer): unknown => {
  const { date: _date, ...others } = headers;
  return { status, headers: JSON.parse(plain(JSON.stringify(others))), body: plain(body) };
};

test.each<readonly [string, number, string, Readonly<Record<string, string>> | string, Readonly<Record<string, string>>]>([
  ["tokens", 200, `/realms/shop${OPENID}/token`, CREDENTIALS, {}],
  ["a browser's origin", 200, `/realms/shop${OPENID}/token`, CREDENTIALS, { origin: "https://portal.example" }],
  ["a refusal", 400, `/realms/shop${OPENID}/token`, { ...CREDENTIALS, grant_type: "magic" }, {}],
  ["a wrong secret in a header", 401, `/realms/shop${OPENID}/token`, { grant_type: "client_credentials" }, basic("portal", "wrong")],
  ["a form that is none", 400, `/realms/shop${OPENID}/token`, "a=%", {}],
  ["an empty body", 400, `/realms/shop${OPENID}/token`, "", {}],
  ["a realm that is not there", 404, `/realms/nowhere${OPENID}/token`, CREDENTIALS, {}],
  ["the same for a browser", 404, `/realms/nowhere${OPENID}/token`, CREDENTIALS, { accept: "text/html" }],
  ["a disabled realm", 403, `/realms/closed${OPENID}/token`, CREDENTIALS, {}],
  ["introspection of nothing good", 200, `/realms/shop${OPENID}/token/introspect`, { ...PORTAL, token: "x" }, {}],
  ["revocation of nothing good", 200, `/realms/shop${OPENID}/revoke`, { ...PORTAL, token: "x" }, {}],
  ["userinfo without a token", 401, `/realms/shop${OPENID}/userinfo`, "", {}],
  ["logout without a token", 400, `/realms/shop${OPENID}/logout`, PORTAL, {}],
])("%s (%d): the answer is the same past Node's HTTP, past the framework and through it", async (_title, status, path, form, headers) => {
  const direct = await post(path, form, { ...DIRECT, ...headers });
  expect(direct.status).toBe(status);
  expect(comparable(direct)).toEqual(comparable(await post(path, form, { ...FRAMED, ...headers })));
  expect(comparable(direct)).toEqual(comparable(await postByNode(path, form, { ...DIRECT, ...headers })));
});

test("so it is when nothing can be stored", async () => {
  server.breakStorage(true);
  const path = `/realms/shop${OPENID}/token`;
  const direct = await post(path, CREDENTIALS, DIRECT);
  const framed = await post(path, CREDENTIALS, FRAMED);
  server.breakStorage(false);
  expect(direct.status).toBe(503);
  expect(comparable(direct)).toEqual(comparable(framed));
});

test("what is unusual about a request leaves it to the framework: a body too large, a coding, an address spelled otherwise", async () => {
  const path = `/realms/shop${OPENID}/token`;
  expect(await post(path, `a=${"x".repeat(70_000)}`, DIRECT)).toMatchObject({ status: 413 });
  expect(await post(path, CREDENTIALS, { ...DIRECT, "content-encoding": "gzip" })).toMatchObject({ status: 415 });
  expect(await post(`${path}/`, CREDENTIALS, DIRECT)).toMatchObject({ status: 200 });
  expect(await post(`/realms/%73hop${OPENID}/token`, CREDENTIALS, DIRECT)).toMatchObject({ status: 200 });
});

test("SEC-EP-15 two Host headers are refused, whatever else the request is", async () => {
  const body = new URLSearchParams(CREDENTIALS).toString();
  const head = `POST /realms/shop${OPENID}/token HTTP/1.1\r\nhost: a\r\nhost: b\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n`;
  const text = await new Promise<string>((resolve) => {
    const chunks: Buffer[] = [];
    const socket = createConnection(port(), "127.0.0.1", () => socket.write(head + body));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.on("close", () => resolve(Buffer.concat(chunks).toString()));
  });
  expect(text).toMatch(/^HTTP\/1.1 400 /);
});

test("a request whose sender goes away half way changes nothing", async () => {
  const before = server.events.length;
  await new Promise<void>((resolve) => {
    const socket = createConnection(port(), "127.0.0.1", () => {
      socket.write(
        `POST /realms/shop${OPENID}/token HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\ngrant`,
      );
      setImmediate(() => socket.destroy());
    });
    socket.on("close", () => resolve());
  });
  expect((await post(`/realms/shop${OPENID}/token`, CREDENTIALS, DIRECT)).status).toBe(200);
  expect(server.events.length).toBe(before + 1);
});
