import type { Json } from "@cambist/store/config-ports.ts";
import type { BeginTask } from "../cli/progress.ts";
import type { AdminConnection } from "../remote/admin-connection.ts";
import { eachOf, pages, type WithId } from "./pages.ts";
import { realmPath } from "./realm-frame.ts";
import { isJsonObject, jsonObjects } from "../realms/json-object.ts";

/** Lists that are read at the same time. */
const WIDTH = 4;

/** Something that users have, by name: a role of the realm or of a client, or a group. */
type Belonging =
  | { readonly kind: "role"; readonly client: string | undefined; readonly name: string }
  | { readonly kind: "group"; readonly path: string };

/**
 * Who directly has which role and which group, read from the side of roles and groups: a request for some hundred holders at once where asking for each
 * user would take two requests per user.
 */
export class RoleHolders {
  readonly #belongings: Belonging[] = [];
  readonly #byUser = new Map<string, number[]>();

  /** @param frame roles and groups there are @throws {CommandFailure} */
  static async read(api: AdminConnection, realm: string, frame: RolesAndGroups, begin: BeginTask): Promise<RoleHolders> {
    const holders = new RoleHolders();
    const lists = [...holders.#lists(realmPath(realm), frame)];
    const progress = begin({ label: `Realm ${JSON.stringify(realm)}: reading roles and groups`, total: lists.length });
    let done = 0;
    const readList = async ([index, path, what]: (typeof lists)[number]): Promise<void> => {
      const query = "briefRepresentation=true";
      for await (const { id } of pages<WithId>(api, `${path}?${query}`, what, 1000)) {
        const known = holders.#byUser.get(id);
        if (known) known.push(index);
        else holders.#byUser.set(id, [index]);
      }
      done += 1;
      progress.reach(done, { lists: done });
    };
    try {
      await eachOf(lists, WIDTH, readList);
    } finally {
      progress.end();
    }
    return holders;
  }

  *#lists(base: string, { roles, groups, clientUuids }: RolesAndGroups): Generator<readonly [number, string, string]> {
    const note = (belonging: Belonging): number => this.#belongings.push(belonging) - 1;
    for (const name of roles.realm)
      yield [
        note({ kind: "role", client: undefined, name }),
        `${base}/roles/${encodeURIComponent(name)}/users`,
        `to say who has the role ${name}`,
      ];
    for (const [client, names] of roles.client) {
      const uuid = clientUuids.get(client);
      if (uuid === undefined) continue;
      const path = `${base}/clients/${encodeURIComponent(uuid)}/roles`;
      for (const name of names)
        yield [
          note({ kind: "role", client, name }),
          `${path}/${encodeURIComponent(name)}/users`,
          `to say who has the role ${client}/${name}`,
        ];
    }
    for (const { id, path } of groups)
      yield [note({ kind: "group", path }), `${base}/groups/${encodeURIComponent(id)}/members`, `to say who is in the group ${path}`];
  }

  /** `realmRoles`, `clientRoles` and `groups` of a user, as realm files have them. */
  of(userId: string): Json {
    const realmRoles: string[] = [];
    const clientRoles = new Map<string, string[]>();
    const groups: string[] = [];
    for (const index of this.#byUser.get(userId) ?? []) {
      const one = this.#belongings[index];
      if (one?.kind === "group") groups.push(one.path);
      else if (one?.client === undefined) realmRoles.push(one?.name ?? "");
      else {
        const known = clientRoles.get(one.client);
        if (known) known.push(one.name);
        else clientRoles.set(one.client, [one.name]);
      }
    }
    return { realmRoles, clientRoles: Object.fromEntries(clientRoles), groups };
  }
}

/** Names of roles, and groups of all levels. */
export interface RolesAndGroups {
  readonly roles: { readonly realm: readonly string[]; readonly client: ReadonlyMap<string, readonly string[]> };
  readonly groups: readonly { readonly id: string; readonly path: string }[];
  /** By clientId. */
  readonly clientUuids: ReadonlyMap<string, string>;
}

const namesOf = (value: unknown): readonly string[] => jsonObjects(value).map(({ name }) => String(name));

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
  return {
    roles: {
      realm: namesOf(roles["realm"]),
      client: new Map(Object.entries(ofClients).map(([clientId, list]) => [clientId, namesOf(list)])),
    },
    groups,
    clientUuids,
  };
}
