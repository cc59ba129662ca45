import type { Impersonator } from "@cambist/core/doctor/facts.ts";
import type { StateReads } from "@cambist/store/ports.ts";
import { holdersOf, type RoleGraph, type RoleHolder } from "./role-holders.ts";

/** Admin roles that change nothing: whoever looks for the user to become needs them. */
const isHarmless = (name: string): boolean => name === "impersonation" || name.startsWith("view-") || name.startsWith("query-");

export interface ImpersonatorSources {
  readonly graph: RoleGraph;
  readonly state: Pick<StateReads, "findUserById">;
  /** clientId by UUID. */
  readonly clientIds: ReadonlyMap<string, string>;
}

/** Everybody who effectively holds the role `impersonation` of the realm. */
export async function readImpersonators(sources: ImpersonatorSources): Promise<readonly Impersonator[]> {
  const { view } = sources.graph;
  const role = view.clientRole(view.adminClientId, "impersonation");
  if (!role) return [];
  const holders = await holdersOf(sources.graph, role.id);
  const found = await Promise.all(holders.filter(({ user }) => user.enabled).map((holder) => impersonator(sources, holder)));
  return found.flatMap((one) => one ?? []);
}

async function impersonator(sources: ImpersonatorSources, { user, roleId, mappedTo }: RoleHolder): Promise<Impersonator | undefined> {
  const { graph, state, clientIds } = sources;
  const { view, realmId } = graph;
  const loaded = await state.findUserById(realmId, user.id);
  const role = view.role(roleId);
  if (!loaded || !role) return undefined;
  const effective = [...view.effectiveRoles(loaded)].flatMap((id) => view.role(id) ?? []);
  const { serviceAccountClientUuid } = user;
  const whole = (name: string, clientId?: string): boolean =>
    clientId === view.adminClientId ? name === "realm-admin" : clientId === undefined && name === "admin" && view.realm.name === "master";
  return {
    kind: serviceAccountClientUuid === undefined ? "user" : "client",
    userId: user.id,
    name: serviceAccountClientUuid === undefined ? user.username : (clientIds.get(serviceAccountClientUuid) ?? user.username),
    otherAdminRoles: effective
      .flatMap(({ name, clientId }) => (clientId === view.adminClientId && !isHarmless(name) ? [name] : []))
      .toSorted(),
    administers: effective.some(({ name, clientId }) => whole(name, clientId)),
    mapping: {
      ...mappedTo,
      role: {
        id: role.id,
        name: role.name,
        ...(role.clientId !== undefined && { clientId: role.clientId }),
        ...clientUuidOf(clientIds, role.clientId),
      },
    },
  };
}

function clientUuidOf(clientIds: ReadonlyMap<string, string>, clientId: string | undefined): { readonly clientUuid?: string } {
  const found = clientId === undefined ? undefined : [...clientIds].find(([, name]) => name === clientId);
  return found ? { clientUuid: found[0] } : {};
}
