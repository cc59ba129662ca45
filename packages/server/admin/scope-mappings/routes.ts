import type { ClientRow, RoleRow } from "@cambist/store/config-ports.ts";
import { type AdminAnswer, type AdminCall, type AdminRoute, noContent, ok } from "../admin-call.ts";
import { NEEDS } from "../admin-roles.ts";
import { findClient } from "../clients/find-client.ts";
import { roleViews } from "../roles/representation.ts";
import { listedRoles } from "../roles/role-list.ts";
import { allMappings } from "./all-mappings.ts";
import { clientAsHolder, type FindScopeHolder, type ScopeHolder, scopeAsHolder } from "./scope-holder.ts";

/** Whose roles a path is about: the realm's, or those of one client. */
interface Roles {
  readonly client: ClientRow | undefined;
  /** Below the holder. */
  readonly path: string;
  readonly resourceType: "REALM_SCOPE_MAPPING" | "CLIENT_SCOPE_MAPPING";
}

async function rolesOf(call: AdminCall): Promise<Roles> {
  if (call.params["other"] === undefined) return { client: undefined, path: "/scope-mappings/realm", resourceType: "REALM_SCOPE_MAPPING" };
  const client = await findClient(call, "other");
  return { client, path: `/scope-mappings/clients/${client.id}`, resourceType: "CLIENT_SCOPE_MAPPING" };
}

const belongsTo =
  ({ client }: Roles) =>
  (role: RoleRow): boolean =>
    role.clientUuid === client?.id;

type OfHolder = (call: AdminCall, holder: ScopeHolder, roles: Roles) => Promise<AdminAnswer>;

const mapped: OfHolder = async (call, holder, roles) => {
  const rows = await call.store.rolesById(call.realm.id, holder.roleScope);
  return ok(await roleViews(call, rows.filter(belongsTo(roles))));
};

/** Roles that could be mapped: those that are not. */
const available: OfHolder = async (call, holder, { client }) => {
  const taken = new Set([...holder.roleScope, ...holder.ownRoles]);
  const rows = await call.store.roles(call.realm.id, client?.id);
  return ok(
    await roleViews(
      call,
      rows.filter(({ id }) => !taken.has(id)),
    ),
  );
};

/** Roles that the holder lets through, composites expanded. */
const effective: OfHolder = async (call, holder, { client }) => {
  const loaded = await call.services.realms.get(call.realm.name);
  const reach = loaded?.view.expandRoles([...holder.roleScope, ...holder.ownRoles]);
  const rows = await call.store.roles(call.realm.id, client?.id);
  const brief = call.query.get("briefRepresentation") !== "false";
  return ok(
    await roleViews(
      call,
      rows.filter(({ id }) => holder.fullScope || reach?.has(id)),
      { brief },
    ),
  );
};

/** What is mapped already stays. @throws {AdminError} 404 one of them is not there */
const add: OfHolder = async (call, holder, roles) => {
  const listed = await listedRoles(call, "Role not found", belongsTo(roles));
  await call.commit({
    ...holder.save([...new Set([...holder.roleScope, ...listed.map(({ id }) => id)])]),
    event: {
      operation: "CREATE",
      resourceType: roles.resourceType,
      resourcePath: `${holder.path.slice(1)}${roles.path}`,
      representation: call.body,
    },
  });
  return noContent;
};

/** Without a body all of them. @throws {AdminError} 404 one of the listed is not there */
const remove: OfHolder = async (call, holder, roles) => {
  const listed =
    call.body === undefined
      ? (await call.store.rolesById(call.realm.id, holder.roleScope)).filter(belongsTo(roles))
      : await listedRoles(call, "Role not found", belongsTo(roles));
  const gone = new Set(listed.map(({ id }) => id));
  await call.commit({
    ...holder.save(holder.roleScope.filter((id) => !gone.has(id))),
    event: {
      operation: "DELETE",
      resourceType: roles.resourceType,
      resourcePath: `${holder.path.slice(1)}${roles.path}`,
      representation: await roleViews(call, listed),
    },
  });
  return noContent;
};

function holderRoutes(path: string, find: FindScopeHolder): readonly AdminRoute[] {
  const row = (method: AdminRoute["method"], below: string, handle: OfHolder): AdminRoute => ({
    method,
    path: `${path}/scope-mappings${below}`,
    needs: method === "GET" ? NEEDS.viewClients : NEEDS.manageClients,
    handle: async (call) => handle(call, await find(call), await rolesOf(call)),
  });
  const rowsOf = (below: string): readonly AdminRoute[] => [
    row("GET", below, mapped),
    row("POST", below, add),
    row("DELETE", below, remove),
    row("GET", `${below}/available`, available),
    row("GET", `${below}/composite`, effective),
  ];
  return [
    row("GET", "", async (call, { roleScope }) => ok(await allMappings(call, await call.store.rolesById(call.realm.id, roleScope)))),
    ...rowsOf("/realm"),
    ...rowsOf("/clients/:other"),
  ];
}

export const scopeMappingRoutes: readonly AdminRoute[] = [
  ...holderRoutes("/clients/:client", clientAsHolder),
  ...holderRoutes("/client-scopes/:scope", scopeAsHolder),
];
