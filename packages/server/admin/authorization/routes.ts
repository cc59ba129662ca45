import { type AdminRoute, ok } from "../admin-call.ts";
import { AdminError } from "../admin-error.ts";
import { allOf, NEEDS } from "../admin-roles.ts";
import { createGeneric, createTyped, deletePolicy, updateTyped } from "./change-policies.ts";
import { createResource, deleteResource, updateResource } from "./change-resources.ts";
import { evaluatePolicies } from "./evaluate.ts";
import { readSettings } from "./export-settings.ts";
import { isPermissionType, policyProviders } from "./policy-types.ts";
import {
  listPolicies,
  POLICY_SUBJECTS,
  readByKey,
  readSubject,
  readTyped,
  readTypedSubject,
  searchPolicy,
  searchTyped,
} from "./read-policies.ts";
import { resourceServer } from "./resource-server.ts";
import { listResources, readResource, resourceAttributes, resourcePermissions, resourceScopes, searchResource } from "./resources.ts";
import { createScope, deleteScope, listScopes, readScope, scopePermissions, scopeResources, searchScope, updateScope } from "./scopes.ts";
import { importSettings, readServer, updateServer } from "./settings.ts";

const SERVER = "/clients/:client/authz/resource-server";
const { viewAuthorization: view, manageAuthorization: manage } = NEEDS;

/** Refusals without a body are answers like others: Keycloak marks them as not to be cached. */
const get = (path: string, handle: AdminRoute["handle"]): AdminRoute => ({
  method: "GET",
  path: `${SERVER}${path}`,
  needs: view,
  handle: async (call) => {
    try {
      return await handle(call);
    } catch (error) {
      if (error instanceof AdminError && error.body === undefined) return { status: error.status };
      throw error;
    }
  },
});
const noCache = true;
const change = (method: "POST" | "PUT" | "DELETE", path: string, handle: AdminRoute["handle"]): AdminRoute => ({
  method,
  path: `${SERVER}${path}`,
  needs: manage,
  handle,
});

/**
 * Policies and permissions are one store with two views. A single segment below is a type or an id, which the handlers tell apart: no id is
 * the word of a type.
 */
function policyRoutes(root: "/policy" | "/permission"): readonly AdminRoute[] {
  const permission = root === "/permission";
  const creatable = (type: string): string => {
    if (permission && !isPermissionType(type)) throw new AdminError(405, { error: "HTTP 405 Method Not Allowed" });
    return type;
  };
  return [
    get(root, (call) => listPolicies(call, permission)),
    get(`${root}/search`, (call) => searchPolicy(call, permission)),
    get(`${root}/providers`, async (call) => {
      await resourceServer(call);
      return ok(policyProviders());
    }),
    get(`${root}/:key`, (call) => readByKey(call, permission)),
    { ...change("POST", `${root}/:key`, (call) => createTyped(call, creatable(call.params["key"] ?? ""))), noCache },
    change("DELETE", `${root}/:key`, deletePolicy),
    ...POLICY_SUBJECTS.map((subject) => get(`${root}/:key/${subject}`, (call) => readSubject(call, subject))),
    get(`${root}/:key/search`, searchTyped),
    get(`${root}/:key/:id`, readTyped),
    ...POLICY_SUBJECTS.map((subject) => get(`${root}/:key/:id/${subject}`, (call) => readTypedSubject(call, subject))),
    { ...change("PUT", `${root}/:key/:id`, (call) => updateTyped(call, call.params["key"] ?? "")), noCache },
    change("DELETE", `${root}/:key/:id`, deletePolicy),
  ];
}

export const authorizationRoutes: readonly AdminRoute[] = [
  { ...get("", readServer), noCache: false },
  change("PUT", "", updateServer),
  // Reading everything at once is for those who may change it.
  { ...get("/settings", readSettings), needs: manage, noCache: false },
  change("POST", "/import", importSettings),

  get("/resource", listResources),
  { ...change("POST", "/resource", createResource), noCache },
  get("/resource/search", searchResource),
  get("/resource/:id", readResource),
  change("PUT", "/resource/:id", updateResource),
  change("DELETE", "/resource/:id", deleteResource),
  get("/resource/:id/scopes", resourceScopes),
  get("/resource/:id/permissions", resourcePermissions),
  get("/resource/:id/attributes", resourceAttributes),

  get("/scope", listScopes),
  { ...change("POST", "/scope", createScope), noCache },
  get("/scope/search", searchScope),
  get("/scope/:id", readScope),
  change("PUT", "/scope/:id", updateScope),
  change("DELETE", "/scope/:id", deleteScope),
  get("/scope/:id/resources", scopeResources),
  get("/scope/:id/permissions", scopePermissions),

  { ...change("POST", "/policy", createGeneric), noCache },
  ...policyRoutes("/policy"),
  ...policyRoutes("/permission"),
  // It tells what a user may do, so it is for those who may see users (SEC-ADM-14).
  { method: "POST", path: `${SERVER}/policy/evaluate`, needs: allOf(...view, ...NEEDS.viewUsers), handle: evaluatePolicies },
];
