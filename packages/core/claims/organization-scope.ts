import { clientScopeNames } from "./client-scope-names.ts";
import type { Client, Organization, RealmView, User } from "../model.ts";

/** The client scope whose mapper tells of organizations, and that dynamic words stand for. */
export const ORGANIZATION_SCOPE = "organization";
const PREFIX = `${ORGANIZATION_SCOPE}:`;
const ALL = `${PREFIX}*`;

/** Which of a user's organizations a token tells of. `sole`: the one of a user who has no other; nobody is asked to choose here. */
export type OrganizationChoice = "sole" | "all" | { readonly alias: string };

/** A word such as `organization:acme`: its client scope, with a parameter. */
export const isOrganizationWord = (word: string): boolean => word.startsWith(PREFIX);

/** What a word of the scope asks for. */
export function organizationChoice(word: string): OrganizationChoice {
  if (word === ALL) return "all";
  const alias = isOrganizationWord(word) ? word.slice(PREFIX.length) : "";
  return alias === "" ? "sole" : { alias };
}

/** The organizations that a choice means for this user: those that are enabled, in the order of their ids. Memberships are read with the user. */
export function organizationsOf(
  view: RealmView,
  { organizationIds = [] }: Pick<User, "organizationIds">,
  choice: OrganizationChoice | undefined,
): readonly Organization[] {
  if (choice === undefined || organizationIds.length === 0) return [];
  // Keycloak 26.1 counts disabled ones too: whoever has two is never told of one by itself.
  if (choice === "sole" && organizationIds.length > 1) return [];
  const own = organizationIds.flatMap((id) => view.organizations?.get(id) ?? []).filter(({ enabled }) => enabled);
  return typeof choice === "string" ? own : own.filter(({ alias }) => alias === choice.alias);
}

/**
 * Whether every word of a request is one of the client's: `openid`, a client scope, or one word for organizations, which names one that is there.
 * @see Keycloak 26.1: two of these in one request are refused, whatever they say
 */
export function scopeWordsAreKnown(view: RealmView, client: Client, words: readonly string[]): boolean {
  const known = clientScopeNames(client);
  const dynamic = words.filter(isOrganizationWord);
  if (dynamic.length > 0 && (dynamic.length > 1 || words.includes(ORGANIZATION_SCOPE) || !known.has(ORGANIZATION_SCOPE))) return false;
  return words.every((word) => (isOrganizationWord(word) ? namesOrganization(view, word) : word === "openid" || known.has(word)));
}

function namesOrganization({ organizations }: RealmView, word: string): boolean {
  const choice = organizationChoice(word);
  if (typeof choice === "string") return true;
  return [...(organizations?.values() ?? [])].some(({ alias, enabled }) => enabled && alias === choice.alias);
}

/** A single organization may be asked for where all were granted. */
export const narrowsOrganizations = (granted: readonly string[], word: string): boolean =>
  granted.includes(ALL) && typeof organizationChoice(word) === "object";

/** The word of a scope that stands for whatever organizations were granted, when all are asked for again. */
export const grantedOrganizations = (granted: readonly string[], word: string): string | undefined =>
  word === ALL ? granted.find((one) => one === ORGANIZATION_SCOPE || isOrganizationWord(one)) : undefined;
