import type { RealmView } from "../model.ts";

/** The client scope that makes a session outlive the login, and the realm role that lets a user ask for it. */
export const OFFLINE_ACCESS = "offline_access";

/** Whether these effective roles have the realm's role for offline sessions; a realm without it has none. */
export function mayHaveOfflineAccess(view: RealmView, effectiveRoles: ReadonlySet<string>): boolean {
  const role = view.realmRole(OFFLINE_ACCESS);
  return role !== undefined && effectiveRoles.has(role.id);
}
