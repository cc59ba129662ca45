import { expect, test } from "vitest";
import { parseConfFile } from "./conf-file.ts";

const pairs = (text: string, env: Record<string, string> = {}): string[][] =>
  parseConfFile(text, env).map(({ key, value }) => [key, value]);

test("comments and empty lines are nothing, and lines keep their numbers", () => {
  expect(parseConfFile("# a comment\n\n  ! another\n  http-port = 8081  \r\nhostname:sso.example.com", {})).toEqual([
    { key: "http-port", value: "8081", line: 4 },
    { key: "hostname", value: "sso.example.com", line: 5 },
  ]);
});

test("a value keeps its own equals signs, colons and number signs", () => {
  expect(pairs("hostname=https://sso.example.com:8443/auth\nlog-level=INFO,a.b:debug\nx=a#b=c")).toEqual([
    ["hostname", "https://sso.example.com:8443/auth"],
    ["log-level", "INFO,a.b:debug"],
    ["x", "a#b=c"],
  ]);
});

test("a backslash at the end joins lines, elsewhere it escapes", () => {
  expect(pairs("features=token-exchange,\\\n   impersonation\npath=a\\\\b\\u0041\\=")).toEqual([
    ["features", "token-exchange,impersonation"],
    ["path", "a\\bA="],
  ]);
});

test("${NAME} stands for an environment variable, with a default after a colon", () => {
  expect(pairs("a=${PORT}\nb=${NOT_SET:9}\nc=x${PORT}y${NOT_SET:}z", { PORT: "8081" })).toEqual([
    ["a", "8081"],
    ["b", "9"],
    ["c", "x8081yz"],
  ]);
});

test("a line that is none and a variable that is not set are problems of their line", () => {
  expect(parseConfFile("\uFEFFhttp-port 8081\nhostname=${HOST}", {})).toEqual([
    { key: "", value: "", line: 1, problem: "is not of the form key=value" },
    { key: "hostname", value: "", line: 2, problem: "refers to the environment variable HOST, which is not set" },
  ]);
});
