import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from "kysely";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { kyselyOver } from "../dialects/sqlite-kysely.ts";
import type { Schema } from "../schema.ts";
import { SCHEMA_VERSION } from "../schema-version.ts";
import { migrate, MIGRATIONS } from "./migrate.ts";
import { POSTGRES_WORDS, SQLITE_WORDS } from "./migration.ts";

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
  expect(MIGRATIONS).toHaveLength(SCHEMA_VERSION);
  expect(MIGRATIONS.map(({ name }) => name)).toEqual([
    "0001-configuration",
    "0002-users",
    "0003-runtime",
    "0004-audit",
    "0005-administration",
    "0006-exchanged-from",
    "0007-organizations",
    "0008-user-pages",
  ]);
});

test("REL-21 rows of version 4 go through to the present one", async () => {
  const database = new DatabaseSync(":memory:");
  const db = kyselyOver(database);
  await migrate(db, SQLITE_WORDS, 0, MIGRATIONS.slice(0, 4));
  database.exec(`
    insert into realm values ('r', 'platform', 1, '{}');
    insert into realm_user (id, realm_id, username, email_verified, enabled, not_before, attributes, required_actions, representation)
      values ('u', 'r', 'alice', 0, 1, 0, '{}', '[]', '{}');
    insert into federated_identity values ('u', 'google', 'g-1', null);
    insert into user_session values ('r', 's', 0, 'u', 0, 1, 1, 'openid-connect', '192.0.2.1', '{}', 2);
    insert into client_session values ('r', 's', 0, 'c', 1, 1, 'openid');`);
  await migrate(db, SQLITE_WORDS, 4);
  expect(database.prepare("select id from user_session indexed by user_session_user where realm_id = 'r' and user_id = 'u'").all()).toEqual(
    [{ id: "s" }],
  );
  const byClient = "select session_id from client_session indexed by client_session_client where realm_id = 'r' and client_uuid = 'c'";
  expect(database.prepare(byClient).all()).toEqual([{ session_id: "s" }]);
  const byAccount =
    "select user_id from federated_identity indexed by federated_identity_external where alias = 'google' and external_id = 'g-1'";
  expect(database.prepare(byAccount).all()).toEqual([{ user_id: "u" }]);
  expect(database.prepare("select count(*) as count from event_view").get()).toEqual({ count: 0 });
  expect(database.prepare("select max(version) as version from schema_version").get()).toEqual({ version: MIGRATIONS.length });
  database.close();
});

test("members of organizations move out of the realm's row, which keeps the ids they were shown with", async () => {
  const database = new DatabaseSync(":memory:");
  const db = kyselyOver(database);
  const before = MIGRATIONS.findIndex(({ name }) => name.endsWith("-organizations"));
  await migrate(db, SQLITE_WORDS, 0, MIGRATIONS.slice(0, before));
  const organizations = [
    { id: "o1", name: "acme", members: [{ id: "u1", membershipType: "MANAGED" }, { username: "Bob" }, { id: "gone" }, { id: "u1" }] },
    { name: "globex", members: [{ username: "bob" }] },
  ];
  database.prepare("insert into realm values ('r', 'platform', 1, ?)").run(JSON.stringify({ organizations, displayName: "P" }));
  const user = database.prepare(`insert into realm_user
    (id, realm_id, username, email_verified, enabled, not_before, attributes, required_actions, representation)
    values (?, 'r', ?, 0, 1, 0, '{}', '[]', '{}')`);
  user.run("u1", "alice");
  user.run("u2", "bob");
  await migrate(db, SQLITE_WORDS, before);
  const globex = "cb661aa8-69de-8462-9339-1ea6d75b2e14";
  expect(database.prepare("select * from organization_member order by organization_id = 'o1' desc, user_id").all()).toEqual([
    { realm_id: "r", organization_id: "o1", user_id: "u1", membership_type: "MANAGED" },
    { realm_id: "r", organization_id: "o1", user_id: "u2", membership_type: "UNMANAGED" },
    { realm_id: "r", organization_id: globex, user_id: "u2", membership_type: "UNMANAGED" },
  ]);
  const representation: unknown = database.prepare("select representation from realm").get()?.["representation"];
  expect(JSON.parse(String(representation))).toEqual({
    organizations: [
      { id: "o1", name: "acme" },
      { id: globex, name: "globex" },
    ],
    displayName: "P",
  });
  database.close();
});
