import type { UserColumns } from "./admin-ports.ts";
import type {
  ClientRow,
  ClientScopeRow,
  ComponentRow,
  CredentialRow,
  GroupRow,
  IdentityProviderMapperRow,
  IdentityProviderRow,
  Json,
  RealmRow,
  RoleRow,
} from "./config-ports.ts";
import type { Schema } from "./schema.ts";

/** Rows of configuration and users as they come from their tables. */

type Read<Table extends keyof Schema> = Schema[Table];

export const readJson = (text: string): Json => JSON.parse(text) as Json;

/** Values of `value`, in row order, by the `key` of their rows. */
export function grouped<Row>(
  rows: readonly Row[],
  key: (row: Row) => string,
  value: (row: Row) => string,
): (key: string) => readonly string[] {
  const groups = new Map<string, string[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(value(row));
    else groups.set(key(row), [value(row)]);
  }
  return (wanted) => groups.get(wanted) ?? [];
}

export const readRealm = (row: Read<"realm">): RealmRow => ({
  id: row.id,
  name: row.name,
  enabled: row.enabled === 1,
  representation: readJson(row.representation),
});

export const readRole = (row: Read<"role">): RoleRow => ({
  id: row.id,
  name: row.name,
  ...(row.client_uuid !== null && { clientUuid: row.client_uuid }),
  representation: readJson(row.representation),
});

export const readGroup = (row: Read<"realm_group">, roleIds: readonly string[]): GroupRow => ({
  id: row.id,
  name: row.name,
  ...(row.parent_id !== null && { parentId: row.parent_id }),
  representation: readJson(row.representation),
  roleIds,
});

export const readClientScope = (row: Read<"client_scope">, roleScope: readonly string[]): ClientScopeRow => ({
  id: row.id,
  name: row.name,
  protocol: row.protocol,
  representation: readJson(row.representation),
  roleScope,
});

/** `scopes` in their order. */
export const readClient = (
  row: Read<"client">,
  scopes: readonly Pick<Read<"client_scope_client">, "scope_id" | "optional">[],
  roleScope: readonly string[],
): ClientRow => ({
  id: row.id,
  clientId: row.client_id,
  enabled: row.enabled === 1,
  ...(row.sealed_secret !== null && { sealedSecret: row.sealed_secret }),
  ...(row.secret_hash !== null && { secretHash: row.secret_hash }),
  representation: readJson(row.representation),
  defaultScopeIds: scopes.filter((scope) => scope.optional === 0).map((scope) => scope.scope_id),
  optionalScopeIds: scopes.filter((scope) => scope.optional === 1).map((scope) => scope.scope_id),
  roleScope,
});

export const readComponent = (row: Read<"component">): ComponentRow => ({
  id: row.id,
  providerType: row.provider_type,
  representation: readJson(row.representation),
  ...(row.sealed_config !== null && { sealedConfig: row.sealed_config }),
});

export const readIdentityProvider = (row: Read<"identity_provider">): IdentityProviderRow => ({
  internalId: row.internal_id,
  alias: row.alias,
  enabled: row.enabled === 1,
  representation: readJson(row.representation),
  ...(row.sealed_secret !== null && { sealedSecret: row.sealed_secret }),
});

export const readIdentityProviderMapper = (row: Read<"identity_provider_mapper">): IdentityProviderMapperRow => ({
  id: row.id,
  alias: row.alias,
  name: row.name,
  representation: readJson(row.representation),
});

export const readUser = (row: Read<"realm_user">): UserColumns => ({
  id: row.id,
  username: row.username,
  ...(row.email !== null && { email: row.email }),
  emailVerified: row.email_verified === 1,
  ...(row.first_name !== null && { firstName: row.first_name }),
  ...(row.last_name !== null && { lastName: row.last_name }),
  enabled: row.enabled === 1,
  ...(row.created_timestamp !== null && { createdTimestamp: row.created_timestamp }),
  notBefore: row.not_before,
  ...(row.service_account_client_uuid !== null && { serviceAccountClientUuid: row.service_account_client_uuid }),
  attributes: JSON.parse(row.attributes) as UserColumns["attributes"],
  requiredActions: JSON.parse(row.required_actions) as string[],
  representation: readJson(row.representation),
});

export const readCredential = (row: Read<"credential">): CredentialRow => ({
  id: row.id,
  type: row.type,
  secretData: row.secret_data,
  credentialData: row.credential_data,
  ...(row.created_date !== null && { createdDate: row.created_date }),
  ...(row.user_label !== null && { userLabel: row.user_label }),
  priority: row.priority,
});
