import { generateKeyPairSync, randomUUID, sign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN, administrator, authorized, person } from "./admin.ts";
import { auditRecords, expectIntactAudit } from "./audit.ts";
import { type RealmClient, realmClient } from "./client.ts";
import { race, type RaceAnswer, type RaceRequest, tally } from "./race.ts";
import { type RunningServer, startServer } from "./server.ts";

/** SEC-DB-01, H3: of fifty requests at the same moment only so many get through as may, on whichever thread they arrive. */

const N = 50;
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const key = generateKeyPairSync("ec", { namedCurve: "P-256" });
let server: RunningServer;
let races: RealmClient;

beforeAll(async () => {
  server = await startServer({ environment: ADMIN, flags: ["--workers=2", "--log-level=error"] });
  races = realmClient(server.baseUrl, "races");
  const admin = await administrator(server.baseUrl);
  const jwks = JSON.stringify({ keys: [{ ...key.publicKey.export({ format: "jwk" }), kid: "key-1", use: "sig", alg: "ES256" }] });
  await admin.send("POST", "", {
    realm: "races",
    enabled: true,
    revokeRefreshToken: true,
    refreshTokenMaxReuse: 0,
    clients: [
      { clientId: "public", publicClient: true, directAccessGrantsEnabled: true, fullScopeAllowed: false },
      {
        clientId: "keyed",
        clientAuthenticatorType: "client-jwt",
        serviceAccountsEnabled: true,
        attributes: { "use.jwks.string": "true", "jwks.string": jwks },
      },
    ],
    users: [person("ada")],
  });
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** What all fifty try, each a little different where that is asked for. */
const fifty = (one: (index: number) => RaceRequest): Promise<readonly RaceAnswer[]> =>
  race(Array.from({ length: N }, (_, index) => one(index)));
const form = (endpoint: string, parameters: Readonly<Record<string, string>>): RaceRequest => ({
  method: "POST",
  url: `${races.issuer}/protocol/openid-connect/${endpoint}`,
  headers: FORM,
  body: new URLSearchParams(parameters).toString(),
});
const json = (method: string, path: string, token: string, body: unknown): RaceRequest => {
  const { headers, body: text = "{}" } = authorized(token, body);
  return { method, url: `${server.baseUrl}${path}`, headers, body: text };
};
const register = (token: string, clientId: string): RaceRequest =>
  json("POST", "/realms/races/clients-registrations/default", token, { clientId });
const countOf = async (type: string): Promise<number> => (await auditRecords(server.data)).filter((record) => record.type === type).length;
/** How many records of these types the race leaves. */
async function recorded(types: readonly string[], run: () => Promise<unknown>): Promise<Readonly<Record<string, number>>> {
  const before = await Promise.all(types.map(countOf));
  await run();
  const after = await Promise.all(types.map(countOf));
  return Object.fromEntries(types.map((type, index) => [type, (after[index] ?? 0) - (before[index] ?? 0)]));
}

const refresh = (token: string): RaceRequest => form("token", { grant_type: "refresh_token", client_id: "public", refresh_token: token });
const setReuse = async (refreshTokenMaxReuse: number): Promise<void> => {
  const { status } = await (await administrator(server.baseUrl)).send("PUT", "/races", { refreshTokenMaxReuse });
  expect(status).toBe(204);
};
const initialAccess = async (count: number): Promise<string> => {
  const { body } = await (await administrator(server.baseUrl)).send("POST", "/races/clients-initial-access", { count, expiration: 600 });
  return String(body["token"]);
};

describe("refresh tokens that rotate", () => {
  test("SEC-EP-05 one of fifty uses succeeds, and the replay ends the family", async () => {
    const { refresh_token } = await races.signIn({ client_id: "public" }, "ada");
    let answers: readonly RaceAnswer[] = [];
    const rows = await recorded(
      ["REFRESH_TOKEN", "REFRESH_TOKEN_ERROR"],
      async () => (answers = await fifty(() => refresh(refresh_token))),
    );
    expect(tally(answers)).toEqual({ 200: 1, 400: N - 1 });
    expect(rows).toEqual({ REFRESH_TOKEN: 1, REFRESH_TOKEN_ERROR: N - 1 });
    const won = answers.find(({ status }) => status === 200);
    const next = await race([refresh(String(won?.body["refresh_token"]))]);
    expect(next[0]).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  test.each([1, 2, 7])("SEC-EP-05 a token that may be used %i times more succeeds so often", async (reuse) => {
    await setReuse(reuse);
    const { refresh_token } = await races.signIn({ client_id: "public" }, "ada");
    const answers = await fifty(() => refresh(refresh_token));
    expect(tally(answers)).toEqual({ 200: reuse + 1, 400: N - reuse - 1 });
    // Which of them are of use: none, since the replay has ended the client's session.
    const offspring = answers.filter(({ status }) => status === 200).map(({ body }) => refresh(String(body["refresh_token"])));
    expect(tally(await race(offspring))).toEqual({ 400: reuse + 1 });
    await setReuse(0);
  });
});

/** A request that authenticates by an assertion of its own. */
function withAssertion(): RaceRequest {
  const now = Math.floor(Date.now() / 1000);
  const encoded = [
    { alg: "ES256", kid: "key-1" },
    { iss: "keyed", sub: "keyed", aud: races.issuer, jti: randomUUID(), iat: now, exp: now + 60 },
  ].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"));
  const input = encoded.join(".");
  const signature = sign("sha256", Buffer.from(input), { key: key.privateKey, dsaEncoding: "ieee-p1363" }).toString("base64url");
  return form("token", {
    grant_type: "client_credentials",
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: `${input}.${signature}`,
  });
}

test("SEC-JOSE-18 a client assertion gets in once", async () => {
  const request = withAssertion();
  expect(tally(await fifty(() => request))).toEqual({ 200: 1, 401: N - 1 });
});

describe("client registration", () => {
  test.each([1, 3])("an initial access token for %i makes so many clients", async (count) => {
    const token = await initialAccess(count);
    let answers: readonly RaceAnswer[] = [];
    const rows = await recorded(["CLIENT_REGISTER", "CLIENT_REGISTER_ERROR"], async () => {
      answers = await fifty((index) => register(token, `registered-${count}-${index}`));
    });
    expect(tally(answers)).toEqual({ 201: count, 401: N - count });
    expect(rows).toEqual({ CLIENT_REGISTER: count, CLIENT_REGISTER_ERROR: N - count });
  });

  test("one of fifty gets the name they all want", async () => {
    const token = await initialAccess(N);
    expect(tally(await fifty(() => register(token, "wanted")))).toEqual({ 201: 1, 400: N - 1 });
  });

  test("a registration access token changes its client once", async () => {
    const [made] = await race([register(await initialAccess(1), "changing")]);
    const token = String(made?.body["registrationAccessToken"]);
    const answers = await fifty((index) =>
      json("PUT", "/realms/races/clients-registrations/default/changing", token, { ...made?.body, description: `change ${index}` }),
    );
    expect(tally(answers)).toEqual({ 200: 1, 401: N - 1 });
  });
});

describe("administration", () => {
  const THINGS: readonly (readonly [what: string, path: string, body: object])[] = [
    ["client", "/races/clients", { clientId: "twin" }],
    ["user", "/races/users", { username: "twin" }],
    ["role", "/races/roles", { name: "twin" }],
    ["group", "/races/groups", { name: "twin" }],
    ["client scope", "/races/client-scopes", { name: "twin", protocol: "openid-connect" }],
    ["identity provider", "/races/identity-provider/instances", { alias: "twin", providerId: "oidc", config: { clientId: "x" } }],
  ];
  test.each(THINGS)("one of fifty makes the %s of a name", async (_what, path, body) => {
    const { token } = await administrator(server.baseUrl);
    let answers: readonly RaceAnswer[] = [];
    const rows = await recorded(["ADMIN_CREATE"], async () => {
      answers = await fifty(() => json("POST", `/admin/realms${path}`, token, body));
    });
    expect(tally(answers)).toEqual({ 201: 1, 409: N - 1 });
    expect(rows).toEqual({ ADMIN_CREATE: 1 });
  });

  test("one of ten makes the realm of a name", { timeout: 60_000 }, async () => {
    const { token } = await administrator(server.baseUrl);
    // Each makes the keys of a realm before it loses, which takes its time.
    const answers = await race(Array.from({ length: 10 }, () => json("POST", "/admin/realms", token, { realm: "twin" })));
    expect(tally(answers)).toEqual({ 201: 1, 409: 9 });
  });

  test.each(["clients", "users", "groups"])("one of fifty removes one of the %s", async (noun) => {
    const admin = await administrator(server.baseUrl);
    const id = await admin.create(
      `/races/${noun}`,
      { clients: { clientId: "gone" }, users: { username: "gone" } }[noun] ?? { name: "gone" },
    );
    let answers: readonly RaceAnswer[] = [];
    const rows = await recorded(["ADMIN_DELETE"], async () => {
      answers = await fifty(() => json("DELETE", `/admin/realms/races/${noun}/${id}`, admin.token, undefined));
    });
    expect(tally(answers)).toEqual({ 204: 1, 404: N - 1 });
    expect(rows).toEqual({ ADMIN_DELETE: 1 });
  });

  test("of fifty initial access tokens that are made at once none is lost", async () => {
    const admin = await administrator(server.baseUrl);
    const countTokens = async () => ((await admin.send("GET", "/races/clients-initial-access")).text.match(/"id"/g) ?? []).length;
    const before = await countTokens();
    const answers = await fifty(() =>
      json("POST", "/admin/realms/races/clients-initial-access", admin.token, { count: 1, expiration: 60 }),
    );
    expect(tally(answers)).toEqual({ 200: N });
    expect((await countTokens()) - before).toBe(N);
  });
});

test("after all of it the audit log is whole, and the server alive", async () => {
  await expectIntactAudit(server.data);
  expect(server.isAlive()).toBe(true);
  expect(server.stderr()).toBe("");
});

test("SEC-EP-05 SEC-JOSE-18 what was used once stays used when the power goes", async () => {
  const { refresh_token } = await races.signIn({ client_id: "public" }, "ada");
  const used = [form("token", { grant_type: "refresh_token", client_id: "public", refresh_token }), withAssertion()];
  expect(tally(await race(used))).toEqual({ 200: 2 });
  await server.kill();
  await using again = await startServer({ data: server.data, flags: ["--workers=2", "--log-level=error"] });
  // Under its old name, which the tokens name as their issuer.
  const host = new URL(server.baseUrl).host;
  const moved = used.map((each) => ({
    ...each,
    url: each.url.replace(server.baseUrl, again.baseUrl),
    headers: { ...each.headers, host },
  }));
  const answers = await race(moved);
  expect(answers.map(({ status, body }) => [status, body["error"]])).toEqual([
    [400, "invalid_grant"],
    [401, "invalid_client"],
  ]);
  const reasons = (await auditRecords(server.data)).slice(-2).map(({ facts }) => facts["refusal"]);
  expect(reasons.toSorted((one, other) => (String(one) < String(other) ? -1 : 1))).toEqual([
    "client_assertion_invalid",
    "refresh_token_reused",
  ]);
});
