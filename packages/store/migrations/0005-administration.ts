import { createIndex, createTable, type Migration } from "./migration.ts";

/** What administration needs beside the tables of the server: who has which sessions and links, and where event views begin. */
export const administration: Migration = {
  name: "0005-administration",
  async up(db, words) {
    await createIndex(db, "user_session_user", "user_session", ["realm_id", "user_id"]);
    // The rest of the key, so that a client's sessions come in their order.
    await createIndex(db, "client_session_client", "client_session", ["realm_id", "client_uuid", "offline", "session_id"]);
    await createIndex(db, "federated_identity_external", "federated_identity", ["alias", "external_id"]);
    // Outlives its realm, as the audit log does: a realm made again with the same id must not show what came before it.
    await createTable(
      db,
      words,
      "event_view",
      { realm_id: "text", kind: "text", start_sequence: "integer" },
      { key: ["realm_id", "kind"] },
    );
  },
};
