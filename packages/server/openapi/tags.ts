import type { AdminRoute } from "../admin/admin-call.ts";

/** Which operations stand together, under the names of Keycloak's own document where it has one; the first pattern that fits counts. */
const TAGS: readonly (readonly [tag: string, path: RegExp])[] = [
  ["Role Mapper", /\/role-mappings(\/realm|$)/],
  ["Client Role Mappings", /\/role-mappings\/clients/],
  ["Protocol Mappers", /\/protocol-mappers\//],
  ["Scope Mappings", /\/scope-mappings(\/|$)(?!:container)/],
  ["Authorization Services", /\/authz\//],
  ["Client Attribute Certificate", /\/certificates\//],
  ["Roles (by ID)", /^\/roles-by-id/],
  ["Roles", /^(\/clients\/:client)?\/roles/],
  ["Client Initial Access", /^\/clients-initial-access/],
  ["Clients", /^\/clients/],
  ["Client Scopes", /^\/client-scopes/],
  ["Users", /^\/users(\/|$)/],
  ["Groups", /^\/groups/],
  ["Identity Providers", /^\/identity-provider\//],
  ["Organizations", /^\/organizations/],
  ["Authentication Management", /^\/authentication/],
  ["Attack Detection", /^\/attack-detection/],
  ["Component", /^\/components/],
  ["Key", /^\/keys/],
  ["Doctor", /^\/cambist\/doctor/],
];
/** Everything of the realm that has no noun of its own. */
const REALM = "Realms Admin";
const SERVER = "Server Info";

/** Protocol endpoints; they come first. */
export const PROTOCOL_TAG = "Protocol";

export function tagOf({ path, global }: Pick<AdminRoute, "path" | "global">): string {
  if (global) return path === "/serverinfo" ? SERVER : REALM;
  return TAGS.find(([, pattern]) => pattern.test(path))?.[0] ?? REALM;
}

/** Tags in the order of the document: tokens, what is administered most, the rest by name. */
const FIRST: readonly string[] = [PROTOCOL_TAG, REALM, "Clients", "Users", "Groups", "Roles", "Client Scopes"];
export function tagOrder(tags: Iterable<string>): readonly string[] {
  return [...new Set(tags)].toSorted((one, other) => placeOf(one) - placeOf(other) || (one < other ? -1 : Number(one > other)));
}
const placeOf = (tag: string): number => (FIRST.includes(tag) ? FIRST.indexOf(tag) : FIRST.length);
