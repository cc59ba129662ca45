import { REFUSAL_GROUPS } from "@cambist/core/refusals.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bench, expectRefusal, JWT_BEARER, type Bench, type Parameters, type Provocation } from "../testing/bench.ts";
import { exchangeRealm } from "../testing/exchange-realm.ts";
import { testServer, type TestServer } from "../testing/test-server.ts";
import { assertion, newClientKey, type ClientKey } from "./testing/assertions.ts";

type ClientRefusal = keyof typeof REFUSAL_GROUPS.client;
const DIALECTS = ["native", "keycloak"] as const;
const GRANT = { grant_type: "client_credentials" };
const basic = (text: string, encoding: "utf8" | "latin1" = "utf8") => ({
  authorization: `Basic ${Buffer.from(text, encoding).toString("base64")}`,
});

const servers = {} as Record<"native" | "keycloak", TestServer>;
let key: ClientKey;
let other: ClientKey;
beforeAll(async () => {
  [key, other] = [newClientKey("key-1"), newClientKey("key-2")];
  for (const dialect of DIALECTS) {
    const options = { jwks: JSON.stringify({ keys: [key.jwk] }), clients: { bearer: { serviceAccountsEnabled: true } } };
    servers[dialect] = await testServer([exchangeRealm(dialect, options)]);
  }
}, 60_000);
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

const keyed = (bench: Bench, change: Parameters = {}): Parameters => ({
  ...GRANT,
  client_assertion_type: JWT_BEARER,
  client_assertion: assertion(bench, { key }),
  ...change,
});
const TYPE = "CLIENT_LOGIN_ERROR";
const SIGNED = "Client authentication with signed JWT failed: ";

const PROVOKED: Readonly<Record<ClientRefusal, Provocation>> = {
  client_unknown: {
    type: TYPE,
    provoke:
      ({ token, as }) =>
      () =>
        token({ ...GRANT, ...as("nobody") }),
  },
  client_disabled: {
    type: TYPE,
    provoke:
      ({ token, as }) =>
      () =>
        token({ ...GRANT, ...as("shut") }),
  },
  client_secret_wrong: {
    type: TYPE,
    provoke:
      ({ token, as }) =>
      () =>
        token({ ...GRANT, ...as("portal"), client_secret: "wrong" }),
  },
  client_header_malformed: {
    type: TYPE,
    provoke:
      ({ token }) =>
      () =>
        token(GRANT, { authorization: "Basic *" }),
  },
  client_protocol_wrong: {
    type: TYPE,
    provoke:
      ({ token, as }) =>
      () =>
        token({ ...GRANT, ...as("assertion") }),
  },
  client_bearer_only: {
    type: TYPE,
    provoke: (shop) => () => shop.token(keyed(shop, { client_assertion: assertion(shop, { key, client: "relay" }) })),
  },
  client_method_ambiguous: {
    type: TYPE,
    only: "native",
    provoke:
      ({ token, as }) =>
      () =>
        token({ ...GRANT, ...as("portal") }, basic("portal:secret-of-portal")),
  },
  client_assertion_missing: {
    type: TYPE,
    provoke:
      ({ token, as }) =>
      () =>
        token({ ...GRANT, ...as("keyed") }),
  },
  client_assertion_invalid: {
    type: TYPE,
    text: `${SIGNED}Token is not active`,
    provoke: (shop) => () => shop.token(keyed(shop, { client_assertion: assertion(shop, { key, claims: { exp: 1 } }) })),
  },
  client_assertion_key_unknown: {
    type: TYPE,
    provoke: (shop) => () => shop.token(keyed(shop, { client_assertion: assertion(shop, { key: other }) })),
  },
  client_assertion_secret_invalid: {
    type: TYPE,
    text: "Client authentication with client secret signed JWT failed: Token is not active",
    provoke: (shop) => () =>
      shop.token(keyed(shop, { client_assertion: assertion(shop, { secret: "secret-of-sealed", client: "sealed", claims: { exp: 1 } }) })),
  },
  client_assertion_foreign: { type: TYPE, provoke: (shop) => () => shop.token(keyed(shop, { client_assertion: "nonsense" })) },
};

describe.each(DIALECTS)("%s: every refusal of client authentication", (dialect) => {
  const rows = Object.entries(PROVOKED).filter(([, { only }]) => only === undefined || only === dialect);
  test.each(rows)("%s", async (refusal, { provoke, ...expected }) => {
    const shop = bench(servers[dialect], dialect);
    const record = await expectRefusal(shop, refusal as ClientRefusal, expected, await provoke(shop));
    expect(record.details).not.toHaveProperty("client_auth_method");
  });
});

test("no row of the group is left out", () =>
  expect(Object.keys(PROVOKED).toSorted()).toEqual(Object.keys(REFUSAL_GROUPS.client).toSorted()));

/** Answers as recorded from a real Keycloak 26.1.3 (`keycloak`), and the one answer of `native`. */
const OK = 200;
const UNKNOWN = "401 invalid_client";
const WRONG = "401 unauthorized_client";
type Try = readonly [
  title: string,
  form: Parameters,
  headers: Readonly<Record<string, string>>,
  keycloak: number | string,
  native: number | string,
];
const PORTAL = { client_id: "portal" };
const RIGHT = { ...PORTAL, client_secret: "secret-of-portal" };
const TRIES: readonly Try[] = [
  ["basic", {}, basic("portal:secret-of-portal"), OK, OK],
  [
    "basic with another case of the scheme",
    {},
    { authorization: basic("portal:secret-of-portal").authorization.replace("Basic", "bASIC") },
    OK,
    OK,
  ],
  ["post", RIGHT, {}, OK, OK],
  ["basic and the same client_id in the form", PORTAL, basic("portal:secret-of-portal"), OK, OK],
  ["basic and post, both right", RIGHT, basic("portal:secret-of-portal"), OK, UNKNOWN],
  ["basic right, post secret wrong", { ...PORTAL, client_secret: "x" }, basic("portal:secret-of-portal"), WRONG, UNKNOWN],
  ["basic wrong, post right", RIGHT, basic("portal:x"), OK, UNKNOWN],
  ["basic of one, post of another", RIGHT, basic("robot:secret-of-robot"), OK, UNKNOWN],
  ["basic and client_id of another", { client_id: "robot" }, basic("portal:secret-of-portal"), WRONG, UNKNOWN],
  ["basic wrong", {}, basic("portal:x"), WRONG, UNKNOWN],
  ["basic, unknown client", {}, basic("nobody:x"), UNKNOWN, UNKNOWN],
  ["basic that is not base64", {}, { authorization: "Basic %%%" }, "400 unauthorized_client", UNKNOWN],
  ["basic without a colon", {}, basic("portal"), UNKNOWN, UNKNOWN],
  ["basic with an empty secret", {}, basic("portal:"), WRONG, UNKNOWN],
  ["basic, a secret with a bad escape", {}, basic("portal:100%"), "400 unauthorized_client", UNKNOWN],
  ["basic, a secret that is form-encoded", {}, basic("odd:a%3Ab%25%2B+c"), OK, OK],
  ["post, the same secret", { client_id: "odd", client_secret: "a:b%+ c" }, {}, OK, OK],
  ["a scheme that is none of ours, beside a form", RIGHT, { authorization: "Bearer x" }, OK, OK],
  ["a scheme that is none of ours, alone", {}, { authorization: "Bearer x" }, UNKNOWN, UNKNOWN],
  ["no secret", PORTAL, {}, WRONG, UNKNOWN],
  ["an empty secret", { ...PORTAL, client_secret: "" }, {}, WRONG, UNKNOWN],
  ["another case of the secret", { ...PORTAL, client_secret: "Secret-of-portal" }, {}, WRONG, UNKNOWN],
  ["SEC-JOSE-20 a prefix of the secret", { ...PORTAL, client_secret: "secret-of-porta" }, {}, WRONG, UNKNOWN],
  ["another case of the client", { client_id: "Portal", client_secret: "secret-of-portal" }, {}, UNKNOWN, UNKNOWN],
  ["nothing", {}, {}, UNKNOWN, UNKNOWN],
  ["a disabled client", { client_id: "shut" }, {}, UNKNOWN, UNKNOWN],
  ["a client that only takes tokens", { client_id: "bearer", client_secret: "secret-of-bearer" }, {}, WRONG, UNKNOWN],
  ["a SAML client without its secret", { client_id: "assertion" }, {}, WRONG, UNKNOWN],
  ["a plain secret of a client that signs", { client_id: "keyed", client_secret: "secret-of-keyed" }, {}, "400 invalid_client", UNKNOWN],
  ["a plain secret of a client that seals", { client_id: "sealed", client_secret: "secret-of-sealed" }, {}, "400 invalid_client", UNKNOWN],
  ["an assertion type and no assertion", { client_assertion_type: JWT_BEARER }, {}, UNKNOWN, UNKNOWN],
];

describe.each(DIALECTS)("SEC-EP-06 %s: who gets in", (dialect) => {
  test.each(TRIES)("%s", async (_title, form, headers, keycloak, native) => {
    const shop = bench(servers[dialect], dialect);
    const answer = await shop.token({ ...GRANT, ...form }, headers);
    const got = answer.statusCode === 200 ? 200 : `${answer.statusCode} ${answer.json().error}`;
    expect(got).toBe(dialect === "native" ? native : keycloak);
  });

  test("WWW-Authenticate answers whoever used Basic, in native (RFC 6749 §5.2)", async () => {
    const shop = bench(servers[dialect], dialect);
    const challenge = async (form: Parameters, headers: Readonly<Record<string, string>>) =>
      (await shop.token({ ...GRANT, ...form }, headers)).headers["www-authenticate"];
    expect(await challenge({}, basic("portal:x"))).toBe(dialect === "native" ? 'Basic realm="shop"' : undefined);
    expect(await challenge({ ...PORTAL, client_secret: "x" }, {})).toBeUndefined();
  });

  test("a public client needs only its id; what else it sends does not matter", async () => {
    const shop = bench(servers[dialect], dialect);
    const form = { grant_type: "password", username: "alice", password: "password" };
    for (const [extra, headers] of [
      [{ client_id: "frontend" }, {}],
      [{ client_id: "frontend", client_secret: "whatever" }, {}],
      [{}, basic("frontend:whatever")],
      [{}, basic("frontend:")],
    ] as const)
      expect((await shop.token({ ...form, ...extra }, headers)).statusCode).toBe(200);
    const [record] = (await shop.audit()).slice(-1);
    expect(record?.details["client_auth_method"]).toBe("client-secret");
  });

  test("native tells nothing by its answers, and the audit record tells everything", async () => {
    const shop = bench(servers[dialect], dialect);
    const bodies = new Set<string>();
    for (const client of ["nobody", "shut", "portal", "keyed", "assertion"]) {
      const answer = await shop.token({ ...GRANT, client_id: client, client_secret: "wrong" });
      bodies.add(`${answer.statusCode} ${answer.body.replace(/Decision [0-9a-f-]+/, "")}`);
    }
    if (dialect === "native") expect(bodies.size).toBe(1);
    const reasons = (await shop.audit()).slice(-5).map(({ error }) => error);
    expect(new Set(reasons).size).toBeGreaterThanOrEqual(4);
  });

  test("SEC-LOG-04 an overlong client id is recorded, cut to 255 characters", async () => {
    const shop = bench(servers[dialect], dialect);
    const name = "x".repeat(5000);
    await shop.token({ ...GRANT, client_id: name, client_secret: "y" });
    const [record] = (await shop.audit()).slice(-1);
    expect(record?.clientId?.length).toBeLessThanOrEqual(255);
  });

  test("SEC-LOG-02 no secret and no assertion reaches the log, the events or the audit log", async () => {
    const shop = bench(servers[dialect], dialect);
    const secret = "canary-5e1c9a";
    const signed = assertion(shop, { key, claims: { jti: "canary-jti-1" } });
    await shop.token({ ...GRANT, ...PORTAL, client_secret: secret });
    await shop.token({ ...GRANT }, basic(`portal:${secret}`));
    await shop.token(keyed(shop, { client_assertion: signed }));
    const written = [...servers[dialect].lines, JSON.stringify(servers[dialect].events), JSON.stringify(await shop.audit())].join("\n");
    expect(written).not.toContain(secret);
    expect(written).not.toContain(signed.split(".")[2]);
  });
});
