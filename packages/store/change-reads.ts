import type { Kysely } from "kysely";
import type { Change, ChangeReads } from "./ports.ts";
import type { Schema } from "./schema.ts";

/** The change log as readers follow it. */
export const changeReads = (db: Kysely<Schema>): ChangeReads => ({
  async since(version) {
    const rows = await db.selectFrom("change_log").selectAll().where("version", ">", version).orderBy("version").execute();
    return rows.map((row): Change => ({ version: row.version, realmId: row.realm_id, kind: row.kind, id: row.id }));
  },
  async latest() {
    const row = await db
      .selectFrom("change_log")
      .select((expression) => expression.fn.max("version").as("version"))
      .executeTakeFirst();
    return row?.version ?? 0;
  },
});
