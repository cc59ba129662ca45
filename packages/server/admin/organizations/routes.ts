import type { AdminRoute } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";
import { inviteExistingUser, inviteUser } from "./invitations.ts";
import { addMember, countMembers, listMembers, organizationsOfUser, readMember, removeMember } from "./members.ts";
import {
  countOrganizations,
  createOrganization,
  deleteOrganization,
  listOrganizations,
  readOrganization,
  updateOrganization,
} from "./organizations.ts";
import { linkProvider, listProviders, readProvider, unlinkProvider } from "./providers.ts";

const { viewRealm, manageRealm } = NEEDS;
const O = "/organizations";
/** Ids and aliases come as bare texts. */
const takes = ["application/json"];
const form = ["application/x-www-form-urlencoded", "multipart/form-data"];

/** Organizations of a realm. Keycloak 26.1 guards them by the rights over the realm. */
export const organizationRoutes: readonly AdminRoute[] = [
  { method: "GET", path: O, needs: viewRealm, handle: listOrganizations },
  { method: "POST", path: O, needs: manageRealm, handle: createOrganization },
  { method: "GET", path: `${O}/count`, needs: viewRealm, handle: countOrganizations },
  { method: "GET", path: `${O}/members/:user/organizations`, needs: viewRealm, handle: organizationsOfUser },
  { method: "GET", path: `${O}/:organization`, needs: viewRealm, handle: readOrganization },
  { method: "PUT", path: `${O}/:organization`, needs: manageRealm, handle: updateOrganization },
  { method: "DELETE", path: `${O}/:organization`, needs: manageRealm, handle: deleteOrganization },
  { method: "GET", path: `${O}/:organization/members`, needs: viewRealm, handle: listMembers },
  { method: "POST", path: `${O}/:organization/members`, needs: manageRealm, takes, handle: addMember },
  { method: "GET", path: `${O}/:organization/members/count`, needs: viewRealm, handle: countMembers },
  { method: "POST", path: `${O}/:organization/members/invite-user`, needs: manageRealm, takes: form, handle: inviteUser },
  { method: "POST", path: `${O}/:organization/members/invite-existing-user`, needs: manageRealm, takes: form, handle: inviteExistingUser },
  { method: "GET", path: `${O}/:organization/members/:user`, needs: viewRealm, handle: readMember },
  { method: "DELETE", path: `${O}/:organization/members/:user`, needs: manageRealm, handle: removeMember },
  { method: "GET", path: `${O}/:organization/members/:user/organizations`, needs: viewRealm, handle: organizationsOfUser },
  { method: "GET", path: `${O}/:organization/identity-providers`, needs: viewRealm, handle: listProviders },
  { method: "POST", path: `${O}/:organization/identity-providers`, needs: manageRealm, takes, handle: linkProvider },
  { method: "GET", path: `${O}/:organization/identity-providers/:alias`, needs: viewRealm, handle: readProvider },
  { method: "DELETE", path: `${O}/:organization/identity-providers/:alias`, needs: manageRealm, handle: unlinkProvider },
];
