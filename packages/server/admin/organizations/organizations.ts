import type { Json } from "@cambist/store/config-ports.ts";
import type { Fields } from "../../imports/fields.ts";
import type { Domain, Organization } from "../../realms/organizations.ts";
import { type AdminAnswer, type AdminCall, created, noContent, ok } from "../admin-call.ts";
import { conflict, invalid } from "../admin-error.ts";
import { attributesOf, flagOf, pageOf } from "../read-query.ts";
import { reading, readRepresentation, storableName } from "../read-representation.ts";
import { changeOrganizations, findOrganization, organizationsOf, replaced } from "./change-organizations.ts";
import { organizationView } from "./organization-set.ts";
import { linkedProviders, unlinked } from "./providers.ts";

/** Organizations of one answer unless the caller says otherwise. */
const DEFAULT_MAX = 10;

const FIELDS: Fields = new Map([
  ["id", "elsewhere"],
  ["name", "text"],
  ["alias", "text"],
  ["description", "text"],
  ["redirectUrl", "text"],
  ["enabled", "flag"],
  ["attributes", "elsewhere"],
  ["domains", "elsewhere"],
  ["members", "dropped"],
  ["identityProviders", "dropped"],
]);

export async function listOrganizations(call: AdminCall): Promise<AdminAnswer> {
  const brief = flagOf(call.query, "briefRepresentation") ?? true;
  const { first = 0, max } = pageOf(call.query, DEFAULT_MAX);
  const found = matching(call);
  return ok(found.slice(first, max === undefined ? undefined : first + max).map((one) => organizationView(one, brief)));
}

export const countOrganizations = async (call: AdminCall): Promise<AdminAnswer> => ok(matching(call).length);

function matching(call: AdminCall): readonly Organization[] {
  const search = call.query.get("search")?.toLowerCase();
  const exact = flagOf(call.query, "exact") ?? false;
  const attributes = Object.entries(attributesOf(call.query) ?? {});
  const matches = (value: string): boolean =>
    search === undefined || (exact ? value.toLowerCase() === search : value.toLowerCase().includes(search));
  return organizationsOf(call)
    .filter(({ name, domains }) => matches(name) || domains.some((domain) => matches(domain.name)))
    .filter((one) => attributes.every(([name, value]) => (one.attributes[name] ?? []).includes(value)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

export async function readOrganization(call: AdminCall): Promise<AdminAnswer> {
  return ok(organizationView(findOrganization(organizationsOf(call), call.params["organization"])));
}

export async function createOrganization(call: AdminCall): Promise<AdminAnswer> {
  const given = readGiven(call);
  const id = call.newId();
  await changeOrganizations(call, (organizations) => {
    const { name, alias = name } = given;
    if (name === undefined || name.trim() === "") throw invalid("Name can not be null");
    if (alias === undefined || /\s/.test(alias)) throw invalid("The alias may not hold spaces");
    if (organizations.some((one) => one.name === name)) throw conflict("A organization with the same name already exists.");
    if (organizations.some((one) => one.alias === alias)) throw conflict("A organization with the same alias already exists.");
    const domains = checkedDomains(call, organizations, id, given.domains ?? []);
    const organization: Organization = {
      ...given,
      id,
      name,
      alias,
      enabled: given.enabled ?? true,
      attributes: given.attributes ?? {},
      domains,
    };
    return { organizations: [...organizations, organization], event: event("CREATE", id, call.body) };
  });
  return created(call, `/organizations/${id}`);
}

export async function updateOrganization(call: AdminCall): Promise<AdminAnswer> {
  const given = readGiven(call);
  await changeOrganizations(call, (organizations) => {
    const was = findOrganization(organizations, call.params["organization"]);
    const { name, alias } = given;
    if (name === undefined || name.trim() === "") throw invalid("Name can not be null");
    if (alias !== undefined && alias !== was.alias) throw invalid("Cannot change the alias");
    if (organizations.some((one) => one.name === name && one.id !== was.id))
      throw conflict("A organization with the same name already exists.");
    const domains = given.domains === undefined ? was.domains : checkedDomains(call, organizations, was.id, given.domains);
    const organization: Organization = { ...was, ...given, name, alias: was.alias, domains };
    return { organizations: replaced(organizations, organization), event: event("UPDATE", was.id, call.body) };
  });
  return noContent;
}

export async function deleteOrganization(call: AdminCall): Promise<AdminAnswer> {
  await changeOrganizations(call, async (organizations) => {
    const { id } = findOrganization(organizations, call.params["organization"]);
    const providers = await linkedProviders(call, id);
    return {
      organizations: organizations.filter((one) => one.id !== id),
      commands: [
        { do: "removeOrganizationMembers", realmId: call.realm.id, organizationId: id },
        ...providers.map((row) => ({ do: "saveIdentityProvider", realmId: call.realm.id, row: unlinked(row) }) as const),
      ],
      event: event("DELETE", id),
    };
  });
  return noContent;
}

interface Given {
  readonly name?: string;
  readonly alias?: string;
  readonly description?: string;
  readonly redirectUrl?: string;
  readonly enabled?: boolean;
  readonly attributes?: Organization["attributes"];
  readonly domains?: readonly Domain[];
}

function readGiven(call: AdminCall): Given {
  const { node, kept } = readRepresentation(call, "OrganizationRepresentation", FIELDS);
  const attributes = reading(() => node.lists("attributes"));
  const domains = reading(() =>
    node.nodes("domains")?.map((domain) => ({ name: domain.needName("name").toLowerCase(), verified: domain.flag("verified") ?? false })),
  );
  for (const member of ["name", "alias"] as const) if (typeof kept[member] === "string") storableName(member, kept[member]);
  return { ...(kept as Given), ...(attributes && { attributes }), ...(domains && { domains }) };
}

/** A domain belongs to one organization of a realm. @throws {AdminError} 400 */
function checkedDomains(
  call: AdminCall,
  organizations: readonly Organization[],
  id: string,
  domains: readonly Domain[],
): readonly Domain[] {
  if (domains.length === 0) throw invalid("You must provide at least one domain");
  for (const { name } of domains) {
    if (organizations.some((one) => one.id !== id && one.domains.some((domain) => domain.name === name)))
      throw invalid(`Domain ${name} is already linked to another organization in realm ${call.realm.name}`);
  }
  return [...new Map(domains.map((domain) => [domain.name, domain])).values()];
}

const event = (operation: "CREATE" | "UPDATE" | "DELETE", id: string, representation?: unknown) =>
  ({
    operation,
    resourceType: "ORGANIZATION",
    resourcePath: `organizations/${id}`,
    ...(representation !== undefined && { representation: representation as Json }),
  }) as const;
