import { describe, expect, test } from "vitest";
import { membersOf } from "../testing/mapped-token.ts";
import { audienceMapper, mapper, testRealm, type ClientSketch } from "../testing/realm.ts";
import {
  buildAccessTokenClaims,
  buildIdTokenClaims,
  buildIntrospectionClaims,
  buildRefreshTokenClaims,
  buildUserinfoClaims,
  type TokenBlueprint,
} from "./build-claims.ts";
import { audienceCandidates, audiencesOf } from "./audience.ts";
import { applyClientScopes } from "./client-scopes.ts";

const stamp = { issuer: "http://id.example/realms/test", jti: "token-1", now: 1_000, lifetime: 300 };
const ACT = { client_id: "gate", sub: "gate-account" };

/** Alice's token of `app`, which sees roles of `shop` and `bank`; each test changes one thing. */
function blueprint(
  change: Partial<TokenBlueprint> = {},
  client: Partial<ClientSketch> = {},
  requested: readonly string[] = [],
): TokenBlueprint {
  const view = testRealm({
    roles: { staff: [] },
    clients: [
      { clientId: "app", fullScopeAllowed: true, webOrigins: ["http://app.example"], ...client },
      { clientId: "shop", roles: ["seller"] },
      { clientId: "bank", roles: ["teller"] },
    ],
    users: [{ username: "alice", firstName: "Alice", email: "alice@example.com", roles: ["staff", "shop/seller", "bank/teller"] }],
  });
  const builtFor = view.client("app");
  const user = view.user("alice");
  const effectiveRoles = view.effectiveRoles(user);
  const applied = applyClientScopes({ view, client: builtFor, requested, effectiveRoles, audience: change.audience });
  const session = { id: "session-1", notes: {}, acr: "1" };
  return { view, builtFor, azp: "app", user, session, applied, effectiveRoles, ...change };
}
const TRANSIENT = { notes: {}, acr: "1" };

describe("access tokens", () => {
  test("name a single audience as text and several as a list", () => {
    expect(buildAccessTokenClaims(blueprint(), stamp).aud).toEqual(["shop", "bank"]);
    expect(buildAccessTokenClaims(blueprint({ audience: new Set(["shop"]) }), stamp).aud).toBe("shop");
    expect(buildAccessTokenClaims(blueprint({ audience: new Set() }), stamp)).not.toHaveProperty("aud", expect.anything());
  });
  test("name added audiences once", () => {
    expect(buildAccessTokenClaims(blueprint({ addAudience: ["shop", "target"] }), stamp).aud).toEqual(["shop", "bank", "target"]);
  });
  test("with requested audiences keep only these in aud and resource_access, and all realm roles", () => {
    const claims = buildAccessTokenClaims(blueprint({ audience: new Set(["bank", "app"]) }, { mappers: [audienceMapper("app")] }), stamp);
    expect(claims).toMatchObject({
      aud: ["app", "bank"],
      resource_access: { bank: { roles: ["teller"] } },
      realm_access: { roles: ["staff"] },
    });
  });
  test("with requested audiences keep roles of others out of any other claim and drop what mappers hard-code", () => {
    const flat = mapper("oidc-usermodel-client-role-mapper", { "access.token.claim": "true", multivalued: "true", "claim.name": "roles" });
    const hard = mapper("oidc-hardcoded-role-mapper", { role: "shop.buyer" });
    const claims = buildAccessTokenClaims(blueprint({ audience: new Set(["bank"]) }, { mappers: [flat] }), stamp);
    expect(claims["roles"]).toEqual(["teller"]);
    const added = buildAccessTokenClaims(blueprint({ audience: new Set(["bank"]) }, { mappers: [hard] }), stamp);
    expect(added).toMatchObject({ aud: "bank", resource_access: { bank: { roles: ["teller"] } } });
  });
  test("limited to several targets, leave roles of others out and are not for them", () => {
    const claims = buildAccessTokenClaims(
      blueprint({ limitResourceAccess: new Set(["shop", "target"]), addAudience: ["shop", "target"] }),
      stamp,
    );
    expect(claims).toMatchObject({ aud: ["shop", "target"], resource_access: { shop: { roles: ["seller"] } } });
  });
  test("without a session have no sid and name the user whatever the scopes", () => {
    const claims = buildAccessTokenClaims(blueprint({ session: TRANSIENT }, { defaultScopes: ["profile"] }), stamp);
    expect(claims.sub).toBe("user-id:alice");
    expect(claims).not.toHaveProperty("sid", expect.anything());
  });
  test("with a session name the user by the mapper of basic alone", () => {
    expect(buildAccessTokenClaims(blueprint(), stamp).sub).toBe("user-id:alice");
    expect(buildAccessTokenClaims(blueprint({}, { defaultScopes: ["profile"] }), stamp)).not.toHaveProperty("sub", expect.anything());
  });
  test("carry act after scope, and only when it is given", () => {
    expect(membersOf(buildAccessTokenClaims(blueprint({ act: ACT }), stamp)).join(" ")).toContain(" scope act ");
    expect(buildAccessTokenClaims(blueprint(), stamp)).not.toHaveProperty("act", expect.anything());
  });
  test("have the kind they are given, in lower case where the client wants it", () => {
    const attributes = { "token.response.type.bearer.lower-case": "true" };
    expect(buildAccessTokenClaims(blueprint(), stamp).typ).toBe("Bearer");
    expect(buildAccessTokenClaims(blueprint({ typ: "DPoP" }), stamp).typ).toBe("DPoP");
    expect(buildAccessTokenClaims(blueprint({}, { attributes }), stamp).typ).toBe("bearer");
  });
  test("carry no nonce, unless the backwards-compatible mapper asks for it", () => {
    expect(buildAccessTokenClaims(blueprint({ nonce: "n" }), stamp)).not.toHaveProperty("nonce", expect.anything());
    const mappers = [mapper("oidc-nonce-backwards-compatible-mapper")];
    expect(buildAccessTokenClaims(blueprint({ nonce: "n" }, { mappers }), stamp).nonce).toBe("n");
  });
  test("show an empty scope as empty text", () => {
    expect(buildAccessTokenClaims(blueprint({}, { defaultScopes: ["basic"] }), stamp).scope).toBe("");
  });
  test("of lightweight clients have the bare members", () => {
    const attributes = { "client.use.lightweight.access.token.enabled": "true" };
    const claims = buildAccessTokenClaims(blueprint({}, { attributes }, ["openid"]), stamp);
    expect(membersOf(claims)).toEqual(["exp", "iat", "jti", "iss", "typ", "azp", "sid", "scope"]);
  });
});

describe("ID tokens", () => {
  test("are for the client unless another audience is given", () => {
    expect(buildIdTokenClaims(blueprint(), stamp).aud).toBe("app");
    expect(buildIdTokenClaims(blueprint(), stamp, { audience: "other" }).aud).toBe("other");
  });
  test("carry nonce and at_hash, but no scope, roles, origins or act", () => {
    const claims = buildIdTokenClaims(blueprint({ nonce: "n", act: ACT }, {}, ["openid"]), stamp, { atHash: "hash" });
    expect(membersOf(claims).join(" ")).toBe(
      "exp iat jti iss aud sub typ azp nonce sid at_hash acr email_verified name preferred_username given_name email",
    );
  });
  test("name the user even where the client lacks the scope basic", () => {
    expect(buildIdTokenClaims(blueprint({}, { defaultScopes: [] }), stamp).sub).toBe("user-id:alice");
  });
});

describe("refresh tokens", () => {
  const plan = blueprint({}, {}, ["openid"]);
  const access = buildAccessTokenClaims(plan, stamp);
  test("of offline sessions are of another kind and may have no end", () => {
    const claims = buildRefreshTokenClaims(plan, stamp, { access, offline: true, expires: undefined });
    expect(claims).toMatchObject({ typ: "Offline", aud: stamp.issuer });
    expect(claims).not.toHaveProperty("exp", expect.anything());
  });
  test("of rotating families carry their use", () => {
    const claims = buildRefreshTokenClaims(plan, stamp, { access, offline: false, expires: 2_000, reuseId: "family.2" });
    expect(Object.keys(claims).join(" ")).toBe("exp iat jti iss aud sub typ azp sid scope reuse_id");
  });
  test("name no user where the access token does not", () => {
    const light = blueprint({}, { attributes: { "client.use.lightweight.access.token.enabled": "true" } });
    const claims = buildRefreshTokenClaims(light, stamp, { access: buildAccessTokenClaims(light, stamp), offline: false, expires: 2_000 });
    expect(claims).not.toHaveProperty("sub", expect.anything());
    expect(claims.sid).toBe("session-1");
  });
});

describe("userinfo", () => {
  test("says who the user is, in Keycloak's order", () => {
    expect(JSON.stringify(buildUserinfoClaims(blueprint()))).toBe(
      '{"sub":"user-id:alice","email_verified":false,"name":"Alice","preferred_username":"alice","given_name":"Alice","email":"alice@example.com"}',
    );
  });
  test("shows roles where a mapper says so", () => {
    const config = { "userinfo.token.claim": "true", "claim.name": "resource_access.${client_id}.roles", multivalued: "true" };
    const claims = buildUserinfoClaims(blueprint({}, { mappers: [mapper("oidc-usermodel-client-role-mapper", config)] }));
    expect(claims.resource_access).toEqual({ shop: { roles: ["seller"] }, bank: { roles: ["teller"] } });
  });
});

describe("introspection", () => {
  const token = buildAccessTokenClaims(blueprint({ addAudience: ["target"] }), stamp);
  test("adds the mappers' audiences to the token's", () => {
    expect(buildIntrospectionClaims(blueprint(), { ...token, aud: "target" }).aud).toEqual(["target", "shop", "bank"]);
  });
  test("works for a token that does not name its user", () => {
    const { sub: _sub, ...nameless } = token;
    expect(buildIntrospectionClaims(blueprint(), nameless).sub).toBe("user-id:alice");
  });
  test("keeps cnf and nonce of the token and has no scope where it has none", () => {
    const { scope: _scope, ...bare } = token;
    const claims = buildIntrospectionClaims(blueprint(), { ...bare, cnf: { jkt: "k" }, nonce: "n" });
    expect(claims).toMatchObject({ cnf: { jkt: "k" }, nonce: "n" });
    expect(claims).not.toHaveProperty("scope", expect.anything());
  });
  test("names the impersonator of an impersonated session, before the kind", () => {
    const session = { id: "session-1", notes: { IMPERSONATOR_USERNAME: "support" }, acr: "1" };
    const claims = buildIntrospectionClaims(blueprint({ session }), token);
    expect(claims.act).toEqual({ sub: "support" });
    expect(Object.keys(claims).slice(-5)).toEqual(["client_id", "username", "act", "token_type", "active"]);
  });
  test("keeps the act of a delegated token", () => expect(buildIntrospectionClaims(blueprint(), { ...token, act: ACT }).act).toEqual(ACT));
  test("no mapper can say that a token is active, whose it is or of what kind", () => {
    const lies = ["active", "username", "token_type", "client_id"].map((name) =>
      mapper("oidc-hardcoded-claim-mapper", { "introspection.token.claim": "true", "claim.name": name, "claim.value": "lie" }, name),
    );
    expect(buildIntrospectionClaims(blueprint({}, { mappers: lies }), token)).toMatchObject({
      active: true,
      username: "alice",
      token_type: "Bearer",
      client_id: "app",
    });
  });
});

describe("audiences without a token", () => {
  test.each([
    ["by roles", {}, undefined],
    ["by roles, filtered", {}, ["bank", "gone"]],
    ["by mappers", { mappers: [audienceMapper("app"), audienceMapper("shop")] }, undefined],
    ["by a hard-coded role", { fullScopeAllowed: false, mappers: [mapper("oidc-hardcoded-role-mapper", { role: "bank.x" })] }, undefined],
    ["by a renamed role", { mappers: [mapper("oidc-role-name-mapper", { role: "shop.seller", "new.role.name": "bank.x" })] }, undefined],
    ["of lightweight clients", { attributes: { "client.use.lightweight.access.token.enabled": "true" } }, undefined],
    ["without roles in the token", { defaultScopes: ["basic"] }, undefined],
  ] as const)("are those of the token: %s", (_title, client, wanted: readonly string[] | undefined) => {
    const audience = wanted && new Set(wanted);
    const plan = blueprint({ audience }, client);
    const found = audiencesOf({
      view: plan.view,
      client: plan.builtFor,
      applied: plan.applied,
      effectiveRoles: plan.effectiveRoles,
      audience,
    });
    const { aud = [] } = buildAccessTokenClaims(plan, stamp);
    expect(found).toEqual(typeof aud === "string" ? [aud] : aud);
  });
  test("every one of them is a candidate", () => {
    const { view, builtFor, effectiveRoles } = blueprint({}, { mappers: [audienceMapper("app")] });
    expect([...audienceCandidates({ view, client: builtFor, effectiveRoles })]).toEqual(["app", "shop", "bank"]);
    const narrow = blueprint({}, { fullScopeAllowed: false, roleScope: ["shop/seller"] });
    expect([...audienceCandidates({ view: narrow.view, client: narrow.builtFor, effectiveRoles })]).toEqual(["shop"]);
    const plain = blueprint({}, { defaultScopes: ["basic"], mappers: [audienceMapper("bank")] });
    expect([...audienceCandidates({ view: plain.view, client: plain.builtFor, effectiveRoles })]).toEqual(["bank"]);
  });
});
