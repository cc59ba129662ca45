import type { AdminRoute } from "./admin-call.ts";

/**
 * Keycloak's resource classes, by the paths that they stand at. A verb that is wrong for a path is not found where its class has that verb
 * for another path, and not allowed where it has it nowhere.
 */
const CLASSES: readonly string[] = [
  "",
  "/users",
  "/users/profile",
  "/users/:user",
  "/users/:user/role-mappings",
  "/users/:user/role-mappings/clients/:client",
  "/groups",
  "/groups/:group",
  "/groups/:group/role-mappings",
  "/groups/:group/role-mappings/clients/:client",
  "/roles",
  "/roles-by-id",
  "/clients",
  "/clients/:client",
  "/clients/:client/roles",
  "/clients/:client/certificates/:attribute",
  "/clients/:client/protocol-mappers",
  "/clients/:client/evaluate-scopes",
  "/clients/:client/scope-mappings",
  "/clients/:client/scope-mappings/clients/:other",
  "/clients/:client/authz/resource-server",
  "/clients/:client/authz/resource-server/resource",
  "/clients/:client/authz/resource-server/scope",
  "/clients/:client/authz/resource-server/policy",
  "/clients/:client/authz/resource-server/policy/:key",
  "/clients/:client/authz/resource-server/policy/evaluate",
  "/clients/:client/authz/resource-server/permission",
  "/clients/:client/authz/resource-server/permission/:key",
  "/clients-initial-access",
  "/client-scopes",
  "/client-scopes/:scope",
  "/client-scopes/:scope/protocol-mappers",
  "/client-scopes/:scope/scope-mappings",
  "/client-scopes/:scope/scope-mappings/clients/:other",
  "/client-policies/profiles",
  "/client-policies/policies",
  "/identity-provider",
  "/identity-provider/instances/:alias",
  "/organizations",
  "/organizations/:organization",
  "/organizations/:organization/members",
  "/organizations/:organization/identity-providers",
  "/authentication",
  "/components",
  "/localization",
  "/attack-detection/brute-force",
  "/keys",
  "/clear-realm-cache",
  "/clear-user-cache",
  "/clear-keys-cache",
];

const NONE: ReadonlySet<string> = new Set();

const classOf = (path: string): string => CLASSES.findLast((known) => path === known || path.startsWith(`${known}/`)) ?? "";

/** By path of a realm's route, the verbs that are not found there when it lacks them; any other one is not allowed. */
export function verbsElsewhere(routes: readonly AdminRoute[]): (path: string) => ReadonlySet<string> {
  const verbs = new Map<string, Set<string>>();
  for (const { path, method, global } of routes) {
    if (global) continue;
    const own = classOf(path);
    verbs.set(own, (verbs.get(own) ?? new Set()).add(method));
  }
  return (path) => verbs.get(classOf(path)) ?? NONE;
}
