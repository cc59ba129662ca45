import { expect, test } from "vitest";
import { permission, policy, policyContext } from "../testing/policies.ts";
import { clientPolicy, role, testRealm, uuid, type RealmSketch } from "../testing/realm.ts";
import { decideExchangeRight, type ExchangeRight, type ExchangeRightRequest } from "./exchange-right.ts";
import { exchangeToClient } from "./permission-names.ts";

const NAME = exchangeToClient(uuid("orders"));
const sketch: RealmSketch = {
  clients: [
    { clientId: "portal", serviceAccountsEnabled: true },
    { clientId: "orders", roles: ["token-exchange"] },
    { clientId: "billing", roles: ["token-exchange"] },
  ],
  permissions: { [NAME]: [clientPolicy("portal")] },
};

function decide(change: RealmSketch = {}, request: Partial<ExchangeRightRequest> = {}): ExchangeRight {
  const view = testRealm({ ...sketch, ...change });
  return decideExchangeRight({
    view,
    requester: view.client("portal"),
    target: view.client("orders"),
    context: policyContext(view),
    ...request,
  });
}
const withRole = (...names: readonly string[]): Partial<ExchangeRightRequest> => ({ serviceAccount: { roles: new Set(names.map(role)) } });
const allowed = (right: ExchangeRight): string => (right.allowed ? right.by : "no");

test("the target's permission lets a requester through, and says by which policies", () => {
  expect(decide()).toEqual({
    allowed: true,
    by: "permission",
    permission: { granted: true, permission: NAME, policies: [{ name: "portal may", effect: "permit" }] },
  });
});

test("a requester that no policy names may not", () => {
  expect(decide({ permissions: { [NAME]: [clientPolicy("other")] } })).toEqual({
    allowed: false,
    permission: { granted: false, permission: NAME, policies: [{ name: "other may", effect: "deny" }] },
  });
});

test("without any permission the answer is no", () => expect(decide({ permissions: {} })).toEqual({ allowed: false }));

test("a permission of another client gives nothing", () => {
  expect(decide({ permissions: { [exchangeToClient(uuid("billing"))]: [clientPolicy("portal")] } })).toEqual({ allowed: false });
});

test("a permission without policies is no permission", () =>
  expect(decide({ permissions: { [NAME]: permission([]) } })).toEqual({ allowed: false }));

test("an undecidable policy denies", () => {
  expect(allowed(decide({ permissions: { [NAME]: [policy({ type: "unknown", kind: "js" }, "NEGATIVE")] } }))).toBe("no");
});

test("native: the target's role token-exchange on the service account lets through where no policy speaks", () => {
  expect(allowed(decide({ permissions: {} }, withRole("orders/token-exchange")))).toBe("role");
  expect(allowed(decide({ permissions: { [NAME]: permission([]) } }, withRole("orders/token-exchange")))).toBe("role");
});

test("native: the same role of another client gives nothing", () => {
  expect(allowed(decide({ permissions: {} }, withRole("billing/token-exchange")))).toBe("no");
});

test("native: a permission with policies is final, the role cannot override it", () => {
  expect(allowed(decide({ permissions: { [NAME]: [clientPolicy("other")] } }, withRole("orders/token-exchange")))).toBe("no");
});

test("native: a target without such a role", () => {
  const clients = [{ clientId: "portal" }, { clientId: "orders" }];
  expect(allowed(decide({ permissions: {}, clients }, withRole("orders/token-exchange")))).toBe("no");
});

test("native: a requester without service account has no role", () => expect(allowed(decide({ permissions: {} }))).toBe("no"));

test("keycloak: the role means nothing", () => {
  expect(allowed(decide({ permissions: {}, realm: { dialect: "keycloak" } }, withRole("orders/token-exchange")))).toBe("no");
});

test("with fine-grained permissions off a permission is not looked at", () => {
  const off: RealmSketch = { features: { fineGrainedAdminPermissions: false } };
  expect(decide(off)).toEqual({ allowed: false });
  expect(allowed(decide(off, withRole("orders/token-exchange")))).toBe("role");
});
