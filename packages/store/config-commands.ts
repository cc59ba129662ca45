import type { DatabaseSync } from "node:sqlite";
import type { ConfigCommand } from "./admin-ports.ts";
import { authorizationCommands } from "./authorization-commands.ts";
import { clientCommands } from "./client-commands.ts";
import { ConfigStatements } from "./config-statements.ts";
import { groupCommands } from "./group-commands.ts";
import { organizationCommands } from "./organization-commands.ts";
import { providerCommands } from "./provider-commands.ts";
import type { Change } from "./ports.ts";
import { realmCommands } from "./realm-commands.ts";
import { roleCommands } from "./role-commands.ts";
import { sessionCommands } from "./session-commands.ts";
import { userCommands } from "./user-commands.ts";

/** How each command of some noun is carried out. */
export type Handlers<Name extends ConfigCommand["do"]> = {
  readonly [Do in Name]: (statements: ConfigStatements, command: ConfigCommand & { readonly do: Do }) => void;
};

const HANDLERS: Handlers<ConfigCommand["do"]> = {
  ...realmCommands,
  ...clientCommands,
  ...roleCommands,
  ...groupCommands,
  ...providerCommands,
  ...authorizationCommands,
  ...userCommands,
  ...sessionCommands,
  ...organizationCommands,
};

/** Carries out administration's commands inside the transaction of the caller. */
export class ConfigCommands {
  readonly #statements: ConfigStatements;

  constructor(database: DatabaseSync, logChange: (realmId: string, kind: Change["kind"], id: string) => void) {
    this.#statements = new ConfigStatements(database, logChange);
  }

  /** @throws {StorageConflict} a name or id is taken, or what the row belongs to is gone; the caller rolls back. */
  run(command: ConfigCommand): void {
    const handler = HANDLERS[command.do] as (statements: ConfigStatements, command: ConfigCommand) => void; // its own, by the table's type
    handler(this.#statements, command);
  }
}
