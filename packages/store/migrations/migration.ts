import { type ColumnDefinitionBuilder, type CreateTableBuilder, type Expression, type Kysely, type SqlBool, sql } from "kysely";

/** Words of a table definition that engines spell differently. */
export interface DdlWords {
  /** Type of identifiers and other text that must compare byte by byte, whatever the locale of the database. */
  readonly text: Expression<unknown>;
  /** Whole numbers up to 2^53. */
  readonly integer: "integer" | "bigint";
  readonly bytes: Expression<unknown>;
  /** End of a table that is stored in the order of its primary key, where the engine knows such tables. */
  readonly clustered: Expression<unknown>;
}

export const SQLITE_WORDS: DdlWords = { text: sql`text`, integer: "integer", bytes: sql`blob`, clustered: sql`without rowid` };
export const POSTGRES_WORDS: DdlWords = { text: sql`text collate "C"`, integer: "bigint", bytes: sql`bytea`, clustered: sql`` };

/** A step from one version of the schema to the next. Runs in a transaction of its own. Never edited once released. */
export interface Migration {
  readonly name: string;
  // The tables of a half-migrated database have no type; `any` is what Kysely's schema builder asks for here.
  up(db: Kysely<never>, words: DdlWords): Promise<void>;
}

type ColumnKind = "text" | "text?" | "integer" | "integer?" | "bytes" | "id" | "number-id";
interface TableOptions {
  /** Columns of a composite primary key; the table is stored in its order. */
  readonly key?: readonly string[];
  /** Column → table whose first column it refers to; rows go with what they refer to. */
  readonly parents?: Readonly<Record<string, readonly [table: string, column: string]>>;
}

/**
 * Creates a table. `id` and `number-id` are primary keys, `?` allows null. References are checked at commit, so that an import may insert a row before
 * the row it names.
 */
export async function createTable(
  db: Kysely<never>,
  words: DdlWords,
  name: string,
  columns: Readonly<Record<string, ColumnKind>>,
  { key, parents = {} }: TableOptions = {},
): Promise<void> {
  let table: CreateTableBuilder<string, string> = db.schema.createTable(name);
  for (const [column, kind] of Object.entries(columns)) {
    const type = kind === "bytes" ? words.bytes : kind.startsWith("text") || kind === "id" ? words.text : sql.raw(words.integer);
    const constrain = (builder: ColumnDefinitionBuilder) => {
      const required = kind.endsWith("?") ? builder : builder.notNull();
      return kind.endsWith("id") ? required.primaryKey() : required;
    };
    table = table.addColumn(column, type, constrain);
  }
  for (const [column, [parent, parentColumn]] of Object.entries(parents)) {
    table = table.addForeignKeyConstraint(`${name}_${column}`, [column], parent, [parentColumn], (reference) =>
      reference.onDelete("cascade").deferrable().initiallyDeferred(),
    );
  }
  if (key) table = table.addPrimaryKeyConstraint(`${name}_key`, [...key]).modifyEnd(words.clustered);
  await table.execute();
}

/** Creates an index; `columns` may be expressions. */
export async function createIndex(
  db: Kysely<never>,
  name: string,
  table: string,
  columns: readonly (string | Expression<unknown>)[],
  { unique = false, where }: { readonly unique?: boolean; readonly where?: Expression<SqlBool> } = {},
): Promise<void> {
  const plain = db.schema
    .createIndex(name)
    .on(table)
    .columns(columns.map((column) => (typeof column === "string" ? sql.ref(column) : column)));
  const index = unique ? plain.unique() : plain;
  await (where ? index.where(where) : index).execute();
}
