import { describe, expect, test } from "vitest";
import { mappedToken, stamp } from "../testing/mapped-token.ts";
import { audienceMapper, mapper, testRealm } from "../testing/realm.ts";
import { buildAccessTokenClaims, buildIdTokenClaims, buildIntrospectionClaims, buildUserinfoClaims } from "./build-claims.ts";
import { unsupportedMappers } from "./mapper-plan.ts";

const placesOf = (config: Readonly<Record<string, string>>, clientAttributes: Readonly<Record<string, string>> = {}): string => {
  const plan = mappedToken([mapper("oidc-hardcoded-claim-mapper", { "claim.name": "x", "claim.value": "1", ...config })], {
    attributes: clientAttributes,
  });
  const token = buildAccessTokenClaims(plan, stamp);
  const found = {
    access: token,
    id: buildIdTokenClaims(plan, stamp),
    userinfo: buildUserinfoClaims(plan),
    introspection: buildIntrospectionClaims(plan, token),
  };
  return Object.entries(found)
    .filter(([, claims]) => claims["x"] === "1")
    .map(([place]) => place)
    .join(" ");
};

test("mappers that are not understood are listed with their client scope", () => {
  const view = testRealm({
    clientScopes: [{ name: "odd", mappers: [mapper("oidc-script-based-protocol-mapper", {}, "script")] }],
    clients: [
      { clientId: "app", optionalScopes: ["odd"], mappers: [mapper("oidc-hardcoded-role-mapper", {}, "no role"), audienceMapper("app")] },
    ],
  });
  expect(unsupportedMappers(view.client("app"))).toEqual([
    { mapper: "no role", type: "oidc-hardcoded-role-mapper", problem: "it names no role" },
    { mapper: "script", type: "oidc-script-based-protocol-mapper", clientScope: "odd", problem: "mappers of this type are not supported" },
  ]);
});

test("every mapper of Keycloak's built-in client scopes is understood", () => {
  const view = testRealm({ clients: [{ clientId: "app", serviceAccountsEnabled: true }] });
  expect(unsupportedMappers(view.client("app"))).toEqual([]);
});

describe("where a mapper writes", () => {
  const ALL = {
    "access.token.claim": "true",
    "id.token.claim": "true",
    "userinfo.token.claim": "true",
    "introspection.token.claim": "true",
  };
  const LIGHTWEIGHT = { "client.use.lightweight.access.token.enabled": "true" };
  test.each([
    ["everywhere when all are on", ALL, "access id userinfo introspection"],
    ["nowhere when all are unset", {}, ""],
    ["introspection follows the access token when unset", { "access.token.claim": "true" }, "access introspection"],
    ["introspection can be off", { ...ALL, "introspection.token.claim": "false" }, "access id userinfo"],
    ["introspection alone", { "introspection.token.claim": "true" }, "introspection"],
    ["userinfo follows the ID token when unset", { "id.token.claim": "true" }, "id userinfo"],
    ["the ID token alone", { "id.token.claim": "true", "userinfo.token.claim": "false" }, "id"],
    ["userinfo alone", { "userinfo.token.claim": "true" }, "userinfo"],
  ] as const)("%s", (_title, config, expected) => {
    expect(placesOf(config)).toBe(expected);
  });
  test("lightweight access tokens have only what is marked for them", () => {
    expect(placesOf(ALL, LIGHTWEIGHT)).toBe("id userinfo introspection");
    expect(placesOf({ ...ALL, "lightweight.claim": "true" }, LIGHTWEIGHT)).toBe("access id userinfo introspection");
    expect(placesOf({ "lightweight.claim": "true" })).toBe("");
  });
});
