import { expect, test } from "vitest";
import { role, testRealm, type RealmSketch } from "../testing/realm.ts";
import { applyClientScopes, type AppliedScopes, type ScopeRequest } from "./client-scopes.ts";

const sketch: RealmSketch = {
  roles: { manager: ["clerk"], clerk: [] },
  clientScopes: [
    { name: "orders" },
    { name: "hidden", includeInTokenScope: false },
    { name: "payroll", roleScope: ["manager"] },
    { name: "desk", roleScope: ["clerk", "shop/seller"] },
  ],
  clients: [
    { clientId: "app", defaultScopes: ["basic", "profile", "payroll", "desk"], optionalScopes: ["orders", "hidden", "phone"] },
    { clientId: "shop", roles: ["seller"] },
  ],
};
const view = testRealm(sketch);
const apply = (requested: readonly string[], change: Partial<ScopeRequest> = {}): AppliedScopes =>
  applyClientScopes({ view, client: view.client("app"), requested, effectiveRoles: new Set(), ...change });
const names = ({ scopes }: AppliedScopes): string => scopes.map(({ name }) => name).join(" ");
const holding = (...roles: readonly string[]): Partial<ScopeRequest> => ({ effectiveRoles: view.expandRoles(roles.map(role)) });

test("default scopes apply without being asked for", () => expect(names(apply([]))).toBe("basic profile"));
test("optional scopes apply when asked for", () => expect(names(apply(["phone", "orders"]))).toBe("basic profile orders phone"));
test("words that are no scope of the client are ignored", () => expect(names(apply(["nonsense", "roles"]))).toBe("basic profile"));

test("the text shows what is not hidden, openid first", () => {
  expect(apply(["hidden", "orders", "openid"])).toMatchObject({
    openid: true,
    text: "openid profile orders",
    fullText: "openid basic profile orders hidden",
  });
});
test("openid is not shown unless asked for", () => expect(apply(["orders"])).toMatchObject({ openid: false, text: "profile orders" }));
test("openid alone is a text", () => {
  const bare = testRealm({ clients: [{ clientId: "app", defaultScopes: [] }] });
  const request = { view: bare, client: bare.client("app"), effectiveRoles: new Set<string>() };
  expect(applyClientScopes({ ...request, requested: ["openid"] }).text).toBe("openid");
  expect(applyClientScopes({ ...request, requested: [] }).text).toBe("");
});

test("a scope with roles is for holders of one of them", () => {
  expect(names(apply([], holding("manager")))).toBe("basic profile payroll desk");
  expect(names(apply([], holding("shop/seller")))).toBe("basic profile desk");
});
test("a composite in the scope's roles counts for holders of what it contains", () => {
  expect(names(apply([], holding("clerk")))).toBe("basic profile payroll desk");
});
test("with requested audiences the client roles of others do not make a scope apply", () => {
  expect(names(apply([], { ...holding("shop/seller"), audience: new Set(["elsewhere"]) }))).toBe("basic profile");
  expect(names(apply([], { ...holding("shop/seller"), audience: new Set(["shop"]) }))).toBe("basic profile desk");
  expect(names(apply([], { ...holding("clerk"), audience: new Set(["elsewhere"]) }))).toBe("basic profile payroll desk");
});

test("SEC-TX-06 a suppressed word does not come back, default or not", () => {
  expect(apply(["openid", "orders"], { suppressed: new Set(["openid", "profile", "orders"]) })).toMatchObject({
    openid: false,
    text: "",
    fullText: "basic",
  });
});

test("the same pattern of scopes is the same object, another one is not", () => {
  expect(apply(["orders"])).toBe(apply(["orders", "nonsense"]));
  expect(apply(["orders"])).not.toBe(apply(["orders", "openid"]));
  expect(apply(["orders"])).not.toBe(apply(["phone"]));
});
test("another view of the same client is asked anew", () => {
  const other = testRealm({ ...sketch, roles: { manager: [], clerk: [] } });
  const request = { client: view.client("app"), requested: [], effectiveRoles: new Set([role("clerk")]) };
  expect(names(applyClientScopes({ view, ...request }))).toBe("basic profile payroll desk");
  expect(names(applyClientScopes({ view: other, ...request }))).toBe("basic profile desk");
});
