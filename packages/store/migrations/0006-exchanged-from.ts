import type { Migration } from "./migration.ts";

/** Which clients' tokens a client exchanged for its part of a session: one JSON object, whose members are their clientIds. */
export const exchangedFrom: Migration = {
  name: "0006-exchanged-from",
  async up(db, words) {
    await db.schema.alterTable("client_session").addColumn("exchanged_from", words.text).execute();
  },
};
