import type { ActClaim, TokenClaims } from "@cambist/protocol/claims.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dialect, Lineage, Permission } from "../model.ts";
import { exchangeToClient, IMPERSONATE } from "../policy/permission-names.ts";
import { exchangeRequest, ISSUER } from "../testing/exchange.ts";
import { ExchangeWorld, type WorldExchange } from "../testing/exchange-world.ts";
import { randomHop, randomRealm, USERS, WORDS, CLIENTS, type RandomHop } from "../testing/random-realm.ts";
import { role } from "../testing/realm.ts";
import { splitScope } from "../token-request/scope.ts";
import { audienceList } from "./chain.ts";
import { decideExchange } from "./decide-exchange.ts";
import type { ExchangeFacts } from "./facts.ts";
import type { Permit } from "./permit.ts";

/** What happened at one hop, with the token it began from. */
interface Hop extends WorldExchange {
  readonly subject: TokenClaims | undefined;
  readonly before: Lineage | undefined;
}

const fullName = (name: string, owner?: string): string => role(owner === undefined ? name : `${owner}/${name}`);
const depthOf = (act: ActClaim | undefined): number => (act ? 1 + depthOf(act.act) : 0);
const rolesIn = (claims: TokenClaims): readonly string[] => [
  ...(claims.realm_access?.roles ?? []).map((name) => fullName(name)),
  ...Object.entries(claims.resource_access ?? {}).flatMap(([owner, { roles }]) => roles.map((name) => fullName(name, owner))),
];

/** Plays a chain: each hop goes on with the last token that was issued. */
function play(world: ExchangeWorld, first: TokenClaims, hops: readonly RandomHop[], seen: (hop: Hop) => void): void {
  let subject = first;
  for (const { requester, request, wait } of hops) {
    world.now += wait;
    // A disabled client does not get as far as a decision.
    if (!world.view.client(requester).enabled) continue;
    const naked = request.requestedSubject !== undefined && wait % 2 === 1;
    const sent = naked ? undefined : subject;
    const before = sent && world.lineageOf(sent);
    const exchange = world.exchange(requester, sent, exchangeRequest(!naked, request));
    seen({ ...exchange, subject: sent, before });
    if (exchange.claims) subject = exchange.claims;
  }
}

/** The rule that has to be there, worked out without the code that decides. */
function ruleOf({ facts, decision }: Hop): string | undefined {
  const { view, requester, subject } = facts;
  const { permissions, realm } = view;
  const allows = (permission: Permission | undefined): boolean | undefined =>
    permission && permission.policies.length > 0
      ? permission.policies.every(
          (policy) =>
            policy.type === "client" &&
            policy.clientIds.size > 0 &&
            policy.clientIds.has(requester.clientId) === (policy.logic === "POSITIVE"),
        )
      : undefined;
  const { engine, targets } = decision as Permit;
  const isHolder = subject?.claims.azp === requester.clientId;
  const inAudience = audienceList(subject?.claims.aud).includes(requester.clientId);
  if (!subject && allows(permissions?.find(IMPERSONATE)) !== true) return undefined;
  if (engine === "standard") return !requester.publicClient && (isHolder || inAudience) ? "standard" : undefined;
  for (const target of targets) {
    if (requester.publicClient && !isHolder) return undefined;
    if (target === requester) {
      if (subject && !isHolder && (requester.publicClient || !inAudience)) return undefined;
      continue;
    }
    const byRole = realm.dialect === "native" && facts.serviceAccount?.roles.has(role(`${target.clientId}/token-exchange`)) === true;
    if (!(allows(permissions?.find(exchangeToClient(target.id))) ?? byRole)) return undefined;
  }
  return "v1";
}

/** SEC-INV-2…6 for one issued token. */
function checkToken(hop: Hop): void {
  const { facts, decision, claims, lineage, subject, before } = hop;
  if (decision.outcome === "deny") return;
  if (!claims || !lineage) throw new Error("permitted and not issued");
  const { view, request } = facts;
  const { realm } = view;
  const native = realm.dialect === "native";
  const { builtFor, targets, user } = decision;
  const impersonated = request.requestedSubject !== undefined;

  expect(ruleOf(hop)).toBeDefined();

  // SEC-INV-2: scope and roles are within what target, user and earlier hops leave.
  const words = splitScope(claims.scope ?? "");
  const defaults = builtFor.defaultScopes.map(({ name }) => name);
  const known = new Set(["openid", ...defaults, ...builtFor.optionalScopes.map(({ name }) => name)]);
  expect(words.filter((word) => !known.has(word))).toEqual([]);
  if (native) expect(words.filter((word) => lineage.droppedScopes.includes(word))).toEqual([]);
  if (decision.engine === "v1" && subject?.scope !== undefined) {
    const held = splitScope(subject.scope);
    expect(words.filter((word) => !held.includes(word) && !defaults.includes(word))).toEqual([]);
  }
  expect((before?.droppedScopes ?? []).filter((word) => !lineage.droppedScopes.includes(word))).toEqual([]);
  const held = view.effectiveRoles(user);
  const reach = view.expandRoles([
    ...builtFor.ownRoles,
    ...builtFor.roleScope,
    ...decision.applied.scopes.flatMap((scope) => [...scope.roleScope]),
  ]);
  const roles = rolesIn(claims);
  expect(roles.filter((id) => !held.has(id) || !(builtFor.fullScopeAllowed || reach.has(id)))).toEqual([]);

  // SEC-INV-3: whoever is in aud exists and is enabled; whoever was asked for is in it.
  const audience = audienceList(claims.aud);
  expect(audience.filter((clientId) => view.clientIsEnabled(clientId) !== true)).toEqual([]);
  expect(new Set(audience).size).toBe(audience.length);
  const asked = decision.engine === "standard" || (native && targets.length > 1) ? targets : targets.slice(0, 1);
  const self = (clientId: string): boolean => decision.engine === "v1" && asked.length === 1 && clientId === facts.requester.clientId;
  expect(asked.filter(({ clientId }) => !audience.includes(clientId) && !self(clientId))).toEqual([]);
  if (decision.audienceFilter) {
    expect(audience.filter((clientId) => !decision.audienceFilter?.has(clientId))).toEqual([]);
    expect(Object.keys(claims.resource_access ?? {}).filter((owner) => !decision.audienceFilter?.has(owner))).toEqual([]);
  }

  // SEC-INV-4: it lives, and not longer than anything it hangs on.
  const { exp = 0, iat = 0 } = claims;
  expect(iat).toBe(facts.now);
  expect(exp).toBe(iat + decision.lifetime);
  expect(exp).toBeGreaterThan(facts.now);
  const ends: (number | undefined)[] = [
    decision.session.kind === "existing" ? decision.session.session.started + realm.ssoSessionMaxLifespan : undefined,
  ];
  if (native) {
    ends.push(facts.now + realm.accessTokenLifespan, subject?.exp);
    if (realm.exchange.maxAge !== undefined) ends.push(lineage.chainStart + realm.exchange.maxAge);
    if (impersonated) ends.push(facts.now + realm.exchange.impersonationLifespan);
    const own = Number(builtFor.attributes["access.token.lifespan"] ?? "-1");
    if (own > 0) ends.push(facts.now + own);
  }
  for (const end of ends) if (end !== undefined) expect(exp).toBeLessThanOrEqual(end);

  // SEC-INV-5: the subject changes by impersonation alone, and then both are on the record.
  expect(claims.sub).toBe(user.id);
  if (!impersonated) expect(user.id).toBe(facts.subject?.user.id);
  else {
    expect(decision.details["requested_subject"]).toBe(request.requestedSubject);
    expect(lineage.impersonator).toBe(facts.subject?.user.id ?? facts.requester.id);
    expect(before?.impersonator).toBeUndefined();
  }
  if (before?.impersonator !== undefined) expect(lineage.impersonator).toBe(before.impersonator);

  // SEC-INV-6 and lineage: one hop longer, never shorter; act by the server alone.
  expect(lineage.requesters).toEqual([...(before?.requesters ?? []), facts.requester.clientId]);
  expect(lineage.requesters.length).toBeLessThanOrEqual(realm.exchange.maxDepth);
  expect(lineage.targets.length).toBe(lineage.requesters.length);
  expect(lineage.parent).toBe(subject?.jti);
  if (before) expect(lineage.chainStart).toBe(before.chainStart);
  expect(claims.act).toEqual(decision.act);
  if (!native || impersonated) expect(claims).not.toHaveProperty("act", expect.anything());
  else {
    expect(depthOf(claims.act)).toBeGreaterThanOrEqual(depthOf(before?.act));
    if (claims.act && subject?.azp !== facts.requester.clientId) expect(claims.act.client_id).toBe(facts.requester.clientId);
  }

  expect(claims).toMatchObject({ iss: ISSUER, azp: facts.requester.clientId, typ: "Bearer" });
  expect(claims).not.toHaveProperty("cnf", expect.anything());
}

/** SEC-INV-9: the same facts, the same answer; the facts stay as they were. */
function checkPurity(facts: ExchangeFacts, decision: WorldExchange["decision"]): void {
  const frozen = Object.freeze({ ...facts, request: Object.freeze({ ...facts.request }) });
  expect(decideExchange(frozen)).toEqual(decision);
}

const anyDialect = fc.constantFrom<Dialect>("native", "keycloak");
const anyUser = fc.constantFrom(...USERS);
const anyWords = fc.subarray(["openid", ...WORDS]);

describe("random realms, clients, permissions and chains", () => {
  test("SEC-INV-2 SEC-INV-3 SEC-INV-4 SEC-INV-5 SEC-INV-6 SEC-INV-9 hold for every token, and no token without a rule", () => {
    const met = new Set<string>();
    fc.assert(
      fc.property(
        randomRealm(anyDialect),
        anyUser,
        fc.constantFrom(...CLIENTS),
        anyWords,
        fc.array(randomHop(), { minLength: 3, maxLength: 10 }),
        (realm, user, client, words, hops) => {
          const world = new ExchangeWorld(realm);
          play(world, world.signIn(user, client, words), hops, (hop) => {
            met.add(
              hop.decision.outcome === "deny"
                ? hop.decision.refusal
                : `${hop.decision.engine} ${hop.facts.request.requestedSubject === undefined ? "" : "as another"}`,
            );
            checkPurity(hop.facts, hop.decision);
            checkToken(hop);
          });
        },
      ),
      { numRuns: 1500 },
    );
    // The realms are of use only when all kinds of answers come up.
    expect([...met]).toEqual(
      expect.arrayContaining([
        "v1 ",
        "standard ",
        "v1 as another",
        "exchange_not_permitted",
        "not_in_audience",
        "audience_not_available",
        "subject_token_invalid",
        "target_disabled",
        "chain_too_deep",
      ]),
    );
  });

  test("SEC-TX-06 SEC-TX-17 chains of up to eight hops: dropped sets only grow and no later token holds a member", () => {
    let longest = 0;
    let dropped = 0;
    fc.assert(
      fc.property(
        randomRealm(fc.constant("native"), true),
        anyUser,
        anyWords,
        fc.array(randomHop(true), { minLength: 8, maxLength: 12 }),
        (realm, user, words, hops) => {
          // The user is enabled and the session long enough for the whole chain.
          const users = (realm.users ?? []).map((one) => ({ ...one, enabled: true }));
          const world = new ExchangeWorld({ ...realm, users, realm: { ...realm.realm, ssoSessionMaxLifespan: 36_000 } });
          const gone = new Set<string>();
          play(world, world.signIn(user, "c0", words), hops, (hop) => {
            checkToken(hop);
            if (hop.decision.outcome === "deny") {
              // To itself a requester has to be in the audience; everything else is open.
              expect(hop.decision.refusal).toBe(hop.before?.requesters.length === 8 ? "chain_too_deep" : "not_in_audience");
              return;
            }
            for (const word of hop.lineage?.droppedScopes ?? []) gone.add(word);
            expect(new Set(hop.lineage?.droppedScopes)).toEqual(gone);
            expect(splitScope(hop.claims?.scope ?? "").filter((word) => gone.has(word))).toEqual([]);
            expect(hop.decision.applied.scopes.filter(({ name }) => gone.has(name))).toEqual([]);
            longest = Math.max(longest, hop.lineage?.requesters.length ?? 0);
            dropped = Math.max(dropped, gone.size);
          });
        },
      ),
      { numRuns: 400 },
    );
    expect(longest).toBe(8);
    expect(dropped).toBeGreaterThan(3);
  });

  test("SEC-INV-7 SEC-TX-26 a bound token never becomes an unbound one", () => {
    fc.assert(
      fc.property(
        randomRealm(anyDialect),
        anyUser,
        anyWords,
        randomHop(),
        fc.anything(),
        (realm, user, words, { requester, request }, cnf) => {
          fc.pre(cnf !== undefined);
          const world = new ExchangeWorld(realm);
          const bound = { ...world.signIn(user, "c0", words), cnf };
          const { decision } = world.exchange(requester, bound, exchangeRequest(true, request));
          expect(decision.outcome).toBe("deny");
        },
      ),
      { numRuns: 300 },
    );
  });

  test("SEC-INV-8 SEC-TX-15 SEC-DB-06 neither a disabled user nor one from before not-before gets a token", () => {
    fc.assert(
      fc.property(randomRealm(anyDialect), anyWords, randomHop(), fc.boolean(), (realm, words, { requester, request }, disabled) => {
        const users = (realm.users ?? []).map((one) => ({
          ...one,
          ...(USERS.some((name) => name === one.username) && (disabled ? { enabled: false } : { notBefore: 2_000_000_000 })),
        }));
        const world = new ExchangeWorld({ ...realm, users });
        const subject = world.signIn("u0", "c0", words);
        expect(world.exchange(requester, subject, exchangeRequest(true, request)).decision.outcome).toBe("deny");
      }),
      { numRuns: 200 },
    );
  });
});
