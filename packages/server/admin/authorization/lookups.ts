import type { AdminReads } from "@cambist/store/admin-ports.ts";
import type { GroupRow } from "@cambist/store/config-ports.ts";
import { jsonList } from "../../realms/json-list.ts";
import type { Known } from "../../imports/authorization-rows.ts";
import type { PolicyLookups } from "../../imports/policy-config.ts";
import type { AdminCall } from "../admin-call.ts";
import { configOf } from "./representation.ts";
import type { PolicyRow, ResourceServer } from "./resource-server.ts";

type Reads = Pick<AdminCall, "store" | "realm">;

/**
 * What policies of a realm refer to. Ids win over names: nobody may call their client by the id of another one and get what that one was
 * given. Whatever `before` (the policy that is changed) names already may stay, even when it is gone meanwhile: it matches nobody.
 */
export function policyLookups({ store, realm }: Reads, before?: PolicyRow): PolicyLookups {
  const kept = before ? storedIds(before) : new Set<string>();
  const gone = (id: string): string | undefined => (kept.has(id) ? id : undefined);
  return {
    async clientUuid(name) {
      const client = (await store.client(realm.id, name)) ?? (await store.clientByClientId(realm.id, name));
      return client?.id ?? gone(name);
    },
    async userId(name) {
      const user = await store.user(realm.id, name);
      return user?.id ?? (await userByName(store, realm.id, name)) ?? gone(name);
    },
    roleId: (name) => findRoleId(store, realm.id, name),
    async groupId(name) {
      return (
        (await store.group(realm.id, name))?.id ?? groupIds(await store.allGroups(realm.id)).get(name.startsWith("/") ? name : `/${name}`)
      );
    },
    async clientScope(name) {
      const scope = (await store.clientScope(realm.id, name)) ?? (await store.clientScopes(realm.id)).find((one) => one.name === name);
      return scope ?? (kept.has(name) ? { id: name, name } : undefined);
    },
  };
}

async function userByName(store: AdminReads, realmId: string, name: string): Promise<string | undefined> {
  const [user] = await store.users(realmId, { username: name.toLowerCase(), exact: true, withServiceAccounts: true, max: 1 });
  return user?.id;
}

/** By id, as realm role, or as `clientId/role`; both names may hold slashes themselves, so every cut is tried. */
async function findRoleId(store: AdminReads, realmId: string, name: string): Promise<string | undefined> {
  const role = (await store.role(realmId, name)) ?? (await store.roleByName(realmId, undefined, name));
  if (role) return role.id;
  for (let slash = name.indexOf("/"); slash >= 0; slash = name.indexOf("/", slash + 1)) {
    const client = await store.clientByClientId(realmId, name.slice(0, slash));
    const found = client && (await store.roleByName(realmId, client.id, name.slice(slash + 1)));
    if (found) return found.id;
  }
  return undefined;
}

/** Ids of groups by path. */
function groupIds(groups: readonly GroupRow[]): ReadonlyMap<string, string> {
  return new Map([...groupPaths(groups)].map(([id, path]) => [path, id]));
}

/** Paths of groups by id; parents that go round in a circle end. */
export function groupPaths(groups: readonly GroupRow[]): ReadonlyMap<string, string> {
  const byId = new Map(groups.map((group) => [group.id, group]));
  const pathOf = (group: GroupRow, depth: number): string => {
    const parent = group.parentId === undefined || depth > byId.size ? undefined : byId.get(group.parentId);
    return `${parent ? pathOf(parent, depth + 1) : ""}/${group.name}`;
  };
  return new Map(groups.map((group) => [group.id, pathOf(group, 0)]));
}

/** Ids in the lists of a policy's own settings. */
function storedIds(row: PolicyRow): ReadonlySet<string> {
  const entries = Object.values(configOf(row)).flatMap((text) => jsonList(text));
  return new Set(
    entries.flatMap((entry) => {
      if (typeof entry === "string") return entry;
      return typeof entry === "object" && entry !== null && "id" in entry && typeof entry.id === "string" ? entry.id : [];
    }),
  );
}

/** Resources, scopes and policies of one resource server by id, else by name. */
export function knownObjects({ rows }: Pick<ResourceServer, "rows">): Known {
  return { scopeIds: finder(rows.scopes), resourceIds: finder(rows.resources), policyIds: finder(rows.policies) };
}

export function finder(rows: readonly { readonly id: string; readonly name: string }[]): { find(name: string): string | undefined } {
  const ids = new Set(rows.map(({ id }) => id));
  const byName = new Map(rows.map(({ id, name }) => [name, id]));
  return { find: (name) => (ids.has(name) ? name : byName.get(name)) };
}
