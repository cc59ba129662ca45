/** Roles of `realm-management` (in master: of the realm's own client) that administration is guarded by. @see Keycloak 26: AdminRoles */
export type AdminRole =
  | "create-client"
  | "impersonation"
  | "manage-authorization"
  | "manage-clients"
  | "manage-events"
  | "manage-identity-providers"
  | "manage-realm"
  | "manage-users"
  | "query-clients"
  | "query-groups"
  | "query-realms"
  | "query-users"
  | "realm-admin"
  | "view-authorization"
  | "view-clients"
  | "view-events"
  | "view-identity-providers"
  | "view-realm"
  | "view-users";

/** What a route asks of its caller: any one role of each list. An empty list asks for nothing but some admin role. */
export type Needs = readonly (readonly AdminRole[])[];

/** One of these roles opens the route. */
export const anyOf = (...roles: readonly AdminRole[]): Needs => [roles];
/** A role of each list is needed. */
export const allOf = (...lists: readonly (readonly AdminRole[])[]): Needs => lists;

/** The families of keycloak's permission table. */
export const NEEDS = {
  anyAdmin: [] as Needs,
  viewClients: anyOf("view-clients", "manage-clients"),
  queryClients: anyOf("view-clients", "manage-clients", "query-clients", "view-users", "manage-users"),
  manageClients: anyOf("manage-clients"),
  viewUsers: anyOf("view-users", "manage-users"),
  queryUsers: anyOf("view-users", "manage-users", "query-users"),
  manageUsers: anyOf("manage-users"),
  viewRealm: anyOf("view-realm", "manage-realm"),
  /** Realm roles: Keycloak 26.1 shows them to whoever sees users or clients. */
  viewRealmRoles: anyOf("view-realm", "manage-realm", "view-users", "manage-users", "view-clients", "manage-clients"),
  manageRealm: anyOf("manage-realm"),
  viewProviders: anyOf("view-identity-providers", "manage-identity-providers"),
  manageProviders: anyOf("manage-identity-providers"),
  viewAuthorization: anyOf("view-authorization", "manage-authorization", "view-clients", "manage-clients"),
  manageAuthorization: anyOf("manage-authorization", "manage-clients"),
  viewEvents: anyOf("view-events", "manage-events"),
  manageEvents: anyOf("manage-events"),
  impersonation: anyOf("impersonation"),
} as const;
