import { afterEach, beforeEach, expect, test } from "vitest";
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
