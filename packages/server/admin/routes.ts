import type { AdminRoute } from "./admin-call.ts";
import { permissionRoutes } from "./permissions/routes.ts";
import { identityProviderRoutes } from "./identity-providers/routes.ts";
import { authorizationRoutes } from "./authorization/routes.ts";
import { clientScopeRoutes } from "./client-scopes/routes.ts";
import { clientRoutes } from "./clients/routes.ts";
import { doctorRoutes } from "./doctor/routes.ts";
import { eventRoutes } from "./events/routes.ts";
import { flowRoutes } from "./flows/routes.ts";
import { groupRoutes } from "./groups/routes.ts";
import { organizationRoutes } from "./organizations/routes.ts";
import { partialRoutes } from "./partial/routes.ts";
import { protocolMapperRoutes } from "./protocol-mappers/routes.ts";
import { realmRoutes } from "./realms/routes.ts";
import { realmWideRoutes } from "./realm-wide/routes.ts";
import { roleMappingRoutes } from "./role-mappings/routes.ts";
import { roleRoutes } from "./roles/routes.ts";
import { scopeMappingRoutes } from "./scope-mappings/routes.ts";
import { serverInfoRoutes } from "./serverinfo/serverinfo.ts";
import { userRoutes } from "./users/routes.ts";

/**
 * Every route of the admin API. One table: the server is wired from it, and the tests that walk all routes (other realms' ids, mutated
 * fields, missing roles) read it too, so that a new route cannot escape them.
 */
export const ADMIN_ROUTES: readonly AdminRoute[] = [
  ...realmRoutes,
  ...userRoutes,
  ...groupRoutes,
  ...roleMappingRoutes,
  ...roleRoutes,
  ...clientRoutes,
  ...clientScopeRoutes,
  ...protocolMapperRoutes,
  ...scopeMappingRoutes,
  ...authorizationRoutes,
  ...identityProviderRoutes,
  ...permissionRoutes,
  ...realmWideRoutes,
  ...partialRoutes,
  ...eventRoutes,
  ...doctorRoutes,
  ...flowRoutes,
  ...organizationRoutes,
  ...serverInfoRoutes,
];
