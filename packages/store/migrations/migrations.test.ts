import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import { expect, test } from "vitest";
import type { Schema } from "../schema.ts";
import { migrate, MIGRATIONS } from "./migrate.ts";
import { POSTGRES_WORDS } from "./migration.ts";

/** The statements that would be sent to PostgreSQL. */
async function postgresStatements(): Promise<string[]> {
  const statements: string[] = [];
  const db = new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (connection) => new PostgresIntrospector(connection),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    log: ({ query }) => void statements.push(query.sql),
  });
  await migrate(db, POSTGRES_WORDS, 0);
  return statements;
}

test("migrations speak each engine's words", async () => {
  const statements = await postgresStatements();
  const tables = statements.filter((statement) => statement.startsWith("create table"));
  expect(tables.length).toBeGreaterThan(30);
  for (const statement of statements) {
    expect(statement).not.toMatch(/rowid|blob| text(?! collate "C")|\binteger\b/);
  }
  expect(tables.find((statement) => statement.startsWith('create table "user_role"'))).toBe(
    'create table "user_role" ("user_id" text collate "C" not null, "role_id" text collate "C" not null, ' +
      'constraint "user_role_user_id" foreign key ("user_id") references "realm_user" ("id") on delete cascade deferrable initially deferred, ' +
      'constraint "user_role_role_id" foreign key ("role_id") references "role" ("id") on delete cascade deferrable initially deferred, ' +
      'constraint "user_role_key" primary key ("user_id", "role_id")) ',
  );
});

test("migrations are numbered in order, and what was released keeps its name", () => {
  expect(MIGRATIONS.map(({ name }) => name)).toEqual([
    "0001-configuration",
    "0002-users",
    "0003-runtime",
    "0004-audit",
    "0005-administration",
  ]);
});
