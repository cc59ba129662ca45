import type { Some } from "@cambist/core/migration/difference.ts";
import type { UserTallies } from "@cambist/core/migration/facts.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import type { CommandVoice } from "../cli/progress.ts";
import { JsonFile } from "../exports/json-file.ts";
import { MASK } from "../secrets/masked.ts";
import type { AdminConnection } from "../remote/admin-connection.ts";
import { askUsers, type Questions, WIDTH } from "./ask-users.ts";
import type { ExportedRealm, ExportedUser } from "./exported-realm.ts";
import { Notes } from "./notes.ts";
import { batches, eachOf, pages, type WithId } from "./pages.ts";
import { jsonObjects } from "../realms/json-object.ts";
import { realmPath } from "./realm-frame.ts";
import type { RoleHolders } from "./role-holders.ts";

/** Users that are put together at once. */
const BATCH = 60;

/** What the users of a realm are put together from. */
export interface UserSources {
  readonly api: AdminConnection;
  readonly realm: string;
  readonly exported: ExportedRealm;
  readonly holders: RoleHolders;
  /** Aliases of the realm's identity providers. */
  readonly providers: readonly string[];
  readonly clientIds: ReadonlySet<string>;
  readonly questions: Questions;
  /** Whether the admin API leaves the attribute out: the user profile does not name it. */
  readonly isHidden: (attribute: string) => boolean;
  readonly notes: Notes;
}

export const NOTED = {
  noPassword: "users that the export does not have: they have no password until they get one",
  deleted: "users of the export that are gone from the server, not taken over",
  otherSecret: "clients whose secret is another than in the export, the server's is taken",
  noSecret: "clients whose secret neither the server shows nor the export has: they get a new one",
  keys: "keys that the export does not have: new ones are made, and tokens of the old ones end",
  moved: "users were added or removed while they were read",
} as const;

interface UserView extends WithId, Json {
  readonly username: string;
}

const isUser = (value: unknown): boolean => typeof value === "object" && value !== null && "id" in value && "username" in value;

export interface StagedUsers {
  readonly count: number;
  readonly tallies: UserTallies;
}

/** Kinds of users that a migration has something to say of. */
const TALLIED = ["disabled", "secondFactor", "federated"] as const satisfies readonly (keyof UserTallies)[];

/**
 * The users of a realm as the server has them now, with password hashes from the export, into a file beside the realm's. One page is in memory at a time.
 * @throws {CommandFailure}
 */
export async function stageUsers(sources: UserSources, path: string, voice: CommandVoice): Promise<StagedUsers> {
  const { api, realm, exported, notes } = sources;
  const users = `${realmPath(realm)}/users`;
  const expected = await countUsers(api, realm);
  const identities = await linkedUsers(sources);
  const progress = voice.begin({ label: `Realm ${JSON.stringify(realm)}: reading users`, total: expected });
  const read = new Set<string>();
  const tally = new Notes();
  await using file = await JsonFile.create(path);
  await file.open("{");
  await file.member("realm", realm);
  await file.openMember("users", "[");
  const write = async (some: readonly UserView[]): Promise<void> => {
    const answers = await askUsers(
      api,
      realm,
      some.map(({ id }) => id),
      sources.questions,
    );
    for (const user of some) {
      read.add(user.id);
      const known = await exported.users.find(user.id, user.username);
      if (!known) notes.add(NOTED.noPassword, user.username);
      const whole = merged(sources, user, known, { ...answers.get(user.id), ...identities.get(user.id) });
      for (const kind of kindsOf(whole)) tally.add(kind, user.username);
      await file.value(whole);
    }
    progress.reach(read.size, { users: read.size });
  };
  try {
    const listed = pages<UserView>(api, `${users}?briefRepresentation=false`, "to list the users");
    for await (const some of batches(listed, BATCH)) await write(some);
    // Of those that the list did not have, each is asked for: a list that changes while it is read may hide one.
    const missed: UserView[] = [];
    await eachOf(exported.users.ids(), WIDTH, async (id) => {
      if (read.has(id)) return;
      const user = await api.find<UserView>(`${users}/${encodeURIComponent(id)}`, "to show a user", isUser);
      if (user) missed.push(user);
      else notes.add(NOTED.deleted, (await exported.users.find(id, ""))?.username ?? id);
    });
    await write(missed.filter((user) => user["serviceAccountClientId"] === undefined));
  } finally {
    progress.end();
  }
  await file.close("]");
  await file.close("}");
  await file.finish();
  const now = await countUsers(api, realm);
  if (now !== read.size) notes.add(NOTED.moved, `${read.size} read, ${now} there now; export and migrate again in a quiet moment`);
  const [disabled, secondFactor, federated] = TALLIED.map((kind) => tally.some(kind)) as [Some, Some, Some];
  return { count: read.size, tallies: { disabled, secondFactor, federated } };
}

function kindsOf({ enabled, federationLink, credentials }: Json): readonly (keyof UserTallies)[] {
  const hasCode = jsonObjects(credentials).some(({ type }) => type === "otp");
  return TALLIED.filter((kind) =>
    kind === "disabled"
      ? enabled !== true
      : kind === "secondFactor"
        ? hasCode
        : typeof federationLink === "string" && federationLink !== "",
  );
}

export const countUsers = (api: AdminConnection, realm: string): Promise<number> =>
  api.get<number>(`${realmPath(realm)}/users/count`, "to count the users", Number.isSafeInteger);

/** The links of users to identity providers, by user; nobody else is asked for. */
async function linkedUsers({ api, realm, providers }: UserSources): Promise<ReadonlyMap<string, Json>> {
  const users = `${realmPath(realm)}/users`;
  const linked = new Map<string, Json>();
  for (const alias of providers) {
    const path = `${users}?briefRepresentation=true&idpAlias=${encodeURIComponent(alias)}`;
    for await (const { id } of pages<WithId>(api, path, `to say who is linked to ${alias}`)) linked.set(id, {});
  }
  await eachOf(linked.keys(), WIDTH, async (id) => {
    const path = `${users}/${encodeURIComponent(id)}/federated-identity`;
    const federatedIdentities = await api.find<readonly Json[]>(path, "to show the providers of a user", Array.isArray);
    if (federatedIdentities) linked.set(id, { federatedIdentities });
  });
  return linked;
}

/** What is only in an export, and consents where nobody was asked for them. Everything else is as the server says now. */
function merged({ holders, clientIds, isHidden }: UserSources, user: UserView, known: ExportedUser | undefined, asked: Json): Json {
  const { credentials, clientConsents, attributes: stored } = known ?? {};
  const attributes = user["attributes"] as Json | undefined;
  const hidden = Object.entries((stored ?? {}) as Json).filter(([name]) => isHidden(name) && attributes?.[name] === undefined);
  const kept = jsonObjects(asked["clientConsents"] ?? clientConsents).filter(({ clientId }) => clientIds.has(String(clientId)));
  return {
    ...user,
    attributes: { ...Object.fromEntries(hidden), ...attributes },
    ...holders.of(user.id),
    ...asked,
    ...(Array.isArray(credentials) && { credentials: credentials.filter(isUsable) }),
    clientConsents: kept,
  };
}

/** A file from a partial export may have masks where hashes should be. */
const isUsable = (credential: unknown): boolean =>
  typeof credential === "object" && credential !== null && !Object.values(credential).includes(MASK);
