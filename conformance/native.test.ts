import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hop, IMPERSONATIONS, NATIVE_REFUSALS, type NativeTokens, nativeTokens, sendNativeCase, SUBJECT_TOKENS } from "./cases/native.ts";
import {
  ACCESS_TOKEN,
  type Answer,
  basicOf,
  claimsOf,
  decode,
  ID_TOKEN,
  type Json,
  readAnswer,
  type RealmClient,
  REFRESH_TOKEN,
  realmClient,
  secretOf,
  TOKEN_EXCHANGE,
  tokensOf,
} from "./client.ts";
import { APIXION, MYREALM, serverUnderTest, WORKSHOP } from "./server.ts";

let server: Awaited<ReturnType<typeof serverUnderTest>>;
let tokens: NativeTokens;
let workshop: RealmClient;

beforeAll(async () => {
  server = await serverUnderTest({ realms: [APIXION, MYREALM, WORKSHOP] });
  tokens = await nativeTokens(server.baseUrl);
  workshop = realmClient(server.baseUrl, "workshop");
});
afterAll(() => server?.[Symbol.asyncDispose]());

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
const byName = (one: string, other: string): number => (one < other ? -1 : 1);
const words = (scope: unknown): readonly string[] => String(scope).split(" ").filter(Boolean).toSorted(byName);
const audienceOf = (claims: Json): readonly string[] => [claims["aud"] ?? []].flat().map(String).toSorted(byName);
const lifetimeOf = (claims: Json): number => Number(claims["exp"]) - Number(claims["iat"]);
/** The user id of a client's service account. */
const serviceAccountOf = async (clientId: string): Promise<unknown> =>
  claimsOf(await workshop.token({ grant_type: "client_credentials", ...secretOf(clientId) }))["sub"];

/** As curl sends `-d` after `-d`. */
async function curl(realm: string, data: readonly string[]): Promise<Answer> {
  const url = `${server.baseUrl}/realms/${realm}/protocol/openid-connect/token`;
  return readAnswer(
    await fetch(url, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: data.join("&") }),
  );
}

const refresh = (token: string, client = secretOf("gate")): Promise<Answer> =>
  workshop.token({ grant_type: "refresh_token", ...client, refresh_token: token });

describe("the source documents' requests, literally", () => {
  test("the talk: POST with Basic authentication", async () => {
    const talk = realmClient(server.baseUrl, "apixion");
    const { access_token } = await talk.signIn({ client_id: "frontend" }, "developer-123@apixion");
    const reply = await fetch(`${server.baseUrl}/realms/apixion/protocol/openid-connect/token`, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: `Basic ${Buffer.from("portal:portal-secret").toString("base64")}`,
      },
      body:
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange" +
        `&subject_token=${access_token}` +
        "&subject_token_type=urn:ietf:params:oauth:token-type:access_token" +
        "&requested_token_type=urn:ietf:params:oauth:token-type:access_token" +
        "&audience=some-backend-service",
    });
    const answer = await readAnswer(reply);
    expect(answer.status).toBe(200);
    const claims = claimsOf(answer);
    expect(claims).toMatchObject({
      iss: `${server.baseUrl}/realms/apixion`,
      azp: "portal",
      preferred_username: "developer-123@apixion",
      realm_access: { roles: ["user"] },
    });
    expect(audienceOf(claims)).toEqual(["some-backend-service"]);
    expect(Object.keys(claims["resource_access"] as Json)).toEqual(["some-backend-service"]);
  });

  test("the guide: service-a to service-b, and the members of its answer", async () => {
    const { access_token } = await realmClient(server.baseUrl, "myrealm").signIn({ client_id: "web" }, "alice");
    const answer = await curl("myrealm", [
      "grant_type=urn:ietf:params:oauth:grant-type:token-exchange",
      "client_id=service-a",
      "client_secret=service-a-secret",
      `subject_token=${access_token}`,
      "subject_token_type=urn:ietf:params:oauth:token-type:access_token",
      "audience=service-b",
      "requested_token_type=urn:ietf:params:oauth:token-type:access_token",
    ]);
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.body).toSorted()).toEqual(["access_token", "expires_in", "issued_token_type", "scope", "token_type"]);
    expect(answer.body).toMatchObject({ token_type: "Bearer", issued_token_type: ACCESS_TOKEN });
    expect(answer.body["expires_in"]).toBe(lifetimeOf(claimsOf(answer)));
    expect(answer.body["expires_in"]).toBeGreaterThan(290);
    expect(words(answer.body["scope"])).toContain("openid");
    expect(audienceOf(claimsOf(answer))).toContain("service-b");
    expect(claimsOf(answer)["resource_access"]).toMatchObject({ "service-b": { roles: ["reader"] } });
  });

  test.each(["support", "service account"])("the guide: impersonation with the token of the %s", async (whose) => {
    const guide = realmClient(server.baseUrl, "myrealm");
    const adminTool = secretOf("admin-tool");
    const bob = decode((await guide.signIn(adminTool, "bob")).access_token).claims["sub"];
    const subject =
      whose === "support"
        ? (await guide.signIn(adminTool, "support")).access_token
        : tokensOf(await guide.token({ grant_type: "client_credentials", ...adminTool })).access_token;
    const answer = await curl("myrealm", [
      "grant_type=urn:ietf:params:oauth:grant-type:token-exchange",
      "client_id=admin-tool",
      "client_secret=admin-tool-secret",
      `requested_subject=${String(bob)}`,
      `subject_token=${subject}`,
      "subject_token_type=urn:ietf:params:oauth:token-type:access_token",
      "requested_token_type=urn:ietf:params:oauth:token-type:access_token",
    ]);
    expect(answer.status).toBe(200);
    const claims = claimsOf(answer);
    expect(claims).toMatchObject({ sub: bob, azp: "admin-tool", preferred_username: "bob" });
    expect(claims).not.toHaveProperty("act");
    expect(lifetimeOf(claims)).toBeLessThanOrEqual(120);
  });
});

describe("refusals", () => {
  test.each(NATIVE_REFUSALS)("$name: $error", async (each) => {
    const { headers, error, status = 400 } = each;
    const answer = await sendNativeCase(workshop, each, tokens);
    expect({ status: answer.status, error: answer.body["error"] }).toEqual({ status, error });
    expectWellFormedRefusal(answer);
    expect(answer.headers.get("www-authenticate")?.startsWith('Basic realm="') ?? false).toBe(headers !== undefined);
  });

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
    for (const each of cases) {
      const answer = await sendNativeCase(workshop, each, tokens);
      texts.add(String(answer.body["error_description"]).replace(UUID, ""));
    }
    expect([...texts]).toHaveLength(1);
  });

  test("an unknown realm: 404 with Keycloak's body", async () => {
    const answer = await realmClient(server.baseUrl, "nowhere").exchange(tokens.ada.access_token, secretOf("gate"));
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 404, body: { error: "Realm does not exist" } });
  });

  test("SEC-TX-17 a chain deeper than the realm allows", async () => {
    let subject = tokens.ada.access_token;
    for (let depth = 0; depth < 8; depth += 1)
      subject = await hop(workshop, subject, depth % 2 === 0 ? "gate" : "orders", depth % 2 === 0 ? "orders" : "billing");
    const answer = await workshop.exchange(subject, { ...secretOf("gate"), audience: "orders" });
    expect({ status: answer.status, error: answer.body["error"] }).toEqual({ status: 400, error: "invalid_request" });
  });
});

/** RFC 6749 §5.2, and what Cambist promises beyond it. */
function expectWellFormedRefusal(answer: Answer): void {
  const { headers, body, text } = answer;
  expect(headers.get("content-type")).toMatch(/^application\/json/);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("pragma")).toBe("no-cache");
  const decision = headers.get("cambist-decision");
  expect(decision).toMatch(UUID);
  expect(body["error_description"]).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/);
  expect(body["error_description"]).toContain(decision);
  expect(text).not.toMatch(/ey[\w-]{20}/);
  expect(text).not.toContain("-secret");
}

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
    expect(words(claims["scope"])).toEqual(["email"]);
    expect(answer.body["scope"]).toBe(claims["scope"]);
    expect(claims).toHaveProperty("email");
    expect(claims).not.toHaveProperty("preferred_username");
  });

  test.each([undefined, "email profile openid"])("never comes back at a later hop (scope %s)", async (scope) => {
    const narrow = await hop(workshop, tokens.ada.access_token, "gate", "orders", { scope: "email" });
    const next = await hop(workshop, narrow, "orders", "billing", { scope });
    const last = await hop(workshop, next, "billing", "ledger");
    for (const token of [next, last]) {
      expect(words(decode(token).claims["scope"])).toEqual(["email"]);
      expect(decode(token).claims).not.toHaveProperty("preferred_username");
    }
  });

  test("SEC-TX-05 words outside the rule are dropped and the answer says so", async () => {
    const answer = await workshop.exchange(tokens.ada.access_token, {
      ...secretOf("gate"),
      audience: "orders",
      scope: "email phone nonsense",
    });
    expect(words(answer.body["scope"])).toEqual(["email"]);
  });
});

describe("impersonation", () => {
  test.each([
    ["by the user's role", "helpdesk", () => tokens.agent],
    ["by the role of the requester's service account", "robot", () => tokens.adaAtRobot],
  ])("%s: the token is the other user's, short-lived and without act", async (_by, requester, subject) => {
    const answer = await workshop.exchange(subject(), { ...secretOf(requester), requested_subject: "ben" });
    const claims = claimsOf(answer);
    expect(claims).toMatchObject({ preferred_username: "ben", azp: requester });
    expect(claims["sub"]).not.toBe(decode(subject()).claims["sub"]);
    expect(claims["sid"]).not.toBe(decode(subject()).claims["sid"]);
    expect(claims).not.toHaveProperty("act");
    expect(lifetimeOf(claims)).toBeLessThanOrEqual(90);
    expect(answer.body).not.toHaveProperty("refresh_token");
  });

  test.each(["helpdesk", "robot"])("SEC-TX-14 an impersonated token does not impersonate further (%s)", async (requester) => {
    const deputy = await workshop.exchange(tokens.agent, { ...secretOf("helpdesk"), requested_subject: "deputy" });
    expect(claimsOf(deputy)["preferred_username"]).toBe("deputy");
    const further = await workshop.exchange(tokensOf(deputy).access_token, { ...secretOf(requester), requested_subject: "ben" });
    expect({ status: further.status, error: further.body["error"] }).toEqual({ status: 400, error: "access_denied" });
  });
});

describe("refresh tokens", () => {
  const wanted = { ...secretOf("gate"), audience: "orders", requested_token_type: REFRESH_TOKEN };
  test("are issued only when they were asked for and the client may have them", async () => {
    const asked = await workshop.exchange(tokens.ada.access_token, wanted);
    expect(asked.body).toMatchObject({ issued_token_type: REFRESH_TOKEN, refresh_token: expect.any(String) as string });
    expect(asked.body["refresh_expires_in"]).toBeGreaterThan(0);
    const switchedOff = await workshop.exchange(tokens.ada.access_token, { ...wanted, ...secretOf("plain") });
    expect(switchedOff.body).toMatchObject({ issued_token_type: ACCESS_TOKEN });
    expect(switchedOff.body).not.toHaveProperty("refresh_token");
  });

  test("SEC-TX-08 a refresh gives the same token again: target, actor, dropped scopes", async () => {
    const first = await workshop.exchange(tokens.ada.access_token, { ...wanted, scope: "email" });
    const again = await refresh(tokensOf(first).refresh_token);
    expect(again.status).toBe(200);
    const [before, after] = [claimsOf(first), claimsOf(again)];
    expect(after).toMatchObject({ aud: "orders", azp: "gate", sub: before["sub"], sid: before["sid"], act: before["act"] });
    expect(words(after["scope"])).toEqual(["email"]);
    expect(after["jti"]).not.toBe(before["jti"]);
    expect(lifetimeOf(after)).toBeLessThanOrEqual(60);
  });

  test("belong to the client that got them", async () => {
    const { refresh_token } = tokensOf(await workshop.exchange(tokens.ada.access_token, wanted));
    const stolen = await refresh(refresh_token, secretOf("billing"));
    expect({ status: stolen.status, error: stolen.body["error"] }).toEqual({ status: 400, error: "invalid_grant" });
  });

  test("V2: as the client's switch says", async () => {
    const answer = await workshop.exchange(tokens.ada.access_token, {
      ...secretOf("reports"),
      audience: "orders",
      requested_token_type: REFRESH_TOKEN,
    });
    expect(answer.body).toMatchObject({ issued_token_type: REFRESH_TOKEN });
    const again = await refresh(tokensOf(answer).refresh_token, secretOf("reports"));
    expect(claimsOf(again)).toMatchObject({ aud: "orders", azp: "reports" });
  });
});

describe("a session that has ended", () => {
  test("SEC-INV-8 refuses the very next exchange, the refresh, and says inactive at introspection", async () => {
    const ada = await workshop.signIn({ client_id: "storefront" }, "ada");
    const exchanged = await workshop.exchange(ada.access_token, {
      ...secretOf("gate"),
      audience: "orders",
      requested_token_type: REFRESH_TOKEN,
    });
    const introspect = (): Promise<Answer> =>
      workshop.post("token/introspect", { token: tokensOf(exchanged).access_token }, basicOf("orders"));
    expect((await introspect()).body["active"]).toBe(true);
    const logout = await workshop.post("logout", { client_id: "storefront", refresh_token: ada.refresh_token });
    expect(logout.status).toBe(204);

    const next = await workshop.exchange(ada.access_token, { ...secretOf("gate"), audience: "orders" });
    expect({ status: next.status, error: next.body["error"] }).toEqual({ status: 400, error: "invalid_token" });
    const chained = await workshop.exchange(tokensOf(exchanged).access_token, { ...secretOf("orders"), audience: "billing" });
    expect(chained.body["error"]).toBe("invalid_token");
    const refreshed = await workshop.token({
      grant_type: "refresh_token",
      ...secretOf("gate"),
      refresh_token: tokensOf(exchanged).refresh_token,
    });
    expect(refreshed.body["error"]).toBe("invalid_grant");
    expect((await introspect()).body).toEqual({ active: false });
  });
});

test("the grant is announced by discovery", async () => {
  const { body } = await readAnswer(await fetch(`${workshop.issuer}/.well-known/openid-configuration`));
  expect(body["token_endpoint"]).toBe(workshop.tokenUrl);
  expect(body["grant_types_supported"]).toContain(TOKEN_EXCHANGE);
});
