import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { headerPart, sign } from "../keys/signing-key.ts";
import { BASE, claimsOf, signIn, testServer, type TestServer } from "../testing/test-server.ts";
import { walkRealm } from "../testing/walk-realm.ts";
import { verifyAccessToken } from "./verify-access-token.ts";

let server: TestServer;
beforeAll(async () => {
  server = await testServer([walkRealm("native")]);
});
afterAll(() => server.close());

/** A good access token, signed anew with another header. */
async function verdict(change: Readonly<Record<string, unknown>>): Promise<string> {
  const { access_token: token } = await signIn(server);
  const realm = await server.services.realms.get("walk");
  const key = realm?.keys.active("RS256");
  if (!realm || !key) throw new Error("the realm has no key");
  const header = JSON.parse(Buffer.from(headerPart(key, "JWT"), "base64url").toString()) as Record<string, unknown>;
  const part = Buffer.from(JSON.stringify({ ...header, ...change })).toString("base64url");
  const forged = sign(key, part, JSON.stringify(claimsOf(token)));
  const { services } = server;
  const now = Math.floor(services.clock() / 1000);
  const result = await verifyAccessToken(forged, { realm, issuer: `${BASE}/realms/walk`, state: services.state, now });
  return result.ok ? "good" : result.problem;
}

describe("SEC-JOSE-14 typ of the header", () => {
  test.each(["JWT", "at+jwt"])("%s is an access token's", async (typ) => expect(await verdict({ typ })).toBe("good"));
  test.each(["dpop+jwt", "logout+jwt", "client-authentication+jwt", "jwt", undefined])("%s is not", async (typ) =>
    expect(await verdict({ typ })).toBe("header type not allowed"),
  );
});
