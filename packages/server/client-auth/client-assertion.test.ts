import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bench, JWT_BEARER, type Bench, type Parameters } from "../testing/bench.ts";
import { exchangeRealm } from "../testing/exchange-realm.ts";
import { START, testServer, type TestServer } from "../testing/test-server.ts";
import { assertion, newClientKey, type AssertionChange, type ClientKey } from "./testing/assertions.ts";

const DIALECTS = ["native", "keycloak"] as const;
const NOW = START / 1000;
const servers = {} as Record<"native" | "keycloak", TestServer>;
let key: ClientKey;
let rsa: ClientKey;
let stranger: ClientKey;
beforeAll(async () => {
  [key, rsa, stranger] = [newClientKey("key-1"), newClientKey("key-rsa", "RS256"), newClientKey("key-1")];
  const jwks = JSON.stringify({ keys: [key.jwk, rsa.jwk] });
  for (const dialect of DIALECTS) {
    servers[dialect] = await testServer([exchangeRealm(dialect, { jwks }), exchangeRealm(dialect, { jwks, realm: "twin" })]);
  }
}, 60_000);
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

const send = async ({ token }: Bench, signed: string, form: Parameters = {}): Promise<string> => {
  const answer = await token({ grant_type: "client_credentials", client_assertion_type: JWT_BEARER, client_assertion: signed, ...form });
  const body: { readonly error?: string; readonly error_description?: string } = answer.json();
  if (answer.statusCode === 200) return "in";
  return `${answer.statusCode} ${body.error} ${body.error_description?.replace("Client authentication with signed JWT failed: ", "...")}`;
};

const USUAL = "401 invalid_client Invalid client or Invalid client credentials";
const SIGNATURE = "400 invalid_client ...Signature on JWT token failed validation";
const failed = (cause: string): string => `400 invalid_client ...${cause}`;

/** Keycloak 26.1.3 as recorded; where it is unsafe and 26.7.4 mended it, that one. `native` has one answer for everything that fails. */
type Variant = readonly [
  title: string,
  change: (bench: Bench) => AssertionChange,
  keycloak: string,
  native: "in" | "out",
  form: Parameters,
];
const claims = (change: Readonly<Record<string, unknown>>) => (): AssertionChange => ({ claims: change });
const header = (change: Readonly<Record<string, unknown>>) => (): AssertionChange => ({ header: change });
const VARIANTS: readonly Variant[] = [
  ["good", () => ({}), "in", "in", {}],
  ["aud: the issuer", ({ issuer }) => ({ claims: { aud: issuer } }), "in", "in", {}],
  ["aud: the issuer, in a list", ({ issuer }) => ({ claims: { aud: [issuer] } }), "in", "in", {}],
  ["aud: the token endpoint", ({ issuer }) => ({ claims: { aud: `${issuer}/protocol/openid-connect/token` } }), "in", "in", {}],
  ["aud: introspection", ({ issuer }) => ({ claims: { aud: `${issuer}/protocol/openid-connect/token/introspect` } }), "in", "out", {}],
  ["aud: pushed requests", ({ issuer }) => ({ claims: { aud: `${issuer}/protocol/openid-connect/ext/par/request` } }), "in", "out", {}],
  ["aud: two of them", ({ issuer }) => ({ claims: { aud: [issuer, `${issuer}/protocol/openid-connect/token`] } }), "in", "out", {}],
  ["aud: one of ours and a foreign one", ({ issuer }) => ({ claims: { aud: [issuer, "https://other.example"] } }), "in", "out", {}],
  ["aud: missing", claims({ aud: undefined }), failed("null"), "out", {}],
  ["aud: another realm", ({ issuer }) => ({ claims: { aud: `${issuer}2` } }), "...", "out", {}],
  ["aud: a prefix", ({ issuer }) => ({ claims: { aud: issuer.slice(0, -1) } }), "...", "out", {}],
  ["aud: with a slash", ({ issuer }) => ({ claims: { aud: `${issuer}/` } }), "...", "out", {}],
  ["aud: empty", claims({ aud: "" }), USUAL, "out", {}],
  ["aud: an empty list", claims({ aud: [] }), USUAL, "out", {}],
  ["aud: an object", claims({ aud: { 0: "x" } }), USUAL, "out", {}],
  ["expired", claims({ iat: NOW - 120, exp: NOW - 60 }), failed("Token is not active"), "out", {}],
  ["expired this second", claims({ exp: NOW }), failed("Token is not active"), "in", {}],
  ["expired beyond the tolerated difference", claims({ exp: NOW - 10 }), failed("Token is not active"), "out", {}],
  ["exp missing", claims({ exp: undefined }), failed("Token exp claim is required"), "out", {}],
  ["exp missing, issued long ago", claims({ exp: undefined, iat: NOW - 86_400 }), failed("Token exp claim is required"), "out", {}],
  ["exp as text", claims({ exp: String(NOW + 60) }), USUAL, "out", {}],
  ["exp with a fraction", claims({ exp: NOW + 60.5 }), USUAL, "out", {}],
  ["exp five minutes ahead", claims({ exp: NOW + 300 }), "in", "in", {}],
  ["exp a day ahead", claims({ exp: NOW + 86_400 }), "in", "out", {}],
  ["iat ahead", claims({ iat: NOW + 300, exp: NOW + 310 }), failed("Token was issued in the future"), "out", {}],
  ["iat missing", claims({ iat: undefined }), "in", "in", {}],
  ["nbf ahead", claims({ nbf: NOW + 300 }), failed("Token is not active"), "out", {}],
  ["jti missing", claims({ jti: undefined }), failed("Missing ID on the token"), "out", {}],
  ["jti empty", claims({ jti: "" }), USUAL, "out", {}],
  ["kid unknown", header({ kid: "nope" }), "400 invalid_client Unable to load public key", "out", {}],
  ["kid missing: the only key that fits", header({ kid: undefined }), "in", "in", {}],
  ["kid of another registered key", header({ kid: "key-rsa" }), SIGNATURE, "out", {}],
  ["kid as a number", header({ kid: 1 }), USUAL, "out", {}],
  ["alg none", header({ alg: "none" }), SIGNATURE, "out", {}],
  ["alg HS256", header({ alg: "HS256" }), SIGNATURE, "out", {}],
  ["alg of another family", header({ alg: "PS256" }), SIGNATURE, "out", {}],
  ["alg in another case", header({ alg: "es256" }), USUAL, "out", {}],
  ["alg made up", header({ alg: "nonsense" }), USUAL, "out", {}],
  ["alg missing", header({ alg: undefined }), USUAL, "out", {}],
  ["crit", header({ crit: ["exp"] }), USUAL, "out", {}],
  ["its own key in the header", () => ({ key: stranger, header: { jwk: stranger.jwk } }), USUAL, "out", {}],
  ["a place to fetch a key", header({ jku: "https://evil.example/jwks" }), USUAL, "out", {}],
  ["another key under the same kid", () => ({ key: stranger }), SIGNATURE, "out", {}],
  ["an RSA key that is registered too", () => ({ key: rsa }), "in", "in", {}],
  ["iss is not sub", claims({ iss: "portal" }), USUAL, "out", {}],
  ["sub unknown", () => ({ client: "nobody" }), USUAL, "out", {}],
  ["sub missing", claims({ sub: undefined }), USUAL, "out", {}],
  ["sub a number", claims({ sub: 1, iss: 1 }), USUAL, "out", {}],
  ["client_id beside it", () => ({}), "in", "in", { client_id: "keyed" }],
  [
    "client_id of another beside it",
    () => ({}),
    "401 unauthorized_client Invalid client or Invalid client credentials",
    "out",
    { client_id: "portal" },
  ],
  ["a client that uses a secret", () => ({ client: "portal" }), USUAL, "out", {}],
  ["a public client", () => ({ client: "frontend" }), USUAL, "out", {}],
  ["a disabled client", () => ({ client: "shut" }), USUAL, "out", {}],
  ["a secret beside it", () => ({}), "in", "out", { client_secret: "secret-of-keyed" }],
];

describe.each(DIALECTS)("SEC-EP-06 %s: private_key_jwt", (dialect) => {
  test.each(VARIANTS)("%s", async (_title, change, keycloak, native, form) => {
    const shop = bench(servers[dialect], dialect);
    const got = await send(shop, assertion(shop, { key, ...change(shop) }), form);
    if (dialect === "native") expect(got.replace(/ .*/, "")).toBe(native === "in" ? "in" : "401");
    else if (keycloak === "...") expect(got).toContain("Token audience doesn't match domain. Expected audiences are any of [");
    else expect(got).toBe(keycloak);
  });

  test("works once, however many try at the same time", async () => {
    const shop = bench(servers[dialect], dialect);
    const signed = assertion(shop, { key });
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(shop, signed)));
    expect(answers.filter((answer) => answer === "in")).toHaveLength(1);
    if (dialect === "keycloak") expect(new Set(answers)).toEqual(new Set(["in", failed("Token reuse detected")]));
  });

  test("SEC-JOSE-18 the same jti again is a replay, whatever else changed; in another realm and of another client it is not", async () => {
    const shop = bench(servers[dialect], dialect);
    const twin = bench(servers[dialect], dialect, "twin");
    const jti = `shared-${dialect}`;
    expect(await send(shop, assertion(shop, { key, claims: { jti } }))).toBe("in");
    expect(await send(shop, assertion(shop, { key, claims: { jti, exp: NOW + 61 } }))).not.toBe("in");
    expect(await send(twin, assertion(twin, { key, claims: { jti } }))).toBe("in");
    expect(await send(shop, assertion(shop, { secret: "secret-of-sealed", client: "sealed", claims: { jti } }))).toBe("in");
  });

  test("one that failed may be mended: only a good one is used up", async () => {
    const shop = bench(servers[dialect], dialect);
    const jti = `mended-${dialect}`;
    expect(await send(shop, assertion(shop, { key, claims: { jti, aud: "https://other.example" } }))).not.toBe("in");
    expect(await send(shop, assertion(shop, { key, claims: { jti } }))).toBe("in");
  });

  test("the event says by which method", async () => {
    const shop = bench(servers[dialect], dialect);
    await send(shop, assertion(shop, { key }));
    expect((await shop.audit()).at(-1)).toMatchObject({
      type: "CLIENT_LOGIN",
      clientId: "keyed",
      details: { client_auth_method: "client-jwt" },
    });
  });

  test("a client without a usable key gets in by none", async () => {
    const server = await testServer([
      exchangeRealm(dialect, { jwks: '{"keys":[]}' }),
      exchangeRealm(dialect, { realm: "odd", jwks: "nonsense" }),
    ]);
    for (const realm of ["shop", "odd"]) {
      const target = bench(server, dialect, realm);
      expect(await send(target, assertion(target, { key }))).not.toBe("in");
    }
    await server.close();
  });
});

const SEALED = "400 unauthorized_client Client authentication with client secret signed JWT failed: ";
const BAD_SEAL = `${SEALED}Signature on JWT token by client secret  failed validation`;
const SEALS: readonly (readonly [string, AssertionChange, string])[] = [
  ["good", {}, "in"],
  ["another secret", { secret: "secret-of-portal" }, BAD_SEAL],
  ["SEC-JOSE-20 a prefix of the secret", { secret: "secret-of-seale" }, BAD_SEAL],
  ["an empty secret", { secret: "" }, BAD_SEAL],
  ["alg none", { header: { alg: "none" } }, BAD_SEAL],
  ["alg of a key pair", { header: { alg: "RS256" } }, BAD_SEAL],
  ["another length", { header: { alg: "HS512" } }, BAD_SEAL],
  ["expired", { claims: { exp: NOW - 60 } }, `${SEALED}Token is not active`],
  ["exp missing", { claims: { exp: undefined } }, `${SEALED}Token exp claim is required`],
  ["jti missing", { claims: { jti: undefined } }, `${SEALED}Missing ID on the token`],
  [
    "a client that signs",
    { client: "keyed", secret: "secret-of-keyed" },
    SIGNATURE.replace("...", "Client authentication with signed JWT failed: "),
  ],
];

describe.each(DIALECTS)("SEC-EP-06 %s: client_secret_jwt", (dialect) => {
  test.each(SEALS)("%s", async (_title, change, keycloak) => {
    const shop = bench(servers[dialect], dialect);
    const signed = assertion(shop, { secret: "secret-of-sealed", client: "sealed", ...change });
    const got = (await send(shop, signed)).replace("...", "Client authentication with signed JWT failed: ");
    if (dialect === "native") expect(got.replace(/ .*/, "")).toBe(keycloak === "in" ? "in" : "401");
    else expect(got).toBe(keycloak);
  });

  test("signed by a key pair it does not get in", async () => {
    const shop = bench(servers[dialect], dialect);
    expect(await send(shop, assertion(shop, { key, client: "sealed" }))).not.toBe("in");
  });

  test("works once", async () => {
    const shop = bench(servers[dialect], dialect);
    const signed = assertion(shop, { secret: "secret-of-sealed", client: "sealed" });
    expect([await send(shop, signed), await send(shop, signed)].filter((answer) => answer === "in")).toHaveLength(1);
  });
});
