import { resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { AdminReads } from "./admin-ports.ts";
import type { OwnReads } from "./admin-reads.ts";
import { auditReads } from "./audit-reads.ts";
import { type AuditUsage, auditUsage } from "./audit-retention.ts";
import { changeReads } from "./change-reads.ts";
import type { ConfigReads } from "./config-ports.ts";
import { configReads, type SharedRead } from "./config-reads.ts";
import { openReaderDatabase } from "./dialects/sqlite.ts";
import { startFault } from "./dialects/sqlite-errors.ts";
import { DataFolderUnusable } from "./errors.ts";
import type { AuditReads, ChangeReads, StateReads } from "./ports.ts";
import { SCHEMA_VERSION, schemaVersion, tooNew } from "./schema-version.ts";
import { stateReads } from "./state-reads.ts";

/** The reading side: as many as there are threads. */
export interface StoreReader {
  readonly state: StateReads;
  readonly changes: ChangeReads;
  readonly config: ConfigReads;
  readonly audit: AuditReads;
  readonly admin: AdminReads;
  /** Size and age of the audit log, for a metric. */
  auditUsage(): AuditUsage;
  close(): Promise<void>;
}

/**
 * Opens the reading side of a data folder whose store is open, here or in another thread or process.
 * @throws {DataFolderUnusable} there is no database, or no server of this version has started on it yet.
 * @throws {DatabaseCorrupt | DatabaseTooNew} the database is damaged, or of a newer version.
 */
export async function openReader(folder: string): Promise<StoreReader> {
  const path = resolve(folder);
  using opening = new DisposableStack();
  try {
    const open = (owner: DisposableStack): DatabaseSync => owner.adopt(openReaderDatabase(path), (database) => database.close());
    const database = open(opening);
    const version = schemaVersion(database);
    if (version > SCHEMA_VERSION) throw tooNew(version);
    if (version < SCHEMA_VERSION)
      throw new DataFolderUnusable(`the database in ${path} is of an older version: start the server on it once`);
    // A connection of its own: its consistent reads are transactions that last for several turns, in which the others must never be.
    const reader = readerOver(database, () => loadQueries(open(opened), "in a transaction"));
    const opened = opening.move();
    return { ...reader, close: async () => opened.dispose() };
  } catch (error) {
    throw startFault(path, error);
  }
}

/** Reads through one connection; `load` gives those that need the query builder. */
export function readerOver(database: DatabaseSync, load: () => Promise<OwnReads>): Omit<StoreReader, "close"> {
  const { config, shared } = configReads(database);
  return {
    state: stateReads(database),
    changes: changeReads(database),
    config,
    audit: auditReads(database),
    admin: withQueries(shared, load),
    auditUsage: () => auditUsage(database),
  };
}

/** Most processes serve tokens and never administer, so the query builder and what is written with it are loaded by the first call. */
export async function loadQueries(database: DatabaseSync, snapshots: "in a transaction" | "in one turn"): Promise<OwnReads> {
  const [{ kyselyOver }, { adminReads }] = await Promise.all([import("./dialects/sqlite-kysely.ts"), import("./admin-reads.ts")]);
  const db = kyselyOver(database);
  return adminReads(db, (work) => (snapshots === "in one turn" ? work(db) : db.transaction().execute(work)));
}

/** Administration's reads, of which those that are not `shared` wait for `load`. */
function withQueries(shared: Pick<AdminReads, SharedRead>, load: () => Promise<OwnReads>): AdminReads {
  let loading: Promise<OwnReads> | undefined;
  const loaded = (): Promise<OwnReads> =>
    (loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    }));
  const waiting = OWN_READS.map((name) => [
    name,
    async (...values: readonly unknown[]): Promise<unknown> => {
      const read = (await loaded())[name] as (...values: readonly unknown[]) => Promise<unknown>;
      return read(...values);
    },
  ]);
  return { ...shared, ...(Object.fromEntries(waiting) as OwnReads) };
}

/** Names of the reads that need the query builder; the compiler counts them. */
const OWN_READS = Object.keys({
  realms: true,
  clients: true,
  client: true,
  clientByClientId: true,
  roles: true,
  role: true,
  roleByName: true,
  rolesById: true,
  composites: true,
  compositesAmong: true,
  usersWithRole: true,
  groupsWithRole: true,
  clientScope: true,
  groups: true,
  group: true,
  groupMembers: true,
  organizationMembers: true,
  countOrganizationMembers: true,
  organizationMember: true,
  organizationIdsOfUser: true,
  users: true,
  countUsers: true,
  user: true,
  usersByIds: true,
  usersAfterName: true,
  component: true,
  identityProvider: true,
  identityProviderMappers: true,
  userSessions: true,
  clientSessions: true,
  countClientSessions: true,
  session: true,
  events: true,
} satisfies Record<keyof OwnReads, true>) as readonly (keyof OwnReads)[];
