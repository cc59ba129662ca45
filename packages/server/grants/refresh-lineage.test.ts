import { afterAll, beforeAll, expect, test } from "vitest";
import { basic, signIn, testServer, type TestServer } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

const TOKEN = "/realms/walk/protocol/openid-connect/token";
const CONF = basic("conf", "secret-of-conf");

let server: TestServer;
beforeAll(async () => {
  server = await testServer([
    walkRealm("keycloak", { attributes: { "cambist.compatibility": "keycloak", "cambist.chain.max-depth": "1" } }),
  ]);
});
afterAll(() => server.close());

const exchange = (subjectToken: string) =>
  server.post(TOKEN, { grant_type: "urn:ietf:params:oauth:grant-type:token-exchange", subject_token: subjectToken }, CONF);

test("SEC-TX-17 a refresh does not begin a new chain", async () => {
  const first = (await exchange((await signIn(server)).access_token)).json();
  expect((await exchange(first.access_token)).json()).toEqual({ error: "invalid_request", error_description: "Invalid token" });
  let { refresh_token: refreshToken } = first;
  for (let round = 0; round < 2; round++) {
    const refreshed = (await server.post(TOKEN, { grant_type: "refresh_token", refresh_token: refreshToken }, CONF)).json();
    expect((await exchange(refreshed.access_token)).json()).toEqual({ error: "invalid_request", error_description: "Invalid token" });
    refreshToken = refreshed.refresh_token;
  }
  expect(server.events.at(-1)?.facts).toMatchObject({ refusal: "chain_too_deep" });
});
