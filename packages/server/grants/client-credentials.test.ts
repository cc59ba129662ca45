import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { basic, claimsOf, type TestServer, testServer } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";

describe.each(["native", "keycloak"] as const)("a client's own sign-in, %s", (dialect) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer([walkRealm(dialect)]);
  });
  afterAll(() => server.close());

  test("has no session, which Keycloak's event names all the same", async () => {
    const form = { grant_type: "client_credentials" };
    const answer = await server.post("/realms/walk/protocol/openid-connect/token", form, basic("conf", "secret-of-conf"));
    expect(claimsOf(answer.json<{ readonly access_token: string }>().access_token)).not.toHaveProperty("sid");
    const { type, sessionId } = server.events.at(-1) ?? {};
    expect([type, sessionId]).toEqual(["CLIENT_LOGIN", dialect === "native" ? undefined : expect.stringMatching(/^[\da-f-]{36}$/)]);
  });
});
