import type { Json, RealmRow } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { uuidOf } from "../flows/flow-set.ts";

export interface Domain {
  readonly name: string;
  readonly verified: boolean;
}
/** A member, by id; files name members, and those are found by name until something changes. */
export interface Member {
  readonly id?: string;
  readonly username?: string;
  readonly membershipType: string;
}

/** An organization of a realm: a tenant with its members, domains and identity providers. Kept with the realm's row. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly alias: string;
  readonly enabled: boolean;
  readonly description?: string;
  readonly redirectUrl?: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly domains: readonly Domain[];
  readonly members: readonly Member[];
}

const objects = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter((entry): entry is Json => typeof entry === "object" && entry !== null && !Array.isArray(entry)) : [];
const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

export function readOrganizations({ id: realmId, representation }: RealmRow): readonly Organization[] {
  return objects(representation["organizations"]).map((stored) => {
    const name = text(stored["name"]) ?? "";
    const [description, redirectUrl] = [text(stored["description"]), text(stored["redirectUrl"])];
    return {
      id: text(stored["id"]) ?? uuidOf(JSON.stringify([realmId, "organization", name])),
      name,
      alias: text(stored["alias"]) ?? name,
      enabled: stored["enabled"] !== false,
      ...(description !== undefined && { description }),
      ...(redirectUrl !== undefined && { redirectUrl }),
      attributes: (stored["attributes"] ?? {}) as Organization["attributes"],
      domains: objects(stored["domains"]).map((domain) => ({ name: text(domain["name"]) ?? "", verified: domain["verified"] === true })),
      members: objects(stored["members"]).map((member) => {
        const [id, username] = [text(member["id"]), text(member["username"])];
        return {
          ...(id !== undefined && { id }),
          ...(username !== undefined && { username }),
          membershipType: text(member["membershipType"]) ?? "UNMANAGED",
        };
      }),
    };
  });
}

/** An organization as its endpoint shows it; lists leave out the attributes. */
export const organizationView = ({ attributes, ...organization }: Organization, brief = false): Json => ({
  ...organization,
  members: undefined,
  ...(!brief && Object.keys(attributes).length > 0 && { attributes }),
});

type Reads = Pick<AdminCall, "store" | "realm">;

/** The user behind a member; undefined when there is none any more. */
export async function memberId({ store, realm }: Reads, { id, username }: Member): Promise<string | undefined> {
  if (id !== undefined) return id;
  if (username === undefined) return undefined;
  return (await store.users(realm.id, { username: username.toLowerCase(), exact: true, max: 1 }))[0]?.id;
}

/** Organizations as realm files have them: members by name. */
export async function organizationFiles(reads: Reads): Promise<readonly Json[]> {
  const files: Json[] = [];
  for (const organization of readOrganizations(reads.realm)) {
    const members: Json[] = [];
    for (const member of organization.members) {
      const id = await memberId(reads, member);
      const user = id === undefined ? undefined : await reads.store.user(reads.realm.id, id);
      if (user) members.push({ username: user.username, membershipType: member.membershipType });
    }
    files.push({ ...organizationView(organization), members });
  }
  return files;
}
