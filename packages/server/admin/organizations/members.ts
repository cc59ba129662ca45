import type { Json, UserRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, created, noContent, ok } from "../admin-call.ts";
import { conflict, invalid, notFound } from "../admin-error.ts";
import { flagOf, pageOf } from "../read-query.ts";
import { userView } from "../user-view.ts";
import { bareText } from "./bare-text.ts";
import { changeOrganizations, findOrganization, organizationsOf, replaced } from "./change-organizations.ts";
import { type Member, memberId, type Organization, organizationView } from "./organization-set.ts";

/** Members of one answer unless the caller says otherwise. */
const DEFAULT_MAX = 10;

interface FoundMember {
  readonly member: Member;
  readonly user: UserRow;
}

/** Members whose users are still there, by username. */
async function membersOf(call: AdminCall, { members }: Organization): Promise<readonly FoundMember[]> {
  const found: FoundMember[] = [];
  for (const member of members) {
    const id = await memberId(call, member);
    const user = id === undefined ? undefined : await call.store.user(call.realm.id, id);
    if (user) found.push({ member, user });
  }
  return found.toSorted((a, b) => (a.user.username < b.user.username ? -1 : 1));
}

const view = ({ member, user }: FoundMember): Json => ({ ...userView(user), membershipType: member.membershipType });

const organizationOfPath = (call: AdminCall): Organization => findOrganization(organizationsOf(call), call.params["organization"]);

export async function listMembers(call: AdminCall): Promise<AdminAnswer> {
  const { query } = call;
  const { first = 0, max } = pageOf(query, DEFAULT_MAX);
  const search = query.get("search")?.toLowerCase();
  const exact = flagOf(query, "exact") ?? false;
  const matches = ({ user }: FoundMember): boolean =>
    search === undefined ||
    [user.username, user.email, user.firstName, user.lastName].some((value) =>
      exact ? value?.toLowerCase() === search : value?.toLowerCase().includes(search),
    );
  const found = (await membersOf(call, organizationOfPath(call))).filter(matches);
  return ok(found.slice(first, max === undefined ? undefined : first + max).map(view));
}

export const countMembers = async (call: AdminCall): Promise<AdminAnswer> => ok((await membersOf(call, organizationOfPath(call))).length);

async function findMember(call: AdminCall, organization: Organization): Promise<FoundMember> {
  const found = (await membersOf(call, organization)).find(({ user }) => user.id === call.params["user"]);
  if (!found) throw notFound();
  return found;
}

export const readMember = async (call: AdminCall): Promise<AdminAnswer> => ok(view(await findMember(call, organizationOfPath(call))));

/** `POST organizations/{id}/members`: the user's id as a bare text. */
export async function addMember(call: AdminCall): Promise<AdminAnswer> {
  const userId = bareText(call.rawBody);
  const organizationId = call.params["organization"] ?? "";
  await changeOrganizations(call, async (organizations) => {
    const organization = findOrganization(organizations, organizationId);
    const user = await call.store.user(call.realm.id, userId);
    if (!user || user.serviceAccountClientUuid !== undefined) throw invalid("User does not exist");
    if ((await membersOf(call, organization)).some((one) => one.user.id === userId))
      throw conflict("User is already a member of the organization.");
    const members = [...organization.members, { id: userId, membershipType: "UNMANAGED" }];
    return { organizations: replaced(organizations, { ...organization, members }), event: event("CREATE", organization, userId) };
  });
  return created(call, `/organizations/${organizationId}/members/${userId}`);
}

export async function removeMember(call: AdminCall): Promise<AdminAnswer> {
  await changeOrganizations(call, async (organizations) => {
    const organization = findOrganization(organizations, call.params["organization"]);
    const { member, user } = await findMember(call, organization);
    const members = organization.members.filter((one) => one !== member);
    return { organizations: replaced(organizations, { ...organization, members }), event: event("DELETE", organization, user.id) };
  });
  return noContent;
}

/** `GET organizations/members/{user}/organizations`, and the same below an organization, which then has to be there. */
export async function organizationsOfUser(call: AdminCall): Promise<AdminAnswer> {
  const brief = flagOf(call.query, "briefRepresentation") ?? false;
  const userId = call.params["user"] ?? "";
  const organizations = organizationsOf(call);
  if (call.params["organization"] !== undefined) organizationOfPath(call);
  if (!(await call.store.user(call.realm.id, userId))) throw notFound("User not found");
  const found: Json[] = [];
  for (const organization of organizations) {
    for (const member of organization.members) {
      if ((await memberId(call, member)) === userId) found.push(organizationView(organization, brief));
    }
  }
  return ok(found);
}

const event = (operation: "CREATE" | "DELETE", { id }: Organization, userId: string) =>
  ({ operation, resourceType: "ORGANIZATION_MEMBERSHIP", resourcePath: `organizations/${id}/members/${userId}` }) as const;
