import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCESS_TOKEN, decode, secretOf, realmClient, TOKEN_EXCHANGE } from "./client.ts";
import { type RawAnswer, sendBytes, sendRaw } from "./http-bytes.ts";
import { serverUnderTest, WORKSHOP } from "./server.ts";

/** Whatever comes, the token endpoint refuses it in JSON, and the next good request works. */

let server: Awaited<ReturnType<typeof serverUnderTest>>;
let tokenUrl: string;
let subject: string;

beforeAll(async () => {
  server = await serverUnderTest({ realms: [WORKSHOP] });
  const workshop = realmClient(server.baseUrl, "workshop");
  tokenUrl = workshop.tokenUrl;
  subject = (await workshop.signIn({ client_id: "storefront" }, "ada")).access_token;
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** A good exchange as a form body. */
const good = (): string =>
  new URLSearchParams({
    grant_type: TOKEN_EXCHANGE,
    client_id: "gate",
    client_secret: "gate-secret",
    subject_token: subject,
    subject_token_type: ACCESS_TOKEN,
    audience: "orders",
  }).toString();
const replaced = (name: string, value: string): string => good().replace(new RegExp(`(^|&)${name}=[^&]*`), `$1${name}=${value}`);
const anonymous = (): string => good().replace(/&client_(id|secret)=[^&]*/g, "");
const withMore = (more: string): string => `${good()}&${more}`;
const form = { "content-type": "application/x-www-form-urlencoded" };

type Body = readonly [name: string, body: () => string | Buffer, headers?: Readonly<Record<string, string>>];
const BODIES: readonly Body[] = [
  ["nothing", () => ""],
  ["only separators", () => "&&&==&=&"],
  ["a body over 64 KiB", () => withMore(`filler=${"x".repeat(66_000)}`)],
  ["a body of 1 MiB", () => withMore(`filler=${"x".repeat(1_048_576)}`)],
  ["201 parameters", () => withMore(Array.from({ length: 196 }, (_, index) => `p${index}=1`).join("&"))],
  ["an undecodable percent sign", () => withMore("scope=%zz")],
  ["a percent sign at the end", () => withMore("scope=openid%")],
  ["percent-encoded bytes that are not UTF-8", () => withMore("scope=%ff%fe")],
  ["bytes that are not UTF-8", () => Buffer.concat([Buffer.from(withMore("scope=")), Buffer.from([0xff, 0xfe, 0x80])])],
  ["an overlong encoding", () => withMore("scope=%c0%af")],
  ["a scope with a tab", () => withMore("scope=openid%09profile")],
  ["a scope with a line break", () => withMore("scope=openid%0d%0aprofile")],
  ["an audience of 10 KB", () => replaced("audience", "a".repeat(10_240))],
  ["a NUL in the audience", () => replaced("audience", "orders%00")],
  ["a NUL in the client id", () => replaced("client_id", "gate%00")],
  ["a NUL in the secret", () => replaced("client_secret", "gate-secret%00")],
  ["a NUL in the requested subject", () => withMore("requested_subject=ben%00")],
  ["21 audiences", () => good().replace("audience=orders", Array.from({ length: 21 }, () => "audience=orders").join("&"))],
  [
    "20 audiences and a resource",
    () => withMore(`${Array.from({ length: 19 }, () => "audience=orders").join("&")}&resource=https%3A%2F%2Forders.example%2Fapi`),
  ],
  ["an audience that is a prototype member", () => replaced("audience", "__proto__")],
  ["an audience that is a constructor", () => replaced("audience", "constructor")],
  ["a client id of 4 KB", () => replaced("client_id", "c".repeat(4096))],
  ["a requested subject of 10 KB", () => withMore(`requested_subject=${"u".repeat(10_240)}`)],
  ["a requested subject of SQL", () => withMore("requested_subject=%27%20OR%201%3D1%20--")],
  ["a subject token of dots", () => replaced("subject_token", ".".repeat(10_000))],
  ["a subject token over 16 KiB", () => replaced("subject_token", "A".repeat(16_385))],
  ["a subject token with a changed last character", () => replaced("subject_token", lastCharacterChanged(subject))],
  ["a subject token whose header is an array", () => replaced("subject_token", `${Buffer.from("[]").toString("base64url")}.e30.AA`)],
  [
    "a subject token with a member twice",
    () => replaced("subject_token", `${Buffer.from('{"alg":"RS256","alg":"none"}').toString("base64url")}.e30.AA`),
  ],
  ["JSON", () => JSON.stringify({ grant_type: TOKEN_EXCHANGE }), { "content-type": "application/json" }],
  ["a form called text", () => good(), { "content-type": "text/plain" }],
  ["a content type that is none", () => good(), { "content-type": ";;;" }],
  ["multipart without boundary", () => good(), { "content-type": "multipart/form-data" }],
  [
    "multipart that is cut off",
    () => '--b\r\ncontent-disposition: form-data; name="grant_type"\r\n\r\nx',
    { "content-type": "multipart/form-data; boundary=b" },
  ],
  ["an Authorization header that is not base64", () => anonymous(), { ...form, authorization: "Basic %%%%" }],
  ["an Authorization header of 15 KB", () => anonymous(), { ...form, authorization: `Basic ${"A".repeat(15_000)}` }],
  ["an Authorization header with a bad escape in the secret", () => anonymous(), { ...form, authorization: `Basic ${btoa("gate:%zz")}` }],
  ["an Authorization header of another scheme", () => anonymous(), { ...form, authorization: "Negotiate AAAA" }],
];

describe("the token endpoint answers 4xx in JSON to", () => {
  test.each(BODIES.map((each) => ({ name: each[0], each })))("$name", async ({ each: [, body, headers = {}] }) => {
    const answer = await sendBytes(tokenUrl, body(), { headers });
    expect(oddities(answer)).toEqual([]);
    expect(await statusOfGood()).toBe(200);
  });

  test.each(["GET", "PUT", "DELETE", "PATCH"])("%s (SEC-EP-07)", async (method) => {
    const answer = await sendBytes(tokenUrl, method === "GET" ? "" : good(), { method });
    expect(answer.status).toBe(405);
    expect(oddities(answer)).toEqual([]);
  });

  test("tokens in the query (SEC-EP-07)", async () => {
    expect(oddities(await sendBytes(`${tokenUrl}?${good()}`, ""))).toEqual([]);
  });

  test("headers of more than 16 KiB", async () => {
    expect(oddities(await sendBytes(tokenUrl, good(), { headers: { "x-filler": "x".repeat(20_000) } }))).toEqual([]);
    expect(await statusOfGood()).toBe(200);
  });

  test("a thousand headers", async () => {
    const headers = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x-${index}`, "1"]));
    const answer = await sendBytes(tokenUrl, good(), { headers });
    expect(answer.status).toBeLessThan(500);
    expect(await statusOfGood()).toBe(200);
  });

  test("a request that is no HTTP", async () => {
    expect(await sendRaw(tokenUrl, "EHLO example.com\r\n\r\n")).toMatch(/^(HTTP\/1\.1 400 |$)/);
    expect(await statusOfGood()).toBe(200);
  });

  test("a head that is too long is answered by a head alone, since HEAD has no body", async () => {
    const { pathname, host } = new URL(tokenUrl);
    const answer = await sendRaw(tokenUrl, `HEAD ${pathname}?token=${"a".repeat(17_000)} HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
    expect(answer).toBe("HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    expect(await statusOfGood()).toBe(200);
  });

  test("two lengths, or a length and chunks", async () => {
    const { pathname, host } = new URL(tokenUrl);
    const start = `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\n`;
    expect(await sendRaw(tokenUrl, `${start}content-length: 3\r\ncontent-length: 4\r\n\r\nabcd`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await sendRaw(tokenUrl, `${start}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await statusOfGood()).toBe(200);
  });

  test.each(["%00", "..%2f..%2fmaster", "%ff", "a".repeat(3000), "__proto__", "%2e%2e"])("a realm called %s", async (realm) => {
    expect(oddities(await sendBytes(`${server.baseUrl}/realms/${realm}/protocol/openid-connect/token`, good()))).toEqual([]);
  });
});

function lastCharacterChanged(token: string): string {
  // An unused bit of the last character: the same bytes for a decoder that does not look (SEC-JOSE-02).
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(token.at(-1) ?? "A");
  return token.slice(0, -1) + alphabet[last ^ 1];
}

/** What is wrong with an answer that should be a refusal in JSON. */
function oddities({ status, contentType, text }: RawAnswer): readonly string[] {
  const found: string[] = [];
  if (status < 400 || status > 499) found.push(`status ${status}`);
  if (!contentType?.startsWith("application/json")) found.push(`type ${contentType}`);
  if (!/^\{"error":".+"/.test(text)) found.push(`body ${text.slice(0, 200)}`);
  // SEC-EP-20: no stack, path or statement.
  if (/node_modules|\.ts:\d+|SQLITE|at Object/.test(text)) found.push(`tells too much: ${text}`);
  return found;
}

const statusOfGood = async (): Promise<number> => (await sendBytes(tokenUrl, good())).status;

test("a content encoding is not decoded", async () => {
  const answer = await sendBytes(tokenUrl, good(), { headers: { ...form, "content-encoding": "gzip" } });
  expect(answer.status).toBeLessThan(500);
});

test("a good multipart form is read like any form", async () => {
  const data = new FormData();
  for (const [name, value] of new URLSearchParams(good())) data.append(name, value);
  const reply = await fetch(tokenUrl, { method: "POST", body: data });
  expect(reply.status).toBe(200);
});

test("parameters nobody knows are ignored (SEC-EP-20)", async () => {
  const answer = await realmClient(server.baseUrl, "workshop").exchange(subject, {
    ...secretOf("gate"),
    audience: "orders",
    unheard_of: "1",
  });
  expect(decode(answer.body["access_token"]).claims["aud"]).toBe("orders");
});
