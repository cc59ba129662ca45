import type { Kysely } from "kysely";
import type { AdminReads } from "./admin-ports.ts";
import { clientReads } from "./client-reads.ts";
import type { SharedRead } from "./config-reads.ts";
import { eventReads } from "./event-reads.ts";
import { organizationReads } from "./organization-reads.ts";
import { roleReads } from "./role-reads.ts";
import { readRealm } from "./row-reads.ts";
import type { Schema } from "./schema.ts";
import { sessionReads } from "./session-reads.ts";
import type { Snapshot } from "./snapshot.ts";
import { userReads } from "./user-reads.ts";

/** What only administration lists. */
export type OwnReads = Omit<AdminReads, SharedRead>;

/** A call that takes more than one statement sees one commit, except where it walks through very many rows. */
export const adminReads = (db: Kysely<Schema>, snapshot: Snapshot): OwnReads => ({
  async realms() {
    return (await db.selectFrom("realm").selectAll().orderBy("name").execute()).map(readRealm);
  },
  ...clientReads(db, snapshot),
  ...roleReads(db, snapshot),
  ...userReads(db, snapshot),
  ...organizationReads(db),
  ...sessionReads(db, snapshot),
  ...eventReads(db),
});
