import type { Kysely } from "kysely";
import type { AdminReads, MemberFilter, UserColumns } from "./admin-ports.ts";
import { memberPage, type Membership } from "./member-pages.ts";
import { byIds, withoutIndex } from "./paging.ts";
import { readUser } from "./row-reads.ts";
import type { Schema } from "./schema.ts";
import { contains, isText, type TextColumn } from "./text-filters.ts";
import type { UserCondition } from "./user-scan.ts";

/** Columns that a search looks into. */
const SEARCHED = ["username", "email", "first_name", "last_name"] as const;
const LOWER: ReadonlySet<string> = new Set(["username", "email"]);

function conditionsOf(
  realmId: string,
  organizationId: string,
  { search, exact = false, membershipType }: MemberFilter,
): readonly UserCondition[] {
  const conditions: UserCondition[] = [];
  if (search !== undefined && search !== "") {
    conditions.push((eb) => {
      const columns = SEARCHED.map((name): TextColumn => ({ column: eb.ref(name), isLower: LOWER.has(name) }));
      return eb.or(columns.map((column) => (exact ? isText : contains)(column, search)));
    });
  }
  if (membershipType !== undefined) {
    conditions.push((eb) =>
      eb.exists(
        eb
          .selectFrom("organization_member as kind")
          .select("kind.user_id")
          .where("kind.realm_id", "=", realmId)
          .where("kind.organization_id", "=", organizationId)
          .whereRef("kind.user_id", "=", "realm_user.id")
          .where("kind.membership_type", "=", membershipType),
      ),
    );
  }
  return conditions;
}

/** Members of organizations, in the order of their user names. */
export const organizationReads = (
  db: Kysely<Schema>,
): Pick<AdminReads, "organizationMembers" | "countOrganizationMembers" | "organizationMember" | "organizationIdsOfUser"> => ({
  async organizationMembers(realmId, organizationId, filter) {
    const membership: Membership = { table: "organization_member", column: "organization_id", id: organizationId };
    const users = await memberPage(db, realmId, membership, filter, conditionsOf(realmId, organizationId, filter));
    const rows = await byIds(
      users.map(({ id }) => id),
      (some) =>
        db
          .selectFrom("organization_member")
          .select(["user_id", "membership_type"])
          .where("realm_id", "=", realmId)
          .where("organization_id", "=", organizationId)
          .where("user_id", "in", some)
          .execute(),
    );
    const types = new Map(rows.map((row) => [row.user_id, row.membership_type]));
    return users.flatMap((user) => {
      const membershipType = types.get(user.id);
      return membershipType === undefined ? [] : [{ user, membershipType }];
    });
  },
  async countOrganizationMembers(realmId, organizationId) {
    const members = db.selectFrom("organization_member").where("realm_id", "=", realmId).where("organization_id", "=", organizationId);
    return (await members.select((eb) => eb.fn.countAll<number>().as("count")).executeTakeFirstOrThrow()).count;
  },
  async organizationMember(realmId, organizationId, userId) {
    const row = await db
      .selectFrom("realm_user")
      .innerJoin("organization_member", "organization_member.user_id", "realm_user.id")
      .selectAll("realm_user")
      .select("organization_member.membership_type")
      .where("organization_member.realm_id", "=", realmId)
      .where("organization_member.organization_id", "=", organizationId)
      .where("organization_member.user_id", "=", userId)
      .executeTakeFirst();
    if (!row) return undefined;
    const { membership_type: membershipType, ...columns } = row;
    return { user: readUser(columns) satisfies UserColumns, membershipType };
  },
  async organizationIdsOfUser(realmId, userId) {
    const rows = await db
      .selectFrom("organization_member")
      .select("organization_id")
      .where("user_id", "=", userId)
      .where((eb) => withoutIndex(eb.ref("realm_id")), "=", realmId)
      .orderBy("organization_id")
      .execute();
    return rows.map((row) => row.organization_id);
  },
});
