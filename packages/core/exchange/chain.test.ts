import type { ActClaim } from "@cambist/protocol/claims.ts";
import { describe, expect, test } from "vitest";
import type { Dialect, Lineage } from "../model.ts";
import { DEVELOPER, exchangeFacts, impersonationFacts, standardFacts, type ExchangeChange } from "../testing/exchange.ts";
import { NOW } from "../testing/policies.ts";
import { userId, uuid } from "../testing/realm.ts";
import { audienceList } from "./chain.ts";
import { decideExchange } from "./decide-exchange.ts";
import type { ExchangeFacts } from "./facts.ts";
import type { Permit } from "./permit.ts";

const DIALECTS: readonly Dialect[] = ["native", "keycloak"];
const permitted = (facts: ExchangeFacts): Permit => {
  const decision = decideExchange(facts);
  if (decision.outcome === "deny") throw new Error(`refused: ${decision.refusal}`);
  return decision;
};
const permit = (change: ExchangeChange = {}): Permit => permitted(exchangeFacts(change));
const refusal = (change: ExchangeChange): string => {
  const decision = decideExchange(exchangeFacts(change));
  return decision.outcome === "deny" ? decision.refusal : "permit";
};
const hops = (count: number): Partial<Lineage> => ({
  requesters: Array.from({ length: count }, (_, index) => `client-${index}`),
  targets: Array.from({ length: count }, (_, index) => `target-${index}`),
});

describe("act, native (RFC 8693 §4.1)", () => {
  const EARLIER: ActClaim = { client_id: "gate", sub: "gate-user", act: { client_id: "edge", sub: "edge-user" } };
  const PORTAL = { client_id: "portal", sub: userId("service-account-portal") };

  test("a requester that did not hold the token becomes the actor, by its service account", () =>
    expect(permit()).toMatchObject({ act: PORTAL, chain: { act: PORTAL } }));
  test("without a service account by its UUID", () =>
    expect(permit({ clients: { portal: { serviceAccountsEnabled: false } } }).act).toEqual({ client_id: "portal", sub: uuid("portal") }));
  test("in front of the earlier actors", () => expect(permit({ lineage: { act: EARLIER } }).act).toEqual({ ...PORTAL, act: EARLIER }));
  test("a requester that held the token is no new actor", () => {
    expect(permit({ claims: { azp: "portal" } })).not.toHaveProperty("act", expect.anything());
    expect(permit({ claims: { azp: "portal" }, lineage: { act: EARLIER } }).act).toEqual(EARLIER);
  });
  test("SEC-INV-6 SEC-TX-18 an act in the token is nothing: only the server's lineage counts", () =>
    expect(permit({ claims: { act: EARLIER, may_act: { sub: "anybody" } } }).act).toEqual(PORTAL));
  test("impersonation adds none and keeps the earlier one for the audit alone", () => {
    const decision = permitted(impersonationFacts({ lineage: { act: EARLIER } }));
    expect(decision).not.toHaveProperty("act", expect.anything());
    expect(decision.chain).not.toHaveProperty("act", expect.anything());
    expect(decision.evidence).toMatchObject({ earlier_act: EARLIER });
  });
  test("the standard exchange has it too", () =>
    expect(permitted(standardFacts()).act).toEqual({ client_id: "reports", sub: uuid("reports") }));
  test("keycloak has none", () => {
    expect(permit({ dialect: "keycloak", lineage: { act: EARLIER } })).not.toHaveProperty("act", expect.anything());
    expect(permitted(standardFacts({ dialect: "keycloak", lineage: { act: EARLIER } }))).not.toHaveProperty("act", expect.anything());
  });
});

describe.each(DIALECTS)("SEC-TX-17 %s: depth and age of chains", (dialect) => {
  test("eight exchanges in a row, no ninth", () => {
    expect(refusal({ dialect, lineage: hops(7) })).toBe("permit");
    expect(refusal({ dialect, lineage: hops(8) })).toBe("chain_too_deep");
    expect(refusal({ dialect, lineage: hops(9) })).toBe("chain_too_deep");
  });
  test("the realm may want less", () => {
    const exchange = { maxDepth: 1 };
    expect(refusal({ dialect, exchange })).toBe("permit");
    expect(refusal({ dialect, exchange, lineage: hops(1) })).toBe("chain_too_deep");
  });
  test("the standard exchange counts the same hops", () =>
    expect(decideExchange(standardFacts({ dialect, lineage: hops(8) }))).toMatchObject({ refusal: "chain_too_deep" }));
  const aged = (maxAge: number, lineage?: Partial<Lineage>): string =>
    refusal({ dialect, exchange: { maxAge }, ...(lineage && { lineage }) });
  test("age counts from the token the chain began with; at the limit it is over", () => {
    expect(aged(11)).toBe("permit");
    expect(aged(10)).toBe("chain_too_old");
    expect(aged(60, { chainStart: NOW - 59 })).toBe("permit");
    expect(aged(60, { chainStart: NOW - 60 })).toBe("chain_too_old");
  });
  test("without a limit any age will do", () => expect(refusal({ dialect, lineage: { chainStart: NOW - 86_400 } })).toBe("permit"));
  test("a requester may reappear in plain exchanges", () =>
    expect(refusal({ dialect, lineage: { requesters: ["portal", "backend", "portal"], targets: ["a", "b", "c"] } })).toBe("permit"));
});

describe("lineage", () => {
  const lineage = { requesters: ["edge"], targets: ["portal"], droppedScopes: ["phone"], chainStart: NOW - 100 };
  test("a first hop begins it with the subject token", () =>
    expect(permit().chain).toMatchObject({
      parent: "subject-jti",
      requesters: ["portal"],
      targets: ["some-backend-service"],
      droppedScopes: [],
      chainStart: NOW - 10,
    }));
  test("a later hop makes it longer", () =>
    expect(permit({ lineage }).chain).toMatchObject({
      parent: "subject-jti",
      requesters: ["edge", "portal"],
      targets: ["portal", "some-backend-service"],
      droppedScopes: ["phone"],
      chainStart: NOW - 100,
    }));
  test("words that a sent scope leaves out join the dropped ones", () => {
    expect(permit({ lineage, request: { scope: "openid" } }).chain.droppedScopes).toEqual(["phone", "email", "profile"]);
    expect(permit({ lineage, request: { scope: "openid" } }).evidence["dropped_scopes"]).toEqual(["phone", "email", "profile"]);
    expect(permit({ request: { scope: "openid email profile phone" } }).chain.droppedScopes).toEqual([]);
    expect(permitted(standardFacts({ request: { scope: "email" } })).chain.droppedScopes).toEqual(["openid", "profile"]);
  });
  test("a target that does not know a word has not dropped it", () => {
    const clients = { "some-backend-service": { defaultScopes: ["basic"], optionalScopes: [] } };
    expect(permit({ clients }).chain.droppedScopes).toEqual([]);
  });
  test("impersonation is remembered from its first hop on, with subject token and without", () => {
    const naked = {
      "admin-impersonating.permission.users": [{ id: "p", name: "p", logic: "POSITIVE", type: "client", clientIds: new Set(["portal"]) }],
    } as const;
    expect(permitted(impersonationFacts()).chain.impersonator).toBe(userId("operator"));
    expect(permitted(impersonationFacts({ claims: null, permissions: naked })).chain).toMatchObject({
      impersonator: uuid("portal"),
      requesters: ["portal"],
      targets: ["portal"],
      chainStart: NOW,
    });
    expect(permit({ lineage: { impersonator: "somebody" } }).chain.impersonator).toBe("somebody");
    expect(permit({ subject: DEVELOPER }).chain).not.toHaveProperty("impersonator", expect.anything());
  });
});

test("aud is a text or a list", () => {
  expect(audienceList("a")).toEqual(["a"]);
  expect(audienceList(["a", "b"])).toEqual(["a", "b"]);
  expect(audienceList(undefined)).toEqual([]);
});
