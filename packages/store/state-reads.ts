import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import type { ClientSession, EpochSeconds, Lineage, User, UserSession } from "@cambist/core/model.ts";
import type { LoginFailures, StateReads, StoredCredential, TokenState } from "./ports.ts";

type Row = Record<string, SQLOutputValue>;

/** Text lists come back as one JSON array, so that a user is one row. */
const USER_COLUMNS = `u.id, u.username, u.email, u.email_verified, u.first_name, u.last_name, u.enabled, u.not_before, u.created_timestamp,
  u.attributes, u.required_actions, u.service_account_client_uuid,
  (select json_group_array(role_id) from user_role where user_id = u.id) as role_ids,
  (select json_group_array(group_id) from user_group where user_id = u.id) as group_ids,
  (select json_group_array(organization_id) from organization_member where user_id = u.id) as organization_ids`;

const sessionColumns = (alias: string, prefix: string): string =>
  ["user_id", "remember_me", "started", "last_refresh", "auth_method", "ip_address", "notes"]
    .map((column) => `${alias}.${column} as ${prefix}_${column}`)
    .join(", ");

const clientsOf = (alias: string, offline: 0 | 1): string =>
  `case when ${alias}.id is not null then (select json_group_object(client_uuid, started) from client_session
    where realm_id = ?1 and session_id = ?2 and offline = ${offline}) end`;

/** Parameters: realm, session, jti, user; an absent one is null and matches nothing. */
const TOKEN_STATE = `select
  exists (select 1 from revoked_token where realm_id = ?1 and jti = ?3) as revoked,
  (select body from lineage where jti = ?3 and realm_id = ?1) as lineage,
  s.id as online_id, ${sessionColumns("s", "online")}, ${clientsOf("s", 0)} as online_clients,
  o.id as offline_id, ${sessionColumns("o", "offline")}, ${clientsOf("o", 1)} as offline_clients,
  ${USER_COLUMNS}
from (select 1) as one
left join user_session as s on s.realm_id = ?1 and s.id = ?2 and s.offline = 0
left join user_session as o on o.realm_id = ?1 and o.id = ?2 and o.offline = 1
left join realm_user as u on u.id = coalesce(s.user_id, o.user_id, ?4) and u.realm_id = ?1`;

const EMPTY_LIST: readonly string[] = Object.freeze([]);
const EMPTY_MAP = Object.freeze({});
const EMPTY_SET: ReadonlySet<string> = new Set();
const NO_STARTS: ReadonlyMap<string, EpochSeconds> = new Map();

// Most users have no attributes and most lists are empty: those need no parser.
const list = (text: SQLOutputValue | undefined): readonly string[] =>
  typeof text !== "string" || text === "[]" ? EMPTY_LIST : (JSON.parse(text) as string[]);
const map = <T>(text: SQLOutputValue | undefined): Readonly<Record<string, T>> =>
  typeof text !== "string" || text === "{}" ? EMPTY_MAP : (JSON.parse(text) as Record<string, T>);
const set = (text: SQLOutputValue | undefined): ReadonlySet<string> =>
  typeof text !== "string" || text === "[]" ? EMPTY_SET : new Set(JSON.parse(text) as string[]);
const starts = (text: SQLOutputValue | undefined): ReadonlyMap<string, EpochSeconds> =>
  typeof text !== "string" || text === "{}" ? NO_STARTS : new Map(Object.entries(JSON.parse(text) as Record<string, EpochSeconds>));

function userOf(row: Row | undefined): User | undefined {
  if (row === undefined || row["id"] === null) return undefined;
  return {
    id: row["id"] as string,
    username: row["username"] as string,
    ...(row["email"] !== null && { email: row["email"] as string }),
    emailVerified: row["email_verified"] === 1,
    ...(row["first_name"] !== null && { firstName: row["first_name"] as string }),
    ...(row["last_name"] !== null && { lastName: row["last_name"] as string }),
    enabled: row["enabled"] === 1,
    notBefore: row["not_before"] as number,
    ...(row["created_timestamp"] !== null && { createdTimestamp: row["created_timestamp"] as number }),
    attributes: map<readonly string[]>(row["attributes"]),
    requiredActions: list(row["required_actions"]),
    ...(row["service_account_client_uuid"] !== null && { serviceAccountClientId: row["service_account_client_uuid"] as string }),
    roleIds: list(row["role_ids"]),
    groupIds: list(row["group_ids"]),
    ...(row["organization_ids"] !== "[]" && { organizationIds: list(row["organization_ids"]) }),
  };
}

function sessionOf(row: Row, prefix: "online" | "offline"): UserSession | undefined {
  if (row[`${prefix}_id`] === null) return undefined;
  return {
    id: row[`${prefix}_id`] as string,
    userId: row[`${prefix}_user_id`] as string,
    offline: prefix === "offline",
    rememberMe: row[`${prefix}_remember_me`] === 1,
    started: row[`${prefix}_started`] as number,
    lastRefresh: row[`${prefix}_last_refresh`] as number,
    authMethod: row[`${prefix}_auth_method`] as string,
    ipAddress: row[`${prefix}_ip_address`] as string,
    notes: map<string>(row[`${prefix}_notes`]),
  };
}

function tokenStateOf(row: Row): TokenState {
  return {
    revoked: row["revoked"] === 1,
    session: sessionOf(row, "online"),
    offlineSession: sessionOf(row, "offline"),
    user: userOf(row),
    clientStarts: starts(row["online_clients"]),
    offlineClientStarts: starts(row["offline_clients"]),
    lineage: row["lineage"] === null ? undefined : (JSON.parse(row["lineage"] as string) as Lineage),
  };
}

/** The hot reads, prepared once on a connection that is never inside a transaction: each call sees the latest commit. */
export function stateReads(database: DatabaseSync): StateReads {
  const tokenState = database.prepare(TOKEN_STATE);
  const revoked = database.prepare("select 1 from revoked_token where realm_id = ? and jti = ?");
  const session = database.prepare("select 1 from user_session where realm_id = ? and id = ?");
  const clientSince = database.prepare(
    "select 1 from client_session where realm_id = ? and session_id = ? and client_uuid = ? and started <= ? + 1",
  );
  const spent = database.prepare(
    `select 1 from refresh_family where realm_id = ?1 and family = ?2
      and (generation > ?3 or (generation = ?3 and uses > ?4))`,
  );
  const claimed = database.prepare("select 1 from once_claim where realm_id = ? and kind = ? and claim_key = ?");
  const exchangedFrom = database.prepare(
    `select client_uuid from client_session as c where realm_id = ? and session_id = ? and offline = 0
      and exists (select 1 from json_each(c.exchanged_from) where key = ?)`,
  );
  const userBy = (condition: string) =>
    database.prepare(`select ${USER_COLUMNS} from realm_user as u where u.realm_id = ? and ${condition} limit 1`);
  const userById = userBy("u.id = ?");
  const userByUsername = userBy("u.username = ?");
  const userByEmail = userBy("u.email = ? order by u.username");
  const serviceAccount = userBy("u.service_account_client_uuid = ?");
  const credentials = database.prepare(
    `select c.id, c.type, c.secret_data, c.credential_data, c.created_date from credential as c
     join realm_user as u on u.id = c.user_id
     where u.realm_id = ? and c.user_id = ? and c.type = 'password' order by c.priority, c.id`,
  );
  const failures = database.prepare("select * from login_failure where realm_id = ? and user_id = ?");
  const clientSession = database.prepare(
    "select started, last_refresh from client_session where realm_id = ? and session_id = ? and offline = ? and client_uuid = ?",
  );
  const consent = database.prepare(
    `select c.scopes from user_consent as c join realm_user as u on u.id = c.user_id
     where u.realm_id = ? and c.user_id = ? and c.client_uuid = ?`,
  );

  return {
    tokenState(realmId, { jti, sessionId, userId }) {
      const row = tokenState.get(realmId, sessionId ?? null, jti ?? null, userId ?? null);
      if (row === undefined) throw new Error("a query that always has a row had none");
      return tokenStateOf(row);
    },
    async isSpent(guard) {
      const { realmId } = guard;
      const found =
        guard.claim === "once"
          ? claimed.get(realmId, guard.kind, guard.key)
          : spent.get(realmId, guard.family, guard.generation, guard.maxReuse);
      return found !== undefined;
    },
    async exchangedFrom(realmId, sessionId, subject) {
      return exchangedFrom.all(realmId, sessionId, subject).map((row) => row["client_uuid"] as string);
    },
    async anyHasEnded(realmId, tokens) {
      return tokens.some((token) => {
        if (revoked.get(realmId, token.jti)) return true;
        if (token.session === undefined) return false;
        if (token.client === undefined) return !session.get(realmId, token.session);
        return !clientSince.get(realmId, token.session, token.client, token.issuedAt);
      });
    },
    async findUserById(realmId, id) {
      return userOf(userById.get(realmId, id));
    },
    async findUserByUsername(realmId, username) {
      return userOf(userByUsername.get(realmId, username.toLowerCase()));
    },
    async findUserByEmail(realmId, email) {
      return userOf(userByEmail.get(realmId, email.toLowerCase()));
    },
    async findServiceAccount(realmId, clientUuid) {
      return userOf(serviceAccount.get(realmId, clientUuid));
    },
    async passwordCredentials(realmId, userId) {
      return credentials.all(realmId, userId).map((row): StoredCredential => ({
        id: row["id"] as string,
        type: row["type"] as string,
        secretData: row["secret_data"] as string,
        credentialData: row["credential_data"] as string,
        ...(row["created_date"] !== null && { createdDate: row["created_date"] as number }),
      }));
    },
    async loginFailures(realmId, userId) {
      const row = failures.get(realmId, userId);
      if (row === undefined) return undefined;
      const found: LoginFailures = {
        numFailures: row["num_failures"] as number,
        numTemporaryLockouts: row["num_temporary_lockouts"] as number,
        lastFailure: row["last_failure"] as number,
        failedLoginNotBefore: row["failed_login_not_before"] as number,
        lastIpFailure: row["last_ip_failure"] as string,
      };
      return found;
    },
    async clientSession(realmId, sessionId, offline, clientUuid) {
      const row = clientSession.get(realmId, sessionId, offline ? 1 : 0, clientUuid);
      if (row === undefined) return undefined;
      const found: ClientSession = {
        sessionId,
        clientUuid,
        offline,
        started: row["started"] as number,
        lastRefresh: row["last_refresh"] as number,
      };
      return found;
    },
    async consentedScopes(realmId, userId, clientUuid) {
      const row = consent.get(realmId, userId, clientUuid);
      return row && set(row["scopes"]);
    },
  };
}
