import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realmClient, secretOf, tampered, tokensOf } from "../client.ts";
import { APIXION, serverUnderTest, WORKSHOP } from "../server.ts";

/** A resource server with jose and the realm's published keys: what it takes, and what it does not. */

let server: Awaited<ReturnType<typeof serverUnderTest>>;
beforeAll(async () => {
  server = await serverUnderTest({ realms: [APIXION, WORKSHOP] });
});
afterAll(() => server?.[Symbol.asyncDispose]());

describe.each([
  ["apixion", "frontend", "developer-123@apixion", "portal", "some-backend-service"],
  ["workshop", "storefront", "ada", "gate", "orders"],
])("a resource server of the realm %s", (realmName, frontend, username, requester, target) => {
  let issuer: string;
  let subject: string;
  let exchanged: string;
  let keys: ReturnType<typeof createRemoteJWKSet>;
  beforeAll(async () => {
    const realm = realmClient(server.baseUrl, realmName);
    issuer = realm.issuer;
    keys = createRemoteJWKSet(new URL(`${issuer}/protocol/openid-connect/certs`));
    subject = (await realm.signIn({ client_id: frontend }, username)).access_token;
    exchanged = tokensOf(await realm.exchange(subject, { ...secretOf(requester), audience: target })).access_token;
  });

  test("verifies the exchanged token: signature, issuer, audience, time", async () => {
    const { payload, protectedHeader } = await jwtVerify(exchanged, keys, { issuer, audience: target, algorithms: ["RS256"], typ: "JWT" });
    expect(payload).toMatchObject({ azp: requester, preferred_username: username });
    expect(protectedHeader.kid).toBeTruthy();
  });

  test("refuses the user's own token, which is for others (poor man's delegation)", async () => {
    await expect(jwtVerify(subject, keys, { issuer, audience: target })).rejects.toThrow(errors.JWTClaimValidationFailed);
  });

  test("refuses a changed signature and another realm's keys", async () => {
    await expect(jwtVerify(tampered(exchanged), keys, { issuer, audience: target })).rejects.toThrow(errors.JWSSignatureVerificationFailed);
    const others = createRemoteJWKSet(new URL(`${server.baseUrl}/realms/master/protocol/openid-connect/certs`));
    await expect(jwtVerify(exchanged, others, { issuer, audience: target })).rejects.toThrow(errors.JWKSNoMatchingKey);
  });
});
