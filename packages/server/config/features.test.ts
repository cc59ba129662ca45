import { expect, test } from "vitest";
import { FEATURE_NAMES, type FeatureRequest, resolveFeatures } from "./features.ts";

const resolve = (request: Partial<FeatureRequest>) => resolveFeatures({ enabled: [], disabled: [], single: new Map(), ...request });
const single = (name: string, value: string) => new Map([[name, value]]);
const ALL_ON = {
  tokenExchange: true,
  standardTokenExchange: true,
  impersonation: true,
  fineGrainedAdminPermissions: true,
  userEventMetrics: true,
};

test("token exchange, its permissions and impersonation are on by default", () => {
  expect(resolve({})).toMatchObject({ switches: ALL_ON, warnings: [], problems: [] });
});

test("the talk's and the guide's feature lists are accepted without a word", () => {
  const { problems, warnings, switches } = resolve({ enabled: ["token-exchange", "fine-grained-authz"] });
  expect({ problems, warnings, switches }).toEqual({ problems: [], warnings: [], switches: ALL_ON });
  expect(resolve({ enabled: ["preview", "admin-fine-grained-authz", "admin-fine-grained-authz:v1"] })).toMatchObject({
    problems: [],
    warnings: [],
  });
});

test("every known name is accepted, with and without its version, on and off", () => {
  for (const name of FEATURE_NAMES) {
    expect(resolve({ enabled: [name] }).problems).toEqual([]);
    expect(resolve({ disabled: [name] }).problems).toEqual([]);
  }
});

test.each([
  ["token-exchange", "tokenExchange"],
  ["token-exchange-standard", "standardTokenExchange"],
  ["token-exchange-standard:v2", "standardTokenExchange"],
  ["impersonation", "impersonation"],
  ["admin-fine-grained-authz", "fineGrainedAdminPermissions"],
  ["fine-grained-authz", "fineGrainedAdminPermissions"],
  ["user-event-metrics", "userEventMetrics"],
] as const)("SEC-ADM-17 features-disabled=%s switches off %s and nothing else", (name, gate) => {
  expect(resolve({ disabled: [name] }).switches).toEqual({ ...ALL_ON, [gate]: false });
});

test("an unknown feature is a problem with the nearest name", () => {
  expect(resolve({ enabled: ["tokn-exchange"] }).problems).toEqual([
    'features: unknown feature "tokn-exchange"; did you mean token-exchange?',
  ]);
  expect(resolve({ disabled: ["impersonatoin"] }).problems[0]).toMatch(/^features-disabled: .*did you mean impersonation\?/);
  expect(resolve({ enabled: ["token-exchange:v7"] }).problems[0]).toMatch(/unknown feature "token-exchange:v7"/);
});

test("a feature both on and off is a problem", () => {
  expect(resolve({ enabled: ["impersonation"], disabled: ["impersonation"] }).problems[0]).toMatch(/keep one/);
});

test("a feature that cannot be switched here is a warning", () => {
  expect(resolve({ disabled: ["dpop"] }).warnings).toEqual(["Feature dpop is known, but switching it off changes nothing in Cambist."]);
  expect(resolve({ enabled: ["admin-fine-grained-authz:v2"] }).warnings[0]).toMatch(/admin-fine-grained-authz:v1 stays as it is/);
});

test("feature-NAME wins over both lists", () => {
  expect(resolve({ enabled: ["impersonation"], single: single("impersonation", "disabled") }).switches.impersonation).toBe(false);
  expect(resolve({ disabled: ["impersonation"], single: single("impersonation", "enabled") }).switches.impersonation).toBe(true);
  expect(resolve({ single: single("token-exchange-standard", "v2") }).problems).toEqual([]);
  expect(resolve({ single: single("token-exchange-standard", "v3") }).problems[0]).toMatch(/takes enabled, disabled or v2/);
  expect(resolve({ single: single("impersonatoin", "enabled") }).problems[0]).toMatch(/did you mean impersonation\?/);
});

test("the states carry Keycloak's constants", () => {
  const constants = resolve({ disabled: ["impersonation"] })
    .states.filter(({ enabled }) => enabled)
    .map(({ constant }) => constant);
  expect(constants).toEqual(["TOKEN_EXCHANGE", "TOKEN_EXCHANGE_STANDARD_V2", "ADMIN_FINE_GRAINED_AUTHZ", "USER_EVENT_METRICS"]);
});
