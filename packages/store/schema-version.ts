import type { DatabaseSync } from "node:sqlite";
import { hasTable } from "./dialects/sqlite.ts";
import { DatabaseTooNew } from "./errors.ts";

/** The version that the migrations lead to. A start on a database that has it loads none of them, so it is written here; a test counts them. */
export const SCHEMA_VERSION = 8;

/** The version of a database; 0 when it is empty. Reads only. */
export function schemaVersion(database: DatabaseSync): number {
  if (!hasTable(database, "schema_version")) return 0;
  return Number(database.prepare("select coalesce(max(version), 0) as version from schema_version").get()?.["version"]);
}

export const tooNew = (found: number): DatabaseTooNew =>
  new DatabaseTooNew(`the database is of schema version ${found}, this program knows up to ${SCHEMA_VERSION}: use the newer program`);
