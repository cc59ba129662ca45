import { describe, expect, test } from "vitest";
import type { Organization, RealmView, User } from "../model.ts";
import { ACCESS, mappedToken, stamp } from "../testing/mapped-token.ts";
import { mapper, testRealm } from "../testing/realm.ts";
import { buildAccessTokenClaims, buildUserinfoClaims } from "./build-claims.ts";
import { applyClientScopes } from "./client-scopes.ts";
import { organizationsOf, scopeWordsAreKnown } from "./organization-scope.ts";

const organization = (alias: string, more: Partial<Organization> = {}): Organization => ({
  id: `id-${alias}`,
  alias,
  enabled: true,
  attributes: {},
  ...more,
});
const organizations = new Map(
  [
    organization("acme", { attributes: { tier: ["gold"], zone: ["eu"] } }),
    organization("glx"),
    organization("off", { enabled: false }),
  ].map((one) => [one.id, one]),
);
const bare = testRealm({
  clients: [
    { clientId: "app", defaultScopes: ["profile"], optionalScopes: ["organization"] },
    { clientId: "always", defaultScopes: ["organization"], optionalScopes: [] },
    { clientId: "never", defaultScopes: ["profile"], optionalScopes: [] },
  ],
});
const view: RealmView = { ...bare, organizations };
const member = (...aliases: readonly string[]): Pick<User, "organizationIds"> => ({
  organizationIds: aliases.map((alias) => `id-${alias}`),
});
const apply = (requested: readonly string[], user = member("acme", "glx"), client = "app") =>
  applyClientScopes({ view, client: bare.client(client), requested, effectiveRoles: new Set(), member: user });

describe("a word for organizations", () => {
  test.each([
    ["organization", "app", true],
    ["organization:acme", "app", true],
    ["organization:*", "app", true],
    ["organization:nobody", "app", false],
    ["organization:off", "app", false],
    ["organization:ACME", "app", false],
    ["organization:acme", "never", false],
  ] as const)("%s of the client %s is known: %s", (word, client, known) => {
    expect(scopeWordsAreKnown(view, bare.client(client), ["openid", word])).toBe(known);
  });

  test.each([["organization organization:acme"], ["organization:acme organization:glx"], ["organization:* organization:acme"]])(
    "stands alone: %s is refused",
    (scope) => {
      expect(scopeWordsAreKnown(view, bare.client("app"), scope.split(" "))).toBe(false);
    },
  );

  test.each([
    ["organization:acme", member("acme", "glx"), "profile organization:acme"],
    ["organization:*", member("acme"), "profile organization:*"],
    ["organization:glx", member("acme"), "profile"],
    ["organization:*", member(), "profile"],
    ["organization:*", member("off"), "profile"],
    ["organization", member(), "profile organization"],
  ] as const)("%s applies to members alone", (word, user, text) => {
    expect(apply([word], user).text).toBe(text);
  });

  test("does not apply where words with a parameter do not count", () => {
    const request = { view, client: bare.client("app"), requested: ["organization:acme"], effectiveRoles: new Set<string>() };
    expect(applyClientScopes(request).text).toBe("profile");
  });

  test("stands beside the default scope and decides", () => {
    expect(apply(["organization:acme"], member("acme", "glx"), "always")).toMatchObject({
      text: "organization organization:acme",
      organizations: { alias: "acme" },
    });
  });

  test("SEC-TX-06 that was suppressed does not come back", () => {
    const request = { view, client: bare.client("always"), effectiveRoles: new Set<string>(), member: member("acme") };
    const suppressed = new Set(["organization", "organization:acme"]);
    expect(applyClientScopes({ ...request, requested: ["organization:acme"], suppressed })).toMatchObject({ text: "" });
  });
});

test.each([
  ["sole", member("acme"), ["acme"]],
  ["sole", member("acme", "glx"), []],
  ["sole", member("acme", "off"), []],
  ["sole", member("off"), []],
  ["all", member("acme", "glx", "off", "gone"), ["acme", "glx"]],
  [{ alias: "glx" }, member("acme", "glx"), ["glx"]],
  [{ alias: "off" }, member("off"), []],
  [undefined, member("acme"), []],
] as const)("%j means, of the memberships %j, %j", (choice, user, aliases) => {
  expect(organizationsOf(view, user, choice).map(({ alias }) => alias)).toEqual(aliases);
});

const claims = (config: Readonly<Record<string, string>>, choice: "all" | { readonly alias: string } = "all") => {
  const plan = mappedToken([mapper("oidc-organization-membership-mapper", { ...ACCESS, "claim.name": "organization", ...config })]);
  const user = { ...plan.user, ...member("acme", "glx") };
  const blueprint = { ...plan, view: { ...plan.view, organizations }, user, applied: { ...plan.applied, organizations: choice } };
  return { token: buildAccessTokenClaims(blueprint, stamp)["organization"], userinfo: buildUserinfoClaims(blueprint)["organization"] };
};

describe("oidc-organization-membership-mapper", () => {
  test.each([
    ["a list", {}, ["glx", "acme"]],
    ["one alias", { multivalued: "false" }, "acme"],
    ["an object of the type JSON", { "jsonType.label": "JSON" }, { glx: {}, acme: {} }],
    ["with ids", { addOrganizationId: "true" }, { glx: { id: "id-glx" }, acme: { id: "id-acme" } }],
    ["with attributes", { addOrganizationAttributes: "true" }, { glx: {}, acme: { tier: ["gold"], zone: ["eu"] } }],
    [
      "with both, in the order of Keycloak",
      { addOrganizationAttributes: "true", addOrganizationId: "true" },
      { glx: { id: "id-glx" }, acme: { tier: ["gold"], zone: ["eu"], id: "id-acme" } },
    ],
  ] as const)("writes %s", (_title, config, value) => {
    expect(JSON.stringify(claims(config).token)).toBe(JSON.stringify(value));
  });

  test("writes the one that was asked for", () => expect(claims({}, { alias: "glx" }).token).toEqual(["glx"]));

  test("tells userinfo what it tells the ID token, unless it says otherwise", () => {
    expect(claims({ "id.token.claim": "true" }).userinfo).toEqual(["glx", "acme"]);
    expect(claims({ "id.token.claim": "true", "userinfo.token.claim": "false" }).userinfo).toBeUndefined();
  });
});
