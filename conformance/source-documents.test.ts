import { afterAll, beforeAll, expect, test } from "vitest";
import {
  ACCESS_TOKEN,
  type Answer,
  audienceOf,
  claimsOf,
  decode,
  type Json,
  lifetimeOf,
  readAnswer,
  realmClient,
  secretOf,
  TOKEN_EXCHANGE,
  tokensOf,
  wordsOf,
} from "./client.ts";
import { APIXION, MYREALM, serverUnderTest } from "./server.ts";

/** The requests of the talk and the guide, byte for byte as they print them. */

let server: Awaited<ReturnType<typeof serverUnderTest>>;

beforeAll(async () => {
  server = await serverUnderTest({ realms: [APIXION, MYREALM] });
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** As curl sends `-d` after `-d`. */
async function curl(realm: string, data: readonly string[]): Promise<Answer> {
  const url = `${server.baseUrl}/realms/${realm}/protocol/openid-connect/token`;
  return readAnswer(
    await fetch(url, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: data.join("&") }),
  );
}

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
  expect(wordsOf(answer.body["scope"])).toContain("openid");
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

test("the grant is announced by discovery", async () => {
  const talk = realmClient(server.baseUrl, "apixion");
  const { body } = await readAnswer(await fetch(`${talk.issuer}/.well-known/openid-configuration`));
  expect(body["token_endpoint"]).toBe(talk.tokenUrl);
  expect(body["grant_types_supported"]).toContain(TOKEN_EXCHANGE);
});
