import type { Kysely } from "kysely";
import type { AdminReads } from "./admin-ports.ts";
import { clientReads } from "./client-reads.ts";
import type { Snapshot } from "./config-reads.ts";
import { eventReads } from "./event-reads.ts";
import { organizationReads } from "./organization-reads.ts";
import { roleReads } from "./role-reads.ts";
import { readRealm } from "./row-reads.ts";
import type { Schema } from "./schema.ts";
import { sessionReads } from "./session-reads.ts";
import { userReads } from "./user-reads.ts";

/** What administration lists. A call that takes more than one statement sees one commit, except where it walks through very many rows. */
export const adminReads = (db: Kysely<Schema>, snapshot: Snapshot): AdminReads => ({
  async realms() {
    return (await db.selectFrom("realm").selectAll().orderBy("name").execute()).map(readRealm);
  },
  async realmByName(name) {
    const row = await db.selectFrom("realm").selectAll().where("name", "=", name).executeTakeFirst();
    return row && readRealm(row);
  },
  ...clientReads(db, snapshot),
  ...roleReads(db, snapshot),
  ...userReads(db, snapshot),
  ...organizationReads(db),
  ...sessionReads(db, snapshot),
  ...eventReads(db),
});
