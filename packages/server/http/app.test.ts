import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { testServer, type TestServer } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer([walkRealm("native")]);
});
afterAll(() => server.close());

test("a body of a type that cannot be read is named by its status", async () => {
  const answer = await server.post("/realms/walk/protocol/openid-connect/token", "a=b", { "content-type": ";;;" });
  expect([answer.statusCode, answer.json()]).toEqual([415, { error: "HTTP 415 Unsupported Media Type" }]);
});

test.each(["gzip", "deflate, gzip", "br"])("a body in the coding %s is refused, not read as if it were text", async (coding) => {
  for (const [url, type] of [
    ["/realms/walk/protocol/openid-connect/token", "application/x-www-form-urlencoded"],
    ["/admin/realms", "application/json"],
    ["/realms/walk/clients-registrations/default", "application/json"],
  ] as const) {
    const headers = { "content-type": type, "content-encoding": coding };
    const answer = await server.app.inject({ method: "POST", url, headers, payload: gzipSync("grant_type=password") });
    expect([url, answer.statusCode, answer.headers["accept-encoding"]]).toEqual([url, 415, "identity"]);
    expect(answer.json()).toMatchObject({ error: "invalid_request", error_description: expect.stringContaining("Content-Encoding") });
  }
});

test("the coding identity is none", async () => {
  const answer = await server.post("/realms/walk/protocol/openid-connect/token", "grant_type=x", { "content-encoding": "Identity" });
  expect(answer.json()).toMatchObject({ error: "unsupported_grant_type" });
});

test("SEC-EP-15 a request with two Host headers is refused", async () => {
  const listening = await testServer([]);
  onTestFinished(() => listening.close());
  await listening.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = listening.app.server.address() as AddressInfo;
  const ask = async (hosts: string): Promise<string> => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
    socket.write(`GET /realms/none HTTP/1.1\r\n${hosts}connection: close\r\n\r\n`);
    await once(socket, "close");
    return answer;
  };
  expect(await ask("host: a\r\n")).toMatch(/^HTTP\/1.1 404 /);
  for (const hosts of ["host: a\r\nhost: b\r\n", "Host: a\r\nx: y\r\nHOST: a\r\n"]) {
    expect(await ask(hosts)).toMatch(/^HTTP\/1.1 400 [^]*more than one Host header/);
  }
  expect(await ask("")).toMatch(/^HTTP\/1.1 400 /);
});

test("REL-18 what nobody foresaw is a bare 500, logged whole, and the next request is like any other", async () => {
  const form = { grant_type: "password", client_id: "app", username: "alice", password: "password" };
  const broken = vi.spyOn(server.services.passwords, "verify").mockRejectedValueOnce(new Error("inner-detail"));
  const answer = await server.post("/realms/walk/protocol/openid-connect/token", form);
  broken.mockRestore();
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toEqual({ error: "unknown_error", error_description: "For more on this error consult the server log." });
  expect(answer.headers["cache-control"]).toBe("no-store");
  expect(server.lines.filter((line) => line.includes("inner-detail"))).toHaveLength(1);
  expect((await server.post("/realms/walk/protocol/openid-connect/token", form)).statusCode).toBe(200);
});

test("a request that is under way when the server closes is answered, and its connection ends with it", async () => {
  const hashed = Promise.withResolvers<boolean>();
  const verify = vi.spyOn(server.services.passwords, "verify").mockReturnValueOnce(hashed.promise);
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  const socket = connect((server.app.server.address() as AddressInfo).port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
  const body = "grant_type=password&client_id=app&username=alice&password=password";
  const head = "content-type: application/x-www-form-urlencoded\r\nconnection: keep-alive";
  socket.write(
    `POST /realms/walk/protocol/openid-connect/token HTTP/1.1\r\nhost: x\r\n${head}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await vi.waitUntil(() => verify.mock.calls.length === 1);
  const closed = server.app.close();
  hashed.resolve(true);
  await Promise.all([once(socket, "close"), closed]);
  expect(answer).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(answer).toMatch(/\r\nconnection: close\r\n/i);
});
