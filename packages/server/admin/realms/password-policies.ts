/** Rules of password policies that Keycloak 26.1.3 knows, with what its console needs to show them. */
export const PASSWORD_POLICIES: readonly PasswordPolicyType[] = [
  rule("digits", "Digits", "int", "1"),
  rule("forceExpiredPasswordChange", "Expire Password", "int", "365"),
  rule("hashAlgorithm", "Hashing Algorithm", "String", "argon2"),
  rule("hashIterations", "Hashing Iterations", "int", "-1"),
  rule("length", "Minimum Length", "int", "8"),
  rule("lowerCase", "Lowercase Characters", "int", "1"),
  rule("maxAuthAge", "Maximum Authentication Age", "int", "300"),
  rule("maxLength", "Maximum Length", "int", "64"),
  rule("notContainsUsername", "Not Contains Username"),
  rule("notEmail", "Not Email"),
  rule("notUsername", "Not Username"),
  rule("passwordAge", "Not Recently Used (In Days)", "int", "7"),
  rule("passwordBlacklist", "Password Blacklist", "String", "", true),
  rule("passwordHistory", "Not Recently Used", "int", "3"),
  rule("regexPattern", "Regular Expression", "String", "", true),
  rule("specialChars", "Special Characters", "int", "1"),
  rule("upperCase", "Uppercase Characters", "int", "1"),
];

export interface PasswordPolicyType {
  readonly id: string;
  readonly displayName: string;
  readonly configType?: string;
  readonly defaultValue?: string;
  readonly multipleSupported: boolean;
}

function rule(id: string, displayName: string, configType?: string, defaultValue?: string, multipleSupported = false): PasswordPolicyType {
  return { id, displayName, ...(configType !== undefined && { configType }), ...(defaultValue && { defaultValue }), multipleSupported };
}

/** Whether every rule of a `passwordPolicy` (`length(8) and notUsername`) is known. */
export function knowsPasswordPolicy(policy: string): boolean {
  if (policy.trim() === "") return true;
  return policy.split(" and ").every((part) => {
    const id = part.trim().split("(", 1)[0];
    return PASSWORD_POLICIES.some((known) => known.id === id);
  });
}
