import { type Kysely, sql } from "kysely";
import type { Schema } from "../schema.ts";
import { tooNew } from "../schema-version.ts";
import { configuration } from "./0001-configuration.ts";
import { users } from "./0002-users.ts";
import { runtime } from "./0003-runtime.ts";
import { audit } from "./0004-audit.ts";
import { administration } from "./0005-administration.ts";
import { exchangedFrom } from "./0006-exchanged-from.ts";
import { organizations } from "./0007-organizations.ts";
import { userPages } from "./0008-user-pages.ts";
import type { DdlWords, Migration } from "./migration.ts";

/** In order; the version of the schema is their number. Append only. */
export const MIGRATIONS: readonly Migration[] = [
  configuration,
  users,
  runtime,
  audit,
  administration,
  exchangedFrom,
  organizations,
  userPages,
];

/**
 * Brings a database to the version of this code. Each step commits with its version row, so a crash in the middle leaves a version that the
 * next start continues from.
 * @throws {DatabaseTooNew} it is of a later version.
 */
export async function migrate(db: Kysely<Schema>, words: DdlWords, found: number, migrations = MIGRATIONS): Promise<void> {
  if (found > migrations.length) throw tooNew(found);
  for (const [index, migration] of migrations.entries()) {
    if (index < found) continue;
    await db.transaction().execute(async (transaction) => {
      const untyped = transaction as unknown as Kysely<never>;
      if (index === 0) {
        await untyped.schema
          .createTable("schema_version")
          .addColumn("version", sql.raw(words.integer), (column) => column.notNull().primaryKey())
          .addColumn("name", words.text, (column) => column.notNull())
          .execute();
      }
      await migration.up(untyped, words);
      await transaction
        .insertInto("schema_version")
        .values({ version: index + 1, name: migration.name })
        .execute();
    });
  }
}
