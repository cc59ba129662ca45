/**
 * Claims that only the server or Keycloak's typed mapper for them may write. Attribute, property, hardcoded, note, group and role mappers
 * that aim at one are ignored: whoever edits a profile or a mapper must not be able to speak as the server.
 */
export const RESERVED_CLAIMS: ReadonlySet<string> = new Set([
  "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "azp", "sid", "typ", "cnf", "act", "may_act", "scope", "acr", "amr", "auth_time",
  "realm_access", "resource_access",
  // Not roles or identities, but consumers decide by them, and Keycloak writes them itself.
  "nonce", "at_hash", "c_hash", "s_hash", "allowed-origins", "authorization",
]); // prettier-ignore

/**
 * The parts of a mapper's `claim.name`: dots nest, `\.` is a dot inside a name (Keycloak's syntax). An empty part ends the splitting, so
 * that `a..b` is `a` with the member `.b`.
 */
export function parseClaimPath(name: string): readonly string[] {
  const parts: string[] = [];
  let part = "";
  let start = 0;
  for (let index = 0; index < name.length; index++) {
    const character = name[index] as string; // index is below length
    if (character === "\\" && index + 1 < name.length) part += name[++index];
    else if (character !== ".") part += character;
    else if (index === start) {
      part = unescape(name.slice(start));
      break;
    } else {
      parts.push(part);
      part = "";
      start = index + 1;
    }
  }
  if (part !== "") parts.push(part);
  return parts;
}

const unescape = (text: string): string => text.replaceAll(/\\(.)/g, "$1");

/** One part of a claim path that stands for a name as it is: dots and backslashes in it do not split. */
export const escapeClaimPart = (name: string): string => name.replaceAll("\\", "\\\\").replaceAll(".", "\\.");

/** Why a generic mapper may not write to this path; undefined: it may. */
export function pathProblem(path: readonly string[]): string | undefined {
  const root = path[0];
  if (root === undefined) return "it names no claim";
  if (RESERVED_CLAIMS.has(root)) return `the claim ${root} is reserved`;
  // Assigning `__proto__` would change an object instead of adding a claim.
  if (path.includes("__proto__")) return "the claim name is not usable";
  return undefined;
}
