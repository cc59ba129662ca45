import type { ActClaim, TokenClaims } from "@cambist/protocol/claims.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bench, type Bench } from "../testing/bench.ts";
import { ExchangeOracle, rolesIn, type Expected, type Held } from "../testing/exchange-oracle.ts";
import { uuidOf } from "../testing/exchange-realm.ts";
import { randomHop, randomRealm, representationOf, USERS, type RandomHop, type RandomRealm } from "../testing/random-exchanges.ts";
import { claimsOf, START, testServer, type TestServer } from "../testing/test-server.ts";

/**
 * Random realms are imported, random chains of requests are sent, and each answer is compared with what the rules say. Fewer runs than in
 * core, since here everything is real; `PROPERTY_RUNS=1000` for a long proof. A failure prints its seed, its path and the smallest realm that
 * shows it.
 */

const RUNS = Number(process.env["PROPERTY_RUNS"] ?? 60);
const START_SECONDS = START / 1000;
/** Time for finding the smallest example is part of it. */
const LIMITS = { numRuns: RUNS, interruptAfterTimeLimit: 60_000 + RUNS * 1500, markInterruptAsFailure: false } as const;
const TIMEOUT = { timeout: LIMITS.interruptAfterTimeLimit + 60_000 };

interface Answer {
  readonly access_token: string;
  readonly expires_in: number;
}

/** One random realm on a server of its own while a chain goes through it. */
interface Play {
  readonly realm: RandomRealm;
  readonly server: TestServer;
  readonly shop: Bench;
  readonly oracle: ExchangeOracle;
  /** Everything that was given out, oldest first. */
  readonly tokens: Held[];
  /** Kinds of answers that came up. */
  readonly met: Set<string>;
  /** Seconds since the start. */
  now: number;
}

const claims: (token: string) => TokenClaims = claimsOf;

function credentials({ realm, shop }: Play, clientId: string): Readonly<Record<string, string>> {
  const isPublic = realm.clients.find((client) => client.clientId === clientId)?.publicClient === true;
  return isPublic ? { client_id: clientId } : shop.as(clientId);
}

async function signIn(play: Play, username: string, scope: readonly string[]): Promise<void> {
  const form = { grant_type: "password", ...credentials(play, "c0"), username, password: "password" };
  const answer = await play.shop.token({ ...form, ...(scope.length > 0 && { scope: scope.join(" ") }) });
  const token = answer.json<Answer>().access_token;
  play.tokens.push({
    token,
    claims: claims(token),
    user: username,
    expiresAt: Number(claims(token).exp) - START_SECONDS,
    sessionStart: play.now,
    chainStart: play.now,
    requesters: [],
    dropped: new Set(),
    act: undefined,
    impersonator: undefined,
  });
}

function bodyOf(play: Play, hop: RandomHop, subject: Held | undefined): string {
  const body = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    ...credentials(play, hop.requester),
    ...(subject && { subject_token: subject.token, subject_token_type: "urn:ietf:params:oauth:token-type:access_token" }),
    ...(hop.scope && { scope: hop.scope.join(" ") }),
    ...(hop.requestedSubject !== undefined && { requested_subject: hop.requestedSubject }),
  });
  for (const audience of hop.audiences) body.append("audience", audience);
  return body.toString();
}

/** Sends one request, compares its answer and its record with what is expected, and keeps the token. */
async function send(play: Play, hop: RandomHop): Promise<void> {
  const { server, shop, oracle, tokens, met } = play;
  server.advance(hop.wait);
  play.now += hop.wait;
  const subject = hop.back === undefined ? undefined : tokens.at(-1 - hop.back);
  if (hop.back !== undefined && !subject) return;
  const expected = oracle.expect(hop, subject, play.now);
  const before = await shop.audit();
  const answer = await shop.token(bodyOf(play, hop, subject));
  const records = (await shop.audit()).slice(before.length);

  // SEC-INV-1: one record of it, and a token if and only if the record says so.
  expect(records.map(({ id }) => id)).toEqual([answer.headers["cambist-decision"]]);
  const [record] = records;
  const seen = { status: answer.statusCode, refusal: record?.facts["refusal"] };
  expect({ ...seen, allowed: answer.statusCode === 200 }).toEqual({ ...seen, allowed: expected !== undefined });
  if (!expected) {
    expect(record?.issued).toEqual([]);
    expect(answer.json()).not.toHaveProperty("access_token");
    met.add("refused");
    return;
  }
  const body = answer.json<Answer>();
  const issued = claims(body.access_token);
  expect(record).toMatchObject({ type: "TOKEN_EXCHANGE", clientId: hop.requester, userId: issued.sub });
  expect(record?.issued).toContain(issued.jti);
  expect(record?.facts["lineage"]).toMatchObject({ requesters: expected.held.requesters });
  // SEC-INV-5: of an impersonation both users are on it.
  if (hop.requestedSubject !== undefined) {
    const impersonator = subject && { impersonator: subject.user };
    expect(record?.details).toMatchObject({ requested_subject: hop.requestedSubject, ...impersonator });
  }
  checkToken(play, issued, expected, { subject, hop });
  expect(body.expires_in).toBe(Number(issued.exp) - Number(issued.iat));
  met.add(hop.requestedSubject !== undefined ? "impersonated" : subject && subject.requesters.length > 0 ? "chained" : "exchanged");
  if (hop.audiences.length > 1) met.add("several audiences");

  // SEC-INV-9: the same request on the same state is decided alike and says the same.
  const again = await shop.token(bodyOf(play, hop, subject));
  expect(withoutIds(claims(again.json<Answer>().access_token))).toEqual(withoutIds(issued));

  tokens.push({ ...expected.held, token: body.access_token, claims: issued, user: expected.user, expiresAt: expected.expiresAt });
}

const withoutIds = ({ jti: _jti, sid: _sid, ...rest }: TokenClaims): Omit<TokenClaims, "jti" | "sid"> => rest;

function checkToken(
  { realm, oracle, now }: Play,
  issued: TokenClaims,
  expected: Expected,
  { subject, hop }: { readonly subject: Held | undefined; readonly hop: RandomHop },
): void {
  // SEC-INV-2: scope and roles are what target, user and earlier hops leave, no more and no less.
  const words = (issued.scope ?? "").split(" ").filter((word) => word !== "");
  expect(new Set(words)).toEqual(expected.words);
  if (realm.dialect === "native") expect(words.filter((word) => expected.held.dropped.has(word))).toEqual([]);
  expect(rolesIn(issued)).toEqual(expected.roles);
  const user = realm.users.find(({ username }) => username === expected.user);
  const held = oracle.effective(user ?? { roles: [], groups: [] });
  expect([...rolesIn(issued)].filter((role) => !held.has(role))).toEqual([]);

  // SEC-INV-3: whoever is named exists and is enabled, and whoever was asked for is named.
  const audience = [issued.aud ?? []].flat();
  const enabled = new Set(realm.clients.filter((client) => client.enabled).map(({ clientId }) => clientId));
  expect(audience.filter((clientId) => !enabled.has(clientId) && clientId !== "account" && clientId !== "realm-management")).toEqual([]);
  expect(new Set(audience.filter((clientId) => enabled.has(clientId)))).toEqual(expected.audience);
  expect(expected.named.filter((clientId) => !audience.includes(clientId))).toEqual([]);

  // SEC-INV-4: it ends with the first of everything it hangs on.
  expect(Number(issued.exp) - START_SECONDS).toBe(expected.expiresAt);
  expect(issued.iat).toBe(START_SECONDS + now);

  // SEC-INV-5: another user only by impersonation.
  const isOther = hop.requestedSubject !== undefined && hop.requestedSubject !== subject?.user;
  expect(issued.sub === subject?.claims.sub).toBe(!isOther);

  // SEC-INV-6: act is the server's own memory of who acted.
  expect(namedActor(issued.act)).toEqual(expected.held.act);
  expect(issued.azp).toBe(hop.requester);
}

/** With ids of service accounts as their names, which is how they are expected. */
function namedActor(act: ActClaim | undefined): object | undefined {
  if (!act) return undefined;
  const clientId = act.client_id ?? "";
  const inner = namedActor(act.act);
  return {
    client_id: clientId,
    sub: act.sub === uuidOf("random", clientId) ? act.sub : `service-account-${clientId}`,
    ...(inner && { act: inner }),
  };
}

async function playAll(realm: RandomRealm, user: string, words: readonly string[], hops: readonly RandomHop[]): Promise<Play> {
  const server = await testServer([representationOf(realm, START_SECONDS)]);
  try {
    const oracle = new ExchangeOracle(realm, (clientId) => uuidOf("random", clientId));
    const play: Play = { realm, server, shop: bench(server, realm.dialect, "random"), oracle, tokens: [], met: new Set(), now: 0 };
    await signIn(play, user, words);
    for (const hop of hops) await send(play, { ...hop, scope: hop.scope?.length === 0 ? undefined : hop.scope });
    expect(await server.store.reader.audit.verify()).toMatchObject({ ok: true });
    return play;
  } finally {
    await server.close();
  }
}

const anyUser = fc.constantFrom(USERS[0], USERS[1]);
const anyWords = fc.subarray(["openid", "s0", "s1", "s2", "s3"]);

test(
  "SEC-INV-1 SEC-INV-2 SEC-INV-3 SEC-INV-4 SEC-INV-5 SEC-INV-6 SEC-INV-9 SEC-TX-03 over the wire a random realm does what the rules say",
  TIMEOUT,
  async () => {
    const met = new Set<string>();
    const hops = fc.array(randomHop(), { minLength: 8, maxLength: 14 });
    const property = fc.asyncProperty(randomRealm(), anyUser, anyWords, hops, async (realm, user, words, chain) => {
      for (const what of (await playAll(realm, user, words, chain)).met) met.add(what);
    });
    await fc.assert(property, LIMITS);
    // It proves something only when all kinds of answers came up.
    expect([...met].toSorted()).toEqual(["chained", "exchanged", "impersonated", "refused", "several audiences"]);
  },
);

test("SEC-TX-06 SEC-TX-17 SEC-INV-6 in chains of up to eight hops over the wire nothing that was dropped comes back", TIMEOUT, async () => {
  let [longest, dropped] = [0, 0];
  const hops = fc.array(randomHop(true), { minLength: 9, maxLength: 12 });
  const property = fc.asyncProperty(randomRealm(true), anyUser, anyWords, hops, async (realm, user, words, chain) => {
    const { tokens } = await playAll(realm, user, words, chain);
    longest = Math.max(longest, ...tokens.map(({ requesters }) => requesters.length));
    dropped = Math.max(dropped, ...tokens.map((token) => token.dropped.size));
  });
  await fc.assert(property, { ...LIMITS, numRuns: Math.ceil(RUNS / 2) });
  expect(longest).toBe(8);
  expect(dropped).toBeGreaterThan(2);
});
