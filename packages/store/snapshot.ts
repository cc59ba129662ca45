import type { DatabaseSync } from "node:sqlite";
import type { Kysely } from "kysely";
import type { Schema } from "./schema.ts";

/** Runs queries that must see one and the same commit. */
export type Snapshot = <T>(work: (db: Kysely<Schema>) => Promise<T>) => Promise<T>;

/**
 * Runs statements that must see one and the same commit, without a turn for anything else of the thread, so that the connection can be shared.
 * In memory an import may be under way on it: its rows are seen then.
 */
export function inSnapshot<T>(database: DatabaseSync, work: () => T): T {
  if (database.isTransaction) return work();
  database.exec("begin");
  try {
    return work();
  } finally {
    database.exec("commit");
  }
}
