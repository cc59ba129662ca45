import { describe, expect, test } from "vitest";
import { matchesRegex } from "../../realms/regex.ts";
import { AdminError } from "../admin-error.ts";
import { checkPasswordPolicy, passwordHistory } from "./password-policy.ts";

const owner = { username: "alice", email: "alice@example.com" };
function refusal(policy: string | undefined, password: string): unknown {
  try {
    checkPasswordPolicy(policy, password, owner, { matchesRegex });
    return undefined;
  } catch (error) {
    return error instanceof AdminError ? error.body?.["error_description"] : error;
  }
}

describe("a password policy", () => {
  test.each([
    ["length(8)", "short", "Invalid password: minimum length 8."],
    ["length", "1234567", "Invalid password: minimum length 8."],
    ["length(undefined)", "1234567", "Invalid password: minimum length 8."],
    ["maxLength(5)", "longer", "Invalid password: maximum length 5."],
    ["digits(2)", "one1", "Invalid password: must contain at least 2 numerical digits."],
    ["upperCase(1)", "lower", "Invalid password: must contain at least 1 upper case characters."],
    ["lowerCase(1)", "UPPER", "Invalid password: must contain at least 1 lower case characters."],
    ["specialChars(1)", "plain1", "Invalid password: must contain at least 1 special characters."],
    ["notUsername(undefined)", "Alice", "Invalid password: must not be equal to the username."],
    ["notContainsUsername(undefined)", "xALICEx", "Invalid password: Can not contain the username."],
    ["notEmail(undefined)", "Alice@Example.com", "Invalid password: must not be equal to the email."],
    ["regexPattern([a-z]+)", "abc1", "Invalid password: fails to match regex pattern(s)."],
    ["regexPattern((?=a)a)", "a", "Invalid password: fails to match regex pattern(s)."],
    ["length(8) and digits(1)", "longenough", "Invalid password: must contain at least 1 numerical digits."],
  ])("%s refuses %s", (policy, password, text) => {
    expect(refusal(policy, password)).toBe(text);
  });

  test.each([
    [undefined, ""],
    ["", "x"],
    ["length(8) and digits(1) and upperCase(1) and specialChars(1)", "Passw0rd!"],
    ["hashAlgorithm(argon2) and hashIterations(5) and forceExpiredPasswordChange(365)", "x"],
    ["constructor and __proto__", "x"],
  ])("%s lets a fitting password through", (policy, password) => {
    expect(refusal(policy, password)).toBeUndefined();
  });

  test("looks as far back as it says", () => {
    expect(passwordHistory(undefined)).toBe(0);
    expect(passwordHistory("length(8) and passwordHistory(5)")).toBe(5);
    expect(passwordHistory("passwordHistory(undefined)")).toBe(3);
    expect(passwordHistory("passwordHistory(1000000)")).toBe(24);
  });
});
