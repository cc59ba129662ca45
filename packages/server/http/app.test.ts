import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
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
