import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { isConflict, isIdConflict } from "./dialects/sqlite-errors.ts";
import { ImportConflict } from "./config-ports.ts";

/** Columns of every table an import fills, in the order the values are given. */
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
} as const;

type Table = keyof typeof COLUMNS;
type LinkTable = keyof typeof LINK_COLUMNS;

/** What a row is to a reader of the conflict: `user`, its id and its name. */
export interface RowLabel {
  readonly kind: string;
  readonly id: string;
  readonly name: string;
}

/** The inserts of an import: one prepared statement per table, used again for every row. */
export class ImportInserts {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** @throws {ImportConflict} its id or name is taken. */
  row(table: Table, label: RowLabel, ...values: readonly SQLInputValue[]): void {
    try {
      this.#statement(table, COLUMNS[table], "").run(...values);
    } catch (error) {
      if (!isConflict(error)) throw error;
      const { kind, id, name } = label;
      const what = isIdConflict(error) ? `the id "${id}" of the ${kind} "${name}"` : `the ${kind} "${name}"`;
      throw new ImportConflict(`${what} is taken`, { cause: error });
    }
  }

  link(table: LinkTable, ...values: readonly SQLInputValue[]): void {
    this.#statement(table, LINK_COLUMNS[table], "on conflict do nothing").run(...values);
  }

  #statement(table: string, columns: string, end: string): StatementSync {
    const known = this.#prepared.get(table);
    if (known) return known;
    const names = columns.split(" ");
    const text = `insert into ${table} (${names.join(", ")}) values (${names.map(() => "?").join(", ")}) ${end}`;
    const statement = this.#database.prepare(text);
    this.#prepared.set(table, statement);
    return statement;
  }
}
