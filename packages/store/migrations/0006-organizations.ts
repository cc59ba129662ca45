import { createHash } from "node:crypto";
import { type Kysely, sql } from "kysely";
import { createIndex, createTable, type Migration } from "./migration.ts";

/** Members of organizations, who stood in the realm's row before. */
export const organizations: Migration = {
  name: "0006-organizations",
  async up(db, words) {
    await createTable(
      db,
      words,
      "organization_member",
      { realm_id: "text", organization_id: "text", user_id: "text", membership_type: "text" },
      {
        key: ["realm_id", "organization_id", "user_id"],
        parents: { realm_id: ["realm", "id"], user_id: ["realm_user", "id"] },
      },
    );
    await createIndex(db, "organization_member_user", "organization_member", ["user_id", "organization_id"]);
    await moveMembers(db as unknown as Kysely<Before>);
  },
};

/** As much of the schema as the move looks at. */
interface Before {
  realm: { id: string; representation: string };
  realm_user: { id: string; realm_id: string; username: string };
  organization_member: { realm_id: string; organization_id: string; user_id: string; membership_type: string };
}
interface Listed {
  readonly id?: string;
  readonly name?: string;
  readonly members?: readonly { readonly id?: string; readonly username?: string; readonly membershipType?: string }[];
}

/** Organizations get the ids that they were shown with; members that are no users (any more) are left out. */
async function moveMembers(db: Kysely<Before>): Promise<void> {
  const realms = await db
    .selectFrom("realm")
    .selectAll()
    .where(sql<boolean>`representation like '%"organizations"%'`)
    .execute();
  for (const { id: realmId, representation } of realms) {
    const realm = JSON.parse(representation) as Readonly<Record<string, unknown>>;
    const listed = (Array.isArray(realm["organizations"]) ? realm["organizations"] : []) as readonly Listed[];
    const organizations: unknown[] = [];
    for (const { members = [], ...organization } of listed) {
      const id = organization.id ?? shownId(realmId, organization.name ?? "");
      organizations.push({ ...organization, id });
      for (const member of members) {
        const named = db.selectFrom("realm_user").select("id").where("realm_id", "=", realmId);
        const user = await (
          member.id === undefined ? named.where("username", "=", (member.username ?? "").toLowerCase()) : named.where("id", "=", member.id)
        ).executeTakeFirst();
        if (!user) continue;
        const row = { realm_id: realmId, organization_id: id, user_id: user.id, membership_type: member.membershipType ?? "UNMANAGED" };
        await db
          .insertInto("organization_member")
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
    }
    await db
      .updateTable("realm")
      .set({ representation: JSON.stringify({ ...realm, organizations }) })
      .where("id", "=", realmId)
      .execute();
  }
}

/** An organization of a file without an id was shown with one made of its name; links to it hold that one. */
function shownId(realmId: string, name: string): string {
  const bytes = createHash("sha256")
    .update(JSON.stringify([realmId, "organization", name]), "utf8")
    .digest()
    .subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
