import { sql } from "kysely";
import { createIndex, createTable, type Migration } from "./migration.ts";

const USER = { user_id: ["realm_user", "id"] } as const;

export const users: Migration = {
  name: "0002-users",
  async up(db, words) {
    await createTable(
      db,
      words,
      "realm_user",
      {
        id: "id",
        realm_id: "text",
        username: "text",
        email: "text?",
        email_verified: "integer",
        first_name: "text?",
        last_name: "text?",
        enabled: "integer",
        created_timestamp: "integer?",
        not_before: "integer",
        service_account_client_uuid: "text?",
        attributes: "text",
        required_actions: "text",
        representation: "text",
      },
      { parents: { realm_id: ["realm", "id"], service_account_client_uuid: ["client", "id"] } },
    );
    await createIndex(db, "realm_user_username", "realm_user", ["realm_id", "username"], { unique: true });
    // Not unique: a realm may allow duplicate e-mail addresses.
    await createIndex(db, "realm_user_email", "realm_user", ["realm_id", "email"], { where: sql`email is not null` });
    const isServiceAccount = sql<boolean>`service_account_client_uuid is not null`;
    await createIndex(db, "realm_user_service_account", "realm_user", ["service_account_client_uuid"], {
      unique: true,
      where: isServiceAccount,
    });

    await createTable(
      db,
      words,
      "user_role",
      { user_id: "text", role_id: "text" },
      { key: ["user_id", "role_id"], parents: { ...USER, role_id: ["role", "id"] } },
    );
    await createIndex(db, "user_role_role", "user_role", ["role_id"]);
    await createTable(
      db,
      words,
      "user_group",
      { user_id: "text", group_id: "text" },
      { key: ["user_id", "group_id"], parents: { ...USER, group_id: ["realm_group", "id"] } },
    );
    await createIndex(db, "user_group_group", "user_group", ["group_id"]);

    await createTable(
      db,
      words,
      "credential",
      {
        id: "id",
        user_id: "text",
        type: "text",
        secret_data: "text",
        credential_data: "text",
        created_date: "integer?",
        user_label: "text?",
        priority: "integer",
      },
      { parents: USER },
    );
    await createIndex(db, "credential_user", "credential", ["user_id"]);
    await createTable(
      db,
      words,
      "federated_identity",
      { user_id: "text", alias: "text", external_id: "text", external_name: "text?" },
      { key: ["user_id", "alias"], parents: USER },
    );
    await createTable(
      db,
      words,
      "user_consent",
      { user_id: "text", client_uuid: "text", scopes: "text", representation: "text" },
      { key: ["user_id", "client_uuid"], parents: { ...USER, client_uuid: ["client", "id"] } },
    );
    await createIndex(db, "user_consent_client", "user_consent", ["client_uuid"]);
  },
};
