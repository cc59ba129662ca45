import type { Json } from "@cambist/store/config-ports.ts";
import type { BeginTask } from "../cli/progress.ts";
import type { AdminConnection } from "../remote/admin-connection.ts";
import { eachOf, pages, type WithId } from "./pages.ts";
import { realmPath } from "./realm-frame.ts";
import { isJsonObject, jsonObjects, namesOf } from "../realms/json-object.ts";

/** Lists that are read at the same time, and elements of one answer. */
const WIDTH = 4;
const PAGE = 1000;
/**
 * Longest list that is read. Keycloak walks through all that stands before a page, in memory: reading on takes the square of the length, and a server with
 * little memory dies of it.
 */
const LONGEST = 5000;

/** Something that users have, by name: a role of the realm or of a client, or a group. */
type Belonging =
  | { readonly kind: "roles"; readonly client: string | undefined; readonly name: string }
  | { readonly kind: "groups"; readonly path: string };
type Kind = Belonging["kind"];

interface HolderList {
  readonly belonging: Belonging;
  /** Index of what they hold. */
  readonly index: number;
  readonly path: string;
  readonly what: string;
}

export interface HolderOptions {
  /** How many users there are: where there are more lists than that, asking the users takes fewer requests. */
  readonly users: number;
  readonly longest?: number;
}

/**
 * Who directly has which role and which group, read from the side of roles and groups: one request for some hundred holders where asking for each
 * user would take one per user. Where a list is too long, or there are more lists than users, the users have to be asked.
 */
export class RoleHolders {
  readonly #belongings: Belonging[] = [];
  readonly #byUser = new Map<string, number[]>();
  readonly #unread = new Set<Kind>();

  /** @param frame roles and groups there are @throws {CommandFailure} */
  static async read(
    api: AdminConnection,
    realm: string,
    frame: RolesAndGroups,
    begin: BeginTask,
    { users, longest = LONGEST }: HolderOptions,
  ): Promise<RoleHolders> {
    const holders = new RoleHolders();
    const all = [...holders.#lists(realmPath(realm), frame)];
    const ofKind = (kind: Kind): readonly HolderList[] => all.filter(({ belonging }) => belonging.kind === kind);
    for (const kind of ["roles", "groups"] as const) if (ofKind(kind).length > users) holders.#unread.add(kind);
    const lists = all.filter(({ belonging }) => !holders.#unread.has(belonging.kind));
    const progress = begin({ label: `Realm ${JSON.stringify(realm)}: reading roles and groups`, total: lists.length });
    let done = 0;
    try {
      await eachOf(lists, WIDTH, async (list) => {
        await holders.#readList(api, list, longest);
        done += 1;
        progress.reach(done, { lists: done });
      });
    } finally {
      progress.end();
    }
    return holders;
  }

  async #readList(api: AdminConnection, { belonging: { kind }, index, path, what }: HolderList, longest: number): Promise<void> {
    let count = 0;
    if (this.#unread.has(kind)) return;
    for await (const { id } of pages<WithId>(api, `${path}?briefRepresentation=true`, what, Math.min(PAGE, longest))) {
      count += 1;
      if (count > longest) this.#unread.add(kind);
      if (this.#unread.has(kind)) return;
      const known = this.#byUser.get(id);
      if (known) known.push(index);
      else this.#byUser.set(id, [index]);
    }
  }

  *#lists(base: string, { roles, groups, clientUuids }: RolesAndGroups): Generator<HolderList> {
    const list = (belonging: Belonging, path: string, what: string): HolderList => {
      const index = this.#belongings.push(belonging) - 1;
      return { belonging, index, path, what };
    };
    for (const name of roles.realm)
      yield list(
        { kind: "roles", client: undefined, name },
        `${base}/roles/${encodeURIComponent(name)}/users`,
        `to say who has the role ${name}`,
      );
    for (const [client, names] of roles.client) {
      const uuid = clientUuids.get(client);
      if (uuid === undefined) continue;
      const path = `${base}/clients/${encodeURIComponent(uuid)}/roles`;
      for (const name of names)
        yield list(
          { kind: "roles", client, name },
          `${path}/${encodeURIComponent(name)}/users`,
          `to say who has the role ${client}/${name}`,
        );
    }
    for (const { id, path } of groups)
      yield list({ kind: "groups", path }, `${base}/groups/${encodeURIComponent(id)}/members`, `to say who is in the group ${path}`);
  }

  /** Whether each user has to be asked for these. */
  isUnread(kind: Kind): boolean {
    return this.#unread.has(kind);
  }

  /** What was read of `realmRoles`, `clientRoles` and `groups` of a user, as realm files have them. */
  of(userId: string): Json {
    const realmRoles: string[] = [];
    const clientRoles = new Map<string, string[]>();
    const groups: string[] = [];
    for (const index of this.#byUser.get(userId) ?? []) {
      const one = this.#belongings[index];
      if (one?.kind === "groups") groups.push(one.path);
      else if (one?.client === undefined) realmRoles.push(one?.name ?? "");
      else {
        const known = clientRoles.get(one.client);
        if (known) known.push(one.name);
        else clientRoles.set(one.client, [one.name]);
      }
    }
    return {
      ...(!this.isUnread("roles") && { realmRoles, clientRoles: Object.fromEntries(clientRoles) }),
      ...(!this.isUnread("groups") && { groups }),
    };
  }
}

/** Names of roles, and groups of all levels. */
export interface RolesAndGroups {
  readonly roles: { readonly realm: readonly string[]; readonly client: ReadonlyMap<string, readonly string[]> };
  readonly groups: readonly { readonly id: string; readonly path: string }[];
  /** By clientId. */
  readonly clientUuids: ReadonlyMap<string, string>;
}

export function rolesAndGroups(frame: Json, clientUuids: ReadonlyMap<string, string>): RolesAndGroups {
  const roles = isJsonObject(frame["roles"]) ? frame["roles"] : {};
  const ofClients = isJsonObject(roles["client"]) ? roles["client"] : {};
  const groups: { readonly id: string; readonly path: string }[] = [];
  const collect = (list: unknown, parent: string): void => {
    for (const group of jsonObjects(list)) {
      const path = `${parent}/${String(group["name"])}`;
      groups.push({ id: String(group["id"]), path });
      collect(group["subGroups"], path);
    }
  };
  collect(frame["groups"], "");
  const defaultRole = isJsonObject(frame["defaultRole"]) ? frame["defaultRole"]["name"] : undefined;
  return {
    roles: {
      // The one that everybody has first: if it is too long a list, no other is read.
      realm: namesOf(roles["realm"]).toSorted((a, b) => Number(b === defaultRole) - Number(a === defaultRole)),
      client: new Map(Object.entries(ofClients).map(([clientId, list]) => [clientId, namesOf(list)])),
    },
    groups,
    clientUuids,
  };
}
