import type { Json } from "@cambist/store/config-ports.ts";
import { isJsonObject, jsonObjects, namesOf } from "../realms/json-object.ts";
import type { AdminConnection } from "../remote/admin-connection.ts";
import { eachOf } from "./pages.ts";
import { realmPath } from "./realm-frame.ts";

/** Requests about single users at the same time. */
export const WIDTH = 6;

/** What each user is asked for: what no list tells, or none that can be read. */
export interface Questions {
  readonly consents: boolean;
  readonly roles: boolean;
  readonly groups: boolean;
  /** Paths of groups by id. */
  readonly groupPaths: ReadonlyMap<string, string>;
}

interface Question {
  readonly isAsked: boolean;
  /** Below the user. */
  readonly path: string;
  readonly what: string;
  readonly hasShape: (value: unknown) => boolean;
  /** Members of a user as realm files have them. */
  readonly read: (answer: unknown) => Json;
}

/**
 * The answers of users, by their ids, as members of a realm file's users. One who is gone meanwhile answers nothing.
 * @throws {CommandFailure}
 */
export async function askUsers(
  api: AdminConnection,
  realm: string,
  ids: readonly string[],
  questions: Questions,
): Promise<ReadonlyMap<string, Json>> {
  const found = new Map<string, Json>();
  for (const { isAsked, path, what, hasShape, read } of questionsOf(questions)) {
    if (!isAsked) continue;
    await eachOf(ids, WIDTH, async (id) => {
      const answer = await api.find<unknown>(`${realmPath(realm)}/users/${encodeURIComponent(id)}/${path}`, what, hasShape);
      if (answer !== undefined) found.set(id, { ...found.get(id), ...read(answer) });
    });
  }
  return found;
}

const questionsOf = ({ consents, roles, groups, groupPaths }: Questions): readonly Question[] => [
  { isAsked: consents, path: "consents", what: "to show the consents of a user", hasShape: Array.isArray, read: consentsIn },
  { isAsked: roles, path: "role-mappings", what: "to show the roles of a user", hasShape: isJsonObject, read: rolesIn },
  {
    isAsked: groups,
    path: "groups?briefRepresentation=true&max=1000000",
    what: "to show the groups of a user",
    hasShape: Array.isArray,
    read: (answer) => ({ groups: jsonObjects(answer).flatMap(({ id }) => groupPaths.get(String(id)) ?? []) }),
  },
];

/** An offline session is listed too, and is no consent. */
const consentsIn = (answer: unknown): Json => ({
  clientConsents: jsonObjects(answer)
    .filter(({ createdDate }) => typeof createdDate === "number")
    .map(({ clientId, grantedClientScopes, createdDate, lastUpdatedDate: updated }) => ({
      clientId,
      grantedClientScopes,
      createdDate,
      ...(typeof updated === "number" && { lastUpdatedDate: updated }),
    })),
});

function rolesIn(answer: unknown): Json {
  const { realmMappings, clientMappings } = answer as Json; // its shape was looked at
  const ofClients = Object.entries(isJsonObject(clientMappings) ? clientMappings : {});
  return {
    realmRoles: namesOf(realmMappings),
    clientRoles: Object.fromEntries(
      ofClients.map(([clientId, one]) => [clientId, namesOf(isJsonObject(one) ? one["mappings"] : undefined)]),
    ),
  };
}
