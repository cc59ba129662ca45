import { describe, expect, test } from "vitest";
import { membersOf } from "../testing/mapped-token.ts";
import { role, testRealm } from "../testing/realm.ts";
import { talkPlatform } from "../testing/talk-platform.ts";
import {
  buildAccessTokenClaims,
  buildIdTokenClaims,
  buildIntrospectionClaims,
  buildRefreshTokenClaims,
  type TokenBlueprint,
} from "./build-claims.ts";
import { applyClientScopes } from "./client-scopes.ts";

// What Keycloak 26.1.3 (V2: 26.7.4) issued for the same realm, 2026-11-22; lists and scope words are sets there.
const stamp = { issuer: "http://id.example/realms/apixion", jti: "token-1", now: 1_000, lifetime: 300 };
const realm = testRealm(talkPlatform());
const user = realm.user("developer-123@apixion");

function blueprint(
  builtFor: string,
  azp: string,
  change: Partial<TokenBlueprint> = {},
  requested: readonly string[] = ["openid"],
): TokenBlueprint {
  const client = realm.client(builtFor);
  const effectiveRoles = realm.effectiveRoles(user);
  const applied = applyClientScopes({ view: realm, client, requested, effectiveRoles, audience: change.audience });
  const session = { id: "session-1", notes: {}, acr: "1" };
  return { view: realm, builtFor: client, azp, user, session, applied, effectiveRoles, ...change };
}
const inOrder = (values: readonly string[]): readonly string[] => values.toSorted((one, other) => (one < other ? -1 : 1));
const sorted = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, part: unknown) => {
    if (Array.isArray(part)) return inOrder(part.map(String));
    return key === "scope" ? inOrder(String(part).split(" ")).join(" ") : part;
  });

/** Claims that all these tokens share. */
const person = {
  acr: "1",
  email: "developer-123@apixion.example",
  email_verified: true,
  family_name: "Example",
  given_name: "developer-123@apixion",
  name: "developer-123@apixion Example",
  preferred_username: "developer-123@apixion",
};
const common = {
  ...person,
  "allowed-origins": ["http://localhost"],
  exp: 1_300,
  iat: 1_000,
  iss: stamp.issuer,
  jti: "token-1",
  scope: "email openid profile",
  sid: "session-1",
  sub: user.id,
  typ: "Bearer",
};

describe("access tokens as a real Keycloak issued them", () => {
  test.each([
    [
      "portal exchanges to some-backend-service",
      blueprint("some-backend-service", "portal", { addAudience: ["some-backend-service"] }),
      {
        aud: "some-backend-service",
        azp: "portal",
        realm_access: { roles: ["user"] },
        resource_access: { "some-backend-service": { roles: ["editor", "viewer"] } },
      },
    ],
    [
      "the backend exchanges on to some-service",
      blueprint("some-service", "some-backend-service", { addAudience: ["some-service"] }),
      { aud: "some-service", azp: "some-backend-service", resource_access: { "some-service": { roles: ["viewer"] } } },
    ],
    [
      "portal exchanges to itself",
      blueprint("portal", "portal"),
      { azp: "portal", realm_access: { roles: ["user"] }, resource_access: { portal: { roles: ["admin"] } } },
    ],
    [
      "frontend exchanges to itself",
      blueprint("frontend", "frontend"),
      {
        aud: ["frontend", "portal", "reports"],
        azp: "frontend",
        realm_access: { roles: ["user"] },
        resource_access: { frontend: { roles: ["user"] } },
      },
    ],
    [
      "a scope of unknown words",
      blueprint("some-backend-service", "portal", { addAudience: ["some-backend-service"] }, ["nonsense"]),
      {
        aud: "some-backend-service",
        azp: "portal",
        realm_access: { roles: ["user"] },
        resource_access: { "some-backend-service": { roles: ["editor", "viewer"] } },
        scope: "email profile",
      },
    ],
    [
      "reports exchanges by the standard exchange",
      blueprint("reports", "reports", { audience: new Set(["some-backend-service"]) }, []),
      {
        aud: "some-backend-service",
        azp: "reports",
        resource_access: { "some-backend-service": { roles: ["viewer"] } },
        scope: "email profile",
      },
    ],
  ] as const)("%s", (_title, plan, own) => {
    expect(sorted(buildAccessTokenClaims(plan, stamp))).toEqual(sorted({ ...common, ...own }));
  });

  test("members come in Keycloak's order", () => {
    const claims = buildAccessTokenClaims(blueprint("some-backend-service", "portal", { addAudience: ["some-backend-service"] }), stamp);
    expect(membersOf(claims).join(" ")).toBe(
      "exp iat jti iss aud sub typ azp sid acr allowed-origins realm_access resource_access scope " +
        "email_verified name preferred_username given_name family_name email",
    );
    expect(claims.scope?.startsWith("openid ")).toBe(true);
  });
});

test("the ID token beside an exchanged token is for the target and held by the requester", () => {
  const plan = blueprint("some-backend-service", "portal", { addAudience: ["some-backend-service"] });
  const claims = buildIdTokenClaims(plan, stamp, { atHash: "hash" });
  expect(claims).toEqual({
    ...person,
    exp: 1_300,
    iat: 1_000,
    iss: stamp.issuer,
    jti: "token-1",
    sid: "session-1",
    sub: user.id,
    at_hash: "hash",
    aud: "some-backend-service",
    azp: "portal",
    typ: "ID",
  });
});

test("the refresh token beside it names this server as audience and carries the hidden scopes", () => {
  const plan = blueprint("some-backend-service", "portal");
  const access = buildAccessTokenClaims(plan, stamp);
  expect(sorted(buildRefreshTokenClaims(plan, { ...stamp, jti: "token-2" }, { access, offline: false, expires: 2_800 }))).toEqual({
    aud: stamp.issuer,
    azp: "portal",
    exp: 2_800,
    iat: 1_000,
    iss: stamp.issuer,
    jti: "token-2",
    scope: "acr basic email openid profile roles service_account web-origins",
    sid: "session-1",
    sub: user.id,
    typ: "Refresh",
  });
});

test("introspection recomputes with the holder's configuration and keeps the token's audience", () => {
  const token = buildAccessTokenClaims(blueprint("some-backend-service", "portal", { addAudience: ["some-backend-service"] }), stamp);
  const claims = buildIntrospectionClaims(blueprint("portal", "portal"), token);
  expect(sorted(claims)).toEqual({
    ...common,
    active: true,
    aud: "some-backend-service",
    azp: "portal",
    client_id: "portal",
    realm_access: { roles: ["user"] },
    resource_access: { portal: { roles: ["admin"] } },
    token_type: "Bearer",
    username: "developer-123@apixion",
  });
  expect(Object.keys(claims).slice(-4)).toEqual(["client_id", "username", "token_type", "active"]);
});

describe("a service account's own token", () => {
  const portal = realm.client("portal");
  const notes = { client_id: "portal", clientHost: "127.0.0.1", clientAddress: "127.0.0.1" };
  const account = { ...realm.user("service-account-portal"), roleIds: [role("offline_access")] };
  const own = (requested: readonly string[]): unknown => {
    const effectiveRoles = realm.effectiveRoles(account);
    const applied = applyClientScopes({ view: realm, client: portal, requested, effectiveRoles });
    const plan = { view: realm, builtFor: portal, azp: "portal", user: account, session: { notes, acr: "1" }, applied, effectiveRoles };
    return sorted(buildAccessTokenClaims(plan, stamp));
  };
  const always = {
    acr: "1",
    "allowed-origins": ["http://localhost"],
    azp: "portal",
    ...notes,
    email_verified: false,
    exp: 1_300,
    iat: 1_000,
    iss: stamp.issuer,
    jti: "token-1",
    preferred_username: "service-account-portal",
    sub: account.id,
    typ: "Bearer",
  };
  test("has no session and says where the client called from", () => {
    expect(own([])).toEqual({ ...always, scope: "email profile" });
  });
  test("with offline_access shows the role that opens the scope", () => {
    expect(own(["offline_access"])).toEqual({
      ...always,
      realm_access: { roles: ["offline_access"] },
      scope: "email offline_access profile",
    });
  });
});
