import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from "kysely";
import type { Schema } from "../schema.ts";

/** What Kysely's dialect asks of a driver, over `node:sqlite`. Statements are kept, because preparing costs more than running them. */
function adapter(database: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    close: () => {
      kept.clear();
      if (database.isOpen) database.close();
    },
    prepare: (text) => {
      const known = kept.get(text);
      if (known) return known;
      const statement = database.prepare(text);
      const made = {
        reader: statement.columns().length > 0,
        all: (values: readonly unknown[]) => statement.all(...(values as SQLInputValue[])),
        run: (values: readonly unknown[]) => statement.run(...(values as SQLInputValue[])),
        iterate: (values: readonly unknown[]) => statement.iterate(...(values as SQLInputValue[])),
      };
      // Query texts are few; lists of values make more of them, so those that came first are let go.
      if (kept.size >= 256) kept.delete(kept.keys().next().value ?? "");
      kept.set(text, made);
      return made;
    },
  };
}

/** Kysely over an open connection. `destroy()` closes the connection. */
export const kyselyOver = (database: DatabaseSync): Kysely<Schema> =>
  new Kysely<Schema>({ dialect: new SqliteDialect({ database: adapter(database) }) });
