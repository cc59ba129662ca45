import type { AdminRoute } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";
import { certificateRoutes } from "./certificates.ts";
import { addScope, listScopes, removeScope } from "./client-scope-lists.ts";
import { forgetRotatedSecret, readRotatedSecret, readSecret, regenerateSecret } from "./client-secret.ts";
import { countSessions, listSessions } from "./client-sessions.ts";
import { createClient } from "./create-client.ts";
import { deleteClient } from "./delete-client.ts";
import { evaluationRoutes } from "./evaluate/routes.ts";
import { installation } from "./installation.ts";
import { listClients, readOneClient } from "./list-clients.ts";
import { pushClientRevocation } from "./push-revocation.ts";
import { descriptionConverterRoutes } from "./registration/description-converter.ts";
import { initialAccessRoutes } from "./registration/initial-access.ts";
import { makeRegistrationToken } from "./registration/registration-access-token.ts";
import { readServiceAccountUser } from "./service-account-user.ts";
import { updateClient } from "./update-client.ts";

const ONE = "/clients/:client";
const view = (below: string, handle: AdminRoute["handle"]): AdminRoute => ({
  method: "GET",
  path: `${ONE}${below}`,
  needs: NEEDS.viewClients,
  handle,
});
const manage = (method: AdminRoute["method"], below: string, handle: AdminRoute["handle"]): AdminRoute => ({
  method,
  path: `${ONE}${below}`,
  needs: NEEDS.manageClients,
  handle,
});
const uncached = (route: AdminRoute): AdminRoute => ({ ...route, noCache: true });

export const clientRoutes: readonly AdminRoute[] = [
  ...initialAccessRoutes,
  ...descriptionConverterRoutes,
  { method: "GET", path: "/clients", needs: NEEDS.queryClients, handle: listClients },
  { method: "POST", path: "/clients", needs: NEEDS.manageClients, handle: createClient },
  view("", readOneClient),
  manage("PUT", "", updateClient),
  uncached(manage("DELETE", "", deleteClient)),
  view("/client-secret", readSecret),
  manage("POST", "/client-secret", regenerateSecret),
  view("/client-secret/rotated", readRotatedSecret),
  manage("DELETE", "/client-secret/rotated", forgetRotatedSecret),
  manage("POST", "/registration-access-token", makeRegistrationToken),
  manage("POST", "/push-revocation", pushClientRevocation),
  view("/service-account-user", readServiceAccountUser),
  ...(["default", "optional"] as const).flatMap((kind) => [
    view(`/${kind}-client-scopes`, listScopes(kind)),
    uncached(manage("PUT", `/${kind}-client-scopes/:scope`, addScope(kind))),
    uncached(manage("DELETE", `/${kind}-client-scopes/:scope`, removeScope(kind))),
  ]),
  view("/user-sessions", listSessions(false)),
  view("/offline-sessions", listSessions(true)),
  view("/session-count", countSessions(false)),
  view("/offline-session-count", countSessions(true)),
  view("/installation/providers/:provider", installation),
  ...certificateRoutes,
  ...evaluationRoutes,
];
