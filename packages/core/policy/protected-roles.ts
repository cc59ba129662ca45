import type { RealmView, Role } from "../model.ts";

/**
 * An administrative or protected role that the target holds and the impersonator lacks, by name; undefined: there is none. Whoever could
 * become its holder would gain the role.
 */
export function protectedRoleLacked(view: RealmView, target: ReadonlySet<string>, impersonator: ReadonlySet<string>): string | undefined {
  const marked = new Set(view.realm.exchange.protectedRoles.flatMap((name) => rolesNamed(view, name)));
  for (const id of target) {
    if (impersonator.has(id)) continue;
    const role = view.role(id);
    if (!role) continue;
    if (marked.has(id) || isAdministrative(view, role)) return role.clientId === undefined ? role.name : `${role.clientId}/${role.name}`;
  }
  return undefined;
}

/** Roles of the admin client; in master also those of the other realms' admin clients and the realm roles that contain them. */
function isAdministrative(view: RealmView, { clientId, name }: Role): boolean {
  if (view.realm.name !== "master") return clientId === view.adminClientId;
  return clientId === undefined ? name === "admin" || name === "create-realm" : clientId.endsWith("-realm");
}

/** `role` or `client/role`; both parts may hold slashes, so that every reading that exists is meant. */
function rolesNamed(view: RealmView, name: string): readonly string[] {
  const found = [view.realmRole(name)];
  for (let slash = name.indexOf("/"); slash !== -1; slash = name.indexOf("/", slash + 1))
    found.push(view.clientRole(name.slice(0, slash), name.slice(slash + 1)));
  return found.flatMap((role) => (role ? [role.id] : []));
}
