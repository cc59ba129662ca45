import type { AdminCall } from "../admin-call.ts";
import type { AdminCaller } from "../authenticate-admin.ts";

/** As much of a call as writing a client needs: an administrator's, or that of a client that registers itself and holds no role. */
export type ClientWriter = Pick<AdminCall, "services" | "store" | "secrets" | "realm" | "body" | "rawBody" | "now" | "newId" | "has"> & {
  readonly caller: Pick<AdminCaller, "roles">;
};
