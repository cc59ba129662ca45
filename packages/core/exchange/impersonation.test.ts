import { describe, expect, test } from "vitest";
import type { Dialect } from "../model.ts";
import { BE_IMPERSONATED, IMPERSONATE } from "../policy/permission-names.ts";
import { REFUSALS, type Refusal } from "../refusals.ts";
import { DEVELOPER, DEVELOPER_ID, impersonationFacts, type ExchangeChange } from "../testing/exchange.ts";
import { permission, policy } from "../testing/policies.ts";
import { clientPolicy, userId, uuid } from "../testing/realm.ts";
import { decideExchange } from "./decide-exchange.ts";
import type { ExchangeDecision, Permit } from "./permit.ts";

const DIALECTS: readonly Dialect[] = ["native", "keycloak"];
const decide = (change: ExchangeChange = {}): ExchangeDecision => decideExchange(impersonationFacts(change));
const outcome = (change: ExchangeChange = {}): Refusal | "permit" => {
  const decision = decide(change);
  return decision.outcome === "deny" ? decision.refusal : "permit";
};
const permit = (change: ExchangeChange = {}): Permit => {
  const decision = decide(change);
  if (decision.outcome === "deny") throw new Error(`refused: ${decision.refusal}`);
  return decision;
};
const portalMay = { [IMPERSONATE]: [clientPolicy("portal")] };

describe.each(DIALECTS)("%s", (dialect) => {
  test("an operator becomes the user: a session of its own, that names the impersonator", () => {
    expect(permit({ dialect })).toMatchObject({
      engine: "v1",
      user: { username: DEVELOPER },
      requester: { clientId: "portal" },
      session: {
        kind: "new",
        notes: { IMPERSONATOR_ID: userId("operator"), IMPERSONATOR_USERNAME: "operator", IMPERSONATOR_CLIENT: uuid("portal") },
      },
      details: { requested_subject: DEVELOPER, impersonator: "operator", audience: "portal" },
    });
  });

  test("SEC-INV-5 both users are on the record, allowed or refused", () => {
    expect(permit({ dialect }).chain.impersonator).toBe(userId("operator"));
    const refused = impersonationFacts({ dialect, subject: "weak", claims: { resource_access: {} }, users: { weak: {} } });
    expect(decideExchange(refused)).toMatchObject({ about: { requested_subject: DEVELOPER, impersonator: "weak" } });
  });

  test("roles and subject are those of the requested user", () =>
    expect(permit({ dialect }).roles).toEqual(impersonationFacts({ dialect }).view.effectiveRoles(permit({ dialect }).user)));

  test("the user is named by username or by id", () => {
    expect(permit({ dialect, request: { requestedSubject: DEVELOPER_ID } }).user.username).toBe(DEVELOPER);
    expect(permit({ dialect, request: { requestedSubject: DEVELOPER_ID } }).details["requested_subject"]).toBe(DEVELOPER_ID);
  });

  test.each<readonly [string, ExchangeChange]>([
    ["unknown", { request: { requestedSubject: "nobody" } }],
    ["the empty name", { request: { requestedSubject: "" } }],
    ["disabled", { users: { [DEVELOPER]: { enabled: false } } }],
    ["locked", { users: { [DEVELOPER]: { attributes: { locked: ["true"] } } } }],
    ["deleted, or of another realm: nobody here", { facts: { requestedUser: undefined } }],
  ])("SEC-TX-15 the requested user is %s", (_title, change) => {
    expect(outcome({ dialect, ...change })).toBe("impersonation_target_unknown");
    expect(outcome({ dialect, ...change, claims: null, permissions: portalMay })).toBe("impersonation_target_unknown");
  });

  describe("SEC-TX-14 an impersonated token impersonates nobody", () => {
    test.each<readonly [string, ExchangeChange]>([
      ["by its lineage", { lineage: { impersonator: userId("somebody") } }],
      ["by its session, whose impersonator was a user", { session: { notes: { IMPERSONATOR_ID: "x" } } }],
      ["by its session, whose impersonator was a client", { session: { notes: { IMPERSONATOR_CLIENT: "x" } } }],
    ])("%s", (_title, change) => {
      expect(outcome({ dialect, ...change })).toBe("impersonation_not_permitted");
      expect(outcome({ dialect, ...change, permissions: portalMay })).toBe("impersonation_not_permitted");
    });
  });

  test("SEC-TX-12 the feature and the realm's switch refuse whatever else allows", () => {
    expect(outcome({ dialect, features: { impersonation: false } })).toBe("impersonation_switched_off");
    const naked = { dialect, claims: null, permissions: portalMay };
    expect(outcome(naked)).toBe("permit");
    expect(outcome({ ...naked, exchange: { nakedImpersonation: false } })).toBe("impersonation_switched_off");
    expect(outcome({ dialect, exchange: { nakedImpersonation: false } })).toBe("permit");
  });

  test.each<readonly [string, ExchangeChange, Refusal | "permit"]>([
    ["no permission", {}, "naked_impersonation_not_permitted"],
    ["granting", { permissions: portalMay }, "permit"],
    ["denying", { permissions: { [IMPERSONATE]: [clientPolicy("backend")] } }, "naked_impersonation_not_permitted"],
    ["without policies", { permissions: { [IMPERSONATE]: permission([]) } }, "naked_impersonation_not_permitted"],
    [
      "granting, but not for this user",
      { permissions: { ...portalMay, [BE_IMPERSONATED]: [policy({ type: "user", userIds: new Set([userId("somebody")]) })] } },
      "naked_impersonation_not_permitted",
    ],
    [
      "a public client",
      { requester: "frontend", permissions: { [IMPERSONATE]: [clientPolicy("frontend")] } },
      "naked_impersonation_public",
    ],
    [
      "the role on the service account is not enough",
      { users: { "service-account-portal": { roles: ["realm-management/impersonation"], serviceAccountClientId: uuid("portal") } } },
      "naked_impersonation_not_permitted",
    ],
    [
      "the feature of permissions is off",
      { permissions: portalMay, features: { fineGrainedAdminPermissions: false } },
      "naked_impersonation_not_permitted",
    ],
  ])("SEC-TX-12 without a subject token: %s", (_title, change, expected) =>
    expect(outcome({ dialect, claims: null, ...change })).toBe(expected),
  );

  test("without a subject token there is no impersonating user to be named", () => {
    const decision = permit({ dialect, claims: null, permissions: portalMay });
    expect(decision.details).not.toHaveProperty("impersonator");
    expect(decision.session).toEqual({ kind: "new", notes: { IMPERSONATOR_CLIENT: uuid("portal") } });
  });

  test("without a subject token it may be exchanged to itself, to others only with their permission", () => {
    const naked: ExchangeChange = { dialect, claims: null, permissions: portalMay };
    expect(permit(naked).builtFor.clientId).toBe("portal");
    expect(permit({ ...naked, request: { audiences: ["some-backend-service"] } }).builtFor.clientId).toBe("some-backend-service");
    expect(outcome({ ...naked, request: { audiences: ["backend"] } })).toBe("exchange_not_permitted");
  });

  test("who was refused nothing else: requested_issuer comes after the right", () =>
    expect(outcome({ dialect, request: { requestedIssuer: "google" } })).toBe("requested_issuer_unknown"));
});

test("native looks at the user's roles as of now, keycloak at the token", () => {
  const withdrawn = { users: { operator: { roles: ["user"] } } };
  expect(outcome(withdrawn)).toBe("impersonation_not_permitted");
  expect(outcome({ dialect: "keycloak", ...withdrawn })).toBe("permit");
  const narrow = { claims: { resource_access: { portal: { roles: ["impersonation"] } } } };
  expect(outcome(narrow)).toBe("permit");
  expect(outcome({ dialect: "keycloak", ...narrow })).toBe("impersonation_not_permitted");
});

test.each([
  null,
  "impersonation",
  { "realm-management": null },
  { "realm-management": { roles: "impersonation" } },
  { "realm-management": ["impersonation"] },
  [],
])("keycloak: a resource_access of another shape holds no role: %j", (access) => {
  const claims = { resource_access: access } as unknown as NonNullable<ExchangeChange["claims"]>;
  expect(outcome({ dialect: "keycloak", claims })).toBe("impersonation_not_permitted");
});

describe("native says who had the right", () => {
  test("the user", () => expect(permit().details["impersonation_right"]).toBe("user"));
  test("the requester's service account, as in the guide", () => {
    const change = {
      users: {
        operator: { roles: [] },
        "service-account-portal": { roles: ["realm-management/impersonation"], serviceAccountClientId: uuid("portal") },
      },
    };
    expect(permit(change).details["impersonation_right"]).toBe("client");
  });
  test("the permission", () => {
    const decision = permit({ users: { operator: { roles: [] } }, permissions: portalMay });
    expect(decision.details["impersonation_right"]).toBe("permission");
    expect(decision.evidence).toMatchObject({ impersonation_right: "permission", permission: { granted: true } });
  });
  test("keycloak keeps its event details, the audit record has it", () => {
    const decision = permit({ dialect: "keycloak" });
    expect(decision.details).not.toHaveProperty("impersonation_right");
    expect(decision.evidence).toMatchObject({ impersonation_right: "user" });
  });
});

const admin = (...roles: readonly string[]): ExchangeChange => ({
  clients: { "realm-management": { roles: ["impersonation", "realm-admin"] } },
  users: { [DEVELOPER]: { roles }, operator: { roles: ["realm-management/impersonation"] } },
});

test("SEC-TX-13 native: an administrator is impersonated only by somebody with the same roles", () => {
  expect(outcome(admin("user", "portal/admin"))).toBe("permit");
  expect(outcome(admin("realm-management/realm-admin"))).toBe("impersonation_target_protected");
  expect(outcome(admin("realm-management/impersonation"))).toBe("permit");
  expect(outcome({ ...admin("portal/admin"), exchange: { protectedRoles: ["portal/admin"] } })).toBe("impersonation_target_protected");
});

test("native: one text for every impersonation refusal, keycloak: one text too", () => {
  const rows = Object.entries(REFUSALS).filter(([name]) => name.includes("impersonation"));
  expect(rows.length).toBeGreaterThanOrEqual(6);
  for (const dialect of DIALECTS) expect(new Set(rows.map(([, row]) => JSON.stringify(row[dialect]))).size).toBe(1);
});

test("native gives an impersonated token no refresh token and two minutes, keycloak what everybody gets", () => {
  const request = { requestedTokenType: "urn:ietf:params:oauth:token-type:refresh_token" };
  expect(permit({ request })).toMatchObject({ refreshToken: false, lifetime: 120 });
  expect(permit({ request, exchange: { impersonationLifespan: 30 } }).lifetime).toBe(30);
  expect(permit({ dialect: "keycloak", request })).toMatchObject({ refreshToken: true, lifetime: 300 });
});
