import { AUTHENTICATOR_CONFIG, authenticationFlows, FLOW_BINDINGS } from "./authentication-flows.ts";
import { adminClientId, builtInClients } from "./built-in-clients.ts";
import {
  ACCOUNT_ROLES,
  adminClientRoles,
  BROKER_ROLES,
  CREATE_REALM_ROLE,
  defaultRole,
  defaultRoleName,
  masterAdminRole,
  OFFLINE_ACCESS_ROLE,
  type RoleTemplate,
  UMA_AUTHORIZATION_ROLE,
} from "./built-in-roles.ts";
import { type ClientTemplate } from "./built-in-clients.ts";
import { CLIENT_SCOPES, type ClientScopeTemplate, DEFAULT_CLIENT_SCOPES, OPTIONAL_CLIENT_SCOPES } from "./client-scopes.ts";
import { components, type ComponentTemplate } from "./components.ts";
import { MASTER_SETTINGS, REALM_SETTINGS, realmAttributes } from "./realm-settings.ts";
import { REQUIRED_ACTIONS } from "./required-actions.ts";

/** A realm representation without ids; keys and ids are made when it is stored. */
export interface NewRealm {
  readonly realm: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly roles: { readonly realm: readonly RoleTemplate[]; readonly client: Readonly<Record<string, readonly RoleTemplate[]>> };
  readonly defaultRole: { readonly name: string; readonly [member: string]: unknown };
  readonly scopeMappings: readonly { readonly clientScope: string; readonly roles: readonly string[] }[];
  readonly clientScopeMappings: Readonly<Record<string, readonly { readonly client: string; readonly roles: readonly string[] }[]>>;
  readonly clients: readonly ClientTemplate[];
  readonly clientScopes: readonly ClientScopeTemplate[];
  readonly defaultDefaultClientScopes: readonly string[];
  readonly defaultOptionalClientScopes: readonly string[];
  readonly components: Readonly<Record<string, readonly ComponentTemplate[]>>;
  readonly [member: string]: unknown;
}

/**
 * Everything a new realm contains, as Keycloak 26.1.3 sets it up: settings, built-in clients and roles, client scopes, components,
 * flows, required actions. `master` holds the administrators and has `master-realm` in place of `realm-management`.
 */
export function newRealmRepresentation(name: string, options: { readonly master?: boolean } = {}): NewRealm {
  const master = options.master ?? false;
  const admin = adminClientId(master);
  const { composites: _, ...namedDefaultRole } = defaultRole(name);
  return {
    realm: name,
    ...REALM_SETTINGS,
    ...(master ? MASTER_SETTINGS : {}),
    attributes: realmAttributes(master),
    roles: {
      realm: [
        defaultRole(name),
        OFFLINE_ACCESS_ROLE,
        UMA_AUTHORIZATION_ROLE,
        ...(master ? [CREATE_REALM_ROLE, masterAdminRole(admin)] : []),
      ],
      client: { account: ACCOUNT_ROLES, broker: BROKER_ROLES, [admin]: adminClientRoles(admin, !master) },
    },
    defaultRole: { ...namedDefaultRole, name: defaultRoleName(name), clientRole: false },
    groups: [],
    scopeMappings: [{ clientScope: "offline_access", roles: ["offline_access"] }],
    clientScopeMappings: { account: [{ client: "account-console", roles: ["manage-account", "view-groups"] }] },
    clients: builtInClients(name, master),
    clientScopes: CLIENT_SCOPES,
    defaultDefaultClientScopes: DEFAULT_CLIENT_SCOPES,
    defaultOptionalClientScopes: OPTIONAL_CLIENT_SCOPES,
    identityProviders: [],
    identityProviderMappers: [],
    components: components(master),
    authenticationFlows: authenticationFlows(master),
    authenticatorConfig: AUTHENTICATOR_CONFIG,
    requiredActions: REQUIRED_ACTIONS,
    ...FLOW_BINDINGS,
  };
}
