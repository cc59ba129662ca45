import { type AdminCall, type AdminRoute, ok } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";
import { listConsents, revokeConsent } from "./consents.ts";
import { createUser } from "./create-user.ts";
import {
  deleteCredential,
  disableCredentialTypes,
  labelCredential,
  listCredentials,
  moveCredential,
  resetPassword,
  storageCredentialTypes,
} from "./credentials.ts";
import { sendActionsEmail, sendResetEmail, sendVerifyEmail } from "./emails.ts";
import { addIdentity, listIdentities, removeIdentity } from "./federated-identities.ts";
import { impersonate } from "./impersonation.ts";
import { countUsers, listUsers } from "./list-users.ts";
import { deleteUser, readUnmanagedAttributes, readUser } from "./read-user.ts";
import { userRules } from "./realm-rules.ts";
import { profileMetadata } from "./representation.ts";
import { updateUser } from "./update-user.ts";
import { countUserGroups, joinGroup, leaveGroup, listUserGroups } from "./user-groups.ts";
import { listOfflineSessions, listUserSessions, logoutUser } from "./user-sessions.ts";

const { queryUsers, viewUsers, manageUsers, impersonation } = NEEDS;
const USER = "/users/:user";
const readProfileMetadata = async (call: AdminCall) => ok(profileMetadata(await userRules(call), undefined));

/** Users and what is theirs; their role mappings are with those of groups. */
export const userRoutes: readonly AdminRoute[] = [
  { method: "GET", path: "/users", needs: queryUsers, handle: listUsers },
  { method: "POST", path: "/users", needs: manageUsers, handle: createUser },
  { method: "GET", path: "/users/count", needs: queryUsers, handle: countUsers },
  { method: "GET", path: "/users/profile/metadata", needs: NEEDS.anyAdmin, handle: readProfileMetadata, noCache: false },
  { method: "GET", path: USER, needs: queryUsers, handle: readUser },
  { method: "PUT", path: USER, needs: manageUsers, handle: updateUser },
  { method: "DELETE", path: USER, needs: manageUsers, handle: deleteUser, noCache: true },
  { method: "GET", path: `${USER}/unmanagedAttributes`, needs: viewUsers, handle: readUnmanagedAttributes },
  { method: "PUT", path: `${USER}/reset-password`, needs: manageUsers, handle: resetPassword },
  { method: "GET", path: `${USER}/credentials`, needs: viewUsers, handle: listCredentials },
  { method: "DELETE", path: `${USER}/credentials/:credential`, needs: manageUsers, handle: deleteCredential, noCache: true },
  { method: "PUT", path: `${USER}/credentials/:credential/userLabel`, needs: manageUsers, takes: ["text/plain"], handle: labelCredential },
  { method: "POST", path: `${USER}/credentials/:credential/moveToFirst`, needs: manageUsers, handle: moveCredential },
  { method: "POST", path: `${USER}/credentials/:credential/moveAfter/:after`, needs: manageUsers, handle: moveCredential },
  { method: "PUT", path: `${USER}/disable-credential-types`, needs: manageUsers, handle: disableCredentialTypes },
  { method: "GET", path: `${USER}/configured-user-storage-credential-types`, needs: viewUsers, handle: storageCredentialTypes },
  { method: "GET", path: `${USER}/groups`, needs: viewUsers, handle: listUserGroups },
  { method: "GET", path: `${USER}/groups/count`, needs: viewUsers, handle: countUserGroups },
  { method: "PUT", path: `${USER}/groups/:group`, needs: manageUsers, handle: joinGroup, noCache: true },
  { method: "DELETE", path: `${USER}/groups/:group`, needs: manageUsers, handle: leaveGroup, noCache: true },
  { method: "GET", path: `${USER}/sessions`, needs: viewUsers, handle: listUserSessions },
  { method: "GET", path: `${USER}/offline-sessions/:client`, needs: viewUsers, handle: listOfflineSessions },
  { method: "POST", path: `${USER}/logout`, needs: manageUsers, handle: logoutUser },
  { method: "GET", path: `${USER}/consents`, needs: viewUsers, handle: listConsents },
  { method: "DELETE", path: `${USER}/consents/:client`, needs: manageUsers, handle: revokeConsent, noCache: true },
  { method: "GET", path: `${USER}/federated-identity`, needs: viewUsers, handle: listIdentities },
  { method: "POST", path: `${USER}/federated-identity/:provider`, needs: manageUsers, handle: addIdentity, noCache: true },
  { method: "DELETE", path: `${USER}/federated-identity/:provider`, needs: manageUsers, handle: removeIdentity, noCache: true },
  { method: "POST", path: `${USER}/impersonation`, needs: impersonation, handle: impersonate },
  { method: "PUT", path: `${USER}/execute-actions-email`, needs: manageUsers, handle: sendActionsEmail },
  { method: "PUT", path: `${USER}/send-verify-email`, needs: manageUsers, handle: sendVerifyEmail },
  { method: "PUT", path: `${USER}/reset-password-email`, needs: manageUsers, handle: sendResetEmail },
];
