import {
  allowInsecureRequests,
  ClientSecretPost,
  type Configuration,
  discovery,
  genericGrantRequest,
  ResponseBodyError,
} from "openid-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decode, realmClient } from "../client.ts";
import { MYREALM, serverUnderTest } from "../server.ts";

/** openid-client with nothing but an issuer and a secret. */

let server: Awaited<ReturnType<typeof serverUnderTest>>;
let serviceA: Configuration;
let subject: string;

beforeAll(async () => {
  server = await serverUnderTest({ realms: [MYREALM] });
  const guide = realmClient(server.baseUrl, "myrealm");
  serviceA = await discovery(new URL(guide.issuer), "service-a", undefined, ClientSecretPost("service-a-secret"), {
    execute: [allowInsecureRequests],
  });
  subject = (await guide.signIn({ client_id: "web" }, "alice")).access_token;
});
afterAll(() => server?.[Symbol.asyncDispose]());

const exchange = (parameters: Record<string, string>) =>
  genericGrantRequest(serviceA, "urn:ietf:params:oauth:grant-type:token-exchange", {
    subject_token: subject,
    subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    ...parameters,
  });

test("exchanges", async () => {
  const answer = await exchange({ audience: "service-b" });
  expect(answer.expiresIn()).toBeGreaterThan(0);
  expect(answer.issued_token_type).toBe("urn:ietf:params:oauth:token-type:access_token");
  expect(answer.refresh_token).toBeUndefined();
  expect(decode(answer.access_token).claims).toMatchObject({ azp: "service-a", preferred_username: "alice" });
});

test.each([
  ["no permission", { audience: "admin-tool" }, "not_allowed"],
  ["no such client", { audience: "nobody" }, "invalid_target"],
  ["a bad subject token", { audience: "service-b", subject_token: "gone" }, "invalid_token"],
  ["no right to impersonate", { requested_subject: "bob" }, "access_denied"],
])("reads the refusal: %s", async (_title, parameters, error) => {
  const refusal = await exchange(parameters).catch((thrown: unknown) => thrown);
  expect(refusal).toBeInstanceOf(ResponseBodyError);
  expect(refusal).toMatchObject({ error, status: 400 });
});
