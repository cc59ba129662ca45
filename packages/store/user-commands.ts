import { StorageConflict, type UserColumns } from "./admin-ports.ts";
import type { Json } from "./config-ports.ts";
import type { Handlers } from "./config-commands.ts";
import type { ConfigStatements } from "./config-statements.ts";
import { forgetInPolicies } from "./policy-references.ts";
import { credentialValues, userValues } from "./row-values.ts";
import { endSessionsOf } from "./session-commands.ts";

/** Whether the realm has that user: what belongs to users is found by their id alone. */
const hasUser = (statements: ConfigStatements, realmId: string, userId: string): boolean =>
  statements.get("select 1 from realm_user where id = ? and realm_id = ?", userId, realmId) !== undefined;

/**
 * Unless the realm allows it, an e-mail address that is new to a user is nobody else's, and where addresses work as names at login nobody is
 * called by another's. No index can say so, since realms differ, and users who share an address from before keep it.
 * @throws {StorageConflict}
 */
function needFreeAddress(statements: ConfigStatements, realmId: string, { id, username, email }: UserColumns): void {
  const before = statements.get("select username, email from realm_user where id = ?", id);
  const isTaken = (column: "username" | "email", value: string): boolean =>
    statements.get(`select 1 from realm_user where realm_id = ? and ${column} = ? and id <> ?`, realmId, value, id) !== undefined;
  const address = email === undefined || before?.["email"] === email ? undefined : email;
  const isShared = address !== undefined && isTaken("email", address);
  const isName = address !== undefined && isTaken("username", address);
  const isAddress = before?.["username"] !== username && username.includes("@") && isTaken("email", username);
  if (!isShared && !isName && !isAddress) return;
  const realm = statements.get("select representation from realm where id = ?", realmId);
  const { duplicateEmailsAllowed, loginWithEmailAllowed } = JSON.parse(String(realm?.["representation"])) as Json;
  if (isShared && duplicateEmailsAllowed !== true) throw new StorageConflict("the e-mail address is taken");
  if ((isName || isAddress) && loginWithEmailAllowed !== false)
    throw new StorageConflict("the name is an address of another user, or the reverse");
}

/** What is known of a user elsewhere than in their own rows. */
export function forgetUser(statements: ConfigStatements, realmId: string, userId: string): void {
  endSessionsOf(statements, realmId, userId);
  statements.run("delete from login_failure where realm_id = ? and user_id = ?", realmId, userId);
  forgetInPolicies(statements, realmId, "user", [userId]);
}

/** Users are read at each use: none of this is logged as a change. */
export const userCommands: Handlers<
  | "saveUser"
  | "deleteUser"
  | "addUserRoles"
  | "removeUserRoles"
  | "joinGroup"
  | "leaveGroup"
  | "saveCredential"
  | "deleteCredential"
  | "saveFederatedIdentity"
  | "deleteFederatedIdentity"
  | "deleteConsent"
> = {
  saveUser(statements, { realmId, row }) {
    statements.needRealm(realmId);
    statements.need(realmId, "client", [row.serviceAccountClientUuid]);
    needFreeAddress(statements, realmId, row);
    statements.rows.save(userValues(realmId, row));
  },
  deleteUser(statements, { realmId, userId }) {
    if (!statements.get("delete from realm_user where id = ? and realm_id = ? returning 1", userId, realmId)) return;
    forgetUser(statements, realmId, userId);
  },

  addUserRoles(statements, { realmId, userId, roleIds }) {
    statements.need(realmId, "realm_user", [userId]);
    statements.need(realmId, "role", roleIds);
    for (const role of roleIds) statements.rows.link("user_role", userId, role);
  },
  removeUserRoles(statements, { realmId, userId, roleIds }) {
    if (!hasUser(statements, realmId, userId)) return;
    for (const role of roleIds) statements.run("delete from user_role where user_id = ? and role_id = ?", userId, role);
  },
  joinGroup(statements, { realmId, userId, groupId }) {
    statements.need(realmId, "realm_user", [userId]);
    statements.need(realmId, "realm_group", [groupId]);
    statements.rows.link("user_group", userId, groupId);
  },
  leaveGroup(statements, { realmId, userId, groupId }) {
    if (!hasUser(statements, realmId, userId)) return;
    statements.run("delete from user_group where user_id = ? and group_id = ?", userId, groupId);
  },

  saveCredential(statements, { realmId, userId, row }) {
    const user = statements.get("select username from realm_user where id = ? and realm_id = ?", userId, realmId);
    if (!user) throw new StorageConflict(`the user with the id "${userId}" is gone`);
    if (row.type === "password") {
      statements.run("delete from credential where user_id = ? and type = 'password' and id <> ?", userId, row.id);
    }
    statements.rows.save(credentialValues(userId, row, user["username"] as string));
  },
  deleteCredential(statements, { realmId, userId, id }) {
    if (!hasUser(statements, realmId, userId)) return;
    statements.run("delete from credential where id = ? and user_id = ?", id, userId);
  },

  saveFederatedIdentity(statements, { realmId, userId, link: { alias, userId: externalId, userName } }) {
    statements.need(realmId, "realm_user", [userId]);
    if (!statements.get("select 1 from identity_provider where realm_id = ? and alias = ?", realmId, alias))
      throw new StorageConflict(`the identity provider "${alias}" is gone`);
    // One account out there is one user here: with two, whose token would it be exchanged for?
    const taken = `select 1 from federated_identity as link join realm_user as other on other.id = link.user_id
      where link.alias = ? and link.external_id = ? and link.user_id <> ? and other.realm_id = ?`;
    if (statements.get(taken, alias, externalId, userId, realmId))
      throw new StorageConflict(`another user is linked to that account of the identity provider "${alias}"`);
    statements.run(
      `insert into federated_identity (user_id, alias, external_id, external_name) values (?, ?, ?, ?)
       on conflict (user_id, alias) do update set external_id = excluded.external_id, external_name = excluded.external_name`,
      userId,
      alias,
      externalId,
      userName ?? null,
    );
  },
  deleteFederatedIdentity(statements, { realmId, userId, alias }) {
    if (!hasUser(statements, realmId, userId)) return;
    statements.run("delete from federated_identity where user_id = ? and alias = ?", userId, alias);
  },
  deleteConsent(statements, { realmId, userId, clientUuid }) {
    if (!hasUser(statements, realmId, userId)) return;
    statements.run("delete from user_consent where user_id = ? and client_uuid = ?", userId, clientUuid);
  },
};
