import type { DatabaseSync } from "node:sqlite";
import type { Change, ChangeReads } from "./ports.ts";
import type { Schema } from "./schema.ts";

/** The change log as readers follow it. */
export function changeReads(database: DatabaseSync): ChangeReads {
  const since = database.prepare("select * from change_log where version > ? order by version");
  const latest = database.prepare("select coalesce(max(version), 0) as version from change_log");
  return {
    async since(version) {
      const rows = since.all(version) as unknown as Schema["change_log"][];
      return rows.map((row): Change => ({ version: row.version, realmId: row.realm_id, kind: row.kind, id: row.id }));
    },
    async latest() {
      return Number(latest.get()?.["version"]);
    },
  };
}
