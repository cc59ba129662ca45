import type { AdminRoute } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";
import { partialExport } from "./partial-export.ts";
import { partialImport } from "./partial-import.ts";

export const partialRoutes: readonly AdminRoute[] = [
  { method: "POST", path: "/partial-export", needs: NEEDS.manageRealm, handle: partialExport },
  { method: "POST", path: "/partialImport", needs: NEEDS.manageRealm, handle: partialImport },
];
