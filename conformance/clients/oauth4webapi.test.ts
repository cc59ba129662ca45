import {
  allowInsecureRequests,
  type AuthorizationServer,
  type Client,
  ClientSecretBasic,
  ClientSecretPost,
  discoveryRequest,
  genericTokenEndpointRequest,
  processDiscoveryResponse,
  processGenericTokenEndpointResponse,
  ResponseBodyError,
  type TokenEndpointResponse,
  WWWAuthenticateChallengeError,
} from "oauth4webapi";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decode, realmClient } from "../client.ts";
import { APIXION, serverUnderTest } from "../server.ts";

/** oauth4webapi, the protocol base of openid-client and many others, without any special case. */

const insecure = { [allowInsecureRequests]: true } as const;
const portal: Client = { client_id: "portal" };
let server: Awaited<ReturnType<typeof serverUnderTest>>;
let as: AuthorizationServer;
let subject: string;

beforeAll(async () => {
  server = await serverUnderTest({ realms: [APIXION] });
  const talk = realmClient(server.baseUrl, "apixion");
  const issuer = new URL(talk.issuer);
  as = await processDiscoveryResponse(issuer, await discoveryRequest(issuer, insecure));
  subject = (await talk.signIn({ client_id: "frontend" }, "developer-123@apixion")).access_token;
});
afterAll(() => server?.[Symbol.asyncDispose]());

async function exchange(
  audience: string,
  authentication = ClientSecretBasic("portal-secret"),
  token = subject,
): Promise<TokenEndpointResponse> {
  const reply = await genericTokenEndpointRequest(
    as,
    portal,
    authentication,
    "urn:ietf:params:oauth:grant-type:token-exchange",
    new URLSearchParams({
      subject_token: token,
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      requested_token_type: "urn:ietf:params:oauth:token-type:access_token",
      audience,
    }),
    insecure,
  );
  return processGenericTokenEndpointResponse(as, portal, reply);
}

test.each([
  ["Basic", ClientSecretBasic("portal-secret")],
  ["form parameters", ClientSecretPost("portal-secret")],
])("exchanges with %s", async (_method, authentication) => {
  const answer = await exchange("some-backend-service", authentication);
  expect(answer).toMatchObject({ token_type: "bearer", issued_token_type: "urn:ietf:params:oauth:token-type:access_token" });
  expect(decode(answer.access_token).claims).toMatchObject({ aud: "some-backend-service", azp: "portal" });
});

test.each([
  ["some-service", "not_allowed"],
  ["nobody", "invalid_target"],
])("reads the refusal for the audience %s: %s", async (audience, error) => {
  const refusal = await exchange(audience).catch((thrown: unknown) => thrown);
  expect(refusal).toBeInstanceOf(ResponseBodyError);
  expect(refusal).toMatchObject({ error, status: 400, error_description: expect.stringContaining("Decision ") as string });
});

test("reads a subject token that is no good: invalid_token", async () => {
  const refusal = await exchange("some-backend-service", undefined, "gone").catch((thrown: unknown) => thrown);
  expect(refusal).toMatchObject({ error: "invalid_token", status: 400 });
});

test("reads a wrong secret: the challenge, or the body without Basic", async () => {
  const challenged = await exchange("some-backend-service", ClientSecretBasic("wrong")).catch((thrown: unknown) => thrown);
  expect(challenged).toBeInstanceOf(WWWAuthenticateChallengeError);
  expect(challenged).toMatchObject({ status: 401 });
  const refused = await exchange("some-backend-service", ClientSecretPost("wrong")).catch((thrown: unknown) => thrown);
  expect(refused).toMatchObject({ error: "invalid_client", status: 401 });
});
