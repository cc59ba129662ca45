import { describe, expect, test } from "vitest";
import { ACCESS, written } from "../../testing/mapped-token.ts";
import { audienceMapper, mapper, type RealmSketch } from "../../testing/realm.ts";
import type { ProtocolMapper } from "../../model.ts";

const renaming = (from: string, to: string): ProtocolMapper => mapper("oidc-role-name-mapper", { role: from, "new.role.name": to });

const realmRoles = (config: Readonly<Record<string, string>>): ProtocolMapper =>
  mapper("oidc-usermodel-realm-role-mapper", { ...ACCESS, multivalued: "true", ...config }, `realm ${JSON.stringify(config)}`);
const clientRoles = (config: Readonly<Record<string, string>>): ProtocolMapper =>
  mapper("oidc-usermodel-client-role-mapper", { ...ACCESS, multivalued: "true", ...config }, `client ${JSON.stringify(config)}`);

describe("roles and audiences", () => {
  const PER_CLIENT = clientRoles({ "claim.name": "resource_access.${client_id}.roles" });
  const resolve = mapper("oidc-audience-resolve-mapper");
  const user = { roles: ["staff", "shop/seller", "app/user"] };

  test.each<readonly [string, readonly ProtocolMapper[], Record<string, unknown>]>([
    ["realm roles", [realmRoles({ "claim.name": "realm_access.roles" })], { realm_access: { roles: ["staff"] } }],
    [
      "realm roles with a prefix",
      [realmRoles({ "claim.name": "groups", "usermodel.realmRoleMapping.rolePrefix": "r-" })],
      { groups: ["r-staff"] },
    ],
    ["realm roles as text", [realmRoles({ "claim.name": "groups", multivalued: "false" })], { groups: "[staff]" }],
    ["client roles per client", [PER_CLIENT], { resource_access: { shop: { roles: ["seller"] }, app: { roles: ["user"] } } }],
    [
      "client roles of one client",
      [clientRoles({ "claim.name": "resource_access.${client_id}.roles", "usermodel.clientRoleMapping.clientId": "shop" })],
      { resource_access: { shop: { roles: ["seller"] } } },
    ],
    ["client roles of all clients in one claim", [clientRoles({ "claim.name": "roles" })], { roles: ["seller", "user"] }],
    ["client roles in one nested claim", [clientRoles({ "claim.name": "x.roles" })], { x: { roles: ["seller", "user"] } }],
    [
      "client roles under a name with the client's",
      [clientRoles({ "claim.name": "of-${client_id}", "usermodel.clientRoleMapping.rolePrefix": "p-" })],
      { "of-shop": ["p-seller"], "of-app": ["p-user"] },
    ],
    [
      "realm and client roles in one claim",
      [realmRoles({ "claim.name": "roles" }), clientRoles({ "claim.name": "roles" })],
      { roles: ["staff", "seller", "user"] },
    ],
    ["the audience of clients with roles, without the client itself", [resolve], { aud: "shop" }],
    ["an audience by its mapper", [audienceMapper("app"), audienceMapper("shop"), audienceMapper("shop")], { aud: ["app", "shop"] }],
    ["a custom audience", [mapper("oidc-audience-mapper", { ...ACCESS, "included.custom.audience": "urn:x" })], { aud: "urn:x" }],
    ["SEC-INV-3 no disabled or unknown audience", ["shut", "gone"].map(audienceMapper), {}],
    [
      "SEC-INV-3 no disabled client as custom audience",
      [mapper("oidc-audience-mapper", { ...ACCESS, "included.custom.audience": "shut" })],
      {},
    ],
  ])("%s", (_title, mappers, expected) => {
    expect(written(mappers, { user })).toEqual(expected);
  });

  test("SEC-INV-3 a disabled client with roles is no audience", () => {
    expect(written([resolve], { user: { roles: ["shut/member"] } })).toEqual({});
  });
  test("no role, no claim", () => {
    expect(written([realmRoles({ "claim.name": "realm_access.roles" }), PER_CLIENT, realmRoles({ "claim.name": "groups" })])).toEqual({});
  });
  test("a client whose name has dots, or is a member of every object, is a name like others", () => {
    const realm: RealmSketch = {
      clients: [
        { clientId: "app", mappers: [PER_CLIENT], defaultScopes: [], fullScopeAllowed: true },
        { clientId: "a.b", roles: ["dotted"] },
        { clientId: "__proto__", roles: ["x"] },
      ],
      users: [{ username: "alice", roles: ["a.b/dotted", "__proto__/x"] }],
    };
    expect(JSON.stringify(written([], { realm }))).toBe('{"resource_access":{"a.b":{"roles":["dotted"]},"__proto__":{"roles":["x"]}}}');
  });
  test("oidc-hardcoded-role-mapper adds a role before audiences and role claims are written", () => {
    const hardcoded = mapper("oidc-hardcoded-role-mapper", { role: "shop.buyer" });
    expect(written([PER_CLIENT, resolve, hardcoded], { user: {} })).toEqual({
      aud: "shop",
      resource_access: { shop: { roles: ["buyer"] } },
    });
    expect(written([hardcoded], { user: {} })).toEqual({});
  });
  test("oidc-role-name-mapper renames a held role, also across clients", () => {
    const all = [realmRoles({ "claim.name": "realm_access.roles" }), PER_CLIENT];
    expect(written([...all, renaming("staff", "crew")], { user })).toMatchObject({ realm_access: { roles: ["crew"] } });
    expect(written([...all, renaming("shop.seller", "vendor")], { user })).toMatchObject({
      resource_access: { shop: { roles: ["vendor"] } },
    });
    expect(written([...all, renaming("shop.seller", "app.vendor")], { user })).toMatchObject({
      resource_access: { app: { roles: ["user", "vendor"] } },
    });
    expect(written([...all, renaming("lead", "boss")], { user })).toMatchObject({ realm_access: { roles: ["staff"] } });
  });
});
