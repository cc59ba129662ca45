import { afterAll, beforeAll, expect, test } from "vitest";
import { adminOf, masterRealm } from "../testing/admin.ts";
import { type TestServer, testServer } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

let server: TestServer;
let authorization: string;
beforeAll(async () => {
  server = await testServer([masterRealm(), walkRealm("keycloak")]);
  authorization = `Bearer ${(await adminOf(server)).token}`;
});
afterAll(() => server.close());

const NOT_FOUND = [404, { error: "HTTP 404 Not Found" }];
const NOT_ALLOWED = [405, { error: "HTTP 405 Method Not Allowed" }];
const call = async (method: "GET" | "POST" | "PUT" | "DELETE" | "PATCH", url: string, headers = {}) => {
  const answer = await server.app.inject({ method, url: `/admin${url}`, headers });
  return [answer.statusCode, answer.json()];
};

test.each([
  ["GET", "/realms/walk/partial-export", NOT_FOUND],
  ["POST", "/realms/walk", NOT_FOUND],
  ["POST", "/realms/walk/clients/any", NOT_FOUND],
  ["GET", "/realms/walk/users/any/reset-password", NOT_FOUND],
  ["PUT", "/realms/walk/users", NOT_ALLOWED],
  ["DELETE", "/realms/walk/clients", NOT_ALLOWED],
  ["POST", "/realms/walk/keys", NOT_ALLOWED],
  ["PUT", "/realms/walk/users/any/role-mappings/realm", NOT_ALLOWED],
  ["PATCH", "/realms/walk/partial-export", NOT_ALLOWED],
  ["PUT", "/realms", NOT_ALLOWED],
] as const)("%s %s, a verb that the path does not have", async (method, url, answer) => {
  expect(await call(method, url, { authorization })).toEqual(answer);
  expect(await call(method, url)).toEqual([401, { error: "HTTP 401 Unauthorized" }]);
});

test("unknown paths beside the realms have no verb at all, with a token or without", async () => {
  for (const headers of [{}, { authorization }]) expect(await call("GET", "/nonsense", headers)).toEqual(NOT_ALLOWED);
  expect(await call("GET", "/realms/walk/nonsense", { authorization })).toEqual(NOT_FOUND);
  expect(await call("GET", "/walk/console/", { authorization })).toEqual(NOT_FOUND);
});
