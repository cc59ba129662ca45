import type { Some } from "@cambist/core/migration/difference.ts";
import type { UserTallies } from "@cambist/core/migration/facts.ts";
import type { Json } from "@cambist/store/config-ports.ts";
import type { CommandVoice } from "../cli/progress.ts";
import { JsonFile } from "../exports/json-file.ts";
import { MASK } from "../imports/masked.ts";
import { type AdminConnection, readAnswer } from "../remote/admin-connection.ts";
import type { ExportedRealm, ExportedUser } from "./exported-realm.ts";
import { Notes } from "./notes.ts";
import { batches, eachOf, pages, type WithId } from "./pages.ts";
import { jsonObjects } from "../realms/json-object.ts";
import { realmPath } from "./realm-frame.ts";
import type { RoleHolders } from "./role-holders.ts";

/** Requests about single users at the same time, and users of which more than the list says is asked at once. */
const WIDTH = 6;
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
  /** Some client needs consent, so each user is asked for what he granted; elsewhere nobody is, and what the export has is kept. */
  readonly hasConsents: boolean;
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
  const write = async (user: UserView, consents: readonly Json[] | undefined): Promise<void> => {
    read.add(user.id);
    const known = await exported.users.find(user.id, user.username);
    if (!known) notes.add(NOTED.noPassword, user.username);
    const whole = merged(sources, user, known, { identities: identities.get(user.id), consents });
    for (const kind of kindsOf(whole)) tally.add(kind, user.username);
    await file.value(whole);
    progress.reach(read.size, { users: read.size });
  };
  try {
    for await (const some of batches(pages<UserView>(api, `${users}?briefRepresentation=false`, "to list the users"), BATCH)) {
      const consents = await consentsOf(sources, some);
      for (const user of some) await write(user, consents.get(user.id));
    }
    // Of those that the list did not have, each is asked for: a list that changes while it is read may hide one.
    const missed: UserView[] = [];
    await eachOf(exported.users.ids(), WIDTH, async (id) => {
      if (read.has(id)) return;
      const answer = await api.send("GET", `${users}/${encodeURIComponent(id)}`);
      if (answer.status === 200) missed.push(await readAnswer<UserView>(answer, "to show a user", isUser));
      else if (answer.status === 404) {
        await answer.body?.cancel();
        notes.add(NOTED.deleted, (await exported.users.find(id, ""))?.username ?? id);
      } else await readAnswer(answer, "to show a user", isUser);
    });
    const people = missed.filter((user) => user["serviceAccountClientId"] === undefined);
    const consents = await consentsOf(sources, people);
    for (const user of people) await write(user, consents.get(user.id));
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

const countUsers = (api: AdminConnection, realm: string): Promise<number> =>
  api.get<number>(`${realmPath(realm)}/users/count`, "to count the users", Number.isSafeInteger);

/** The links of users to identity providers, by user; nobody else is asked for. */
async function linkedUsers({ api, realm, providers }: UserSources): Promise<ReadonlyMap<string, unknown>> {
  const users = `${realmPath(realm)}/users`;
  const linked = new Map<string, unknown>();
  for (const alias of providers) {
    const path = `${users}?briefRepresentation=true&idpAlias=${encodeURIComponent(alias)}`;
    for await (const { id } of pages<WithId>(api, path, `to say who is linked to ${alias}`)) linked.set(id, undefined);
  }
  await eachOf(linked.keys(), WIDTH, async (id) => {
    const path = `${users}/${encodeURIComponent(id)}/federated-identity`;
    const answer = await api.send("GET", path);
    if (answer.status !== 404) linked.set(id, await readAnswer(answer, "to show the providers of a user", Array.isArray));
    else await answer.body?.cancel(); // gone since the list was read
  });
  return linked;
}

/** What users granted to clients, as realm files have it; nobody's where no client asks for it. An offline session is listed too, and is no consent. */
async function consentsOf(
  { api, realm, hasConsents }: UserSources,
  users: readonly UserView[],
): Promise<ReadonlyMap<string, readonly Json[]>> {
  const found = new Map<string, readonly Json[]>();
  if (!hasConsents) return found;
  await eachOf(users, WIDTH, async ({ id }) => {
    const answer = await api.send("GET", `${realmPath(realm)}/users/${encodeURIComponent(id)}/consents`);
    if (answer.status === 404) return answer.body?.cancel(); // gone since the list was read
    const listed = await readAnswer<readonly Json[]>(answer, "to show the consents of a user", Array.isArray);
    const granted = listed.filter(({ createdDate }) => createdDate !== undefined && createdDate !== null);
    found.set(
      id,
      granted.map(({ clientId, grantedClientScopes, createdDate, lastUpdatedDate: updated }) => ({
        clientId,
        grantedClientScopes,
        createdDate,
        ...(updated !== undefined && { lastUpdatedDate: updated }),
      })),
    );
  });
  return found;
}

interface Asked {
  readonly identities: unknown;
  /** Undefined: nobody asked. */
  readonly consents: readonly Json[] | undefined;
}

/** What is only in an export. Everything else is as the server says now. */
function merged({ holders, clientIds, isHidden }: UserSources, user: UserView, known: ExportedUser | undefined, asked: Asked): Json {
  const { identities } = asked;
  const { credentials, clientConsents, attributes: stored } = known ?? {};
  const attributes = user["attributes"] as Json | undefined;
  const hidden = Object.entries((stored ?? {}) as Json).filter(([name]) => isHidden(name) && attributes?.[name] === undefined);
  const consents = asked.consents ?? jsonObjects(clientConsents);
  const kept = consents.filter(({ clientId }) => clientIds.has(String(clientId)));
  return {
    ...user,
    attributes: { ...Object.fromEntries(hidden), ...attributes },
    ...holders.of(user.id),
    ...(Array.isArray(credentials) && { credentials: credentials.filter(isUsable) }),
    ...(identities !== undefined && { federatedIdentities: identities }),
    ...(kept.length > 0 && { clientConsents: kept }),
  };
}

/** A file from a partial export may have masks where hashes should be. */
const isUsable = (credential: unknown): boolean =>
  typeof credential === "object" && credential !== null && !Object.values(credential).includes(MASK);
