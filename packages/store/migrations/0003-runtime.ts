import { createIndex, createTable, type Migration } from "./migration.ts";

/**
 * State that comes and goes with requests. No references to configuration: these are the hot tables, and a row whose user or client is gone
 * is refused where it is read. The indices on `expires_at` serve the sweep; they grow at one end, which keeps them cheap.
 */
export const runtime: Migration = {
  name: "0003-runtime",
  async up(db, words) {
    await createTable(
      db,
      words,
      "user_session",
      {
        realm_id: "text",
        id: "text",
        offline: "integer",
        user_id: "text",
        remember_me: "integer",
        started: "integer",
        last_refresh: "integer",
        auth_method: "text",
        ip_address: "text",
        notes: "text",
        expires_at: "integer",
      },
      { key: ["realm_id", "id", "offline"] },
    );
    await createIndex(db, "user_session_expiry", "user_session", ["expires_at"]);
    await createTable(
      db,
      words,
      "client_session",
      {
        realm_id: "text",
        session_id: "text",
        offline: "integer",
        client_uuid: "text",
        started: "integer",
        last_refresh: "integer",
        scope: "text",
      },
      { key: ["realm_id", "session_id", "offline", "client_uuid"] },
    );
    await createTable(
      db,
      words,
      "login_failure",
      {
        realm_id: "text",
        user_id: "text",
        num_failures: "integer",
        num_temporary_lockouts: "integer",
        last_failure: "integer",
        failed_login_not_before: "integer",
        last_ip_failure: "text",
      },
      { key: ["realm_id", "user_id"] },
    );
    await createTable(
      db,
      words,
      "once_claim",
      { realm_id: "text", kind: "text", claim_key: "text", expires_at: "integer" },
      { key: ["realm_id", "kind", "claim_key"] },
    );
    await createIndex(db, "once_claim_expiry", "once_claim", ["expires_at"]);
    await createTable(
      db,
      words,
      "refresh_family",
      { realm_id: "text", family: "text", generation: "integer", uses: "integer", expires_at: "integer" },
      { key: ["realm_id", "family"] },
    );
    await createIndex(db, "refresh_family_expiry", "refresh_family", ["expires_at"]);
    await createTable(db, words, "revoked_token", { realm_id: "text", jti: "text", expires_at: "integer" }, { key: ["realm_id", "jti"] });
    await createIndex(db, "revoked_token_expiry", "revoked_token", ["expires_at"]);
    // One row per exchanged token. Kept in order of insertion with a small index, because rows this wide in random order would touch
    // a page each.
    await createTable(db, words, "lineage", { realm_id: "text", jti: "text", expires_at: "integer", body: "text" });
    await createIndex(db, "lineage_jti", "lineage", ["jti"]);
    await createIndex(db, "lineage_expiry", "lineage", ["expires_at"]);
  },
};
