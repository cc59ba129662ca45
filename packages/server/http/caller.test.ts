import Fastify from "fastify";
import { describe, expect, test } from "vitest";
import { exchangeRealm } from "../testing/exchange-realm.ts";
import { claimsOf, signIn, testServer } from "../testing/test-server.ts";
import { type Caller, type CallerConfig, callerReader, isPrivateAddress, plainAddress } from "./caller.ts";

const CONFIG: CallerConfig = { relativePath: "", hostname: undefined, proxyHeaders: undefined, proxyTrustedAddresses: [] };

/** Who a request seems to come from; the peer is 203.0.113.9 unless said otherwise. */
async function callerOf(
  config: Partial<CallerConfig>,
  headers: Readonly<Record<string, string>> = {},
  remoteAddress = "203.0.113.9",
): Promise<Caller> {
  const app = Fastify();
  const read = callerReader({ ...CONFIG, ...config });
  app.get("/", async (http) => read(http));
  const answer = await app.inject({ method: "GET", url: "/", headers: { host: "id.example", ...headers }, remoteAddress });
  await app.close();
  return answer.json();
}
const X = {
  "x-forwarded-for": "198.51.100.7",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "public.example",
  "x-forwarded-port": "8443",
};
const FORWARDED = { forwarded: 'for="198.51.100.7:4711";proto=https;host=public.example' };
const DIRECT = { ipAddress: "203.0.113.9", secure: false, baseUrl: "http://id.example" };

describe("SEC-EP-15 forwarded headers count only in the configured style and from trusted peers", () => {
  test.each<readonly [string, Partial<CallerConfig>, Readonly<Record<string, string>>, Partial<Caller>]>([
    ["no headers", {}, {}, DIRECT],
    ["headers that nobody asked for", {}, { ...X, ...FORWARDED }, DIRECT],
    ["the other style", { proxyHeaders: "forwarded" }, X, DIRECT],
    ["the other style again", { proxyHeaders: "xforwarded" }, FORWARDED, DIRECT],
    ["an untrusted peer", { proxyHeaders: "xforwarded", proxyTrustedAddresses: ["10.0.0.0/8"] }, X, DIRECT],
    [
      "a trusted peer",
      { proxyHeaders: "xforwarded", proxyTrustedAddresses: ["203.0.113.0/24"] },
      X,
      { ipAddress: "198.51.100.7", secure: true, baseUrl: "https://public.example:8443" },
    ],
    [
      "a trusted peer by address",
      { proxyHeaders: "forwarded", proxyTrustedAddresses: ["203.0.113.9"] },
      FORWARDED,
      { ipAddress: "198.51.100.7", secure: true, baseUrl: "https://public.example" },
    ],
    ["no list of peers trusts whoever speaks", { proxyHeaders: "xforwarded" }, X, { ipAddress: "198.51.100.7", secure: true }],
    [
      "the first of several addresses",
      { proxyHeaders: "xforwarded" },
      { "x-forwarded-for": "198.51.100.7, 10.0.0.1" },
      { ipAddress: "198.51.100.7" },
    ],
    [
      "with a list, the last address that is no proxy of ours: what a caller sent before it is not believed",
      { proxyHeaders: "xforwarded", proxyTrustedAddresses: ["203.0.113.0/24", "10.0.0.0/8"] },
      { "x-forwarded-for": "127.0.0.1, 198.51.100.7, 10.0.0.1" },
      { ipAddress: "198.51.100.7" },
    ],
    [
      "the same in the standard header",
      { proxyHeaders: "forwarded", proxyTrustedAddresses: ["203.0.113.0/24"] },
      { forwarded: 'for=127.0.0.1, for="198.51.100.7:99";proto=https' },
      { ipAddress: "198.51.100.7" },
    ],
    ["an address that is none", { proxyHeaders: "xforwarded" }, { "x-forwarded-for": "<script>" }, DIRECT],
    ["a scheme that is none", { proxyHeaders: "xforwarded" }, { "x-forwarded-proto": "javascript" }, DIRECT],
    ["a port that is none", { proxyHeaders: "xforwarded" }, { "x-forwarded-port": "80/evil" }, DIRECT],
    [
      "the usual port is not shown",
      { proxyHeaders: "xforwarded" },
      { "x-forwarded-proto": "https", "x-forwarded-port": "443" },
      { baseUrl: "https://id.example" },
    ],
    ["an IPv6 address with a port", { proxyHeaders: "forwarded" }, { forwarded: 'for="[2001:db8::1]:99"' }, { ipAddress: "2001:db8::1" }],
    [
      "a hidden address",
      { proxyHeaders: "forwarded" },
      { forwarded: "for=_hidden;proto=https" },
      { ipAddress: "203.0.113.9", secure: true },
    ],
  ])("%s", async (_title, config, headers, expected) => expect(await callerOf(config, headers)).toMatchObject(expected));
});

describe("SEC-EP-15 the issuer comes from configuration where there is one", () => {
  test("a URL is taken whole, whatever the request says", async () => {
    const hostname = { kind: "url", url: "https://id.example/auth" } as const;
    for (const headers of [{}, { host: "evil.example" }, X])
      expect((await callerOf({ hostname, proxyHeaders: "xforwarded" }, headers)).baseUrl).toBe("https://id.example/auth");
  });
  test("a host is taken; scheme and port are the request's", async () => {
    const hostname = { kind: "host", host: "id.example" } as const;
    expect((await callerOf({ hostname }, { host: "evil.example:8080" })).baseUrl).toBe("http://id.example:8080");
    expect((await callerOf({ hostname, proxyHeaders: "xforwarded" }, X)).baseUrl).toBe("https://id.example:8443");
  });
  test.each([
    ["user@evil.example", "http://evil.example"],
    ["evil.example/path", "http://evil.example"],
    ["evil.example?x", "http://evil.example"],
    ["a b", "http://localhost"],
  ])("without one a host header is never more than a host: %s", async (host, expected) =>
    expect((await callerOf({}, { host })).baseUrl).toBe(expected),
  );
  test("the relative path belongs to it", async () =>
    expect((await callerOf({ relativePath: "/auth" })).baseUrl).toBe("http://id.example/auth"));
});

test("an IPv4 address in IPv6 clothes is an IPv4 address", async () => {
  expect(plainAddress("::ffff:10.0.0.1")).toBe("10.0.0.1");
  expect((await callerOf({}, {}, "::ffff:198.51.100.1")).ipAddress).toBe("198.51.100.1");
});

test("private, loopback and link-local networks may use plain HTTP, nothing else may", () => {
  for (const address of [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.1.1",
    "::1",
    "fd00::1",
    "fe80::1",
  ])
    expect([address, isPrivateAddress(address)]).toEqual([address, true]);
  for (const address of ["8.8.8.8", "172.32.0.1", "11.0.0.1", "192.169.0.1", "2001:db8::1", "", "localhost", "127.0.0.1.evil.example"])
    expect([address, isPrivateAddress(address)]).toEqual([address, false]);
});

test("a token's issuer does not follow the host header of a server with a hostname, and a realm may want HTTPS from afar", async () => {
  const server = await testServer([exchangeRealm("native")]);
  const { access_token } = await signIn(server, { client_id: "frontend" }, "shop");
  expect(claimsOf(access_token)["iss"]).toBe("http://localhost:8080/realms/shop");
  const from = (remoteAddress: string) =>
    server.app.inject({
      method: "POST",
      url: "/realms/shop/protocol/openid-connect/token",
      remoteAddress,
      headers: { "content-type": "application/x-www-form-urlencoded", host: "evil.example" },
      payload: "grant_type=password&client_id=frontend&username=alice&password=password",
    });
  expect((await from("10.0.0.1")).statusCode).toBe(200);
  expect((await from("8.8.8.8")).json()).toMatchObject({ error: "invalid_request" });
  await server.close();
});
