import type { Json } from "@cambist/store/config-ports.ts";
import { type Organization, readOrganizations } from "../../realms/organizations.ts";
import type { AdminCall } from "../admin-call.ts";

/** An organization as its endpoint shows it; lists leave out the attributes. */
export const organizationView = ({ attributes, ...organization }: Organization, brief = false): Json => ({
  ...organization,
  ...(!brief && Object.keys(attributes).length > 0 && { attributes }),
});

/** An organization as its members see it: with its attributes, be there any or not. */
export const organizationOfUserView = ({ id, name, alias, enabled, domains, attributes, ...texts }: Organization): Json => ({
  id,
  name,
  alias,
  enabled,
  ...texts,
  attributes,
  domains,
});

/** Members read at once. */
const PAGE = 500;

/** Organizations as realm files have them, one by one: members by name. */
export async function* organizationFiles({ store, realm }: Pick<AdminCall, "store" | "realm">): AsyncGenerator<Json> {
  for (const organization of readOrganizations(realm)) {
    const members: Json[] = [];
    for (let first = 0; ; first += PAGE) {
      const page = await store.organizationMembers(realm.id, organization.id, { first, max: PAGE });
      members.push(...page.map(({ user, membershipType }) => ({ username: user.username, membershipType })));
      if (page.length < PAGE) break;
    }
    yield { ...organizationView(organization), members };
  }
}
