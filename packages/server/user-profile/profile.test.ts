import { describe, expect, test } from "vitest";
import { DEFAULT_PROFILE } from "./default-profile.ts";
import { isEmailAddress } from "./email-address.ts";
import { missingAttributes, profileConfig, readProfile } from "./profile.ts";
import { validate } from "./validations.ts";

const component = (config: unknown) => ({
  id: "c",
  providerType: "org.keycloak.userprofile.UserProfileProvider",
  representation: { config: { "kc.user.profile.config": [typeof config === "string" ? config : JSON.stringify(config)] } },
});
const matches = (pattern: string, subject: string): boolean => new RegExp(`^(?:${pattern})$`).test(subject);
const faults = (value: string, validations: Readonly<Record<string, Readonly<Record<string, unknown>>>>) =>
  validate("x", [value], validations, matches).map(({ errorMessage }) => errorMessage);

describe("a realm's user profile", () => {
  test("is the default one where the realm stores none, or one that cannot be read", () => {
    expect(profileConfig([])).toBe(DEFAULT_PROFILE);
    expect(profileConfig([component("{")])).toBe(DEFAULT_PROFILE);
    expect(profileConfig([component([])])).toBe(DEFAULT_PROFILE);
    expect(profileConfig([component({ attributes: [] })])).toEqual({ attributes: [] });
  });

  test("asks users for an e-mail address and both names by default, administrators for nothing", () => {
    const profile = readProfile(DEFAULT_PROFILE);
    const user = { username: "alice", firstName: " ", attributes: {} };
    expect(missingAttributes(profile, user, "user")).toEqual(["email", "firstName", "lastName"]);
    expect(missingAttributes(profile, user, "admin")).toEqual([]);
  });

  test.each([
    [undefined, []],
    [{}, ["admin", "user"]],
    [{ roles: ["admin"] }, ["admin"]],
    [{ scopes: ["phone"] }, []],
    [{ roles: ["nonsense"] }, []],
  ])("an attribute with required %j is asked of %j", (required, roles) => {
    const [attribute] = readProfile({ attributes: [{ name: "phone", required }] }).attributes.values();
    expect([...(attribute?.requiredFor ?? [])]).toEqual(roles);
  });

  test("whoever may edit an attribute may see it, and without permissions administrators do both", () => {
    const { attributes } = readProfile({
      attributes: [{ name: "a", permissions: { edit: ["user"], view: ["admin"] } }, { name: "b" }, { nonsense: 1 }, 7],
    });
    expect([...(attributes.get("a")?.viewers ?? [])].toSorted()).toEqual(["admin", "user"]);
    expect([...(attributes.get("a")?.editors ?? [])]).toEqual(["user"]);
    expect([...(attributes.get("b")?.editors ?? [])]).toEqual(["admin"]);
    expect(attributes.size).toBe(2);
  });
});

describe("a validation", () => {
  test.each([
    ["length", "ab", { min: 3 }, ["error-invalid-length-too-short"]],
    ["length", "abcd", { max: "3" }, ["error-invalid-length-too-long"]],
    ["length", "ab", { min: 3, max: 5 }, ["error-invalid-length"]],
    ["length", "abcd", { min: 3, max: 5 }, []],
    ["email", "not an address", {}, ["error-invalid-email"]],
    ["username-prohibited-characters", "a<b", {}, ["error-username-invalid-character"]],
    ["username-prohibited-characters", "developer-123@apixion", {}, []],
    ["up-username-not-idn-homograph", "раypal", {}, ["error-username-invalid-character"]],
    ["person-name-prohibited-characters", "O'Neill-Smith Jr.", {}, []],
    ["person-name-prohibited-characters", "<script>", {}, ["error-person-name-invalid-character"]],
    ["pattern", "12a", { pattern: "[0-9]+" }, ["error-pattern-no-match"]],
    ["pattern", "12a", { pattern: "[0-9]+", "error-message": "digitsOnly" }, ["digitsOnly"]],
    ["integer", "x", {}, ["error-invalid-number"]],
    ["integer", "7", { max: 5 }, ["error-number-out-of-range-too-big"]],
    ["double", "7.5", { min: 1, max: 9 }, []],
    ["options", "c", { options: ["a", "b"] }, ["error-invalid-value"]],
    ["uri", "nonsense", {}, ["error-invalid-uri"]],
    ["iso-date", "2026-02-30", {}, ["error-invalid-date"]],
    ["iso-date", "2026-02-28", {}, []],
    ["unknown-validator", "x", {}, []],
    ["__proto__", "x", {}, []],
  ])("%s of %j with %j finds %j", (id, value, settings, found) => {
    expect(faults(value, { [id]: settings })).toEqual(found);
  });

  test("says nothing about empty values, which are the business of required", () => {
    expect(faults("", { email: {}, length: { min: 3 } })).toEqual([]);
  });

  test("counts the values of an attribute", () => {
    expect(validate("x", ["a", "b"], { multivalued: { max: 1 } }, matches)).toEqual([
      { field: "x", errorMessage: "error-invalid-multivalued-size", params: ["x", 1] },
    ]);
  });

  test("a pattern that cannot be run lets nothing through", () => {
    expect(validate("x", ["a"], { pattern: { pattern: "(?=a)a" } }, () => undefined)).toHaveLength(1);
  });
});

test.each([
  ["a@b", true],
  ["alice+test@example.com", true],
  ["jörg@exämple.de", true],
  ["@example.com", false],
  ["alice@", false],
  ["a..b@example.com", false],
  ["a b@example.com", false],
  ["alice@-example.com", false],
  [`${"x".repeat(65)}@example.com`, false],
])("whether %s is an e-mail address: %s", (text, is) => {
  expect(isEmailAddress(text)).toBe(is);
});
