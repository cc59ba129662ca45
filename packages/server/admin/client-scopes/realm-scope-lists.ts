import type { RealmRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, noContent, ok } from "../admin-call.ts";
import { realmScopeNames } from "../clients/scope-lists.ts";
import { findClientScope } from "./find-client-scope.ts";

export type ScopeList = "default" | "optional";

const MEMBERS = { default: "defaultDefaultClientScopes", optional: "defaultOptionalClientScopes" } as const;
const LISTS: readonly ScopeList[] = ["default", "optional"];
const UNKNOWN = "Client scope not found";

/** `GET A/default-{list}-client-scopes`: what new clients get. */
export const listRealmScopes =
  (list: ScopeList) =>
  async ({ store, realm }: AdminCall): Promise<AdminAnswer> => {
    const names = realmScopeNames(realm, list);
    const scopes = await store.clientScopes(realm.id);
    return ok(scopes.filter(({ name }) => names.includes(name)).map(({ id, name, protocol }) => ({ id, name, protocol })));
  };

/** `PUT A/default-{list}-client-scopes/:scope`: nothing happens to one that is on either list. @throws {AdminError} 404 */
export const addRealmScope =
  (list: ScopeList) =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const { id, name } = await findClientScope(call, UNKNOWN);
    await call.changeRealm((realm) => ({
      row: LISTS.some((other) => realmScopeNames(realm, other).includes(name))
        ? realm
        : withNames(realm, list, [...realmScopeNames(realm, list), name]),
      event: { operation: "CREATE", resourceType: "CLIENT_SCOPE", resourcePath: `default-${list}-client-scopes/${id}` },
    }));
    return noContent;
  };

/** `DELETE A/default-{list}-client-scopes/:scope`. @throws {AdminError} 404 */
export const removeRealmScope =
  (list: ScopeList) =>
  async (call: AdminCall): Promise<AdminAnswer> => {
    const { id, name } = await findClientScope(call, UNKNOWN);
    await call.changeRealm((realm) => ({
      row: withoutScope(realm, name),
      event: { operation: "DELETE", resourceType: "CLIENT_SCOPE", resourcePath: `default-${list}-client-scopes/${id}` },
    }));
    return noContent;
  };

const withNames = (realm: RealmRow, list: ScopeList, names: readonly string[]): RealmRow => ({
  ...realm,
  representation: { ...realm.representation, [MEMBERS[list]]: names },
});

/** Whether the realm's row names the scope. */
export const namesScope = (realm: RealmRow, name: string): boolean => LISTS.some((list) => realmScopeNames(realm, list).includes(name));

/** The realm's row without a scope, or with its new name. */
export function withoutScope(realm: RealmRow, name: string, renamed?: string): RealmRow {
  return LISTS.reduce(
    (row, list) =>
      withNames(
        row,
        list,
        realmScopeNames(row, list).flatMap((other) => (other === name ? (renamed ?? []) : other)),
      ),
    realm,
  );
}
