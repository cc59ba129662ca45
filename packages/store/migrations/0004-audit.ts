import { createTable, type Migration } from "./migration.ts";

/**
 * The audit log. Without an index beside its sequence: every record is written on the hot path and few are ever searched. A search reads the
 * segments that can hold what it looks for, about a million records per second.
 */
export const audit: Migration = {
  name: "0004-audit",
  async up(db, words) {
    await createTable(db, words, "audit", {
      sequence: "number-id",
      time: "integer",
      realm_id: "text",
      type: "text",
      client_id: "text?",
      hash: "bytes",
      body: "text",
    });
    await createTable(db, words, "audit_segment", {
      number: "number-id",
      first_sequence: "integer",
      last_sequence: "integer",
      start_time: "integer",
      max_time: "integer",
      start_hash: "bytes",
      end_hash: "bytes",
      bytes: "integer",
      dropped: "integer",
    });
  },
};
