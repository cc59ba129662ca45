/** A role of the template: a role representation without id. */
export interface RoleTemplate {
  readonly name: string;
  readonly description: string;
  readonly composite: boolean;
  readonly composites?: { readonly realm?: readonly string[]; readonly client?: Readonly<Record<string, readonly string[]>> };
  readonly attributes: Readonly<Record<string, never>>;
}

/** Descriptions are keys of Keycloak's message bundles. */
const role = (name: string, composites?: RoleTemplate["composites"], description = `\${role_${name}}`): RoleTemplate => ({
  name,
  description,
  composite: composites !== undefined,
  ...(composites ? { composites } : {}),
  attributes: {},
});

/** Realms are looked up as written; the role's name is in lower case all the same. */
export const defaultRoleName = (realmName: string): string => `default-roles-${realmName.toLowerCase()}`;

/** What everybody in a new realm may do. */
export const defaultRole = (realmName: string): RoleTemplate =>
  role(
    defaultRoleName(realmName),
    { realm: ["offline_access", "uma_authorization"], client: { account: ["view-profile", "manage-account"] } },
    "${role_default-roles}",
  );

export const OFFLINE_ACCESS_ROLE = role("offline_access", undefined, "${role_offline-access}");
export const UMA_AUTHORIZATION_ROLE = role("uma_authorization");

/** Rights over one realm, each in the admin client of the realm or of master. Composites contain others of the same client. */
const ADMIN_ROLES: readonly (readonly [string, ...string[]])[] = [
  ["create-client"],
  ["view-realm"],
  ["view-users", "query-groups", "query-users"],
  ["view-clients", "query-clients"],
  ["view-events"],
  ["view-identity-providers"],
  ["view-authorization"],
  ["manage-realm"],
  ["manage-users"],
  ["manage-clients"],
  ["manage-events"],
  ["manage-identity-providers"],
  ["manage-authorization"],
  ["query-users"],
  ["query-clients"],
  ["query-realms"],
  ["query-groups"],
  ["impersonation"],
];

/** The roles of a realm's admin client; `realm-admin`, all of them together, is there only outside master. */
export function adminClientRoles(clientId: string, withRealmAdmin: boolean): readonly RoleTemplate[] {
  const within = (names: readonly string[]): RoleTemplate["composites"] =>
    names.length > 0 ? { client: { [clientId]: names } } : undefined;
  const roles = ADMIN_ROLES.map(([name, ...contained]) => role(name, within(contained)));
  return withRealmAdmin ? [...roles, role("realm-admin", within(roles.map(({ name }) => name)))] : roles;
}

export const ACCOUNT_ROLES: readonly RoleTemplate[] = [
  role("view-profile"),
  role("manage-account", { client: { account: ["manage-account-links"] } }),
  role("manage-account-links"),
  role("view-applications"),
  role("view-consent"),
  role("manage-consent", { client: { account: ["view-consent"] } }),
  role("view-groups"),
  role("delete-account"),
];

export const BROKER_ROLES: readonly RoleTemplate[] = [role("read-token")];

/** Only in master: the right to make realms, and everything. */
export const CREATE_REALM_ROLE = role("create-realm");
export const masterAdminRole = (adminClientId: string): RoleTemplate =>
  role("admin", {
    realm: ["create-realm"],
    client: { [adminClientId]: adminClientRoles(adminClientId, false).map(({ name }) => name) },
  });
