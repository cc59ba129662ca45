import { type AdminRoute, ok } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";
import { PROVIDER_IDS, type ProviderKind } from "../serverinfo/provider-ids.ts";
import { CLIENT_AUTHENTICATORS, nameOf } from "./authenticators.ts";
import { createConfig, deleteConfig, readConfig, updateConfig } from "./configs.ts";
import { addExecution, addSubFlow, deleteExecution, listExecutions, moveExecution, readExecution, updateExecution } from "./executions.ts";
import { copyFlow, createFlow, deleteFlow, listFlows, readFlow, updateFlow } from "./flows.ts";
import {
  deleteRequiredAction,
  listRequiredActions,
  listUnregisteredActions,
  moveRequiredAction,
  readRequiredAction,
  registerRequiredAction,
  updateRequiredAction,
} from "./required-actions.ts";

const { anyAdmin, viewRealm, manageRealm } = NEEDS;
const A = "/authentication";

const listProviders = (kind: ProviderKind) => async () =>
  ok(PROVIDER_IDS[kind].map((id) => ({ id, displayName: nameOf(id), description: "" })));

/** Authentication flows and required actions: kept, served and exported as data. */
export const flowRoutes: readonly AdminRoute[] = [
  { method: "GET", path: `${A}/flows`, needs: viewRealm, handle: listFlows },
  { method: "POST", path: `${A}/flows`, needs: manageRealm, noCache: true, handle: createFlow },
  { method: "GET", path: `${A}/flows/:id`, needs: viewRealm, handle: readFlow },
  { method: "PUT", path: `${A}/flows/:id`, needs: manageRealm, noCache: true, handle: updateFlow },
  { method: "DELETE", path: `${A}/flows/:id`, needs: manageRealm, noCache: true, handle: deleteFlow },
  { method: "POST", path: `${A}/flows/:alias/copy`, needs: manageRealm, noCache: true, handle: copyFlow },
  { method: "GET", path: `${A}/flows/:alias/executions`, needs: viewRealm, handle: listExecutions },
  { method: "PUT", path: `${A}/flows/:alias/executions`, needs: manageRealm, noCache: true, handle: updateExecution },
  { method: "POST", path: `${A}/flows/:alias/executions/execution`, needs: manageRealm, noCache: true, handle: addExecution },
  { method: "POST", path: `${A}/flows/:alias/executions/flow`, needs: manageRealm, noCache: true, handle: addSubFlow },
  { method: "GET", path: `${A}/executions/:id`, needs: viewRealm, handle: readExecution },
  { method: "DELETE", path: `${A}/executions/:id`, needs: manageRealm, noCache: true, handle: deleteExecution },
  { method: "POST", path: `${A}/executions/:id/raise-priority`, needs: manageRealm, noCache: true, handle: moveExecution("raise") },
  { method: "POST", path: `${A}/executions/:id/lower-priority`, needs: manageRealm, noCache: true, handle: moveExecution("lower") },
  { method: "POST", path: `${A}/executions/:id/config`, needs: manageRealm, noCache: true, handle: createConfig },
  { method: "GET", path: `${A}/config/:id`, needs: viewRealm, handle: readConfig },
  { method: "PUT", path: `${A}/config/:id`, needs: manageRealm, noCache: true, handle: updateConfig },
  { method: "DELETE", path: `${A}/config/:id`, needs: manageRealm, noCache: true, handle: deleteConfig },
  { method: "GET", path: `${A}/required-actions`, needs: anyAdmin, handle: listRequiredActions },
  { method: "GET", path: `${A}/required-actions/:alias`, needs: viewRealm, handle: readRequiredAction },
  { method: "PUT", path: `${A}/required-actions/:alias`, needs: manageRealm, handle: updateRequiredAction },
  { method: "DELETE", path: `${A}/required-actions/:alias`, needs: manageRealm, handle: deleteRequiredAction },
  { method: "POST", path: `${A}/required-actions/:alias/raise-priority`, needs: manageRealm, handle: moveRequiredAction("raise") },
  { method: "POST", path: `${A}/required-actions/:alias/lower-priority`, needs: manageRealm, handle: moveRequiredAction("lower") },
  { method: "POST", path: `${A}/register-required-action`, needs: manageRealm, noCache: true, handle: registerRequiredAction },
  { method: "GET", path: `${A}/unregistered-required-actions`, needs: viewRealm, handle: listUnregisteredActions },
  { method: "GET", path: `${A}/client-authenticator-providers`, needs: viewRealm, handle: async () => ok(CLIENT_AUTHENTICATORS) },
  {
    method: "GET",
    path: `${A}/authenticator-providers`,
    needs: viewRealm,
    handle: listProviders("org.keycloak.authentication.Authenticator"),
  },
  { method: "GET", path: `${A}/form-providers`, needs: viewRealm, handle: listProviders("org.keycloak.authentication.FormAuthenticator") },
  { method: "GET", path: `${A}/form-action-providers`, needs: viewRealm, handle: listProviders("org.keycloak.authentication.FormAction") },
];
