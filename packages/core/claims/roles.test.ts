import { expect, test } from "vitest";
import { role, testRealm, type ClientSketch } from "../testing/realm.ts";
import { applyClientScopes } from "./client-scopes.ts";
import { rolesInToken } from "./roles.ts";

function rolesFor(client: Partial<ClientSketch>, held: readonly string[], audience?: readonly string[]): readonly string[] {
  const view = testRealm({
    roles: { staff: [], lead: ["staff", "shop/seller"], "app/chief": ["shop/seller"] },
    clientScopes: [{ name: "selling", roleScope: ["shop/seller"] }, { name: "plain" }],
    clients: [
      { clientId: "app", roles: ["user", "chief"], defaultScopes: ["plain"], optionalScopes: ["selling"], ...client },
      { clientId: "shop", roles: ["seller", "buyer"] },
    ],
  });
  const effectiveRoles = view.expandRoles(held.map(role));
  const app = view.client("app");
  const { scopes } = applyClientScopes({ view, client: app, requested: ["selling"], effectiveRoles });
  const roles = rolesInToken({ view, client: app, scopes, effectiveRoles, audience: audience && new Set(audience) });
  return [...roles].map((id) => id.slice("role:".length)).toSorted((one, other) => (one < other ? -1 : 1));
}
const EVERYTHING = ["staff", "app/user", "shop/seller", "shop/buyer"];

test("with full scope the token may carry all roles of the user", () => {
  expect(rolesFor({ fullScopeAllowed: true }, EVERYTHING)).toEqual(["app/user", "shop/buyer", "shop/seller", "staff"]);
});
test("otherwise the client's own roles and those of applied scopes", () =>
  expect(rolesFor({}, EVERYTHING)).toEqual(["app/user", "shop/seller"]));
test("and those in its role scope mappings", () => {
  expect(rolesFor({ roleScope: ["staff", "shop/buyer"] }, EVERYTHING)).toEqual(["app/user", "shop/buyer", "shop/seller", "staff"]);
});
test("a composite in the role scope mappings opens what it contains", () => {
  expect(rolesFor({ roleScope: ["lead"], optionalScopes: [] }, ["staff", "shop/seller", "shop/buyer"])).toEqual(["shop/seller", "staff"]);
});
test("a composite among the client's own roles opens what it contains", () => {
  expect(rolesFor({ optionalScopes: [] }, ["shop/seller", "shop/buyer"])).toEqual(["shop/seller"]);
});
test("roles that the user does not hold never appear", () =>
  expect(rolesFor({ roleScope: ["staff", "shop/buyer"] }, ["app/user"])).toEqual(["app/user"]));
test("requested audiences cut client roles of others and leave realm roles", () => {
  expect(rolesFor({ fullScopeAllowed: true }, EVERYTHING, ["shop"])).toEqual(["shop/buyer", "shop/seller", "staff"]);
  expect(rolesFor({ roleScope: ["staff"] }, EVERYTHING, ["shop"])).toEqual(["shop/seller", "staff"]);
});
