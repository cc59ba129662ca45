import { sql } from "kysely";
import { createIndex, type Migration } from "./migration.ts";

/** Everybody but service accounts by name, so that a late page of users costs a walk through names alone. */
export const userPages: Migration = {
  name: "0007-user-pages",
  async up(db) {
    await createIndex(db, "realm_user_people", "realm_user", ["realm_id", "username"], {
      where: sql<boolean>`service_account_client_uuid is null`,
    });
  },
};
