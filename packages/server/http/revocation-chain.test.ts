import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ACCESS_TOKEN, bench, type Bench, EXCHANGE, type Parameters, REFRESH_TOKEN } from "../testing/bench.ts";
import { exchangeRealm, person } from "../testing/exchange-realm.ts";
import { claimsOf, testServer, type TestServer, type Tokens } from "../testing/test-server.ts";
import { confidential } from "../testing/walk-realm.ts";

/** Clients that all have the standard exchange with refresh tokens, and are in the audience of each other's tokens. */
const NAMES = ["one", "two", "three", "four"];
const relays = (dialect: "native" | "keycloak") => ({
  realm: "relays",
  enabled: true,
  attributes: { "cambist.compatibility": dialect },
  clients: NAMES.map((clientId) =>
    confidential(clientId, {
      directAccessGrantsEnabled: true,
      attributes: {
        "standard.token.exchange.enabled": "true",
        "standard.token.exchange.enableRefreshRequestedTokenType": "SAME_SESSION",
      },
      protocolMappers: NAMES.map((name) => ({
        name,
        protocol: "openid-connect",
        protocolMapper: "oidc-audience-mapper",
        config: { "included.client.audience": name, "access.token.claim": "true" },
      })),
    }),
  ),
  users: [person("alice")],
});

type Answer = Tokens & Readonly<Record<string, unknown>>;
const servers = {} as Record<"native" | "keycloak", TestServer>;
beforeAll(async () => {
  for (const dialect of ["native", "keycloak"] as const)
    servers[dialect] = await testServer([relays(dialect), exchangeRealm(dialect, { attributes: { "cambist.chain.max-depth": "4" } })]);
}, 60_000);
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

/** The realm as its clients see it. */
function callsOf(shop: Bench, realm: string) {
  const path = (name: string): string => `/realms/${realm}/protocol/openid-connect/${name}`;
  const as = (clientId: string): Parameters => (clientId === "frontend" ? { client_id: clientId } : shop.as(clientId));
  const post = async (name: string, form: Parameters): Promise<Answer> => (await shop.server.post(path(name), form)).json();
  return {
    as,
    signIn: (client: string) => shop.signIn("alice", as(client)),
    exchange: (client: string, { access_token }: Answer | Tokens, type = REFRESH_TOKEN, form: Parameters = {}) =>
      post("token", {
        grant_type: EXCHANGE,
        subject_token: access_token,
        subject_token_type: ACCESS_TOKEN,
        requested_token_type: type,
        ...as(client),
        ...form,
      }),
    refresh: (client: string, { refresh_token }: Answer | Tokens) =>
      post("token", { grant_type: "refresh_token", refresh_token, ...as(client) }),
    revoke: async (client: string, token: string): Promise<number> => {
      const answer = await shop.server.post(path("revoke"), { token, ...as(client) });
      if (answer.body !== "") throw new Error(answer.body);
      return answer.statusCode;
    },
    logout: (client: string, { refresh_token }: Tokens) => shop.server.post(path("logout"), { refresh_token, ...as(client) }),
    /** Whether each of the access tokens is active. */
    active: (asker: string, ...answers: readonly (Answer | Tokens)[]): Promise<unknown[]> =>
      Promise.all(answers.map(async ({ access_token: token }) => (await post("token/introspect", { token, ...as(asker) }))["active"])),
    ended: () => shop.server.events.at(-1)?.details["token_exchange_revoked_clients"]?.split(",").toSorted(),
  };
}

describe("SEC-EP-09 the standard exchange as Keycloak 26.7.4 ends it", () => {
  let calls: ReturnType<typeof callsOf>;
  let first: Answer;
  let second: Answer;
  let third: Answer;
  let begun: Tokens;
  beforeAll(() => void (calls = callsOf(bench(servers.keycloak, "keycloak", "relays"), "relays")));
  beforeEach(async () => {
    begun = await calls.signIn("one");
    first = await calls.exchange("two", begun);
    second = await calls.exchange("three", first);
    third = await calls.exchange("four", second);
  });

  test("all of a chain is active while nothing has ended", async () => {
    expect(await calls.active("one", begun, first, second, third)).toEqual([true, true, true, true]);
  });

  test("revoking a refresh token takes out all clients down the chain, and the session with the last", async () => {
    expect(await calls.revoke("one", begun.refresh_token)).toBe(200);
    expect(calls.ended()).toEqual(["four", "three", "two"]);
    expect(await calls.active("one", begun, first, second, third)).toEqual([false, false, false, false]);
    expect(await calls.refresh("two", first)).toEqual({ error: "invalid_grant", error_description: "Session not active" });
  });

  test("so does revoking an access token, which leaves the session and its refresh token", async () => {
    expect(await calls.revoke("one", begun.access_token)).toBe(200);
    expect(calls.ended()).toEqual(["four", "three", "two"]);
    expect(await calls.active("one", begun, first, second, third)).toEqual([false, false, false, false]);
    expect(await calls.refresh("four", third)).toEqual({
      error: "invalid_grant",
      error_description: "Session doesn't have required client",
    });
    expect(await calls.refresh("one", begun)).toHaveProperty("access_token");
  });

  test("any access token of the client in that session will do", async () => {
    const again = await calls.refresh("one", begun);
    await calls.revoke("one", again.access_token);
    expect(await calls.active("one", begun, first)).toEqual([true, false]);
  });

  test("the middle of a chain takes what is below it and leaves what is above", async () => {
    await calls.revoke("two", first.refresh_token);
    expect(calls.ended()).toEqual(["four", "three"]);
    expect(await calls.active("one", begun, first, second, third)).toEqual([true, false, false, false]);
  });

  test("a client that exchanged its own token is in the list after an access token, not after a refresh token", async () => {
    await calls.exchange("one", begun);
    await calls.revoke("one", begun.access_token);
    expect(calls.ended()).toContain("one");
    const other = await calls.signIn("one");
    await calls.exchange("one", other);
    await calls.revoke("one", other.refresh_token);
    expect(calls.ended()).toBeUndefined();
  });

  test("a token without a part in the session lives on while the session does", async () => {
    const other = await calls.signIn("one");
    const transient = await calls.exchange("two", other, ACCESS_TOKEN);
    await calls.revoke("one", other.access_token);
    expect(calls.ended()).toBeUndefined();
    expect(await calls.active("one", other, transient)).toEqual([false, true]);
    await calls.revoke("one", other.refresh_token);
    expect(await calls.active("one", transient)).toEqual([false]);
  });

  test("a refreshed token hands down nothing of what its client remembers", async () => {
    const other = await calls.signIn("one");
    const refreshed = await calls.refresh("two", await calls.exchange("two", other));
    const made = await calls.exchange("three", refreshed);
    await calls.revoke("one", other.access_token);
    expect(calls.ended()).toEqual(["two"]);
    expect(await calls.active("one", refreshed, made)).toEqual([false, true]);
  });

  test("a client that comes back does not bring back the tokens it had", async () => {
    await calls.revoke("two", first.refresh_token);
    servers.keycloak.advance(3);
    const again = await calls.exchange("two", begun);
    expect(await calls.active("one", first, again)).toEqual([false, true]);
    expect(await calls.refresh("two", first)).toEqual({
      error: "invalid_grant",
      error_description: "refresh token issued before the client session started",
    });
  });

  test("a logout ends them all", async () => {
    expect((await calls.logout("one", begun)).statusCode).toBe(204);
    expect(await calls.active("one", begun, first, second, third)).toEqual([false, false, false, false]);
  });
});

describe("SEC-EP-09 SEC-INV-8 native: a token ends with every token it was exchanged from", () => {
  let calls: ReturnType<typeof callsOf>;
  const V1 = "portal";
  let begun: Tokens;
  let first: Answer;
  let second: Answer;
  beforeAll(() => void (calls = callsOf(bench(servers.native, "native"), "shop")));
  beforeEach(async () => {
    begun = await calls.signIn("frontend");
    first = await calls.exchange(V1, begun, REFRESH_TOKEN, { audience: "orders" });
    second = await calls.exchange("orders", first, REFRESH_TOKEN);
  });
  /** What each of the two exchanged tokens is still good for. */
  const uses = async (): Promise<unknown> => ({
    active: await calls.active("orders", first, second),
    refreshed: [(await calls.refresh(V1, first))["error"], (await calls.refresh("orders", second))["error"]],
    exchanged: [(await calls.exchange("orders", first))["error"], (await calls.exchange("orders", second))["error"]],
  });
  const NONE = {
    active: [false, false],
    refreshed: ["invalid_grant", "invalid_grant"],
    exchanged: ["invalid_token", "invalid_token"],
  };

  test("while nothing has ended, all is good", async () => {
    const nothing = [undefined, undefined];
    expect(await uses()).toEqual({ active: [true, true], refreshed: nothing, exchanged: nothing });
  });

  test("with the access token at the beginning", async () => {
    expect(await calls.revoke("frontend", begun.access_token)).toBe(200);
    expect(await uses()).toEqual(NONE);
  });

  test("with the refresh token at the beginning", async () => {
    expect(await calls.revoke("frontend", begun.refresh_token)).toBe(200);
    expect(await uses()).toEqual(NONE);
  });

  test("with a logout", async () => {
    expect((await calls.logout("frontend", begun)).statusCode).toBe(204);
    expect(await uses()).toEqual(NONE);
  });

  test("but not with another token of the same client", async () => {
    const again = await calls.refresh("frontend", begun);
    await calls.revoke("frontend", again.access_token);
    expect(await calls.active("orders", first, second)).toEqual([true, true]);
    expect(await calls.refresh(V1, first)).toHaveProperty("access_token");
  });

  test("the middle of a chain takes what is below it and leaves what is above", async () => {
    await calls.revoke(V1, first.access_token);
    expect(await calls.active("orders", first, second)).toEqual([false, false]);
    expect(await calls.exchange(V1, begun, ACCESS_TOKEN, { audience: "orders" })).toHaveProperty("access_token");
  });

  test("what was refreshed since ends too, and stays ended when the revoked token has expired", async () => {
    const refreshed = await calls.refresh(V1, first);
    const below = await calls.exchange("orders", refreshed, ACCESS_TOKEN);
    expect(await calls.active("orders", refreshed, below)).toEqual([true, true]);
    await calls.revoke("frontend", begun.access_token);
    expect(await calls.active("orders", refreshed, below)).toEqual([false, false]);
    servers.native.advance(301);
    await servers.native.store.sweep(Math.floor(servers.native.services.clock() / 1000));
    expect(await calls.refresh(V1, refreshed)).toMatchObject({ error: "invalid_grant" });
    servers.native.advance(-301);
  });

  test("a refresh keeps what it came from, hop by hop", async () => {
    const refreshed = await calls.refresh("orders", await calls.refresh("orders", second));
    expect(await calls.active("orders", refreshed)).toEqual([true]);
    await calls.revoke(V1, first.access_token);
    expect(await calls.active("orders", refreshed)).toEqual([false]);
    expect(await calls.refresh("orders", refreshed)).toMatchObject({ error: "invalid_grant" });
  });

  test("a holder that comes back into the session brings back nothing", async () => {
    await calls.revoke(V1, first.refresh_token);
    expect(await calls.active("orders", first, second)).toEqual([false, false]);
    servers.native.advance(3);
    const again = await calls.exchange(V1, begun, ACCESS_TOKEN, { audience: "orders" });
    expect(await calls.active("orders", again, first, second)).toEqual([true, false, false]);
    servers.native.advance(-3);
  });

  test("of an impersonation too, whose session is another one", async () => {
    const operator = await bench(servers.native, "native").signIn("operator");
    const become = (): Promise<Answer> => calls.exchange(V1, operator, ACCESS_TOKEN, { requested_subject: "bob" });
    const impersonated = await become();
    expect(claimsOf(impersonated.access_token)["sid"]).not.toBe(claimsOf(operator.access_token)["sid"]);
    expect(await calls.active(V1, impersonated)).toEqual([true]);
    await calls.logout("frontend", operator);
    expect(await calls.active(V1, impersonated)).toEqual([false]);
  });

  test("the standard exchange holds nothing in the session and ends all the same", async () => {
    const relay = callsOf(bench(servers.native, "native", "relays"), "relays");
    for (const end of [(tokens: Tokens) => tokens.access_token, (tokens: Tokens) => tokens.refresh_token]) {
      const tokens = await relay.signIn("one");
      // It keeps the session alive, whatever becomes of the others.
      const below = await relay.exchange("three", await relay.exchange("two", tokens, ACCESS_TOKEN), ACCESS_TOKEN);
      await relay.exchange("four", tokens);
      expect(await relay.active("one", below)).toEqual([true]);
      await relay.revoke("one", end(tokens));
      expect(await relay.active("one", below)).toEqual([false]);
    }
  });
});
