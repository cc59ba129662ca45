import { generateKeyPairSync, randomUUID } from "node:crypto";
import type { Dialect } from "@cambist/core/model.ts";
import type { LightMyRequestResponse } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { signActionToken } from "../actions/action-token.ts";
import { assertion, newClientKey } from "../client-auth/testing/assertions.ts";
import { createSigningKey } from "../keys/signing-key.ts";
import { adminOf } from "../testing/admin.ts";
import { withHighS } from "../testing/attack-signatures.ts";
import { type Attack, type AttackMaterial, attackTokens, madeAgain } from "../testing/attack-tokens.ts";
import { ACCESS_TOKEN, bench, type Bench, JWT_BEARER } from "../testing/bench.ts";
import { exchangeRealm, person } from "../testing/exchange-realm.ts";
import { START, testServer, type TestServer } from "../testing/test-server.ts";

/** H2: a good token and some 230 bad variants of it, at every place that takes one. `docs/security/jose.md` says why some are taken. */

const DIALECTS = ["native", "keycloak"] as const;
const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"] as const;
const NOW = START / 1000;
const clientKey = newClientKey("key-1");
const stranger = newClientKey("key-1");
const servers = {} as Record<Dialect, TestServer>;
beforeAll(async () => {
  const chief = person("chief", { clientRoles: { "realm-management": ["realm-admin"] } });
  const jwks = JSON.stringify({ keys: [clientKey.jwk] });
  for (const dialect of DIALECTS) {
    // A realm for each algorithm, of that name.
    const realms = ALGORITHMS.map((algorithm) =>
      exchangeRealm(dialect, { realm: algorithm, jwks, users: [chief], more: { defaultSignatureAlgorithm: algorithm } }),
    );
    servers[dialect] = await testServer([...realms, exchangeRealm(dialect, { realm: "twin" })]);
  }
}, 60_000);
afterAll(() => Promise.all(Object.values(servers).map((server) => server.close())));

/** One parameter or header that takes a token. */
interface Place {
  readonly title: string;
  readonly material: (shop: Bench, twin: Bench) => Promise<AttackMaterial>;
  readonly send: (shop: Bench, token: string) => Promise<LightMyRequestResponse>;
  /** Status of the answer to a good token. */
  readonly good: number;
  /** Error code of all refusals. */
  readonly refused: Readonly<Record<Dialect, string>>;
  /** Type of the record that each refusal leaves; undefined: none is due. */
  readonly recorded: string | undefined;
  /** Variants that leave another one. */
  readonly recordedApart?: Readonly<Record<string, string>>;
  /** Keycloak tells clients what is wrong with their assertion. */
  readonly tells?: Dialect;
  /** Variants that are no attack here. */
  readonly taken?: readonly string[];
  readonly takenOnly?: Readonly<Partial<Record<Dialect, readonly string[]>>>;
  /** Variants whose refusal has another error code, because what is refused is not the token as such. */
  readonly apart?: Readonly<Record<string, string>>;
}

const nameOf = ({ path }: Bench): string => path.split("/")[2] ?? "";
const endpoint = (shop: Bench, name: string): string => shop.path.replace(/token$/, name);
const material = async (shop: Bench, twin: Bench, sort: "signed" | "sealed", make: () => Promise<string>): Promise<AttackMaterial> => {
  const [pair, secret] = [nameOf(shop), "HS512"];
  const [good, other] = [await make(), await make()];
  return {
    good,
    other,
    key: await shop.key(sort === "signed" ? pair : secret),
    foreignKey: await twin.key(sort === "signed" ? "RS256" : secret),
    otherKey: await shop.key(sort === "signed" ? secret : pair),
    now: NOW,
  };
};
const accessToken = (shop: Bench, twin: Bench) => material(shop, twin, "signed", async () => (await shop.signIn()).access_token);
const refreshToken = (shop: Bench, twin: Bench) => material(shop, twin, "sealed", async () => (await shop.signIn()).refresh_token);
const chiefOf = (shop: Bench) => adminOf(shop.server, { realm: nameOf(shop), username: "chief" });

/** The exchange and introspection look at `aud` by their own rules; light tokens have no `sub`, and the session knows its user. */
const AUDIENCES = ["aud missing", "aud of another", "aud a prefix"];
/** Whoever could read them is let in by their first word, or by none. */
const BROKEN_HEADER = ["a line break inside", "a space inside", "the scheme in front"];
/** Tokens of the realm to itself, each for one place. */
const OWN_KINDS = ["typ InitialAccessToken", "typ RegistrationAccessToken", "typ execute-actions", "typ verify-email", "typ ORGIVT"];
const BOUND = ["bound to a key", "bound to a certificate"];
const SAME = (code: string) => ({ native: code, keycloak: code });

const PLACES: readonly Place[] = [
  linkPlace("GET"),
  linkPlace("POST"),
  {
    title: "subject_token",
    material: accessToken,
    send: (shop, token) => shop.exchange(token),
    good: 200,
    refused: { native: "invalid_token", keycloak: "invalid_request" },
    recorded: "TOKEN_EXCHANGE_ERROR",
    taken: [...AUDIENCES, "sub missing"],
  },
  {
    title: "userinfo, Authorization",
    material: accessToken,
    send: (shop, token) => shop.server.get(endpoint(shop, "userinfo"), { authorization: `Bearer ${token}` }),
    good: 200,
    refused: SAME("invalid_token"),
    recorded: "USER_INFO_REQUEST_ERROR",
    // HTTP takes white space off the ends of a header.
    taken: [...AUDIENCES, "sub missing", "a space in front", "a space behind", "a line break"],
    apart: Object.fromEntries(BROKEN_HEADER.map((title) => [title, ""])),
  },
  {
    title: "userinfo, access_token",
    material: accessToken,
    send: (shop, token) => shop.server.post(endpoint(shop, "userinfo"), { access_token: token }),
    good: 200,
    refused: SAME("invalid_token"),
    recorded: "USER_INFO_REQUEST_ERROR",
    taken: [...AUDIENCES, "sub missing"],
  },
  {
    title: "admin API, Authorization",
    material: (shop, twin) => material(shop, twin, "signed", async () => (await chiefOf(shop)).token),
    send: (shop, token) => shop.server.get(`/admin/realms/${nameOf(shop)}/users`, { authorization: `Bearer ${token}` }),
    good: 200,
    refused: SAME("HTTP 401 Unauthorized"),
    recorded: undefined,
    taken: [...AUDIENCES, "sub missing", "a space in front"],
  },
  {
    title: "introspection of an access token",
    material: accessToken,
    send: (shop, token) => shop.server.post(endpoint(shop, "token/introspect"), { token, ...shop.as("portal") }),
    good: 200,
    refused: SAME("inactive"),
    recorded: "INTROSPECT_TOKEN_ERROR",
    // The answer shows `cnf`: whoever asks has to check the binding. An ID token is active too.
    taken: ["sub missing", "typ ID", ...BOUND],
    // `native` shows a token only to those it is for.
    takenOnly: { keycloak: AUDIENCES },
  },
  {
    title: "introspection of a refresh token",
    material: (shop, twin) =>
      material(shop, twin, "sealed", async () => (await shop.signIn("alice", { ...shop.as("portal") })).refresh_token),
    send: (shop, token) => shop.server.post(endpoint(shop, "token/introspect"), { token, ...shop.as("portal") }),
    good: 200,
    refused: SAME("inactive"),
    recorded: "INTROSPECT_TOKEN_ERROR",
    taken: ["sub missing"],
  },
  {
    title: "refresh_token",
    material: refreshToken,
    send: (shop, token) => shop.token({ grant_type: "refresh_token", client_id: "frontend", refresh_token: token }),
    good: 200,
    refused: SAME("invalid_grant"),
    recorded: "REFRESH_TOKEN_ERROR",
    taken: ["sub missing"],
  },
  {
    title: "logout",
    material: refreshToken,
    send: (shop, token) => shop.server.post(endpoint(shop, "logout"), { client_id: "frontend", refresh_token: token }),
    good: 204,
    refused: SAME("invalid_grant"),
    recorded: "LOGOUT_ERROR",
    // What ends a session may be old, young, bound or gone: it gives nothing.
    taken: [
      "exp missing",
      "exp past",
      "exp this second",
      "nbf ahead",
      "iat ahead",
      "iat missing",
      "jti missing",
      ...AUDIENCES,
      "sub missing",
      "sid unknown",
      "typ Offline",
      ...BOUND,
    ],
  },
  {
    title: "revocation of an access token",
    material: accessToken,
    send: (shop, token) => shop.server.post(endpoint(shop, "revoke"), { client_id: "frontend", token }),
    good: 200,
    refused: SAME("invalid_token"),
    recorded: "REVOKE_GRANT_ERROR",
    // The same: any token that this realm has signed for this client can be taken back.
    taken: [
      "exp past",
      "exp this second",
      "nbf ahead",
      "iat ahead",
      "iat missing",
      "iss missing",
      "iss with a slash",
      "iss in another case",
      "iss of another realm",
      "iss on another port",
      "iss with another scheme",
      "iss with a query",
      ...AUDIENCES,
      "sub missing",
      ...BOUND,
    ],
    apart: {
      ...Object.fromEntries(
        ["the realm's other sort of key", "typ ID", "typ Refresh", "typ Offline", "typ DPoP", "typ missing"].map((title) => [
          title,
          "unsupported_token_type",
        ]),
      ),
      ...Object.fromEntries(OWN_KINDS.map((title) => [title, "unsupported_token_type"])),
      "azp unknown": "invalid_request",
      "azp of a client that is not in the session": "invalid_request",
    },
  },
  {
    title: "client_assertion",
    material: (shop) =>
      Promise.resolve({
        good: assertion(shop, { key: clientKey }),
        other: assertion(shop, { key: clientKey }),
        key: createSigningKey({ algorithm: "ES256", kid: "key-1", privateKey: clientKey.privateKey }),
        foreignKey: createSigningKey({ algorithm: "ES256", kid: "key-1", privateKey: stranger.privateKey }),
        otherKey: createSigningKey({ algorithm: "RS256", kid: "key-2", ...generateKeyPairSync("rsa", { modulusLength: 2048 }) }),
        now: NOW,
        fresh: () => ({ jti: randomUUID() }),
      }),
    send: (shop, token) => shop.token({ grant_type: "client_credentials", client_assertion_type: JWT_BEARER, client_assertion: token }),
    good: 200,
    refused: SAME("invalid_client"),
    recorded: "CLIENT_LOGIN_ERROR",
    tells: "keycloak",
    // Clocks may differ by ten seconds.
    takenOnly: { native: ["exp past", "exp this second"] },
    // Of an assertion only the registered claims count (RFC 7523 §3), and its client may have one key only.
    taken: [
      "no kid",
      "iat missing",
      "azp missing",
      "azp unknown",
      "azp of a client that is not in the session",
      "sid unknown",
      "typ ID",
      "typ Refresh",
      "typ Offline",
      "typ Bearer",
      "typ DPoP",
      ...OWN_KINDS,
      ...BOUND,
    ],
  },
  {
    title: "initial access token",
    material: (shop, twin) =>
      material(
        shop,
        twin,
        "sealed",
        async () =>
          (await (await chiefOf(shop)).post(`/${nameOf(shop)}/clients-initial-access`, { count: 100, expiration: 200 })).json<{
            readonly token: string;
          }>().token,
      ),
    send: (shop, token) =>
      shop.server.app.inject({
        method: "POST",
        url: `/realms/${nameOf(shop)}/clients-registrations/default`,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        payload: JSON.stringify({ clientId: randomUUID() }),
      }),
    good: 201,
    refused: SAME("invalid_token"),
    recorded: "CLIENT_REGISTER_ERROR",
    // The realm's own list says when one is over, and whom it is for.
    taken: [
      "exp missing",
      "sub missing",
      "sub of somebody else",
      "azp missing",
      "azp unknown",
      "a space in front",
      "azp of a client that is not in the session",
      "sid unknown",
    ],
    apart: Object.fromEntries([...BROKEN_HEADER, "a space behind", "a line break"].map((title) => [title, "insufficient_scope"])),
  },
];

const freshIds = () => {
  const jti = randomUUID();
  return { jti, nonce: jti };
};

const linkAt = (shop: Bench): string => `/realms/${nameOf(shop)}/login-actions/action-token`;
const linkToken = async (shop: Bench): Promise<string> => {
  const { services } = shop.server;
  const realm = await services.realms.get(nameOf(shop));
  const user = realm && (await services.state.findUserByUsername(realm.view.realm.id, "alice"));
  if (!user) throw new Error("no user");
  const { jti } = freshIds();
  const rest = { email: user.email ?? "", clientId: "frontend", issuedAt: NOW, expires: NOW + 300, actions: [] };
  return signActionToken({ services, realm, issuer: shop.issuer }, { kind: "execute-actions", jti, userId: user.id, ...rest });
};

/** `key` of the links in mails: opened, and followed. */
function linkPlace(method: "GET" | "POST"): Place {
  const [over, gone, noClient] = [
    "This link has expired. Ask your administrator for a new one.",
    "The account that this link was made for is not there any more.",
    "The application that this link was made for is not there any more.",
  ];
  return {
    title: `key of a link, ${method}`,
    material: async (shop, twin) => ({ ...(await material(shop, twin, "sealed", () => linkToken(shop))), fresh: freshIds }),
    send: (shop, key) =>
      method === "GET"
        ? shop.server.get(`${linkAt(shop)}?${new URLSearchParams({ key }).toString()}`)
        : shop.server.post(linkAt(shop), { key }),
    good: 200,
    refused: SAME("This link is not valid. Open the link from the mail once more."),
    recorded: "EXECUTE_ACTION_TOKEN_ERROR",
    recordedApart: {
      "sub of somebody else": "EXECUTE_ACTIONS_ERROR",
      "azp unknown": "EXECUTE_ACTIONS_ERROR",
    },
    // A link hangs on no session.
    taken: ["sid unknown", "azp of a client that is not in the session"],
    apart: { "exp past": over, "exp this second": over, "sub of somebody else": gone, "azp unknown": noClient },
  };
}

/** Error code of a refusal, or what a page says, wherever the endpoint puts it; undefined: it is none. */
function errorOf(answer: LightMyRequestResponse): string | undefined {
  if (answer.statusCode === 401 && answer.body === "") return /error="([^"]*)"/.exec(String(answer.headers["www-authenticate"]))?.[1] ?? "";
  if (answer.body === '{"active":false}') return "inactive";
  if (answer.body.startsWith("<!DOCTYPE")) return /id="kc-error-message"><p[^>]*>([^<]*)</.exec(answer.body)?.[1];
  if (!answer.body.startsWith("{")) return undefined;
  const { error } = answer.json<{ readonly error?: string }>();
  return error;
}
const textOf = ({ statusCode, headers, body }: LightMyRequestResponse): string =>
  `${statusCode} ${String(headers["www-authenticate"] ?? "")} ${body.replace(/Decision [0-9a-f-]{36}/, "")}`;

describe.each(DIALECTS)("%s: attack tokens (H2)", (dialect) => {
  test.each(PLACES)("SEC-JOSE-01…06, 10…16 $title: each is refused, all with one answer and one record", async (place) => {
    const shop = bench(servers[dialect], dialect, "RS256");
    const twin = bench(servers[dialect], dialect, "twin");
    const made = await place.material(shop, twin);
    const attacks = attackTokens(made);
    expect(attacks.length).toBeGreaterThanOrEqual(120);
    expect(new Set(attacks.map(({ title }) => title)).size).toBe(attacks.length);

    const taken = new Set([...(place.taken ?? []), ...(place.takenOnly?.[dialect] ?? [])]);
    const before = (await shop.audit()).length;
    const bad = attacks.filter(({ title }) => !taken.has(title));
    const wrong: string[] = [];
    const texts = new Map<string, string[]>();
    for (const attack of bad) {
      const answer = await place.send(shop, attack.token);
      const expected = place.apart?.[attack.title] ?? place.refused[dialect];
      const code = errorOf(answer);
      if (answer.statusCode >= 500 || code !== expected) wrong.push(`${attack.title}: ${textOf(answer).slice(0, 200)}`);
      if (attack.stopsAt === "form" && place.apart?.[attack.title] === undefined)
        texts.set(textOf(answer), [...(texts.get(textOf(answer)) ?? []), attack.title]);
    }
    expect(wrong).toEqual([]);
    if (place.tells !== dialect) expect([...texts.keys()]).toHaveLength(1);

    const records = (await shop.audit()).slice(before);
    expect(records.map(({ type }) => type)).toEqual(
      place.recorded === undefined ? [] : bad.map(({ title }) => place.recordedApart?.[title] ?? place.recorded),
    );
    expect(records.flatMap(({ issued }) => issued)).toEqual([]);

    // Whoever was attacked has lost nothing, the tools make good tokens too, and what is no attack here is none.
    expect((await place.send(shop, made.good)).statusCode).toBe(place.good);
    for (const index of [0, 1]) {
      const again = await place.material(shop, twin);
      expect((await place.send(shop, madeAgain(again)[index] ?? "")).statusCode).toBe(place.good);
    }
    for (const title of taken) {
      const attack = attackTokens(await place.material(shop, twin)).find((one) => one.title === title);
      const answer = await place.send(shop, attack?.token ?? "");
      expect([title, answer.statusCode, errorOf(answer)]).toEqual([title, place.good, undefined]);
    }
  });

  test.each(["PS256", "ES256", "EdDSA"] as const)(
    "SEC-JOSE-10 SEC-JOSE-13 subject tokens of a realm that signs with %s",
    async (algorithm) => {
      const shop = bench(servers[dialect], dialect, algorithm);
      const twin = bench(servers[dialect], dialect, "twin");
      const made = await accessToken(shop, twin);
      expect(JSON.parse(Buffer.from(made.good.split(".")[0] ?? "", "base64url").toString())).toMatchObject({ alg: algorithm });
      const attacks = attackTokens(made);
      const taken: string[] = [];
      for (const { title, token } of attacks) if ((await shop.exchange(token)).statusCode === 200) taken.push(title);
      expect(taken).toEqual([...AUDIENCES, "sub missing"]);
      for (const token of [made.good, ...madeAgain(made)]) expect((await shop.exchange(token)).statusCode).toBe(200);
    },
  );

  test("an ECDSA signature with the high s is another spelling that is taken, and is revoked with the token", async () => {
    const shop = bench(servers[dialect], dialect, "ES256");
    const { access_token } = await shop.signIn();
    expect(withHighS(access_token)).not.toBe(access_token);
    expect((await shop.exchange(withHighS(access_token))).statusCode).toBe(200);
    await shop.server.post(endpoint(shop, "revoke"), { client_id: "frontend", token: access_token });
    expect((await shop.exchange(withHighS(access_token))).statusCode).toBe(400);
  });

  test("SEC-JOSE-18 a client assertion with the high s is the same assertion: it works once", async () => {
    const shop = bench(servers[dialect], dialect, "RS256");
    const send = (client_assertion: string) =>
      shop.token({ grant_type: "client_credentials", client_assertion_type: JWT_BEARER, client_assertion });
    const signed = assertion(shop, { key: clientKey });
    expect((await send(withHighS(signed))).statusCode).toBe(200);
    expect((await send(signed)).statusCode).not.toBe(200);
  });

  test("actor_token and id_token_hint are not read yet: a bad one changes no answer", async () => {
    const shop = bench(servers[dialect], dialect, "RS256");
    const twin = bench(servers[dialect], dialect, "twin");
    const made = await accessToken(shop, twin);
    const exchange = (actor: string) => shop.exchange(made.good, { actor_token: actor, actor_token_type: ACCESS_TOKEN });
    const hint = (token: string) => shop.server.get(`${endpoint(shop, "logout")}?id_token_hint=${encodeURIComponent(token)}`);
    const [actor, hinted] = [(await exchange(made.other)).statusCode, textOf(await hint(made.good))];
    for (const { token } of attackTokens(made)) {
      expect((await exchange(token)).statusCode).toBe(actor);
      expect(textOf(await hint(token))).toBe(hinted);
    }
  });

  test("SEC-LOG-02 nothing of all these tokens is in the log, the events or the audit log", async () => {
    const shop = bench(servers[dialect], dialect, "RS256");
    const twin = bench(servers[dialect], dialect, "twin");
    const parts = new Set<string>();
    for (const { material, send } of PLACES) {
      const made = await material(shop, twin);
      const sent: Attack[] = [...attackTokens(made), { title: "good", token: made.good, stopsAt: "claims" }];
      for (const { token } of sent.slice(0, 40).concat(sent.slice(-10))) {
        await send(shop, token);
        for (const part of token.split(/[^\w-]+/)) if (part.length >= 40) parts.add(part.slice(0, 40));
      }
    }
    const { lines, events } = servers[dialect];
    const written = [...lines, JSON.stringify(events), JSON.stringify(await shop.audit())].join("\n");
    const found = (written.match(/[\w-]{40,}/g) ?? []).filter((word) => parts.has(word.slice(0, 40)));
    expect(found).toEqual([]);
    expect(written).toContain("TOKEN_EXCHANGE_ERROR");
  });
});
