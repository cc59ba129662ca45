import type { AuthorizationPolicyRow, AuthorizationRows } from "@cambist/store/config-ports.ts";
import { expect, test } from "vitest";
import { compilePermissions } from "./compile-permissions.ts";

const NAME = "token-exchange.permission.client.c1";
const policy = (row: Partial<AuthorizationPolicyRow> & Pick<AuthorizationPolicyRow, "id" | "name" | "type">): AuthorizationPolicyRow => ({
  logic: "POSITIVE",
  decisionStrategy: "UNANIMOUS",
  representation: {},
  resourceIds: [],
  scopeIds: [],
  policyIds: [],
  ...row,
});

/** The exchange permission of one client, with a policy that lets `portal` through. */
function rows(change: Partial<AuthorizationPolicyRow> = {}): AuthorizationRows {
  return {
    clientUuid: "admin",
    settings: {},
    scopes: [
      { id: "s1", name: "token-exchange", representation: {} },
      { id: "s2", name: "view", representation: {} },
    ],
    resources: [
      { id: "r1", name: "client.resource.c1", representation: {}, scopeIds: ["s1", "s2"] },
      { id: "r2", name: "client.resource.c2", representation: {}, scopeIds: ["s1", "s2"] },
    ],
    policies: [
      policy({ id: "p1", name: "portal", type: "client", representation: { config: { clients: '["uuid-portal","uuid-gone"]' } } }),
      policy({ id: "p2", name: NAME, type: "scope", scopeIds: ["s1"], resourceIds: ["r1"], policyIds: ["p1"], ...change }),
    ],
  };
}
const compiled = (change: Partial<AuthorizationPolicyRow> = {}) =>
  compilePermissions(rows(change), {
    clientIdOf: (uuid) => (uuid === "uuid-portal" ? "portal" : undefined),
    group: () => undefined,
    clientScopeName: (id) => (id === "scope-1" ? "renamed" : undefined),
  }).find(NAME);

test("a permission brings its policies, clients by their names; one that is gone grants nobody", () => {
  expect(compiled()?.policies).toEqual([{ id: "p1", name: "portal", logic: "POSITIVE", type: "client", clientIds: new Set(["portal"]) }]);
});

test.each([
  ["another scope", { scopeIds: ["s2"] }],
  ["another resource", { resourceIds: ["r2"] }],
])("a permission that was moved to %s grants nothing", (_title, change) => {
  expect(compiled(change)?.policies).toMatchObject([{ type: "unknown" }]);
});

test("a hand-written permission without scope and resource is about what its name says", () => {
  expect(compiled({ scopeIds: [], resourceIds: [] })?.policies).toMatchObject([{ type: "client" }]);
});

test("a policy that is not there denies", () => {
  expect(compiled({ policyIds: ["nowhere"] })?.policies).toMatchObject([{ type: "unknown", kind: "missing" }]);
});

test("a client scope policy goes by the scope's name of today; a scope that is gone is nobody's", () => {
  const clientScopes = JSON.stringify([
    { id: "scope-1", name: "before", required: true },
    { id: "gone", name: "email", required: false },
  ]);
  const named = policy({ id: "p3", name: "by scope", type: "client-scope", representation: { config: { clientScopes } } });
  const all = { ...rows({ policyIds: ["p3"] }) };
  const permissions = compilePermissions(
    { ...all, policies: [...all.policies, named] },
    { clientIdOf: () => undefined, group: () => undefined, clientScopeName: (id) => (id === "scope-1" ? "renamed" : undefined) },
  );
  expect(permissions.find(NAME)?.policies).toMatchObject([
    {
      scopes: [
        { name: "renamed", required: true },
        { name: undefined, required: false },
      ],
    },
  ]);
});
