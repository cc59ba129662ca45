import { BE_IMPERSONATED, exchangeFromProvider, exchangeToClient, IMPERSONATE } from "@cambist/core/policy/permission-names.ts";

/** What fine-grained permissions can be about. */
export type PermissionKind = "client" | "provider" | "group" | "role" | "users";

/** The objects behind the permissions of one thing, as Keycloak names them. */
export interface PermissionTarget {
  /** Name of the resource. */
  readonly resource: string;
  readonly resourceType?: string;
  readonly decisionStrategy: "UNANIMOUS" | "AFFIRMATIVE";
  /** Names of the permissions by scope. */
  readonly permissions: Readonly<Record<string, string>>;
}

const byScope = (scopes: readonly string[], name: (scope: string) => string): Readonly<Record<string, string>> =>
  Object.fromEntries(scopes.map((scope) => [scope, name(scope)]));

const CLIENT_SCOPES = ["manage", "configure", "view", "map-roles", "map-roles-client-scope", "map-roles-composite"];
const USER_SCOPES = ["manage", "view", "map-roles", "manage-group-membership"];
const ROLE_SCOPES = ["map-role", "map-role-client-scope", "map-role-composite"];
const GROUP_PERMISSIONS = {
  view: "view",
  manage: "manage",
  "view-members": "view.members",
  "manage-members": "manage.members",
  "manage-membership": "manage.membership",
};

const TARGETS: Readonly<Record<PermissionKind, (id: string) => PermissionTarget>> = {
  client: (id) => ({
    resource: `client.resource.${id}`,
    resourceType: "Client",
    decisionStrategy: "UNANIMOUS",
    permissions: { ...byScope(CLIENT_SCOPES, (scope) => `${scope}.permission.client.${id}`), "token-exchange": exchangeToClient(id) },
  }),
  provider: (id) => ({
    resource: `idp.resource.${id}`,
    resourceType: "IdentityProvider",
    decisionStrategy: "UNANIMOUS",
    permissions: { "token-exchange": exchangeFromProvider(id) },
  }),
  group: (id) => ({
    resource: `group.resource.${id}`,
    resourceType: "Group",
    decisionStrategy: "UNANIMOUS",
    permissions: Object.fromEntries(Object.entries(GROUP_PERMISSIONS).map(([scope, word]) => [scope, `${word}.permission.group.${id}`])),
  }),
  role: (id) => ({
    resource: `role.resource.${id}`,
    resourceType: "Role",
    decisionStrategy: "AFFIRMATIVE",
    permissions: byScope(ROLE_SCOPES, (scope) => `${scope}.permission.${id}`),
  }),
  users: () => ({
    resource: "Users",
    decisionStrategy: "UNANIMOUS",
    permissions: {
      ...byScope(USER_SCOPES, (scope) => `${scope}.permission.users`),
      impersonate: IMPERSONATE,
      "user-impersonated": BE_IMPERSONATED,
    },
  }),
};

/** @param id of a client (UUID), provider (internal id), group or role; without meaning for users */
export const permissionTarget = (kind: PermissionKind, id = ""): PermissionTarget => TARGETS[kind](id);
