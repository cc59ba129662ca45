import { StorageConflict } from "./admin-ports.ts";
import type { Handlers } from "./config-commands.ts";

/** Who is a member is read at each use: none of this is logged as a change. */
export const organizationCommands: Handlers<"addOrganizationMember" | "removeOrganizationMember" | "removeOrganizationMembers"> = {
  addOrganizationMember(statements, { realmId, organizationId, userId, membershipType }) {
    statements.need(realmId, "realm_user", [userId]);
    const added = statements.get(
      `insert into organization_member (realm_id, organization_id, user_id, membership_type) values (?, ?, ?, ?)
       on conflict do nothing returning 1`,
      realmId,
      organizationId,
      userId,
      membershipType,
    );
    if (!added) throw new StorageConflict("the user is a member already");
  },
  removeOrganizationMember(statements, { realmId, organizationId, userId }) {
    statements.run(
      "delete from organization_member where realm_id = ? and organization_id = ? and user_id = ?",
      realmId,
      organizationId,
      userId,
    );
  },
  removeOrganizationMembers(statements, { realmId, organizationId }) {
    statements.run("delete from organization_member where realm_id = ? and organization_id = ?", realmId, organizationId);
  },
};
