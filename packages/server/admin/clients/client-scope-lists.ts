import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { findClientScope } from "../client-scopes/find-client-scope.ts";
import { findClient } from "./find-client.ts";
import { scopeNames } from "./representation.ts";

type Kind = "default" | "optional";
const UNKNOWN = "Client scope not found";
const column = (kind: Kind): "defaultScopeIds" | "optionalScopeIds" => (kind === "default" ? "defaultScopeIds" : "optionalScopeIds");

/** `GET …/{kind}-client-scopes`: ids and names. */
export const listScopes =
  (kind: Kind) =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const client = await findClient(call);
    const names = await scopeNames(call);
    return ok(client[column(kind)].flatMap((id) => (names.has(id) ? [{ id, name: names.get(id) }] : [])));
  };

/** `PUT …/{kind}-client-scopes/:scope`: nothing happens to a scope that is on either list already. @throws {AdminError} 404 */
export const addScope =
  (kind: Kind) =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const client = await findClient(call);
    const scope = await findClientScope(call, UNKNOWN);
    const protocol = client.representation["protocol"] ?? "openid-connect";
    const known = client.defaultScopeIds.includes(scope.id) || client.optionalScopeIds.includes(scope.id);
    const row = { ...client, [column(kind)]: [...client[column(kind)], scope.id] };
    await call.commit({
      commands: known || scope.protocol !== protocol ? [] : [{ do: "saveClient", realmId: call.realm.id, row }],
      guards: [{ claim: "clientRow", realmId: call.realm.id, row: client }],
      event: { operation: "CREATE", resourceType: "CLIENT_SCOPE_CLIENT_MAPPING", resourcePath: pathOf(client.id, kind, scope.id) },
    });
    return noContent;
  };

/** `DELETE …/{kind}-client-scopes/:scope`: takes it from whichever list it is on, as Keycloak does. @throws {AdminError} 404 */
export const removeScope =
  (kind: Kind) =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const client = await findClient(call);
    const scope = await findClientScope(call, UNKNOWN);
    const without = (ids: readonly string[]): readonly string[] => ids.filter((id) => id !== scope.id);
    const row = { ...client, defaultScopeIds: without(client.defaultScopeIds), optionalScopeIds: without(client.optionalScopeIds) };
    await call.commit({
      commands: [{ do: "saveClient", realmId: call.realm.id, row }],
      guards: [{ claim: "clientRow", realmId: call.realm.id, row: client }],
      event: { operation: "DELETE", resourceType: "CLIENT_SCOPE_CLIENT_MAPPING", resourcePath: pathOf(client.id, kind, scope.id) },
    });
    return noContent;
  };

const pathOf = (clientUuid: string, kind: Kind, scopeId: string): string => `clients/${clientUuid}/${kind}-client-scopes/${scopeId}`;
