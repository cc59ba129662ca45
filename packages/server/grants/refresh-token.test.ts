import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ACCESS_TOKEN, bench, REFRESH_TOKEN, type Bench, type Parameters } from "../testing/bench.ts";
import { exchangeRealm, person, uuidOf } from "../testing/exchange-realm.ts";
import { claimsOf, testServer, type TestServer, type Tokens } from "../testing/test-server.ts";

const DIALECTS = ["native", "keycloak"] as const;
const refresh = (token: string, form: Parameters = {}): Parameters => ({
  grant_type: "refresh_token",
  client_id: "frontend",
  refresh_token: token,
  ...form,
});
const outcome = (answer: { readonly statusCode: number; json(): unknown }): string => {
  const body = answer.json() as { readonly error?: string };
  return answer.statusCode === 200 ? "200" : `${answer.statusCode} ${body.error}`;
};
const words = (token: string): readonly string[] => String(claimsOf(token)["scope"]).split(" ").toSorted();

describe.each(DIALECTS)("SEC-EP-05 %s: rotation", (dialect) => {
  let server: TestServer;
  let shop: Bench;
  beforeAll(async () => {
    server = await testServer([
      exchangeRealm(dialect, { realm: "rotating", more: { revokeRefreshToken: true } }),
      exchangeRealm(dialect, { realm: "lenient", more: { revokeRefreshToken: true, refreshTokenMaxReuse: 2 } }),
    ]);
    shop = bench(server, dialect, "rotating");
  }, 60_000);
  afterAll(() => server.close());

  test("each token works once, the next one works", async () => {
    let { refresh_token: token } = await shop.signIn();
    for (let generation = 0; generation < 5; generation++) {
      const answer = await shop.token(refresh(token));
      expect(outcome(answer)).toBe("200");
      token = answer.json<Tokens>().refresh_token;
    }
  });

  test("H3 of 50 at the same time one gets in, and since it was a replay the family ends", async () => {
    const { refresh_token } = await shop.signIn();
    const before = await shop.audit();
    const answers = await Promise.all(Array.from({ length: 50 }, () => shop.token(refresh(refresh_token))));
    const winners = answers.filter(({ statusCode }) => statusCode === 200);
    expect(winners).toHaveLength(1);
    expect(new Set(answers.map(outcome))).toEqual(new Set(["200", "400 invalid_grant"]));
    const won = winners[0]?.json<Tokens>();
    expect(outcome(await shop.token(refresh(won?.refresh_token ?? "")))).toBe("400 invalid_grant");
    expect((await shop.exchange(won?.access_token ?? "")).statusCode).toBe(400);
    const records = (await shop.audit()).slice(before.length, before.length + 50);
    expect(records.filter(({ type }) => type === "REFRESH_TOKEN")).toHaveLength(1);
    expect(records.filter(({ type }) => type === "REFRESH_TOKEN_ERROR")).toHaveLength(49);
  });

  test("a replay of an older generation ends the family too", async () => {
    const first = (await shop.signIn()).refresh_token;
    const second = (await shop.token(refresh(first))).json<Tokens>().refresh_token;
    const third = (await shop.token(refresh(second))).json<Tokens>();
    expect(outcome(await shop.token(refresh(first)))).toBe("400 invalid_grant");
    expect(outcome(await shop.token(refresh(third.refresh_token)))).toBe("400 invalid_grant");
    expect((await shop.exchange(third.access_token)).statusCode).toBe(400);
  });

  test("another sign-in of the same user goes on", async () => {
    const [mine, other] = [await shop.signIn(), await shop.signIn()];
    await shop.token(refresh(mine.refresh_token));
    await shop.token(refresh(mine.refresh_token));
    expect(outcome(await shop.token(refresh(other.refresh_token)))).toBe("200");
  });

  test("a replay by somebody else costs nothing: the client authenticates first", async () => {
    const { refresh_token } = await shop.signIn();
    const next = (await shop.token(refresh(refresh_token))).json<Tokens>().refresh_token;
    expect(outcome(await shop.token(refresh(refresh_token, { client_id: "kiosk" })))).toBe("400 invalid_grant");
    expect(outcome(await shop.token(refresh(next)))).toBe("200");
  });

  test("generations are counted, not timed: the clock stands still all along", async () => {
    const { refresh_token } = await shop.signIn();
    const next = (await shop.token(refresh(refresh_token))).json<Tokens>().refresh_token;
    expect(claimsOf(next)["iat"]).toBe(claimsOf(refresh_token)["iat"]);
    expect(outcome(await shop.token(refresh(refresh_token)))).toBe("400 invalid_grant");
  });

  test("a realm may allow a few more uses", async () => {
    const lenient = bench(server, dialect, "lenient");
    const { refresh_token } = await lenient.signIn();
    const answers = [];
    for (let use = 0; use < 4; use++) answers.push(outcome(await lenient.token(refresh(refresh_token))));
    expect(answers).toEqual(["200", "200", "200", "400 invalid_grant"]);
  });

  test("a tampered generation is a bad signature", async () => {
    const { refresh_token } = await shop.signIn();
    const [head, , mark] = refresh_token.split(".");
    const body = Buffer.from(JSON.stringify({ ...claimsOf(refresh_token), reuse_id: "x.0" })).toString("base64url");
    expect(outcome(await shop.token(refresh(`${head}.${body}.${mark}`)))).toBe("400 invalid_grant");
  });
});

describe.each(DIALECTS)("%s: scope of a refresh (RFC 6749 §6)", (dialect) => {
  let server: TestServer;
  let shop: Bench;
  beforeAll(async () => {
    server = await testServer([exchangeRealm(dialect)]);
    shop = bench(server, dialect);
  }, 60_000);
  afterAll(() => server.close());
  const granted = async (scope: string, sent?: string): Promise<string> => {
    const { refresh_token } = await shop.signIn("alice", { scope });
    const answer = await shop.token(refresh(refresh_token, sent === undefined ? {} : { scope: sent }));
    return answer.statusCode === 200 ? words(answer.json<Tokens>().access_token).join(" ") : outcome(answer);
  };

  test("without scope everything that was granted comes back", async () =>
    expect(await granted("openid phone")).toBe("email openid phone profile"));
  test("optional scopes may be left out", async () =>
    expect(await granted("openid phone address", "openid phone")).toBe("email openid phone profile"));
  test("what was never granted is not given: native refuses, keycloak takes no notice", async () =>
    expect(await granted("openid", "openid phone")).toBe(dialect === "native" ? "400 invalid_scope" : "email openid profile"));
  test("what the client does not have is refused", async () =>
    expect(await granted("openid", "openid nonsense")).toBe("400 invalid_scope"));
  test("openid may be left out in native; it stays in keycloak", async () =>
    expect(await granted("openid", "email")).toBe(dialect === "native" ? "email profile" : "email openid profile"));
});

describe.each(DIALECTS)("%s: refresh tokens of exchanges", (dialect) => {
  let server: TestServer;
  let shop: Bench;
  beforeEach(async () => {
    server = await testServer([
      exchangeRealm(dialect, { users: [person("carol", { clientRoles: { orders: ["viewer"], billing: ["viewer"] } })] }),
    ]);
    shop = bench(server, dialect);
    return () => server.close();
  }, 60_000);
  const exchanged = async (form: Parameters = {}, user = "alice"): Promise<Tokens> => {
    const { access_token } = await shop.signIn(user);
    return (await shop.exchange(access_token, { requested_token_type: REFRESH_TOKEN, ...form })).json();
  };
  const again = (token: string, client = "portal", form: Parameters = {}) => shop.token(refresh(token, { ...shop.as(client), ...form }));

  test("belong to the requester, and to nobody else", async () => {
    const { refresh_token } = await exchanged();
    expect(outcome(await again(refresh_token, "orders"))).toBe("400 invalid_grant");
    expect(outcome(await shop.token(refresh(refresh_token)))).toBe("400 invalid_grant");
    expect(outcome(await again(refresh_token))).toBe("200");
  });

  test("SEC-EP-05 end with the user's session", async () => {
    const { refresh_token, access_token } = await exchanged();
    const realmId = (await server.services.realms.get("shop"))?.view.realm.id ?? "";
    await server.services.writer.write({
      commands: [{ do: "endSession", realmId, sessionId: String(claimsOf(access_token)["sid"]), offline: false }],
    });
    expect(outcome(await again(refresh_token))).toBe("400 invalid_grant");
  });

  test("SEC-TX-08 V2: a refresh keeps to the audiences that were asked for", async () => {
    const { refresh_token, access_token } = await exchanged({ client_id: "renewer" }, "carol");
    expect(claimsOf(access_token)["aud"]).toBe("orders");
    let token = refresh_token;
    for (let round = 0; round < 2; round++) {
      const answer = (await again(token, "renewer")).json<Tokens>();
      expect(claimsOf(answer.access_token)).toMatchObject({
        aud: "orders",
        azp: "renewer",
        resource_access: { orders: { roles: ["viewer"] } },
      });
      expect(claimsOf(answer.access_token)["resource_access"]).not.toHaveProperty("billing");
      token = answer.refresh_token;
    }
  });
});

describe("native: a refresh decides the whole exchange again (SEC-TX-08)", () => {
  let server: TestServer;
  let shop: Bench;
  beforeEach(async () => {
    server = await testServer([
      exchangeRealm("native", { clients: { orders: { directAccessGrantsEnabled: true, serviceAccountsEnabled: true } } }),
      exchangeRealm("native", { realm: "brief", attributes: { "cambist.chain.max-age": "900" } }),
    ]);
    shop = bench(server, "native");
    return () => server.close();
  }, 60_000);
  const start = async (form: Parameters = {}, target = shop): Promise<Tokens> => {
    const { access_token } = await target.signIn();
    return (await target.exchange(access_token, { requested_token_type: REFRESH_TOKEN, ...form })).json();
  };
  const again = (token: string, form: Parameters = {}, target = shop) => target.token(refresh(token, { ...target.as("portal"), ...form }));

  test("the new token is for the target, as the first was, and says who acts", async () => {
    const first = await start();
    const second = (await again(first.refresh_token)).json<Tokens & { readonly issued_token_type: string }>();
    const { exp: _exp, iat: _iat, jti: _jti, ...same } = claimsOf(first.access_token);
    expect(claimsOf(second.access_token)).toMatchObject(same);
    expect(claimsOf(second.access_token)["jti"]).not.toBe(claimsOf(first.access_token)["jti"]);
    expect(second.issued_token_type).toBe(REFRESH_TOKEN);
    const [record] = (await shop.audit()).slice(-1);
    expect(record).toMatchObject({
      type: "REFRESH_TOKEN",
      issued: [claimsOf(second.access_token)["jti"], claimsOf(second.refresh_token)["jti"]],
    });
  });

  test("words that the exchange dropped stay dropped, however often it is refreshed", async () => {
    let tokens = await start({ scope: "openid" });
    for (let round = 0; round < 3; round++) {
      expect(words(tokens.access_token)).toEqual(["openid"]);
      tokens = (await again(tokens.refresh_token)).json();
    }
  });

  test("SEC-INV-6 SEC-TX-17 a refresh neither lengthens the chain nor shortens its actors", async () => {
    const hop = (await shop.exchange((await shop.signIn()).access_token)).json<Tokens>();
    const actors = claimsOf(hop.access_token)["act"];
    expect(actors).toMatchObject({ client_id: "portal" });
    // The portal holds the token and exchanges it to itself: no new actor, and none is lost.
    let own = (await shop.exchange(hop.access_token, { audience: "", requested_token_type: REFRESH_TOKEN })).json<Tokens>();
    for (let round = 0; round < 3; round++) {
      expect(claimsOf(own.access_token)["act"]).toEqual(actors);
      const before = (await shop.audit()).at(-1);
      expect(before?.facts["lineage"]).toMatchObject({ requesters: ["portal", "portal"] });
      own = (await again(own.refresh_token)).json();
    }
  });

  test("a permission that was withdrawn, a target that was disabled, a user that was disabled, a chain that is too old", async () => {
    const realm = (await server.services.realms.get("brief"))?.view.realm.id ?? "";
    const brief = bench(server, "native", "brief");
    const old = await start({}, brief);
    server.advance(899);
    const renewed = (await again(old.refresh_token, {}, brief)).json<Tokens & { readonly expires_in: number }>();
    expect(renewed.expires_in).toBe(1);
    server.advance(1);
    expect(outcome(await again(renewed.refresh_token, {}, brief))).toBe("400 invalid_grant");
    expect((await brief.audit()).at(-1)).toMatchObject({
      error: "not_allowed",
      facts: { refusal: "refresh_exchange_withdrawn", cause: "chain_too_old" },
    });

    const fresh = await start({}, brief);
    await server.services.writer.write({
      commands: [{ do: "disableUser", realmId: realm, userId: String(claimsOf(fresh.access_token)["sub"]) }],
    });
    expect(outcome(await again(fresh.refresh_token, {}, brief))).toBe("400 invalid_grant");
  });

  test("an access token was asked for: there is no refresh token, and no mention of one", async () => {
    for (const type of [ACCESS_TOKEN, ""]) {
      const answer = await start({ requested_token_type: type });
      expect(answer).not.toHaveProperty("refresh_token");
      expect(answer).not.toHaveProperty("refresh_expires_in");
    }
  });

  test("the client session of the requester is what a refresh hangs on", async () => {
    const { refresh_token, access_token } = await start();
    const realmId = (await server.services.realms.get("shop"))?.view.realm.id ?? "";
    const sessionId = String(claimsOf(access_token)["sid"]);
    await server.services.writer.write({
      commands: [{ do: "detachClientSession", realmId, sessionId, clientUuid: uuidOf("shop", "portal") }],
    });
    expect(outcome(await again(refresh_token))).toBe("400 invalid_grant");
  });
});
