import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bench, type Bench } from "../testing/bench.ts";
import { exchangeRealm } from "../testing/exchange-realm.ts";
import { testServer, type TestServer } from "../testing/test-server.ts";

const ORIGIN = "http://localhost:9999";
const GRANT = { grant_type: "password", client_id: "frontend", username: "alice", password: "password" };
const DIALECTS = ["native", "keycloak"] as const;

const servers = {} as Record<"native" | "keycloak", TestServer>;
beforeAll(async () => {
  const clients = { kiosk: { webOrigins: ["*"] }, open: { webOrigins: [], redirectUris: ["urn:x"] } };
  for (const dialect of DIALECTS) servers[dialect] = await testServer([exchangeRealm(dialect, { clients })]);
}, 60_000);
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

describe.each(DIALECTS)("SEC-EP-16 %s", (dialect) => {
  let shop: Bench;
  beforeAll(() => {
    shop = bench(servers[dialect], dialect);
  });
  const allowed = async (form: Readonly<Record<string, string>>, origin: string) => {
    const { headers } = await shop.token({ ...GRANT, ...form }, { origin });
    return [headers["access-control-allow-origin"], headers["access-control-allow-credentials"], headers["access-control-expose-headers"]];
  };
  const YES = [ORIGIN, "true", "Access-Control-Allow-Methods"];
  const NO = [undefined, undefined, undefined];

  test("a success for an origin of the client", async () => expect(await allowed({}, ORIGIN)).toEqual(YES));
  test("a refusal too, so that the page can read it", async () => expect(await allowed({ password: "wrong" }, ORIGIN)).toEqual(YES));
  test("no origin, no headers", async () => expect((await shop.token(GRANT)).headers).not.toHaveProperty("access-control-allow-origin"));

  test.each([
    ["another origin", "https://evil.example"],
    ["another port", "http://localhost:9998"],
    ["another scheme", "https://localhost:9999"],
    ["an origin that begins with it", "http://localhost:99990"],
    ["an origin that ends with it", "http://evil.localhost:9999"],
    ["another case", "http://LOCALHOST:9999"],
    ["null", "null"],
    ["a star", "*"],
    ["a list", `${ORIGIN} https://evil.example`],
    ["nothing readable", "\u00e9"],
  ])("%s is not let in", async (_title, origin) => expect(await allowed({}, origin)).toEqual(NO));

  test("a client that is open to all gets the origin itself, never a star, and null never", async () => {
    expect(await allowed({ client_id: "kiosk" }, "https://any.example")).toEqual(["https://any.example", ...YES.slice(1)]);
    expect(await allowed({ client_id: "kiosk" }, "null")).toEqual(NO);
  });
  test("a client without origins lets none in", async () => expect(await allowed({ client_id: "open" }, ORIGIN)).toEqual(NO));

  test("before the client is known any origin may read why", async () => {
    expect(await allowed({ client_id: "nobody" }, "https://any.example")).toEqual(["https://any.example", ...YES.slice(1)]);
    expect(await allowed({ grant_type: "magic" }, "null")).toEqual(NO);
  });

  const preflight = (headers: Readonly<Record<string, string>>) =>
    servers[dialect].app.inject({ method: "OPTIONS", url: shop.path, headers });
  test("a preflight reflects the origin and lists what may be sent", async () => {
    const answer = await preflight({ origin: ORIGIN, "access-control-request-method": "POST" });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      "access-control-allow-origin": ORIGIN,
      "access-control-allow-methods": "POST, OPTIONS",
      "access-control-allow-credentials": "true",
      "access-control-max-age": "3600",
    });
    expect((await preflight({})).headers).not.toHaveProperty("access-control-allow-origin");
  });
});
