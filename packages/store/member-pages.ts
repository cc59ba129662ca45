import type { Kysely } from "kysely";
import type { Page, UserColumns } from "./admin-ports.ts";
import { paged, withoutIndex } from "./paging.ts";
import { readUser } from "./row-reads.ts";
import type { Schema } from "./schema.ts";
import { scanUsers, type UserCondition } from "./user-scan.ts";

/** Users that a table of pairs connects with a role, a group or an organization. */
export interface Membership {
  readonly table: "user_role" | "user_group" | "organization_member";
  readonly column: "role_id" | "group_id" | "organization_id";
  readonly id: string;
}

/** Up to so many members are sorted; beyond it a walk through all users in order meets enough of them soon. */
const SORTED_MEMBERS = 10_000;

/** One page of the members that meet the conditions, in the order of their user names. */
export async function memberPage(
  db: Kysely<Schema>,
  realmId: string,
  { table, column, id }: Membership,
  page: Page,
  conditions: readonly UserCondition[] = [],
): Promise<readonly UserColumns[]> {
  const members = db.selectFrom(table).where(db.dynamic.ref(column), "=", id);
  const { count } = await db
    .selectFrom(
      members
        .select("user_id")
        .limit(SORTED_MEMBERS + 1)
        .as("some"),
    )
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  if (count > SORTED_MEMBERS) {
    const isMember: UserCondition = (eb) => {
      const own = eb.selectFrom(table).select("user_id").whereRef("user_id", "=", "realm_user.id");
      return eb.exists(own.where(db.dynamic.ref(column), "=", id));
    };
    return scanUsers(db, realmId, [isMember, ...conditions], page);
  }
  const query = db
    .selectFrom("realm_user")
    .selectAll()
    .where("id", "in", members.select("user_id"))
    .where((eb) => eb.and([eb(withoutIndex(eb.ref("realm_id")), "=", realmId), ...conditions.map((condition) => condition(eb))]))
    .orderBy((eb) => withoutIndex(eb.ref("username")));
  return (await paged(query, page).execute()).map(readUser);
}
