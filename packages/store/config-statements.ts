import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { StorageConflict } from "./admin-ports.ts";
import type { Change } from "./ports.ts";
import type { Link } from "./row-values.ts";
import { RowWriter } from "./row-writer.ts";

export type Row = Record<string, SQLOutputValue>;
type Values = readonly SQLInputValue[];
/** Tables of what belongs to a realm by a column of its own. */
type RealmTable = "role" | "realm_group" | "client_scope" | "client" | "authz_server" | "realm_user";

const NOUNS: Readonly<Record<RealmTable, readonly [noun: string, key: string]>> = {
  role: ["role", "id"],
  realm_group: ["group", "id"],
  client_scope: ["client scope", "id"],
  client: ["client", "id"],
  authz_server: ["resource server", "client_uuid"],
  realm_user: ["user", "id"],
};

/** What commands of configuration share: statements prepared when first used, rows, references that are checked, the change log. */
export class ConfigStatements {
  readonly rows: RowWriter;
  /** For statements that are too rare to keep. */
  readonly database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();
  readonly #logChange: (realmId: string, kind: Change["kind"], id: string) => void;

  constructor(database: DatabaseSync, logChange: (realmId: string, kind: Change["kind"], id: string) => void) {
    this.database = database;
    this.#logChange = logChange;
    this.rows = new RowWriter(database, (message, cause) => new StorageConflict(message, { cause }));
  }

  run(text: string, ...values: Values): void {
    this.#statement(text).run(...values);
  }

  /** The first row, complete also for a statement that changes rows and returns them. */
  get(text: string, ...values: Values): Row | undefined {
    return this.#statement(text).get(...values);
  }

  all(text: string, ...values: Values): Row[] {
    return this.#statement(text).all(...values);
  }

  links(links: readonly Link[]): void {
    for (const link of links) this.rows.link(...link);
  }

  /** Everything that is compiled from the realm has to be read anew. */
  realmChanged(realmId: string): void {
    this.#logChange(realmId, "realm", realmId);
  }

  clientChanged(realmId: string, id: string): void {
    this.#logChange(realmId, "client", id);
  }

  /** @throws {StorageConflict} the realm is gone */
  needRealm(realmId: string): void {
    if (!this.get("select 1 from realm where id = ?", realmId)) throw new StorageConflict("the realm is gone");
  }

  /**
   * References are checked where they are made: the engines check them at commit, when nobody knows any more whose unit it was; and a
   * reference must not leave its realm.
   * @throws {StorageConflict} one of them is gone, or of another realm
   */
  need(realmId: string, table: RealmTable, ids: Iterable<string | undefined>): void {
    const [noun, key] = NOUNS[table];
    for (const id of ids) {
      if (id === undefined || this.get(`select 1 from ${table} where ${key} = ? and realm_id = ?`, id, realmId)) continue;
      throw new StorageConflict(`the ${noun} with the id "${id}" is gone`);
    }
  }

  #statement(text: string): StatementSync {
    const statement = this.#prepared.get(text) ?? this.database.prepare(text);
    this.#prepared.set(text, statement);
    return statement;
  }
}
