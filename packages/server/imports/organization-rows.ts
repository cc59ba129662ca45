import type { Json } from "@cambist/store/config-ports.ts";
import { type ImportContext, WARNED } from "./import-context.ts";
import type { RealmNode } from "./realm-node.ts";

/** An organization of the file as the realm's row keeps it: without its members, with an id. */
export function organizationJson(node: RealmNode, newId: () => string): Json {
  const { members: _, identityProviders: __, ...organization } = node.members;
  return { ...organization, id: node.name("id") ?? newId() };
}

/** Members that are stored at once. */
const BATCH = 500;

/**
 * Stores the members of an organization; users must be there. Members that are no users are left out, with a warning.
 * @throws {ImportError} a member of the wrong type
 */
export async function storeMembers({ sink, realmId, warnings }: ImportContext, id: string, node: RealmNode): Promise<void> {
  const members = node.nodes("members") ?? [];
  for (let start = 0; start < members.length; start += BATCH) {
    const rows: { userId: string; membershipType: string }[] = [];
    for (const member of members.slice(start, start + BATCH)) {
      const username = member.needName("username");
      const userId = await sink.findUserId(realmId, username.toLowerCase());
      if (userId === undefined) warnings.add(WARNED.members, username);
      else rows.push({ userId, membershipType: member.text("membershipType") === "MANAGED" ? "MANAGED" : "UNMANAGED" });
    }
    await sink.organizationMembers(realmId, id, rows);
  }
}
