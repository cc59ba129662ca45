import { expect, test } from "vitest";
import { ValueProblem } from "./config-error.ts";
import { instantOf, quote, VALUE_TYPES, type ValueType } from "./value-types.ts";

const parse = (type: ValueType, text: string, values: readonly string[] = []): unknown => VALUE_TYPES[type].parse(text, values);

test.each([
  ["port", "0", 0],
  ["port", "65535", 65_535],
  ["workers", "4", 4],
  ["boolean", "TRUE", true],
  ["seconds", "30d", 2_592_000],
  ["seconds", "12h", 43_200],
  ["seconds", "7", 604_800],
  ["bytes", "500m", 524_288_000],
  ["bytes", "2G", 2_147_483_648],
  ["bytes", "1048576", 1_048_576],
  ["relative-path", "/", ""],
  ["relative-path", "/auth/", "/auth"],
  ["relative-path", "/a/b", "/a/b"],
  ["host", "[::1]", "::1"],
  ["names", "a, b,,a", ["a", "b"]],
  ["addresses", "10.0.0.0/8, ::1", ["10.0.0.0/8", "::1"]],
  ["flag-or-path", "true", true],
  ["flag-or-path", "realms/a.json", "realms/a.json"],
  ["hostname", "SSO.example.com", { kind: "host", host: "sso.example.com" }],
  ["hostname", "::1", { kind: "host", host: "[::1]" }],
  ["hostname", "https://sso.example.com/auth/", { kind: "url", url: "https://sso.example.com/auth" }],
  ["hostname", "https://sso.example.com:443", { kind: "url", url: "https://sso.example.com" }],
] as const)("%s %s is understood", (type, text, value) => {
  expect(parse(type, text)).toEqual(value);
});

test.each([
  ["port", "65536"],
  ["port", "-1"],
  ["port", "80.5"],
  ["port", "0x50"],
  ["workers", "0"],
  ["boolean", "yes"],
  ["seconds", "0"],
  ["seconds", "30 days"],
  ["bytes", "1k"],
  ["bytes", "lots"],
  ["relative-path", "auth"],
  ["relative-path", "/a/../b"],
  ["relative-path", "//evil.example"],
  ["host", "a b"],
  ["host", "http://localhost"],
  ["addresses", "10.0.0.0/33"],
  ["addresses", "proxy.example.com"],
  ["addresses", "10.0.0.0/8/8"],
  ["hostname", "sso.example.com:8443"],
  ["hostname", "sso.example.com/auth"],
  ["hostname", "ftp://sso.example.com"],
  ["hostname", "https://user:password@sso.example.com"],
  ["hostname", "https://sso.example.com?x=1"],
  ["hostname", "https://sso.example.com#"],
  ["hostname", "https://"],
  ["instant", "yesterday"],
  ["instant", "2026-13-01"],
] as const)("%s %s is refused", (type, text) => {
  expect(() => parse(type, text)).toThrow(ValueProblem);
});

test("a port that Kubernetes put there says so", () => {
  expect(() => parse("port", "tcp://10.0.0.1:8080")).toThrow(/enableServiceLinks/);
});

test("a list refuses an unknown word with the nearest one", () => {
  expect(parse("list", "realm,clientid", ["realm", "idp", "clientId"])).toEqual(["realm", "clientId"]);
  expect(() => parse("list", "realm,clentId", ["realm", "idp", "clientId"])).toThrow(/did you mean clientId\?/);
});

test("an age counts back from now, a time stands for itself", () => {
  expect(instantOf("90m", 10_000_000)).toBe(10_000_000 - 5_400_000);
  expect(instantOf("2026-11-22T10:00:00Z", 0)).toBe(Date.UTC(2026, 10, 22, 10));
});

test("a quoted value shows no control characters and is cut short", () => {
  expect(quote("a\nb\u001b[31m")).toBe('"a\\nb\\u001b[31m"');
  expect(quote("x".repeat(500)).length).toBeLessThan(70);
});
