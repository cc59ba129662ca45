import type { Services } from "../../services.ts";
import { AdminError } from "../admin-error.ts";

/** Whose password it is; a password may not be one of these. */
export interface PasswordOwner {
  readonly username: string;
  readonly email?: string | undefined;
}

interface Rule {
  /** Keycloak's message key. */
  readonly key: string;
  /** `{0}` is the rule's argument. */
  readonly text: string;
  readonly usual: string;
  passes(password: string, argument: string, owner: PasswordOwner, services: Pick<Services, "matchesRegex">): boolean;
}

const counting = (characters: RegExp, key: string, what: string): Rule => ({
  key: `invalidPasswordMin${key}Message`,
  text: `must contain at least {0} ${what}.`,
  usual: "1",
  passes: (password, argument) => (password.match(characters)?.length ?? 0) >= Number(argument),
});
const simple = (key: string, text: string, passes: Rule["passes"], usual = ""): Rule => ({
  key: `invalidPassword${key}Message`,
  text,
  usual,
  passes,
});

/** Rules that look at the password alone. Those about hashing, age and history are elsewhere. */
const RULES: Readonly<Record<string, Rule>> = {
  length: simple("MinLength", "minimum length {0}.", (password, least) => password.length >= Number(least), "8"),
  maxLength: simple("MaxLength", "maximum length {0}.", (password, most) => password.length <= Number(most), "64"),
  digits: counting(/\p{Nd}/gu, "Digits", "numerical digits"),
  lowerCase: counting(/\p{Ll}/gu, "LowerCaseChars", "lower case characters"),
  upperCase: counting(/\p{Lu}/gu, "UpperCaseChars", "upper case characters"),
  specialChars: counting(/[^\p{L}\p{Nd}]/gu, "SpecialChars", "special characters"),
  notUsername: simple(
    "NotUsername",
    "must not be equal to the username.",
    (password, _, { username }) => password.toLowerCase() !== username,
  ),
  notContainsUsername: simple(
    "NotContainsUsername",
    "Can not contain the username.",
    (password, _, { username }) => !password.toLowerCase().includes(username),
  ),
  notEmail: simple("NotEmail", "must not be equal to the email.", (password, _, { email }) => password.toLowerCase() !== email),
  /** A pattern that cannot be run passes nothing. */
  regexPattern: simple(
    "RegexPattern",
    "fails to match regex pattern(s).",
    (password, pattern, _, { matchesRegex }) => matchesRegex(pattern, password) === true,
  ),
};

/** @throws {AdminError} 400 the first rule of the realm's policy that the password breaks, in Keycloak's words */
export function checkPasswordPolicy(
  policy: string | undefined,
  password: string,
  owner: PasswordOwner,
  services: Pick<Services, "matchesRegex">,
): void {
  for (const { id, argument } of policyRules(policy)) {
    const rule = Object.hasOwn(RULES, id) ? RULES[id] : undefined;
    const given = argument || (rule?.usual ?? "");
    if (rule && !rule.passes(password, given, owner, services)) throw refusedPassword(rule.key, rule.text.replace("{0}", given));
  }
}

/** How many passwords, the present one included, may not come again; 0: any may. */
export function passwordHistory(policy: string | undefined): number {
  const rule = policyRules(policy).find(({ id }) => id === "passwordHistory");
  if (!rule) return 0;
  const length = Number(rule.argument || "3");
  return Number.isSafeInteger(length) && length > 0 ? Math.min(length, MAX_HISTORY) : 0;
}
/** Each of them costs a hash to compare with. */
const MAX_HISTORY = 24;

export const repeatedPassword = (history: number): AdminError =>
  refusedPassword("invalidPasswordHistoryMessage", `must not be equal to any of last ${history} passwords.`);

const refusedPassword = (error: string, text: string): AdminError =>
  new AdminError(400, { error, error_description: `Invalid password: ${text}` });

/** `length(8) and notUsername` as a list. */
function policyRules(policy: string | undefined): readonly { readonly id: string; readonly argument: string }[] {
  return (policy ?? "").split(" and ").flatMap((part) => {
    const match = /^\s*(\w+)(?:\((.*)\))?\s*$/s.exec(part);
    return match?.[1] === undefined ? [] : [{ id: match[1], argument: match[2] === "undefined" ? "" : (match[2] ?? "").trim() }];
  });
}
