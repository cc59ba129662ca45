import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IMPERSONATIONS, SUBJECT_TOKENS } from "./cases/native.ts";
import {
  type Answer,
  audienceOf,
  claimsOf,
  decode,
  ID_TOKEN,
  type Json,
  lifetimeOf,
  type RealmClient,
  realmClient,
  secretOf,
} from "./client.ts";
import { runCase } from "./run.ts";
import { MYREALM, serverUnderTest, WORKSHOP } from "./server.ts";
import { hop, type NativeTokens, nativeTokens } from "./workshop.ts";

/** The native dialect: its refusals, and what a successful exchange gives. */

let server: Awaited<ReturnType<typeof serverUnderTest>>;
let tokens: NativeTokens;
let workshop: RealmClient;

beforeAll(async () => {
  server = await serverUnderTest({ realms: [MYREALM, WORKSHOP] });
  tokens = await nativeTokens(server.baseUrl);
  workshop = realmClient(server.baseUrl, "workshop");
});
afterAll(() => server?.[Symbol.asyncDispose]());

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

describe("refusals", () => {
  test("guide: the subject token is expired", async () => {
    const flash = (await workshop.signIn({ client_id: "flash" }, "ada")).access_token;
    const request = { ...secretOf("gate"), audience: "orders" };
    expect((await workshop.exchange(flash, request)).status).toBe(200);
    await setTimeout(Number(decode(flash).claims["exp"]) * 1000 - Date.now() + 50);
    const answer = await workshop.exchange(flash, request);
    expect({ status: answer.status, error: answer.body["error"] }).toEqual({ status: 400, error: "invalid_token" });
  });

  test.each([
    ["subject token", SUBJECT_TOKENS],
    ["impersonation", IMPERSONATIONS],
  ] as const)("SEC-JOSE-16 one text for every %s refusal", async (_kind, cases) => {
    const texts = new Set<string>();
    const hear = ({ body }: Answer): unknown => texts.add(String(body["error_description"]).replace(UUID, ""));
    for (const each of cases) await runCase(each, { baseUrl: server.baseUrl, speaks: "native", features: "all", hear });
    expect([...texts]).toHaveLength(1);
  });
});

describe("a successful exchange", () => {
  test("SEC-INV-3, 4: audience, holder, lifetime, session and scope are as promised", async () => {
    const answer = await workshop.exchange(tokens.ada.access_token, { ...secretOf("gate"), audience: "orders" });
    const claims = claimsOf(answer);
    const subject = decode(tokens.ada.access_token).claims;
    expect(claims).toMatchObject({ aud: "orders", azp: "gate", typ: "Bearer", sub: subject["sub"], sid: subject["sid"] });
    expect(decode(answer.body["access_token"]).header).toMatchObject({ alg: "RS256", typ: "JWT" });
    expect(answer.body["scope"]).toBe(claims["scope"]);
    expect(answer.body["expires_in"]).toBe(lifetimeOf(claims));
    expect(lifetimeOf(claims)).toBe(60);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("pragma")).toBe("no-cache");
    expect(answer.headers.get("cambist-decision")).toMatch(UUID);
  });

  test("subject_token_type missing is taken as access token", async () => {
    const answer = await workshop.exchange(tokens.ada.access_token, {
      ...secretOf("gate"),
      audience: "orders",
      subject_token_type: undefined,
    });
    expect(answer.status).toBe(200);
  });

  test("SEC-TX-29 the same request twice gives two tokens and two decisions", async () => {
    const request = { ...secretOf("gate"), audience: "orders" };
    const [one, other] = [
      await workshop.exchange(tokens.ada.access_token, request),
      await workshop.exchange(tokens.ada.access_token, request),
    ];
    expect(claimsOf(one)["jti"]).not.toBe(claimsOf(other)["jti"]);
    expect(one.headers.get("cambist-decision")).not.toBe(other.headers.get("cambist-decision"));
  });

  test("SEC-INV-4 a token never outlives the one it was exchanged for", async () => {
    const parent = decode(tokens.throughGate).claims;
    const child = decode(await hop(workshop, tokens.throughGate, "orders", "billing")).claims;
    expect(child["exp"]).toBeLessThanOrEqual(Number(parent["exp"]));
  });

  test("roles are those of the user within the target's scope", async () => {
    const claims = decode(await hop(workshop, tokens.ada.access_token, "gate", "orders")).claims;
    expect(claims["realm_access"]).toEqual({ roles: ["staff"] });
    expect(Object.keys(claims["resource_access"] as Json)).toEqual(["orders"]);
  });

  test("a role named token-exchange of the target stands in for a permission (the guide's step 2)", async () => {
    for (const target of ["catalog", "annex"])
      expect(decode(await hop(workshop, tokens.ada.access_token, "gate", target)).claims["aud"]).toBe(target);
    const without = await workshop.exchange(tokens.ada.access_token, { ...secretOf("orders"), audience: "catalog" });
    expect(without.body["error"]).toBe("not_allowed");
  });

  test("several audiences: the token names all of them and holds roles of no other", async () => {
    const answer = await workshop.exchange(tokens.ada.access_token, { ...secretOf("gate"), audience: ["orders", "billing"] });
    expect(audienceOf(claimsOf(answer))).toEqual(["billing", "orders"]);
    expect(Object.keys((claimsOf(answer)["resource_access"] ?? {}) as Json).every((client) => ["orders", "billing"].includes(client))).toBe(
      true,
    );
  });

  test("a resource names its client (RFC 8707)", async () => {
    const answer = await workshop.exchange(tokens.ada.access_token, { ...secretOf("gate"), resource: "https://orders.example/api" });
    expect(audienceOf(claimsOf(answer))).toEqual(["orders"]);
  });

  test("to itself: the holder, and whoever is in the audience, without any permission", async () => {
    const inAudience = await workshop.exchange(tokens.ada.access_token, secretOf("gate"));
    expect(claimsOf(inAudience)["azp"]).toBe("gate");
    const holder = await workshop.exchange(tokens.ada.access_token, { client_id: "storefront" });
    expect(claimsOf(holder)["azp"]).toBe("storefront");
  });

  test("SEC-TX-09 a public client exchanges its own token where the target's permission names it", async () => {
    const answer = await workshop.exchange(tokens.ada.access_token, { client_id: "storefront", audience: "kiosk" });
    expect(claimsOf(answer)).toMatchObject({ aud: "kiosk", azp: "storefront" });
  });

  test("V2: the token is built for the requester and holds what its audience needs", async () => {
    const answer = await workshop.exchange(tokens.ada.access_token, { ...secretOf("reports"), audience: "orders" });
    expect(claimsOf(answer)).toMatchObject({ aud: "orders", azp: "reports", resource_access: { orders: { roles: ["viewer"] } } });
    expect(answer.body).not.toHaveProperty("refresh_token");
  });

  test("V2: an ID token comes as Keycloak gives it", async () => {
    const answer = await workshop.exchange(tokens.ada.access_token, { ...secretOf("reports"), requested_token_type: ID_TOKEN });
    expect(answer.body).toMatchObject({ token_type: "N_A", issued_token_type: ID_TOKEN });
    expect(decode(answer.body["access_token"]).claims).toMatchObject({ typ: "ID", aud: "reports" });
  });
});
