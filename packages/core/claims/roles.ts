import type { Client, ClientScope, RealmView } from "../model.ts";
import type { TokenRoles } from "./draft.ts";

export interface RoleRequest {
  readonly view: RealmView;
  /** The client the token is built for. */
  readonly client: Client;
  /** The applied client scopes. */
  readonly scopes: readonly ClientScope[];
  /** Of the token's user. */
  readonly effectiveRoles: ReadonlySet<string>;
  /** Client roles of clients outside this set are left out; realm roles stay. */
  readonly audience?: ReadonlySet<string> | undefined;
}

/**
 * Ids of the roles a token may carry: with full scope all of the user's, otherwise those in the client's own roles, its role scope
 * mappings and those of the applied client scopes (composites expanded).
 */
export function rolesInToken({ view, client, scopes, effectiveRoles, audience }: RoleRequest): ReadonlySet<string> {
  if (client.fullScopeAllowed && !audience) return effectiveRoles;
  const reach = client.fullScopeAllowed ? undefined : roleReach(view, client, scopes);
  const roles = new Set<string>();
  for (const id of effectiveRoles) {
    if (reach && !reach.has(id)) continue;
    const owner = audience ? view.role(id)?.clientId : undefined;
    if (owner === undefined || audience?.has(owner)) roles.add(id);
  }
  return roles;
}

/** The same roles by name, as mappers write them. Fresh at each call: mappers change it. */
export function rolesByName(request: RoleRequest): TokenRoles {
  const realm: string[] = [];
  const clients = new Map<string, string[]>();
  for (const id of rolesInToken(request)) {
    const role = request.view.role(id);
    if (!role) continue;
    if (role.clientId === undefined) realm.push(role.name);
    else {
      const names = clients.get(role.clientId);
      if (names) names.push(role.name);
      else clients.set(role.clientId, [role.name]);
    }
  }
  return { realm, clients };
}

const reaches = new WeakMap<RealmView, WeakMap<Client, WeakMap<readonly ClientScope[], ReadonlySet<string>>>>();

/** What the client can see of anybody's roles. */
function roleReach(view: RealmView, client: Client, scopes: readonly ClientScope[]): ReadonlySet<string> {
  let ofView = reaches.get(view);
  if (!ofView) reaches.set(view, (ofView = new WeakMap()));
  let ofClient = ofView.get(client);
  if (!ofClient) ofView.set(client, (ofClient = new WeakMap()));
  let reach = ofClient.get(scopes);
  if (!reach) {
    reach = view.expandRoles([...client.ownRoles, ...client.roleScope, ...scopes.flatMap((scope) => [...scope.roleScope])]);
    ofClient.set(scopes, reach);
  }
  return reach;
}
