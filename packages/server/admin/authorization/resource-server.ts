import type { AuthorizationPolicyRow, AuthorizationRows, ClientRow, Json } from "@cambist/store/config-ports.ts";
import type { AdminCall } from "../admin-call.ts";
import { AdminError, notFound } from "../admin-error.ts";
import { findClient } from "../clients/find-client.ts";

export type ResourceRow = AuthorizationRows["resources"][number];
export type ScopeRow = AuthorizationRows["scopes"][number];
export type PolicyRow = AuthorizationPolicyRow;

/** A client with its authorization settings: resources, scopes, policies and permissions. */
export interface ResourceServer {
  readonly client: ClientRow;
  readonly rows: AuthorizationRows;
}

/** What Keycloak gives a resource server that is made on the way, such as the admin client's. */
export const DEFAULT_SETTINGS: Json = {
  allowRemoteResourceManagement: false,
  policyEnforcementMode: "ENFORCING",
  decisionStrategy: "UNANIMOUS",
};

/** The resource server that the path names. @throws {AdminError} 404 no such client here, or no authorization settings */
export async function resourceServer(call: AdminCall): Promise<ResourceServer> {
  const client = await findClient(call);
  const rows = await call.store.authorization(call.realm.id, client.id);
  if (!rows) throw notFound();
  return { client, rows };
}

/** 404 without a body, as Keycloak answers for authorization objects. */
export const noObject = (): AdminError => new AdminError(404);

/** @throws {AdminError} 404 */
export function findById<T extends { readonly id: string }>(rows: readonly T[], id: string | undefined): T {
  const row = rows.find((one) => one.id === id);
  if (!row) throw noObject();
  return row;
}

/** The client whose authorization settings hold the realm's fine-grained permissions. */
export const adminClientIdOf = (realmName: string): string => (realmName === "master" ? "master-realm" : "realm-management");
