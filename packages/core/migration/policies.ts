import { policiesIn } from "../doctor/permissions.ts";
import type { Permission, Policy } from "../model.ts";
import { BE_IMPERSONATED, IMPERSONATE } from "../policy/permission-names.ts";
import type { Affected } from "./difference.ts";
import type { MigrationFacts } from "./facts.ts";

/** Permissions that something here looks at; the others are about administration, or about identity providers. */
const isDecidedHere = ({ name }: Permission): boolean =>
  name.startsWith("token-exchange.permission.client.") || name === IMPERSONATE || name === BE_IMPERSONATED;

/** What a permission is about, for people: the client's name in place of its id. */
function titleOf({ clients }: MigrationFacts, { name }: Permission): string {
  const client = clients.find(({ id }) => name.endsWith(`.permission.client.${id}`));
  if (!client) return name;
  return name.startsWith("token-exchange.") ? `exchange to ${client.clientId}` : `${name.split(".", 1)[0]} of client ${client.clientId}`;
}

/** Policies of the permissions that decide here, each once, with what it stands in. */
function policiesThat(facts: MigrationFacts, isMeant: (policy: Policy) => string | undefined): readonly Affected[] {
  const found = new Map<string, { readonly name: string; readonly why: string; readonly places: string[] }>();
  for (const permission of facts.permissions.filter(isDecidedHere)) {
    for (const policy of policiesIn(permission.policies)) {
      const why = isMeant(policy);
      if (why === undefined) continue;
      const one = found.get(policy.id) ?? { name: policy.name, why, places: [] };
      found.set(policy.id, one);
      const place = titleOf(facts, permission);
      if (!one.places.includes(place)) one.places.push(place);
    }
  }
  return [...found.values()].map(({ name, why, places }) => ({
    type: "policy",
    name,
    detail: `${why}; in ${places.slice(0, 2).join(", ")}${places.length > 2 ? ` and ${places.length - 2} more` : ""}`,
  }));
}

/** Of kinds that only a plugin or a script can decide. */
export const unknownPolicies = (facts: MigrationFacts): readonly Affected[] =>
  policiesThat(facts, (policy) => (policy.type === "unknown" ? `type ${policy.kind}` : undefined));

export const regexPolicies = (facts: MigrationFacts): readonly Affected[] =>
  policiesThat(facts, (policy) => {
    if (policy.type !== "regex" || policy.pattern === "" || facts.matchesRegex(policy.pattern, "") !== undefined) return undefined;
    return policy.pattern.length > 100 ? `a pattern of ${policy.pattern.length} characters` : policy.pattern;
  });

/** Negative ones that name nobody: Keycloak permits everybody by them. */
export const emptyNegativePolicies = (facts: MigrationFacts): readonly Affected[] =>
  policiesThat(facts, (policy) => (policy.logic === "NEGATIVE" && namesNobody(facts, policy) ? `type ${policy.type}` : undefined));

function namesNobody({ view }: MigrationFacts, policy: Policy): boolean {
  switch (policy.type) {
    case "client":
      return policy.clientIds.size === 0;
    case "user":
      return policy.userIds.size === 0;
    case "role":
      return policy.roles.length === 0;
    case "client-scope":
      return policy.scopes.length === 0;
    case "group":
      return policy.groups.every(({ groupId }) => view.group(groupId) === undefined);
    case "aggregate":
      return policy.policies.length === 0;
    default:
      return false;
  }
}

export const negativePermissions = (facts: MigrationFacts): readonly Affected[] =>
  facts.permissions
    .filter((permission) => isDecidedHere(permission) && permission.logic === "NEGATIVE")
    .map((permission) => ({ type: "permission", name: titleOf(facts, permission) }));

/** Who may manage what, beside exchange and impersonation. */
export const administrativePermissions = (facts: MigrationFacts): readonly Affected[] =>
  facts.permissions
    .filter((permission) => !isDecidedHere(permission) && !permission.name.startsWith("token-exchange."))
    .map((permission) => ({ type: "permission", name: titleOf(facts, permission) }));

/** Where fine-grained permissions are switched off here, none of them lets anybody through. */
export const permissionsOff = ({ view, permissions }: MigrationFacts): readonly Affected[] =>
  view.features.fineGrainedAdminPermissions ? [] : permissions.map(({ name }) => ({ type: "permission", name }));
