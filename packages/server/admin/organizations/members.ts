import type { OrganizationMember } from "@cambist/store/admin-ports.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import type { Organization } from "../../realms/organizations.ts";
import { type AdminAnswer, type AdminCall, created, noContent, ok } from "../admin-call.ts";
import { conflict, invalid, notFound } from "../admin-error.ts";
import { flagOf, pageOf } from "../read-query.ts";
import { userView } from "../user-view.ts";
import { bareText } from "./bare-text.ts";
import { findOrganization, organizationsOf } from "./change-organizations.ts";
import { organizationOfUserView } from "./organization-set.ts";

/** Members of one answer unless the caller says otherwise. */
const DEFAULT_MAX = 10;
const MEMBERSHIP_TYPES: readonly unknown[] = ["MANAGED", "UNMANAGED"];

/** Members with everything that is shown of them. */
async function views({ store, realm }: AdminCall, members: readonly OrganizationMember[]): Promise<readonly Json[]> {
  const users = await store.usersByIds(
    realm.id,
    members.map(({ user }) => user.id),
  );
  const types = new Map(members.map(({ user, membershipType }) => [user.id, membershipType]));
  return users.map((user) => ({ ...userView(user), membershipType: types.get(user.id) }));
}

export const organizationOfPath = (call: AdminCall): Organization => findOrganization(organizationsOf(call), call.params["organization"]);

/** `GET members`: by username; `search` anywhere in username, address or a name, or all of one of them with `exact`. */
export async function listMembers(call: AdminCall): Promise<AdminAnswer> {
  const { id } = organizationOfPath(call);
  const membershipType = call.query.get("membershipType")?.toUpperCase();
  if (membershipType !== undefined && !MEMBERSHIP_TYPES.includes(membershipType)) throw invalid("Unknown membership type");
  const found = await call.store.organizationMembers(call.realm.id, id, {
    ...pageOf(call.query, DEFAULT_MAX),
    search: call.query.get("search")?.trim(),
    exact: flagOf(call.query, "exact") ?? false,
    membershipType,
  });
  return ok(await views(call, found));
}

/** `GET members/count`: all of them, whatever is searched for. */
export const countMembers = async (call: AdminCall): Promise<AdminAnswer> =>
  ok(await call.store.countOrganizationMembers(call.realm.id, organizationOfPath(call).id));

async function findMember(call: AdminCall, { id }: Organization): Promise<OrganizationMember> {
  const found = await call.store.organizationMember(call.realm.id, id, call.params["user"] ?? "");
  if (!found) throw notFound();
  return found;
}

export const readMember = async (call: AdminCall): Promise<AdminAnswer> =>
  ok((await views(call, [await findMember(call, organizationOfPath(call))]))[0]);

/** `POST organizations/{id}/members`: the user's id as a bare text. */
export async function addMember(call: AdminCall): Promise<AdminAnswer> {
  const userId = bareText(call.rawBody);
  const { realm, store } = call;
  const { id: organizationId } = organizationOfPath(call);
  const user = await store.user(realm.id, userId);
  if (!user || user.serviceAccountClientUuid !== undefined) throw invalid("User does not exist");
  if (await store.organizationMember(realm.id, organizationId, userId)) throw conflict("User is already a member of the organization.");
  await call.commit({
    // The organization is in the realm's row.
    guards: [{ claim: "realmRow", row: realm }],
    commands: [{ do: "addOrganizationMember", realmId: realm.id, organizationId, userId, membershipType: "UNMANAGED" }],
    event: { operation: "CREATE", resourceType: "ORGANIZATION_MEMBERSHIP", resourcePath: `organizations/${organizationId}/members` },
  });
  return created(call, `/organizations/${organizationId}/members/${userId}`);
}

export async function removeMember(call: AdminCall): Promise<AdminAnswer> {
  const organization = organizationOfPath(call);
  const { user } = await findMember(call, organization);
  await call.commit({
    commands: [{ do: "removeOrganizationMember", realmId: call.realm.id, organizationId: organization.id, userId: user.id }],
    event: {
      operation: "DELETE",
      resourceType: "ORGANIZATION_MEMBERSHIP",
      resourcePath: `organizations/${organization.id}/members/${user.id}`,
    },
  });
  return noContent;
}

/**
 * `GET organizations/members/{user}/organizations`, and the same below an organization, which then has to be there: whole, by name.
 * `briefRepresentation` does not count.
 */
export async function organizationsOfUser(call: AdminCall): Promise<AdminAnswer> {
  const userId = call.params["user"] ?? "";
  const organizations = organizationsOf(call);
  if (call.params["organization"] !== undefined) organizationOfPath(call);
  if (!(await call.store.user(call.realm.id, userId))) throw notFound();
  const own = new Set(await call.store.organizationIdsOfUser(call.realm.id, userId));
  const found = organizations.filter(({ id }) => own.has(id)).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return ok(found.map(organizationOfUserView));
}
