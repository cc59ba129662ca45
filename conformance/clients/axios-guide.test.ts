import axios, { AxiosError } from "axios";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decode, realmClient, type Tokens } from "../client.ts";
import { MYREALM, serverUnderTest } from "../server.ts";

/** The guide's Node.js functions as a reader would have them, with axios. */

let server: Awaited<ReturnType<typeof serverUnderTest>>;
let tokenUrl: string;
let alice: Tokens;

beforeAll(async () => {
  server = await serverUnderTest({ realms: [MYREALM] });
  const guide = realmClient(server.baseUrl, "myrealm");
  tokenUrl = guide.tokenUrl;
  alice = await guide.signIn({ client_id: "web" }, "alice");
});
afterAll(() => server?.[Symbol.asyncDispose]());

async function exchangeToken(subjectToken: string, targetAudience: string): Promise<string> {
  const params = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    client_id: "service-a",
    client_secret: "service-a-secret",
    subject_token: subjectToken,
    subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    audience: targetAudience,
    requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
  });
  const response = await axios.post<{ access_token: string }>(tokenUrl, params, {
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
  });
  return response.data.access_token;
}

let refreshes = 0;
async function refreshSubjectToken(): Promise<string> {
  refreshes += 1;
  const params = new URLSearchParams({ grant_type: "refresh_token", client_id: "web", refresh_token: alice.refresh_token });
  const response = await axios.post<{ access_token: string }>(tokenUrl, params);
  return response.data.access_token;
}

async function exchangeTokenWithRetry(subjectToken: string, audience: string, maxRetries = 2): Promise<string> {
  let token = subjectToken;
  for (let attempt = 0; attempt <= maxRetries; attempt++) {
    try {
      return await exchangeToken(token, audience);
    } catch (error) {
      if (axios.isAxiosError<{ error: string }>(error) && error.response?.data.error === "invalid_token" && attempt < maxRetries) {
        token = await refreshSubjectToken();
        continue;
      }
      throw error;
    }
  }
  throw new Error("unreachable");
}

describe("the guide's exchangeToken", () => {
  test("returns a token for service-b", async () => {
    const { claims } = decode(await exchangeToken(alice.access_token, "service-b"));
    expect([claims["aud"]].flat()).toContain("service-b");
    expect(claims).toMatchObject({ azp: "service-a", preferred_username: "alice" });
  });

  test.each([
    ["admin-tool", "not_allowed"],
    ["nobody", "invalid_target"],
  ])("rejects for %s with error.response.data.error %s", async (audience, error) => {
    const refusal = await exchangeToken(alice.access_token, audience).catch((thrown: unknown) => thrown);
    expect(refusal).toBeInstanceOf(AxiosError);
    expect((refusal as AxiosError).response).toMatchObject({ status: 400, data: { error } });
  });
});

describe("the guide's exchangeTokenWithRetry", () => {
  test("refreshes a subject token that is no longer good, and goes on", async () => {
    refreshes = 0;
    const { claims } = decode(await exchangeTokenWithRetry(`${alice.access_token}x`, "service-b"));
    expect([claims["aud"]].flat()).toContain("service-b");
    expect(refreshes).toBe(1);
  });

  test("does not retry what a new token would not mend", async () => {
    refreshes = 0;
    await expect(exchangeTokenWithRetry(alice.access_token, "admin-tool")).rejects.toThrow(AxiosError);
    expect(refreshes).toBe(0);
  });
});
