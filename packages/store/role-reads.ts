import { type Kysely, sql } from "kysely";
import type { AdminReads, GroupFilter } from "./admin-ports.ts";
import type { GroupRow } from "./config-ports.ts";
import { memberText } from "./dialects/sqlite-json.ts";
import { memberPage } from "./member-pages.ts";
import { byIds, paged, withoutIndex } from "./paging.ts";
import { grouped, readGroup, readRole } from "./row-reads.ts";
import type { Schema } from "./schema.ts";
import type { Snapshot } from "./snapshot.ts";
import { contains, isText } from "./text-filters.ts";

/** Owners and parents are compared as the unique indices hold them: without one as an empty text. */
type Db = Kysely<Schema>;
type GroupTableRow = Parameters<typeof readGroup>[0];

async function withRoles(db: Db, rows: readonly GroupTableRow[]): Promise<GroupRow[]> {
  const links = await byIds(
    rows.map((row) => row.id),
    (ids) => db.selectFrom("group_role").selectAll().where("group_id", "in", ids).execute(),
  );
  const roleIds = grouped(
    links,
    (link) => link.group_id,
    (link) => link.role_id,
  );
  return rows.map((row) => readGroup(row, roleIds(row.id)));
}

/** In the order of their names. */
const groups = (db: Db, realmId: string) =>
  db.selectFrom("realm_group").selectAll().where("realm_id", "=", realmId).orderBy("name").orderBy("id");

function filteredGroups(db: Db, realmId: string, { parentId, search, exact }: GroupFilter) {
  const query = groups(db, realmId);
  const level = query.where(sql`coalesce(parent_id, '')`, "=", parentId ?? "");
  if (search === undefined) return level;
  return level.where((eb) => (exact ? isText({ column: eb.ref("name") }, search) : contains({ column: eb.ref("name") }, search)));
}

/** Roles, composites and groups as administration lists them. */
export const roleReads = (
  db: Db,
  snapshot: Snapshot,
): Pick<
  AdminReads,
  | "roles"
  | "role"
  | "roleByName"
  | "rolesById"
  | "composites"
  | "compositesAmong"
  | "usersWithRole"
  | "groupsWithRole"
  | "groups"
  | "group"
  | "groupMembers"
> => {
  const rolesOf = (realmId: string, clientUuid: string | undefined) => {
    const query = db.selectFrom("role").selectAll().where("realm_id", "=", realmId);
    return query.where(sql`coalesce(client_uuid, '')`, "=", clientUuid ?? "");
  };
  return {
    async roles(realmId, clientUuid, filter = {}) {
      const { search } = filter;
      const query = rolesOf(realmId, clientUuid).orderBy("name").orderBy("id");
      const found =
        search === undefined
          ? query
          : query.where((eb) => {
              const description = memberText(eb.ref("representation"), "description");
              return eb.or([contains({ column: eb.ref("name") }, search), contains({ column: description }, search)]);
            });
      return (await paged(found, filter).execute()).map(readRole);
    },
    async role(realmId, id) {
      const row = await db.selectFrom("role").selectAll().where("id", "=", id).where("realm_id", "=", realmId).executeTakeFirst();
      return row && readRole(row);
    },
    async roleByName(realmId, clientUuid, name) {
      const row = await rolesOf(realmId, clientUuid).where("name", "=", name).executeTakeFirst();
      return row && readRole(row);
    },
    async rolesById(realmId, ids) {
      const rows = await byIds([...new Set(ids)], (some) =>
        db
          .selectFrom("role")
          .selectAll()
          .where((eb) => withoutIndex(eb.ref("realm_id")), "=", realmId)
          .where("id", "in", some)
          .execute(),
      );
      return rows.map(readRole).toSorted((one, other) => byName(one.name, other.name) || byName(one.id, other.id));
    },
    async composites(realmId, roleId) {
      const rows = await db
        .selectFrom("role_composite")
        .innerJoin("role", "role.id", "role_composite.child_id")
        .selectAll("role")
        .where("role_composite.role_id", "=", roleId)
        .where("role.realm_id", "=", realmId)
        .orderBy("role.name")
        .orderBy("role.id")
        .execute();
      return rows.map(readRole);
    },
    async compositesAmong(roleIds) {
      const rows = await byIds([...new Set(roleIds)], (some) =>
        db.selectFrom("role_composite").select("role_id").distinct().where("role_id", "in", some).execute(),
      );
      return new Set(rows.map(({ role_id: id }) => id));
    },
    usersWithRole: (realmId, roleId, page) => memberPage(db, realmId, { table: "user_role", column: "role_id", id: roleId }, page),
    groupsWithRole: (realmId, roleId, page) =>
      snapshot(async (transaction) => {
        const query = groups(transaction, realmId).where("id", "in", (eb) =>
          eb.selectFrom("group_role").select("group_id").where("role_id", "=", roleId),
        );
        return withRoles(transaction, await paged(query, page).execute());
      }),

    groups: (realmId, filter) =>
      snapshot(async (transaction) => withRoles(transaction, await paged(filteredGroups(transaction, realmId, filter), filter).execute())),
    group: (realmId, id) =>
      snapshot(async (transaction) => {
        const rows = await groups(transaction, realmId).where("id", "=", id).execute();
        return (await withRoles(transaction, rows))[0];
      }),
    groupMembers: (realmId, groupId, page) => memberPage(db, realmId, { table: "user_group", column: "group_id", id: groupId }, page),
  };
};

/** As the engines compare: by code point, which bytes of UTF-8 order alike. */
const byName = (one: string, other: string): number => Buffer.compare(Buffer.from(one), Buffer.from(other));
