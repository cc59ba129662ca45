import type { AdminRoute } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";
import { IMPORT_TYPES, importConfig } from "./import-config.ts";
import { createMapper, deleteMapper, listMappers, listMapperTypes, readMapper, updateMapper } from "./mappers.ts";
import { exportProvider, listProviders, readProvider, readProviderType, reloadKeys } from "./read-providers.ts";
import { createProvider, deleteProvider, updateProvider } from "./write-provider.ts";

const INSTANCES = "/identity-provider/instances";
const ONE = `${INSTANCES}/:alias`;
const { viewProviders: view, manageProviders: manage } = NEEDS;

export const identityProviderRoutes: readonly AdminRoute[] = [
  { method: "GET", path: INSTANCES, needs: view, handle: listProviders },
  { method: "POST", path: INSTANCES, needs: manage, handle: createProvider },
  { method: "GET", path: ONE, needs: view, handle: readProvider },
  { method: "PUT", path: ONE, needs: manage, noCache: true, handle: updateProvider },
  { method: "DELETE", path: ONE, needs: manage, noCache: true, handle: deleteProvider },
  { method: "GET", path: `${ONE}/export`, needs: view, handle: exportProvider },
  { method: "GET", path: `${ONE}/reload-keys`, needs: manage, handle: reloadKeys },
  { method: "GET", path: `${ONE}/mapper-types`, needs: view, handle: listMapperTypes },
  { method: "GET", path: `${ONE}/mappers`, needs: view, handle: listMappers },
  { method: "POST", path: `${ONE}/mappers`, needs: manage, handle: createMapper },
  { method: "GET", path: `${ONE}/mappers/:id`, needs: view, handle: readMapper },
  { method: "PUT", path: `${ONE}/mappers/:id`, needs: manage, noCache: true, handle: updateMapper },
  { method: "DELETE", path: `${ONE}/mappers/:id`, needs: manage, noCache: true, handle: deleteMapper },
  { method: "GET", path: "/identity-provider/providers/:provider", needs: view, handle: readProviderType },
  { method: "POST", path: "/identity-provider/import-config", needs: manage, takes: IMPORT_TYPES, handle: importConfig },
];
