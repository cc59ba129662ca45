import { type AdminRoute, noContent } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";
import { clearAllLoginFailures, clearLoginFailures, readLoginFailures } from "./attack-detection.ts";
import { getPolicies, getProfiles, putPolicies, putProfiles } from "./client-policies.ts";
import { createComponent, deleteComponent, listComponents, listSubTypes, readComponent, updateComponent } from "./components.ts";
import { addDefaultGroup, listDefaultGroups, removeDefaultGroup } from "./default-groups.ts";
import { addDefaultScope, listDefaultScopes, removeDefaultScope } from "./default-scopes.ts";
import { readKeys } from "./keys.ts";
import { addTexts, deleteBundle, deleteText, listLocales, putText, readBundle, readText } from "./localization.ts";
import { readUserProfile, updateUserProfile } from "./profile.ts";
import { deleteSession, logoutAll, pushRevocation, sessionStatistics } from "./sessions.ts";
import { testSmtpConnection } from "./smtp.ts";

const { anyAdmin, viewRealm, manageRealm, viewUsers, manageUsers, viewClients, manageClients } = NEEDS;

/** Caches follow every change here, so there is nothing to clear. */
const clearCache = async () => noContent;

const defaultScopeRoutes = (["defaultDefaultClientScopes", "defaultOptionalClientScopes"] as const).flatMap(
  (list): readonly AdminRoute[] => {
    const path = list === "defaultDefaultClientScopes" ? "/default-default-client-scopes" : "/default-optional-client-scopes";
    return [
      { method: "GET", path, needs: viewClients, handle: listDefaultScopes(list) },
      { method: "PUT", path: `${path}/:id`, needs: manageClients, noCache: true, handle: addDefaultScope(list) },
      { method: "DELETE", path: `${path}/:id`, needs: manageClients, noCache: true, handle: removeDefaultScope(list) },
    ];
  },
);

/** What belongs to a realm as a whole. */
export const realmWideRoutes: readonly AdminRoute[] = [
  ...defaultScopeRoutes,
  { method: "GET", path: "/keys", needs: viewRealm, handle: readKeys },
  { method: "GET", path: "/components", needs: viewRealm, handle: listComponents },
  { method: "POST", path: "/components", needs: manageRealm, handle: createComponent },
  { method: "GET", path: "/components/:id", needs: viewRealm, handle: readComponent },
  { method: "PUT", path: "/components/:id", needs: manageRealm, handle: updateComponent },
  { method: "DELETE", path: "/components/:id", needs: manageRealm, handle: deleteComponent },
  { method: "GET", path: "/components/:id/sub-component-types", needs: viewRealm, handle: listSubTypes },
  { method: "GET", path: "/default-groups", needs: viewRealm, handle: listDefaultGroups },
  { method: "PUT", path: "/default-groups/:id", needs: manageRealm, noCache: true, handle: addDefaultGroup },
  { method: "DELETE", path: "/default-groups/:id", needs: manageRealm, noCache: true, handle: removeDefaultGroup },
  { method: "GET", path: "/users/profile", needs: anyAdmin, noCache: false, handle: readUserProfile },
  { method: "PUT", path: "/users/profile", needs: manageRealm, handle: updateUserProfile },
  { method: "GET", path: "/client-session-stats", needs: viewRealm, handle: sessionStatistics },
  { method: "DELETE", path: "/sessions/:id", needs: manageUsers, handle: deleteSession },
  { method: "POST", path: "/logout-all", needs: manageUsers, handle: logoutAll },
  { method: "POST", path: "/push-revocation", needs: manageRealm, handle: pushRevocation },
  { method: "POST", path: "/clear-realm-cache", needs: manageRealm, handle: clearCache },
  { method: "POST", path: "/clear-user-cache", needs: manageRealm, handle: clearCache },
  { method: "POST", path: "/clear-keys-cache", needs: manageRealm, handle: clearCache },
  { method: "DELETE", path: "/attack-detection/brute-force/users", needs: manageUsers, handle: clearAllLoginFailures },
  { method: "GET", path: "/attack-detection/brute-force/users/:id", needs: viewUsers, handle: readLoginFailures },
  { method: "DELETE", path: "/attack-detection/brute-force/users/:id", needs: manageUsers, handle: clearLoginFailures },
  { method: "GET", path: "/localization", needs: anyAdmin, noCache: false, handle: listLocales },
  { method: "GET", path: "/localization/:locale", needs: anyAdmin, noCache: false, handle: readBundle },
  { method: "POST", path: "/localization/:locale", needs: manageRealm, handle: addTexts },
  { method: "DELETE", path: "/localization/:locale", needs: manageRealm, handle: deleteBundle },
  { method: "GET", path: "/localization/:locale/:key", needs: anyAdmin, noCache: false, handle: readText },
  { method: "PUT", path: "/localization/:locale/:key", needs: manageRealm, takes: ["text/plain"], handle: putText },
  { method: "DELETE", path: "/localization/:locale/:key", needs: manageRealm, handle: deleteText },
  { method: "GET", path: "/client-policies/profiles", needs: viewRealm, handle: getProfiles },
  { method: "PUT", path: "/client-policies/profiles", needs: manageRealm, handle: putProfiles },
  { method: "GET", path: "/client-policies/policies", needs: viewRealm, handle: getPolicies },
  { method: "PUT", path: "/client-policies/policies", needs: manageRealm, handle: putPolicies },
  { method: "POST", path: "/testSMTPConnection", needs: manageRealm, handle: testSmtpConnection },
];
