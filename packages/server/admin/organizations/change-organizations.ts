import type { Command } from "@cambist/store/ports.ts";
import type { AdminCall, AdminChange } from "../admin-call.ts";
import { AdminError } from "../admin-error.ts";
import { type Organization, readOrganizations } from "../../realms/organizations.ts";

const missing = (errorMessage: string): AdminError => new AdminError(404, { errorMessage });

/** Organizations of the realm. @throws {AdminError} 404 they are switched off */
export function organizationsOf({ realm }: Pick<AdminCall, "realm">): readonly Organization[] {
  if (realm.representation["organizationsEnabled"] !== true) throw missing("Organizations not enabled for this realm.");
  return readOrganizations(realm);
}

/** The organization of the path. @throws {AdminError} 404 */
export function findOrganization(organizations: readonly Organization[], id: string | undefined): Organization {
  const organization = organizations.find((one) => one.id === id);
  if (!organization) throw missing("Organization not found.");
  return organization;
}

export interface OrganizationChange {
  readonly organizations: readonly Organization[];
  readonly commands?: readonly Command[];
  readonly event: NonNullable<AdminChange["event"]>;
}

/** Works a change out on the organizations as they are; see {@link AdminCall.changeRealm}. */
export async function changeOrganizations(
  call: AdminCall,
  change: (organizations: readonly Organization[]) => OrganizationChange | Promise<OrganizationChange>,
): Promise<void> {
  await call.changeRealm(async (was) => {
    const { organizations, commands = [], event } = await change(organizationsOf({ realm: was }));
    return { row: { ...was, representation: { ...was.representation, organizations } }, commands, event };
  });
}

export const replaced = (organizations: readonly Organization[], changed: Organization): readonly Organization[] =>
  organizations.map((one) => (one.id === changed.id ? changed : one));
