import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { isConflict, isIdConflict } from "./dialects/sqlite-errors.ts";

/** Columns of every table of configuration and users, in the order the values are given: the key, then what the row belongs to. */
const COLUMNS = {
  realm: "id name enabled representation",
  role: "id realm_id client_uuid name representation",
  realm_group: "id realm_id parent_id name representation",
  client_scope: "id realm_id name protocol representation",
  client: "id realm_id client_id enabled sealed_secret secret_hash resource representation",
  component: "id realm_id provider_type name sealed_config representation",
  identity_provider: "internal_id realm_id alias enabled sealed_secret representation",
  identity_provider_mapper: "id realm_id alias name representation",
  authz_server: "client_uuid realm_id settings",
  authz_scope: "id client_uuid name position representation",
  authz_resource: "id client_uuid name position representation",
  authz_policy: "id client_uuid name position type logic decision_strategy representation",
  realm_user:
    "id realm_id username email email_verified first_name last_name enabled created_timestamp not_before service_account_client_uuid attributes required_actions representation",
  credential: "id user_id type secret_data credential_data created_date user_label priority",
  federated_identity: "user_id alias external_id external_name",
  user_consent: "user_id client_uuid scopes representation",
} as const;

/** Tables of pairs: saying a thing twice says it once. */
const LINK_COLUMNS = {
  role_composite: "role_id child_id",
  group_role: "group_id role_id",
  client_scope_role: "scope_id role_id",
  client_scope_client: "client_uuid scope_id optional position",
  client_role_scope: "client_uuid role_id",
  authz_resource_scope: "resource_id scope_id position",
  authz_policy_resource: "policy_id resource_id position",
  authz_policy_scope: "policy_id scope_id position",
  authz_policy_policy: "policy_id applied_id position",
  user_role: "user_id role_id",
  user_group: "user_id group_id",
  organization_member: "realm_id organization_id user_id membership_type",
} as const;

export type RowTable = keyof typeof COLUMNS;
export type LinkTable = keyof typeof LINK_COLUMNS;
/** Tables whose rows have one id and are replaced by it. */
export type SavedTable = Exclude<RowTable, "federated_identity" | "user_consent">;

/** A row on its way into a table, and what it is to a reader of a conflict. */
export interface StoredRow<Table extends RowTable = RowTable> {
  readonly table: Table;
  /** For example `user`. */
  readonly kind: string;
  readonly id: string;
  readonly name: string;
  readonly values: readonly SQLInputValue[];
}

/** Columns that a replaced row keeps, or that only grow. */
const KEPT: Readonly<Record<string, string | undefined>> = {
  position: "",
  // A change of the row that was prepared before a logout must not bring the user's tokens back.
  not_before: "case when excluded.not_before > realm_user.not_before then excluded.not_before else realm_user.not_before end",
};

/** Writes rows of configuration and users with one prepared statement per table, used again for every row. */
export class RowWriter {
  readonly #database: DatabaseSync;
  readonly #conflict: (message: string, cause?: unknown) => Error;
  readonly #prepared = new Map<string, StatementSync>();

  /** `conflict` makes the error for an id or name that is taken. */
  constructor(database: DatabaseSync, conflict: (message: string, cause?: unknown) => Error) {
    this.#database = database;
    this.#conflict = conflict;
  }

  /** Throws a conflict when the row's id or name is taken. */
  insert(row: StoredRow): void {
    this.#write(row, () => this.#statement(insertText(row.table, COLUMNS[row.table])).run(...row.values));
  }

  /** Replaces the row of the same id and the same owner. Throws a conflict when the name is taken or the id belongs elsewhere. */
  save(row: StoredRow<SavedTable>): void {
    const written = this.#write(row, () => this.#statement(saveText(row.table)).get(...row.values));
    if (!written) throw this.#conflict(`the id "${row.id}" of the ${row.kind} "${row.name}" is taken`);
  }

  link(table: LinkTable, ...values: readonly SQLInputValue[]): void {
    this.#statement(`${insertText(table, LINK_COLUMNS[table])} on conflict do nothing`).run(...values);
  }

  #write<T>({ kind, id, name }: StoredRow, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isConflict(error)) throw error;
      const what = isIdConflict(error) ? `the id "${id}" of the ${kind} "${name}"` : `the ${kind} "${name}"`;
      throw this.#conflict(`${what} is taken`, error);
    }
  }

  #statement(text: string): StatementSync {
    const statement = this.#prepared.get(text) ?? this.#database.prepare(text);
    this.#prepared.set(text, statement);
    return statement;
  }
}

function insertText(table: string, columns: string): string {
  const names = columns.split(" ");
  return `insert into ${table} (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`;
}

/** A realm is nobody's; every other row stays with its owner, the second column. */
function saveText(table: SavedTable): string {
  const [key, owner, ...others] = COLUMNS[table].split(" ");
  const changed = table === "realm" ? [owner, ...others] : others;
  const sets = changed.flatMap((column) => {
    const kept = KEPT[column ?? ""];
    return kept === "" ? [] : [`${column} = ${kept ?? `excluded.${column}`}`];
  });
  const own = table === "realm" ? "" : `where ${table}.${owner} = excluded.${owner}`;
  return `${insertText(table, COLUMNS[table])} on conflict (${key}) do update set ${sets.join(", ")} ${own} returning 1`;
}
