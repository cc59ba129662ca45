import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claimsOf, decode, type RealmClient, realmClient, secretOf, wordsOf } from "./client.ts";
import { MYREALM, serverUnderTest, WORKSHOP } from "./server.ts";
import { hop, type NativeTokens, nativeTokens } from "./workshop.ts";

/** Chains of exchanges in the native dialect: who acted, what a hop left out, where it ends. */

let server: Awaited<ReturnType<typeof serverUnderTest>>;
let tokens: NativeTokens;
let workshop: RealmClient;

beforeAll(async () => {
  server = await serverUnderTest({ realms: [MYREALM, WORKSHOP] });
  tokens = await nativeTokens(server.baseUrl);
  workshop = realmClient(server.baseUrl, "workshop");
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** The user id of a client's service account. */
const serviceAccountOf = async (clientId: string): Promise<unknown> =>
  claimsOf(await workshop.token({ grant_type: "client_credentials", ...secretOf(clientId) }))["sub"];

describe("the act claim (RFC 8693 §4.1)", () => {
  test("names the requester by client and service account", async () => {
    const { claims } = decode(tokens.throughGate);
    expect(claims["act"]).toEqual({ client_id: "gate", sub: await serviceAccountOf("gate") });
  });

  test("names a requester without a service account by its client's id", async () => {
    const { claims } = decode(await hop(workshop, tokens.ada.access_token, "plain", "orders"));
    expect(claims["act"]).toEqual({ client_id: "plain", sub: "00000000-0000-4000-8000-000000000014" });
  });

  test("SEC-INV-6 nests through a chain of three clients, the latest outermost", async () => {
    const billing = await hop(workshop, tokens.throughGate, "orders", "billing");
    const ledger = await hop(workshop, billing, "billing", "ledger");
    expect(decode(ledger).claims["act"]).toEqual({
      client_id: "billing",
      sub: await serviceAccountOf("billing"),
      act: {
        client_id: "orders",
        sub: await serviceAccountOf("orders"),
        act: { client_id: "gate", sub: await serviceAccountOf("gate") },
      },
    });
  });

  test("is copied when the requester already holds the token, and absent when there was none", async () => {
    const again = await hop(workshop, tokens.throughGate, "gate", "billing");
    expect(decode(again).claims["act"]).toEqual(decode(tokens.throughGate).claims["act"]);
    const own = await workshop.exchange(tokens.ada.access_token, { client_id: "storefront", audience: "kiosk" });
    expect(claimsOf(own)).not.toHaveProperty("act");
  });
});

describe("SEC-TX-06 what a scope parameter leaves out", () => {
  test("is gone from the token, default scopes of the target and their claims included", async () => {
    const answer = await workshop.exchange(tokens.ada.access_token, { ...secretOf("gate"), audience: "orders", scope: "email" });
    const claims = claimsOf(answer);
    expect(wordsOf(claims["scope"])).toEqual(["email"]);
    expect(answer.body["scope"]).toBe(claims["scope"]);
    expect(claims).toHaveProperty("email");
    expect(claims).not.toHaveProperty("preferred_username");
  });

  test.each([undefined, "email profile openid"])("never comes back at a later hop (scope %s)", async (scope) => {
    const narrow = await hop(workshop, tokens.ada.access_token, "gate", "orders", { scope: "email" });
    const next = await hop(workshop, narrow, "orders", "billing", { scope });
    const last = await hop(workshop, next, "billing", "ledger");
    for (const token of [next, last]) {
      expect(wordsOf(decode(token).claims["scope"])).toEqual(["email"]);
      expect(decode(token).claims).not.toHaveProperty("preferred_username");
    }
  });

  test("SEC-TX-05 words outside the rule are dropped and the answer says so", async () => {
    const answer = await workshop.exchange(tokens.ada.access_token, {
      ...secretOf("gate"),
      audience: "orders",
      scope: "email phone nonsense",
    });
    expect(wordsOf(answer.body["scope"])).toEqual(["email"]);
  });
});

test("SEC-TX-17 a chain deeper than the realm allows", async () => {
  let subject = tokens.ada.access_token;
  for (let depth = 0; depth < 8; depth += 1)
    subject = await hop(workshop, subject, depth % 2 === 0 ? "gate" : "orders", depth % 2 === 0 ? "orders" : "billing");
  const answer = await workshop.exchange(subject, { ...secretOf("gate"), audience: "orders" });
  expect({ status: answer.status, error: answer.body["error"] }).toEqual({ status: 400, error: "invalid_request" });
});
