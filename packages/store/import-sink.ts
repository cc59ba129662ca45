import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import { componentName } from "./commands.ts";
import type { AuthorizationRows, ClientRow, ImportSink, UserRow } from "./config-ports.ts";
import { deleteRealmRows } from "./delete-realm.ts";
import { ImportInserts } from "./import-inserts.ts";
import { StorageUnavailable } from "./ports.ts";

const flag = (value: boolean): 0 | 1 => (value ? 1 : 0);
const json = (value: unknown): string => JSON.stringify(value);

/** The attribute that names a client's resource URI (RFC 8707); it has a column, because tokens are asked for by it. */
function resourceOf({ representation }: ClientRow): string | null {
  const attributes = representation["attributes"] as Readonly<Record<string, unknown>> | null | undefined;
  const resource = attributes?.["cambist.resource"];
  return typeof resource === "string" && resource !== "" ? resource : null;
}

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
  const inserts = new ImportInserts(database);
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

  const sink: ImportSink = {
    realm: (row) =>
      changing(row.id, () => {
        const { id, name, enabled, representation } = row;
        inserts.row("realm", { kind: "realm", id, name }, id, name, flag(enabled), json(representation));
      }),
    roles: (realmId, rows) =>
      changing(realmId, () => {
        for (const { id, name, clientUuid, representation } of rows) {
          inserts.row("role", { kind: "role", id, name }, id, realmId, clientUuid ?? null, name, json(representation));
        }
      }),
    composites: (realmId, pairs) =>
      changing(realmId, () => {
        for (const [role, child] of pairs) inserts.link("role_composite", role, child);
      }),
    groups: (realmId, rows) =>
      changing(realmId, () => {
        groupPaths.delete(realmId);
        for (const { id, name, parentId, representation, roleIds } of rows) {
          inserts.row("realm_group", { kind: "group", id, name }, id, realmId, parentId ?? null, name, json(representation));
          for (const role of roleIds) inserts.link("group_role", id, role);
        }
      }),
    clientScopes: (realmId, rows) =>
      changing(realmId, () => {
        for (const { id, name, protocol, representation, roleScope } of rows) {
          inserts.row("client_scope", { kind: "client scope", id, name }, id, realmId, name, protocol, json(representation));
          for (const role of roleScope) inserts.link("client_scope_role", id, role);
        }
      }),
    clients: (realmId, rows) =>
      changing(realmId, () => {
        for (const row of rows) insertClient(inserts, realmId, row);
      }),
    components: (realmId, rows) =>
      changing(realmId, () => {
        for (const row of rows) {
          const { id, providerType, representation, sealedConfig } = row;
          const name = componentName(row);
          inserts.row(
            "component",
            { kind: "component", id, name },
            id,
            realmId,
            providerType,
            name,
            sealedConfig ?? null,
            json(representation),
          );
        }
      }),
    identityProviders: (realmId, rows) =>
      changing(realmId, () => {
        for (const { internalId: id, alias, enabled, representation, sealedSecret } of rows) {
          const label = { kind: "identity provider", id, name: alias };
          inserts.row("identity_provider", label, id, realmId, alias, flag(enabled), sealedSecret ?? null, json(representation));
        }
      }),
    identityProviderMappers: (realmId, rows) =>
      changing(realmId, () => {
        for (const { id, alias, name, representation } of rows) {
          const label = { kind: "identity provider mapper", id, name };
          inserts.row("identity_provider_mapper", label, id, realmId, alias, name, json(representation));
        }
      }),
    authorization: (realmId, rows) => changing(realmId, () => insertAuthorization(inserts, realmId, rows)),
    users: (realmId, rows) =>
      changing(realmId, () => {
        for (const row of rows) insertUser(inserts, realmId, row);
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

function insertClient(inserts: ImportInserts, realmId: string, row: ClientRow): void {
  const { id, clientId, enabled, sealedSecret, secretHash, representation } = row;
  const secrets = [sealedSecret ?? null, secretHash ?? null];
  const label = { kind: "client", id, name: clientId };
  inserts.row("client", label, id, realmId, clientId, flag(enabled), ...secrets, resourceOf(row), json(representation));
  for (const [position, scope] of row.defaultScopeIds.entries()) inserts.link("client_scope_client", id, scope, 0, position);
  for (const [position, scope] of row.optionalScopeIds.entries()) inserts.link("client_scope_client", id, scope, 1, position);
  for (const role of row.roleScope) inserts.link("client_role_scope", id, role);
}

function insertAuthorization(inserts: ImportInserts, realmId: string, rows: AuthorizationRows): void {
  const { clientUuid, settings, scopes, resources, policies } = rows;
  const server = { kind: "authorization settings", id: clientUuid, name: clientUuid };
  inserts.row("authz_server", server, clientUuid, realmId, json(settings));
  for (const [position, { id, name, representation }] of scopes.entries()) {
    inserts.row("authz_scope", { kind: "authorization scope", id, name }, id, clientUuid, name, position, json(representation));
  }
  for (const [position, { id, name, representation, scopeIds }] of resources.entries()) {
    inserts.row("authz_resource", { kind: "authorization resource", id, name }, id, clientUuid, name, position, json(representation));
    for (const [place, scope] of scopeIds.entries()) inserts.link("authz_resource_scope", id, scope, place);
  }
  for (const [position, policy] of policies.entries()) {
    const { id, name, type, logic, decisionStrategy, representation } = policy;
    const values = [id, clientUuid, name, position, type, logic, decisionStrategy, json(representation)];
    inserts.row("authz_policy", { kind: "authorization policy", id, name }, ...values);
    for (const [place, resource] of policy.resourceIds.entries()) inserts.link("authz_policy_resource", id, resource, place);
    for (const [place, scope] of policy.scopeIds.entries()) inserts.link("authz_policy_scope", id, scope, place);
    for (const [place, applied] of policy.policyIds.entries()) inserts.link("authz_policy_policy", id, applied, place);
  }
}

function insertUser(inserts: ImportInserts, realmId: string, user: UserRow): void {
  const { id, username } = user;
  const label = { kind: "user", id, name: username };
  inserts.row(
    "realm_user",
    label,
    id,
    realmId,
    username,
    user.email ?? null,
    flag(user.emailVerified),
    user.firstName ?? null,
    user.lastName ?? null,
    flag(user.enabled),
    user.createdTimestamp ?? null,
    user.notBefore,
    user.serviceAccountClientUuid ?? null,
    json(user.attributes),
    json(user.requiredActions),
    json(user.representation),
  );
  for (const role of user.roleIds) inserts.link("user_role", id, role);
  for (const group of user.groupIds) inserts.link("user_group", id, group);
  for (const credential of user.credentials) {
    const { type, secretData, credentialData, createdDate, userLabel, priority } = credential;
    const values = [credential.id, id, type, secretData, credentialData, createdDate ?? null, userLabel ?? null, priority];
    inserts.row("credential", { kind: "credential", id: credential.id, name: username }, ...values);
  }
  for (const { alias, userId, userName } of user.federatedIdentities) {
    inserts.row(
      "federated_identity",
      { kind: "link to identity provider", id: username, name: alias },
      id,
      alias,
      userId,
      userName ?? null,
    );
  }
  for (const { clientUuid, scopes, representation } of user.consents) {
    const values = [id, clientUuid, json(scopes), json(representation)];
    inserts.row("user_consent", { kind: "consent", id: username, name: clientUuid }, ...values);
  }
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
