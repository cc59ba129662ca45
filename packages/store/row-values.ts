import type { SQLInputValue } from "node:sqlite";
import type { UserColumns } from "./admin-ports.ts";
import type {
  AuthorizationPolicyRow,
  AuthorizationRows,
  ClientRow,
  ClientScopeRow,
  ComponentRow,
  CredentialRow,
  GroupRow,
  IdentityProviderMapperRow,
  IdentityProviderRow,
  RealmRow,
  RoleRow,
  UserRow,
} from "./config-ports.ts";
import type { LinkTable, RowTable, StoredRow } from "./row-writer.ts";

/** Rows of configuration and users as their tables take them. */

export const flag = (value: boolean): 0 | 1 => (value ? 1 : 0);
const json = (value: unknown): string => JSON.stringify(value);

type Label = readonly [kind: string, id: string, name: string];
const stored = <Table extends RowTable>(
  table: Table,
  [kind, id, name]: Label,
  ...values: readonly (SQLInputValue | undefined)[]
): StoredRow<Table> => ({ table, kind, id, name, values: values.map((value) => value ?? null) });

/** One row of a table of pairs. */
export type Link = readonly [LinkTable, ...SQLInputValue[]];
const links = (table: LinkTable, owner: string, members: readonly string[]): readonly Link[] =>
  members.map((member) => [table, owner, member]);
const ordered = (table: LinkTable, owner: string, members: readonly string[]): readonly Link[] =>
  members.map((member, position) => [table, owner, member, position]);

/** The attribute that names a client's resource URI (RFC 8707); it has a column, because tokens are asked for by it. */
function resourceOf({ representation }: ClientRow): string | undefined {
  const attributes = representation["attributes"] as Readonly<Record<string, unknown>> | null | undefined;
  const resource = attributes?.["cambist.resource"];
  return typeof resource === "string" && resource !== "" ? resource : undefined;
}

/** The name of a component; Keycloak writes one, hand-written files may not. */
export const componentName = ({ representation }: ComponentRow): string =>
  typeof representation["name"] === "string" ? representation["name"] : "";

export const realmValues = ({ id, name, enabled, representation }: RealmRow): StoredRow<"realm"> =>
  stored("realm", ["realm", id, name], id, name, flag(enabled), json(representation));

export const roleValues = (realmId: string, { id, name, clientUuid, representation }: RoleRow): StoredRow<"role"> =>
  stored("role", ["role", id, name], id, realmId, clientUuid, name, json(representation));

export const groupValues = (realmId: string, { id, name, parentId, representation }: GroupRow): StoredRow<"realm_group"> =>
  stored("realm_group", ["group", id, name], id, realmId, parentId, name, json(representation));
export const groupLinks = ({ id, roleIds }: GroupRow): readonly Link[] => links("group_role", id, roleIds);

export const clientScopeValues = (realmId: string, row: ClientScopeRow): StoredRow<"client_scope"> =>
  stored("client_scope", ["client scope", row.id, row.name], row.id, realmId, row.name, row.protocol, json(row.representation));
export const clientScopeLinks = ({ id, roleScope }: ClientScopeRow): readonly Link[] => links("client_scope_role", id, roleScope);

export function clientValues(realmId: string, row: ClientRow): StoredRow<"client"> {
  const { id, clientId, enabled, sealedSecret, secretHash, representation } = row;
  const label: Label = ["client", id, clientId];
  return stored("client", label, id, realmId, clientId, flag(enabled), sealedSecret, secretHash, resourceOf(row), json(representation));
}
export const clientLinks = ({ id, defaultScopeIds, optionalScopeIds, roleScope }: ClientRow): readonly Link[] => [
  ...defaultScopeIds.map((scope, position): Link => ["client_scope_client", id, scope, 0, position]),
  ...optionalScopeIds.map((scope, position): Link => ["client_scope_client", id, scope, 1, position]),
  ...links("client_role_scope", id, roleScope),
];

export function componentValues(realmId: string, row: ComponentRow): StoredRow<"component"> {
  const { id, providerType, representation, sealedConfig } = row;
  const name = componentName(row);
  return stored("component", ["component", id, name], id, realmId, providerType, name, sealedConfig, json(representation));
}

export function identityProviderValues(realmId: string, row: IdentityProviderRow): StoredRow<"identity_provider"> {
  const { internalId: id, alias, enabled, representation, sealedSecret } = row;
  const label: Label = ["identity provider", id, alias];
  return stored("identity_provider", label, id, realmId, alias, flag(enabled), sealedSecret, json(representation));
}

export function identityProviderMapperValues(realmId: string, row: IdentityProviderMapperRow): StoredRow<"identity_provider_mapper"> {
  const { id, alias, name, representation } = row;
  return stored("identity_provider_mapper", ["identity provider mapper", id, name], id, realmId, alias, name, json(representation));
}

export const authorizationServerValues = (
  realmId: string,
  { clientUuid: id, settings }: Pick<AuthorizationRows, "clientUuid" | "settings">,
) => stored("authz_server", ["authorization settings", id, id], id, realmId, json(settings));

export function authorizationScopeValues(clientUuid: string, row: AuthorizationRows["scopes"][number], position: number) {
  const { id, name, representation } = row;
  return stored("authz_scope", ["authorization scope", id, name], id, clientUuid, name, position, json(representation));
}

export function authorizationResourceValues(clientUuid: string, row: AuthorizationRows["resources"][number], position: number) {
  const { id, name, representation } = row;
  return stored("authz_resource", ["authorization resource", id, name], id, clientUuid, name, position, json(representation));
}
export const authorizationResourceLinks = ({ id, scopeIds }: AuthorizationRows["resources"][number]): readonly Link[] =>
  ordered("authz_resource_scope", id, scopeIds);

export function authorizationPolicyValues(clientUuid: string, row: AuthorizationPolicyRow, position: number) {
  const { id, name, type, logic, decisionStrategy, representation } = row;
  const label: Label = ["authorization policy", id, name];
  return stored("authz_policy", label, id, clientUuid, name, position, type, logic, decisionStrategy, json(representation));
}
export const authorizationPolicyLinks = ({ id, resourceIds, scopeIds, policyIds }: AuthorizationPolicyRow): readonly Link[] => [
  ...ordered("authz_policy_resource", id, resourceIds),
  ...ordered("authz_policy_scope", id, scopeIds),
  ...ordered("authz_policy_policy", id, policyIds),
];

export const userValues = (realmId: string, user: UserColumns): StoredRow<"realm_user"> =>
  stored(
    "realm_user",
    ["user", user.id, user.username],
    user.id,
    realmId,
    user.username,
    user.email,
    flag(user.emailVerified),
    user.firstName,
    user.lastName,
    flag(user.enabled),
    user.createdTimestamp,
    user.notBefore,
    user.serviceAccountClientUuid,
    json(user.attributes),
    json(user.requiredActions),
    json(user.representation),
  );

export const userLinks = ({ id, roleIds, groupIds }: UserRow): readonly Link[] => [
  ...links("user_role", id, roleIds),
  ...links("user_group", id, groupIds),
];

export function credentialValues(user: string, { id, ...row }: CredentialRow, username: string): StoredRow<"credential"> {
  const { type, secretData, credentialData, createdDate, userLabel, priority } = row;
  const label: Label = ["credential", id, username];
  return stored("credential", label, id, user, type, secretData, credentialData, createdDate, userLabel, priority);
}

/** What goes with a user and has no id of its own. */
export function* userBelongings({ id, username, federatedIdentities, consents }: UserRow): Generator<StoredRow> {
  for (const { alias, userId, userName } of federatedIdentities) {
    yield stored("federated_identity", ["link to identity provider", username, alias], id, alias, userId, userName);
  }
  for (const { clientUuid, scopes, representation } of consents) {
    yield stored("user_consent", ["consent", username, clientUuid], id, clientUuid, json(scopes), json(representation));
  }
}
