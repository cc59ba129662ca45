import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { ImportConflict, type ImportSink } from "./config-ports.ts";
import { deleteRealmRows } from "./delete-realm.ts";
import { StorageUnavailable } from "./ports.ts";
import {
  authorizationPolicyLinks,
  authorizationPolicyValues,
  authorizationResourceLinks,
  authorizationResourceValues,
  authorizationScopeValues,
  authorizationServerValues,
  clientLinks,
  clientScopeLinks,
  clientScopeValues,
  clientValues,
  componentValues,
  credentialValues,
  groupLinks,
  groupValues,
  identityProviderMapperValues,
  identityProviderValues,
  type Link,
  realmValues,
  roleValues,
  userBelongings,
  userLinks,
  userValues,
} from "./row-values.ts";
import { RowWriter, type StoredRow } from "./row-writer.ts";

/** A sink inside an open transaction, and what its owner needs to know at the end. */
export interface OpenSink {
  readonly sink: ImportSink;
  /** Realms whose configuration changed. */
  readonly touched: ReadonlySet<string>;
  /** Refuses everything from now on. @throws the first error of a call, if there was one: a half-inserted batch must not commit. */
  end(): void;
}

/** An import sink over a connection that is inside a transaction. */
export function openSink(database: DatabaseSync): OpenSink {
  const rows = new RowWriter(database, (message, cause) => new ImportConflict(message, { cause }));
  const touched = new Set<string>();
  const lookups = new Map<string, StatementSync>();
  const groupPaths = new Map<string, ReadonlyMap<string, string>>();
  let failure: { readonly error: unknown } | undefined;
  let isOpen = true;

  const within = <T>(work: () => T): Promise<T> => {
    try {
      if (!isOpen) throw new Error("the import is over");
      if (failure) throw failure.error;
      // A full disk may have rolled back already; a row written now would commit on its own.
      if (!database.isTransaction) throw new StorageUnavailable("the import was rolled back");
      return Promise.resolve(work());
    } catch (error) {
      failure ??= { error };
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const changing = (realmId: string, work: () => void): Promise<void> => {
    touched.add(realmId);
    return within(work);
  };
  const idOf = (text: string, ...values: readonly SQLInputValue[]): Promise<string | undefined> =>
    within(() => {
      const statement = lookups.get(text) ?? database.prepare(text);
      lookups.set(text, statement);
      return statement.get(...values)?.["id"] as string | undefined;
    });

  const insert = (row: StoredRow, links: readonly Link[] = []): void => {
    rows.insert(row);
    for (const link of links) rows.link(...link);
  };

  const sink: ImportSink = {
    realm: (row) => changing(row.id, () => insert(realmValues(row))),
    roles: (realmId, roles) =>
      changing(realmId, () => {
        for (const row of roles) insert(roleValues(realmId, row));
      }),
    composites: (realmId, pairs) =>
      changing(realmId, () => {
        for (const [role, child] of pairs) rows.link("role_composite", role, child);
      }),
    groups: (realmId, groups) =>
      changing(realmId, () => {
        groupPaths.delete(realmId);
        for (const row of groups) insert(groupValues(realmId, row), groupLinks(row));
      }),
    clientScopes: (realmId, scopes) =>
      changing(realmId, () => {
        for (const row of scopes) insert(clientScopeValues(realmId, row), clientScopeLinks(row));
      }),
    clients: (realmId, clients) =>
      changing(realmId, () => {
        for (const row of clients) insert(clientValues(realmId, row), clientLinks(row));
      }),
    moreClientScopes: (realmId, added) =>
      changing(realmId, () => {
        for (const { clientUuid, scopeId, position } of added) rows.link("client_scope_client", clientUuid, scopeId, 0, position);
      }),
    components: (realmId, components) =>
      changing(realmId, () => {
        for (const row of components) insert(componentValues(realmId, row));
      }),
    identityProviders: (realmId, providers) =>
      changing(realmId, () => {
        for (const row of providers) insert(identityProviderValues(realmId, row));
      }),
    identityProviderMappers: (realmId, mappers) =>
      changing(realmId, () => {
        for (const row of mappers) insert(identityProviderMapperValues(realmId, row));
      }),
    authorization: (realmId, authorization) =>
      changing(realmId, () => {
        const { clientUuid, scopes, resources, policies } = authorization;
        insert(authorizationServerValues(realmId, authorization));
        for (const [position, row] of scopes.entries()) insert(authorizationScopeValues(clientUuid, row, position));
        for (const [position, row] of resources.entries())
          insert(authorizationResourceValues(clientUuid, row, position), authorizationResourceLinks(row));
        for (const [position, row] of policies.entries())
          insert(authorizationPolicyValues(clientUuid, row, position), authorizationPolicyLinks(row));
      }),
    users: (realmId, users) =>
      changing(realmId, () => {
        for (const user of users) {
          insert(userValues(realmId, user), userLinks(user));
          for (const credential of user.credentials) insert(credentialValues(user.id, credential, user.username));
          for (const row of userBelongings(user)) insert(row);
        }
      }),
    organizationMembers: (realmId, organizationId, members) =>
      changing(realmId, () => {
        for (const { userId, membershipType } of members) rows.link("organization_member", realmId, organizationId, userId, membershipType);
      }),
    findRoleId: (realmId, clientUuid, name) =>
      idOf("select id from role where realm_id = ? and coalesce(client_uuid, '') = ? and name = ?", realmId, clientUuid ?? "", name),
    findUserId: (realmId, username) =>
      idOf("select id from realm_user where realm_id = ? and username = ?", realmId, username.toLowerCase()),
    findGroupId: (realmId, path) =>
      within(() => {
        const known = groupPaths.get(realmId) ?? pathsOf(database, realmId);
        groupPaths.set(realmId, known);
        return known.get(path);
      }),
    findRealmId: (name) => idOf("select id from realm where name = ?", name),
    findClientUuid: (realmId, clientId) => idOf("select id from client where realm_id = ? and client_id = ?", realmId, clientId),
    deleteRealm: (realmId) =>
      changing(realmId, () => {
        groupPaths.delete(realmId);
        deleteRealmRows(database, realmId);
      }),
  };
  const end = (): void => {
    isOpen = false;
    if (failure) throw failure.error;
  };
  return { sink, touched, end };
}

/** Ids of a realm's groups by their full path. A group of which a name holds a slash is found by the path as Keycloak writes it: unescaped. */
function pathsOf(database: DatabaseSync, realmId: string): ReadonlyMap<string, string> {
  const rows = database
    .prepare(
      `with recursive tree (id, path) as (
         select id, '/' || name from realm_group where realm_id = ?1 and parent_id is null
         union all
         select child.id, tree.path || '/' || child.name from realm_group as child join tree on tree.id = child.parent_id
       ) select id, path from tree`,
    )
    .all(realmId);
  const paths = new Map<string, string>();
  for (const row of rows) {
    const path = row["path"] as string;
    if (!paths.has(path)) paths.set(path, row["id"] as string);
  }
  return paths;
}
