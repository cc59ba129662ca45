import type { Kysely } from "kysely";
import type { AdminReads, ClientFilter } from "./admin-ports.ts";
import type { ClientRow } from "./config-ports.ts";
import { attributeIs } from "./dialects/sqlite-json.ts";
import { byIds, paged } from "./paging.ts";
import { grouped, readClient, readClientScope, readComponent, readIdentityProvider, readIdentityProviderMapper } from "./row-reads.ts";
import type { Schema } from "./schema.ts";
import type { Snapshot } from "./snapshot.ts";
import { contains } from "./text-filters.ts";

type Db = Kysely<Schema>;
type ClientTableRow = Parameters<typeof readClient>[0];
type ScopeLink = Parameters<typeof readClient>[1][number];

/** Adds what clients are linked to, a few statements for all of them. */
async function withLinks(db: Db, rows: readonly ClientTableRow[]): Promise<ClientRow[]> {
  const ids = rows.map((row) => row.id);
  const links = await byIds(ids, (some) =>
    db.selectFrom("client_scope_client").selectAll().where("client_uuid", "in", some).orderBy("position").execute(),
  );
  const scopes = new Map<string, ScopeLink[]>(ids.map((id) => [id, []]));
  for (const link of links) scopes.get(link.client_uuid)?.push(link);
  const roles = await byIds(ids, (some) => db.selectFrom("client_role_scope").selectAll().where("client_uuid", "in", some).execute());
  const roleScope = grouped(
    roles,
    (link) => link.client_uuid,
    (link) => link.role_id,
  );
  return rows.map((row) => readClient(row, scopes.get(row.id) ?? [], roleScope(row.id)));
}

function filtered(db: Db, realmId: string, { clientId, search, attributes = {} }: ClientFilter) {
  let query = db.selectFrom("client").selectAll().where("realm_id", "=", realmId).orderBy("client_id");
  if (clientId !== undefined) {
    query = search ? query.where((eb) => contains({ column: eb.ref("client_id") }, clientId)) : query.where("client_id", "=", clientId);
  }
  for (const [name, value] of Object.entries(attributes)) query = query.where((eb) => attributeIs(eb.ref("representation"), name, value));
  return query;
}

/** Clients, client scopes, components and identity providers as administration lists them. */
export const clientReads = (
  db: Db,
  snapshot: Snapshot,
): Pick<
  AdminReads,
  "clients" | "client" | "clientByClientId" | "clientScope" | "component" | "identityProvider" | "identityProviderMappers"
> => {
  const one = (realmId: string, column: "id" | "client_id", value: string) =>
    snapshot(async (transaction) => {
      const query = transaction.selectFrom("client").selectAll().where("realm_id", "=", realmId).where(column, "=", value);
      return (await withLinks(transaction, await query.execute()))[0];
    });
  return {
    clients: (realmId, filter = {}) =>
      snapshot(async (transaction) => withLinks(transaction, await paged(filtered(transaction, realmId, filter), filter).execute())),
    client: (realmId, id) => one(realmId, "id", id),
    clientByClientId: (realmId, clientId) => one(realmId, "client_id", clientId),

    clientScope: (realmId, id) =>
      snapshot(async (transaction) => {
        const query = transaction.selectFrom("client_scope").selectAll().where("realm_id", "=", realmId).where("id", "=", id);
        const row = await query.executeTakeFirst();
        const links = await transaction.selectFrom("client_scope_role").select("role_id").where("scope_id", "=", id).execute();
        return (
          row &&
          readClientScope(
            row,
            links.map((link) => link.role_id),
          )
        );
      }),

    async component(realmId, id) {
      const row = await db.selectFrom("component").selectAll().where("realm_id", "=", realmId).where("id", "=", id).executeTakeFirst();
      return row && readComponent(row);
    },

    async identityProvider(realmId, alias) {
      const query = db.selectFrom("identity_provider").selectAll().where("realm_id", "=", realmId).where("alias", "=", alias);
      const row = await query.executeTakeFirst();
      return row && readIdentityProvider(row);
    },
    async identityProviderMappers(realmId, alias) {
      const query = db.selectFrom("identity_provider_mapper").selectAll().where("realm_id", "=", realmId).where("alias", "=", alias);
      return (await query.orderBy("name").execute()).map(readIdentityProviderMapper);
    },
  };
};
