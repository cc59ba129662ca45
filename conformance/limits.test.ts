import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN, type Administrator, administrator, authorized, person } from "./admin.ts";
import { type Answer, type Parameters, readAnswer, type RealmClient, realmClient, secretOf } from "./client.ts";
import { sendBytes } from "./http-bytes.ts";
import { type RunningServer, startServer, WORKSHOP } from "./server.ts";

/** SEC-DOS-01, 02: how much of anything is taken, at each place that takes it; one less is always enough. */

const KIB = 1024;
let server: RunningServer;
let workshop: RealmClient;
let admin: Administrator;
let subject: string;

beforeAll(async () => {
  server = await startServer({ realms: [WORKSHOP], environment: ADMIN, flags: ["--log-level=error"] });
  workshop = realmClient(server.baseUrl, "workshop");
  admin = await administrator(server.baseUrl);
  subject = (await workshop.signIn({ client_id: "storefront" }, "ada")).access_token;
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
});

const formOf = (bytes: number): string => `filler=${"x".repeat(bytes - "filler=".length)}`;
const parameters = (count: number): string => Array.from({ length: count }, (_, index) => `p${index}=1`).join("&");

describe.each(["token", "token/introspect", "revoke", "userinfo", "logout"])("the endpoint %s", (endpoint) => {
  const url = () => `${workshop.issuer}/protocol/openid-connect/${endpoint}`;

  test("reads 64 KiB and not a byte more", async () => {
    const [most, more] = [await sendBytes(url(), formOf(64 * KIB)), await sendBytes(url(), formOf(64 * KIB + 1))];
    expect([most.status === 413, most.status < 500, more.status]).toEqual([false, true, endpoint === "userinfo" ? more.status : 413]);
    // Userinfo says everything by 401 or 400 and `WWW-Authenticate`.
    expect(more.status).toBeGreaterThanOrEqual(400);
    expect(more.status).toBeLessThan(500);
  });

  test("cuts off whoever sends more than a mebibyte", async () => {
    const { status } = await sendBytes(url(), formOf(KIB * KIB + 1)).catch(() => ({ status: 413 })); // it may hang up in the middle
    expect(status).toBe(413);
  });

  test("reads 200 parameters and not one more", async () => {
    const [most, more] = [await sendBytes(url(), parameters(200)), await sendBytes(url(), parameters(201))];
    expect(more.status).toBeGreaterThanOrEqual(400);
    expect(more.status).toBeLessThan(500);
    // What is refused is the form, and not what is missing in it.
    expect(more.text === most.text && more.status === most.status).toBe(false);
  });

  test("reads headers of 16 KiB together and not more", async () => {
    const { status } = await sendBytes(url(), "a=b", { headers: { "x-filler": "x".repeat(16 * KIB) } });
    expect(status).toBe(431);
    expect((await sendBytes(url(), "a=b", { headers: { "x-filler": "x".repeat(15 * KIB) } })).status).not.toBe(431);
  });
});

const words = (count: number): string => Array.from({ length: count }, (_, index) => `s${index}`).join(" ");

describe("scope", () => {
  const GRANTS: readonly (readonly [name: string, send: (scope: string) => Promise<Answer>])[] = [
    ["exchange", (scope) => workshop.exchange(subject, { ...secretOf("gate"), audience: "orders", scope })],
    [
      "password",
      (scope) => workshop.token({ grant_type: "password", client_id: "storefront", username: "ada", password: "ada-password", scope }),
    ],
    ["client credentials", (scope) => workshop.token({ grant_type: "client_credentials", ...secretOf("gate"), scope })],
    [
      "refresh",
      async (scope) => {
        const { refresh_token } = await workshop.signIn({ client_id: "storefront" }, "ada");
        return workshop.token({ grant_type: "refresh_token", client_id: "storefront", refresh_token, scope });
      },
    ],
  ];
  test.each(GRANTS)("of more than 100 words or 4 KiB is refused by the %s grant", async (_name, send) => {
    for (const scope of [words(101), `openid ${"x".repeat(4 * KIB)}`, "openid ".repeat(600)]) {
      const { status, body } = await send(scope);
      expect([status, body["error"]]).toEqual([400, "invalid_scope"]);
    }
    expect((await send("openid")).status).toBe(200);
  });
});

const manyAudiences = (count: number): Parameters => ({ ...secretOf("gate"), audience: Array.from({ length: count }, () => "orders") });
test("20 audiences and resources together are read, 21 are not", async () => {
  expect((await workshop.exchange(subject, manyAudiences(20))).status).toBe(200);
  expect((await workshop.exchange(subject, manyAudiences(21))).status).toBe(400);
});

const makeUser = (username: string, value: string) =>
  admin.send("POST", "/workshop/users", person(username, { credentials: [{ type: "password", value }] }));
const signInLong = (password: string) => workshop.token({ grant_type: "password", client_id: "storefront", username: "long", password });
test("a password has at most 1024 bytes: with one more nobody is made, and nobody signs in", async () => {
  const [most, more] = ["p".repeat(KIB), "p".repeat(KIB + 1)];
  expect((await makeUser("long", most)).status).toBe(201);
  expect((await makeUser("longer", more)).status).toBe(400);
  expect((await signInLong(most)).status).toBe(200);
  const [wrong, tooLong] = [await signInLong("wrong"), await signInLong(more)];
  expect([tooLong.status, tooLong.body["error"]]).toEqual([wrong.status, wrong.body["error"]]);
});

const nested = (depth: number): string => `{"clientId":"deep","attributes":${'{"a":'.repeat(depth - 1)}1${"}".repeat(depth - 1)}}`;
const filled = (bytes: number): string => `{"clientId":"","description":"${"x".repeat(bytes - 32)}"}`;
const statusOf = async (path: string, body: string): Promise<number> =>
  (await admin.send("POST", path, body).catch(() => ({ status: 413 }))).status; // it may hang up in the middle

describe("the admin API", () => {
  test("reads bodies of 1 MiB, and of 10 MiB where realms come in", async () => {
    expect(await statusOf("/workshop/clients", filled(KIB * KIB - KIB))).toBe(400);
    expect(await statusOf("/workshop/clients", filled(KIB * KIB + KIB))).toBe(413);
    expect(await statusOf("/workshop/partialImport", filled(2 * KIB * KIB))).toBe(200);
    expect(await statusOf("/workshop/partialImport", filled(10 * KIB * KIB + KIB))).toBe(413);
  });

  test("reads 32 levels of JSON, and answers a hundred thousand without falling", async () => {
    for (const depth of [33, 1000, 100_000]) {
      const { status, body } = await admin.send("POST", "/workshop/clients", nested(depth));
      expect([depth, status, body["error"]]).toEqual([depth, 400, "invalid_request"]);
    }
    expect((await admin.send("POST", "/workshop/users", "[".repeat(500_000))).status).toBe(400);
  });

  test("client registration reads 256 KiB, and answers deep JSON without falling", async () => {
    const { body } = await admin.send("POST", "/workshop/clients-initial-access", { count: 10, expiration: 600 });
    const token = String(body["token"]);
    const register = async (text: string): Promise<number> => {
      const sent = fetch(`${workshop.issuer}/clients-registrations/default`, { method: "POST", ...authorized(token, text) });
      return (await sent.then(readAnswer).catch(() => ({ status: 413 }))).status;
    };
    expect(await register(filled(256 * KIB + KIB))).toBe(413);
    for (const depth of [33, 1000, 30_000]) expect([depth, await register(nested(depth))]).toEqual([depth, 400]);
    expect(await register("[".repeat(200_000))).toBe(400);
  });
});

/** Opens a connection, sends the beginning of a request and waits until the server hangs up. */
async function beginning(text: string): Promise<string> {
  const { hostname, port } = new URL(server.baseUrl);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (answer += chunk));
  await once(socket, "connect");
  socket.write(text);
  await once(socket, "close");
  return answer;
}

/**
 * Sockets that open and say nothing. They come in waves: of more than the kernel queues it drops some, which try again after up to half a minute.
 * @returns how many the server hung up on
 */
async function idleConnections(count: number): Promise<number> {
  const { hostname, port } = new URL(server.baseUrl);
  const closed: Promise<unknown>[] = [];
  const WAVE = 200;
  for (let opened = 0; opened < count; opened += WAVE) {
    const sockets = Array.from({ length: WAVE }, () => connect(Number(port), hostname).on("error", () => {}));
    closed.push(...sockets.map((socket) => once(socket.resume(), "close").catch(() => {})));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
  }
  return (await Promise.all(closed)).length;
}

describe("SEC-DOS-05 REL-15 whoever sends slowly is cut off", () => {
  const start = "POST /realms/workshop/protocol/openid-connect/token HTTP/1.1\r\nhost: localhost\r\n";

  test("in the midst of the headers, and in the midst of the body", async () => {
    const half = await Promise.all([
      beginning(start),
      beginning(`${start}content-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\ngrant_type=`),
    ]);
    for (const answer of half) expect(answer).toMatch(/^(HTTP\/1\.1 408 |$)/);
    expect((await workshop.exchange(subject, { ...secretOf("gate"), audience: "orders" })).status).toBeLessThan(500);
  });

  test("two thousand connections that say nothing are closed, and exchanges go on meanwhile", async () => {
    const idle = idleConnections(2000);
    let answered = 0;
    const areClosed = idle.then(() => true);
    const exchange = async (): Promise<void> => {
      const { status } = await workshop.exchange(subject, { ...secretOf("gate"), audience: "orders" });
      expect(status).toBeLessThan(500);
      answered += 1;
      if (!(await Promise.race([areClosed, Promise.resolve(false)]))) await exchange();
    };
    await exchange();
    expect(await idle).toBe(2000);
    expect(answered).toBeGreaterThan(20);
  });
});

test("after all of it the server lives, and has nothing to complain about", async () => {
  expect(server.isAlive()).toBe(true);
  expect(server.stderr()).toBe("");
});
