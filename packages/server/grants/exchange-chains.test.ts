import { TOKEN_TYPE } from "@cambist/protocol/token-types.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bench, EXCHANGE, type Bench, type Parameters } from "../testing/bench.ts";
import { exchangeRealm, uuidOf } from "../testing/exchange-realm.ts";
import { claimsOf, testServer, type TestServer, type Tokens } from "../testing/test-server.ts";

const DIALECTS = ["native", "keycloak"] as const;
interface Answer extends Tokens {
  readonly expires_in: number;
  readonly scope: string;
  readonly error?: string;
}

const servers = {} as Record<"native" | "keycloak", TestServer>;
beforeAll(async () => {
  const options = { clients: { orders: { serviceAccountsEnabled: true } } };
  for (const dialect of DIALECTS)
    servers[dialect] = await testServer([
      exchangeRealm(dialect, options),
      exchangeRealm(dialect, { ...options, realm: "robots", impersonators: ["robot", "portal"] }),
    ]);
}, 60_000);
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

const exchange = async (shop: Bench, token: string, form: Parameters = {}): Promise<Answer> => (await shop.exchange(token, form)).json();
const shopOf = (dialect: "native" | "keycloak", realm = "shop"): Bench => bench(servers[dialect], dialect, realm);

describe.each(DIALECTS)("H8 %s: what the client got and what is on the record", (dialect) => {
  test("of a hundred at once each answer has one record with its jti, no two are alike, and the log verifies", async () => {
    const shop = shopOf(dialect);
    const { access_token } = await shop.signIn();
    const before = await shop.audit();
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => shop.exchange(index % 4 === 0 ? "garbage" : access_token)));
    const records = (await shop.audit()).slice(before.length);
    expect(records).toHaveLength(100);
    const byDecision = new Map(records.map((record) => [record.id, record]));
    const jtis = new Set<unknown>();
    for (const answer of answers) {
      const record = byDecision.get(String(answer.headers["cambist-decision"]));
      if (answer.statusCode !== 200) {
        expect(record).toMatchObject({ type: "TOKEN_EXCHANGE_ERROR", error: "invalid_token", issued: [] });
        continue;
      }
      const { jti, iat, exp } = claimsOf(answer.json<Answer>().access_token);
      expect(record).toMatchObject({ type: "TOKEN_EXCHANGE", clientId: "portal", issued: expect.arrayContaining([jti]) });
      expect(answer.json<Answer>().expires_in).toBe(Number(exp) - Number(iat));
      jtis.add(jti);
    }
    // SEC-TX-29
    expect(jtis.size).toBe(75);
    const shape =
      dialect === "native" ? /^[0-9a-z]{8}-[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/ : /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/;
    expect([...jtis].every((jti) => shape.test(String(jti)))).toBe(true);
    expect(await servers[dialect].store.reader.audit.verify()).toMatchObject({ ok: true });
  }, 30_000);

  test("the record says who exchanged what for whom, by which right, and in which chain", async () => {
    const shop = shopOf(dialect);
    const { access_token } = await shop.signIn();
    const answer = await exchange(shop, access_token, { scope: "openid email" });
    const { jti, sub, sid } = claimsOf(answer.access_token);
    expect((await shop.audit()).at(-1)).toMatchObject({
      type: "TOKEN_EXCHANGE",
      clientId: "portal",
      userId: sub,
      sessionId: sid,
      details: {
        audience: "orders",
        grant_type: EXCHANGE,
        client_auth_method: "client-secret",
        token_id: jti,
        exchange_right: "permission",
      },
      facts: {
        rights: [{ target: "orders", by: "permission", permission: { granted: true } }],
        lineage: { parent: claimsOf(access_token)["jti"], requesters: ["portal"], targets: ["orders"], dropped_scopes: ["profile"] },
        subject_client: "frontend",
        engine: "v1",
      },
    });
  });
});

describe("chains, native", () => {
  test("SEC-TX-06 SEC-INV-6 actors grow with each hop that is new, and what a hop dropped stays away", async () => {
    const shop = shopOf("native");
    const first = await exchange(shop, (await shop.signIn("alice", { scope: "openid phone" })).access_token, { scope: "openid phone" });
    expect(first.scope.split(" ").toSorted()).toEqual(["openid", "phone"]);
    expect(claimsOf(first.access_token)["act"]).toEqual({ client_id: "portal", sub: expect.any(String) });

    // The holder of the first token is the portal; it goes on by itself, and then the target takes over.
    const second = await exchange(shop, first.access_token, { client_id: "orders", audience: "" });
    expect(claimsOf(second.access_token)).toMatchObject({
      azp: "orders",
      act: { client_id: "orders", act: { client_id: "portal" } },
    });
    expect(second.scope.split(" ").toSorted()).toEqual(["openid", "phone"]);
    const third = await exchange(shop, second.access_token, { client_id: "orders", audience: "", scope: "openid email profile phone" });
    expect(third.scope.split(" ").toSorted()).toEqual(["openid", "phone"]);
    expect(claimsOf(third.access_token)["act"]).toEqual(claimsOf(second.access_token)["act"]);
    expect((await shop.audit()).at(-1)?.facts["lineage"]).toMatchObject({
      requesters: ["portal", "orders", "orders"],
      dropped_scopes: expect.arrayContaining(["email", "profile"]),
    });
  });

  test("SEC-TX-18 an act that an insider writes into a token is nothing", async () => {
    const shop = shopOf("native");
    const claims = claimsOf((await shop.signIn()).access_token);
    const forged = await shop.forge({ ...claims, act: { client_id: "somebody", sub: "x" }, may_act: { sub: "anybody" } });
    const answer = await exchange(shop, forged);
    expect(claimsOf(answer.access_token)["act"]).toEqual({ client_id: "portal", sub: expect.any(String) });
    expect(claimsOf(answer.access_token)).not.toHaveProperty("may_act");
  });

  test("SEC-TX-17 the ninth exchange in a row is refused", async () => {
    const shop = shopOf("native");
    let { access_token } = await exchange(shop, (await shop.signIn()).access_token);
    for (let hop = 2; hop <= 8; hop++) ({ access_token } = await exchange(shop, access_token, { audience: "" }));
    expect(await exchange(shop, access_token, { audience: "" })).toMatchObject({ error: "invalid_request" });
    expect((await shop.audit()).at(-1)?.facts["refusal"]).toBe("chain_too_deep");
  });

  test("SEC-INV-4 no token outlives the one it came from", async () => {
    const shop = shopOf("native");
    const { access_token } = await shop.signIn();
    shop.server.advance(200);
    const answer = await exchange(shop, access_token);
    expect(answer.expires_in).toBe(100);
    expect(claimsOf(answer.access_token)["exp"]).toBe(claimsOf(access_token)["exp"]);
  });

  test("several audiences and a resource are all in aud", async () => {
    const shop = shopOf("native");
    const { access_token } = await shop.signIn("keeper");
    const body = new URLSearchParams({
      grant_type: EXCHANGE,
      subject_token: access_token,
      subject_token_type: TOKEN_TYPE.accessToken,
      ...shop.as("portal"),
    });
    body.append("audience", "vault");
    body.append("resource", "https://orders.example/");
    const answer = (await shop.token(body.toString())).json<Answer>();
    expect(claimsOf(answer.access_token)).toMatchObject({
      aud: ["vault", "orders"],
      azp: "portal",
      resource_access: { vault: { roles: ["keeper"] } },
    });
    expect((await shop.audit()).at(-1)?.details).toMatchObject({ resource: "https://orders.example/", audience: "vault orders" });
  });
});

const become = (shop: Bench, token: string, form: Parameters = {}) =>
  exchange(shop, token, { audience: "", requested_subject: "bob", ...form });

describe.each(DIALECTS)("%s: impersonation on the wire", (dialect) => {
  test("SEC-INV-5 both users are on the record, the token is the requested one's, and native makes it short", async () => {
    const shop = shopOf(dialect);
    const operator = await shop.signIn("operator");
    const answer = await become(shop, operator.access_token);
    expect(claimsOf(answer.access_token)).toMatchObject({ preferred_username: "bob", azp: "portal" });
    expect(claimsOf(answer.access_token)["sub"]).not.toBe(claimsOf(operator.access_token)["sub"]);
    expect(claimsOf(answer.access_token)).not.toHaveProperty("act");
    expect(answer.expires_in).toBe(dialect === "native" ? 120 : 300);
    expect("refresh_token" in answer).toBe(dialect === "keycloak");
    expect((await shop.audit()).at(-1)).toMatchObject({
      userId: claimsOf(answer.access_token)["sub"],
      details: { requested_subject: "bob", impersonator: "operator" },
    });
  });

  test("SEC-TX-14 who was impersonated impersonates nobody: not at once, not after a refresh, not without a subject token in between", async () => {
    const shop = shopOf(dialect, "robots");
    const first = await become(shop, "", { client_id: "robot", subject_token_type: "", requested_subject: "alice" });
    expect(claimsOf(first.access_token)["preferred_username"]).toBe("alice");
    expect(await become(shop, first.access_token, { client_id: "robot" })).toMatchObject({ error: "access_denied" });
    if (dialect === "keycloak") {
      const refreshed = await shop.token({ grant_type: "refresh_token", refresh_token: first.refresh_token, ...shop.as("robot") });
      expect(await become(shop, refreshed.json<Tokens>().access_token, { client_id: "robot" })).toMatchObject({ error: "access_denied" });
    }
    const onward = await exchange(shop, first.access_token, { client_id: "robot", audience: "" });
    expect(await become(shop, onward.access_token, { client_id: "robot" })).toMatchObject({ error: "access_denied" });
    expect((await shop.audit()).at(-1)?.facts["refusal"]).toBe("impersonation_not_permitted");
  });

  test("SEC-TX-11 a subject token that is bad, empty, twice or too long never turns into impersonation without one", async () => {
    const shop = shopOf(dialect, "robots");
    const form = { grant_type: EXCHANGE, requested_subject: "bob", ...shop.as("robot") };
    expect((await shop.token(form)).statusCode).toBe(200);
    const body = new URLSearchParams(form).toString();
    for (const token of [
      "subject_token=",
      "subject_token=garbage",
      `subject_token=${"x".repeat(20_000)}`,
      "subject_token=&subject_token=",
      "subject_token=a&subject_token=b",
      "subject_token=%00",
      "subject_token=null",
    ])
      expect([token.slice(0, 40), (await shop.token(`${body}&${token}`)).statusCode]).toEqual([token.slice(0, 40), 400]);
    // Parameters beside it do not open another door either.
    for (const more of ["requested_issuer=x", "subject_issuer=x", "actor_token=x", "subject_token_type=x"])
      expect([more, (await shop.token(`${body}&subject_token=garbage&${more}`)).statusCode]).toEqual([more, 400]);
  });
});

test("an exchange puts the requester and the target into the session, so that both see what becomes of it", async () => {
  const shop = shopOf("keycloak");
  const { access_token } = await shop.signIn();
  const sid = String(claimsOf(access_token)["sid"]);
  await shop.exchange(access_token);
  const realmId = (await shop.server.services.realms.get("shop"))?.view.realm.id ?? "";
  const { clientStarts } = await shop.server.services.state.tokenState(realmId, { sessionId: sid });
  expect(new Set(clientStarts.keys())).toEqual(new Set(["frontend", "portal", "orders"].map((clientId) => uuidOf("shop", clientId))));
});
