import type { AdminRoute } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";
import { readEventsConfig, updateEventsConfig } from "./config.ts";
import { clearEvents, listAdminEvents, listEvents } from "./read-events.ts";

export const eventRoutes: readonly AdminRoute[] = [
  { method: "GET", path: "/events", needs: NEEDS.viewEvents, handle: listEvents },
  { method: "DELETE", path: "/events", needs: NEEDS.manageEvents, handle: clearEvents("events") },
  { method: "GET", path: "/events/config", needs: NEEDS.viewEvents, handle: readEventsConfig },
  { method: "PUT", path: "/events/config", needs: NEEDS.manageEvents, handle: updateEventsConfig },
  { method: "GET", path: "/admin-events", needs: NEEDS.viewEvents, handle: listAdminEvents },
  { method: "DELETE", path: "/admin-events", needs: NEEDS.manageEvents, handle: clearEvents("admin-events") },
];
