import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ACCESS_TOKEN,
  type Answer,
  basicOf,
  claimsOf,
  decode,
  lifetimeOf,
  type RealmClient,
  REFRESH_TOKEN,
  realmClient,
  secretOf,
  tokensOf,
  wordsOf,
} from "./client.ts";
import { MYREALM, serverUnderTest, WORKSHOP } from "./server.ts";
import { type NativeTokens, nativeTokens } from "./workshop.ts";

/** Impersonation, refresh tokens and the end of a session, in the native dialect. */

let server: Awaited<ReturnType<typeof serverUnderTest>>;
let tokens: NativeTokens;
let workshop: RealmClient;

beforeAll(async () => {
  server = await serverUnderTest({ realms: [MYREALM, WORKSHOP] });
  tokens = await nativeTokens(server.baseUrl);
  workshop = realmClient(server.baseUrl, "workshop");
});
afterAll(() => server?.[Symbol.asyncDispose]());

const refresh = (token: string, client = secretOf("gate")): Promise<Answer> =>
  workshop.token({ grant_type: "refresh_token", ...client, refresh_token: token });

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
    expect(wordsOf(after["scope"])).toEqual(["email"]);
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
