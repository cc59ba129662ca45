import { setImmediate } from "node:timers/promises";
import type { Kysely } from "kysely";
import type { AdminReads, Page, UserColumns, UserFilter } from "./admin-ports.ts";
import type { Json, UserRow } from "./config-ports.ts";
import { listHolds } from "./dialects/sqlite-json.ts";
import { byIds, paged, windowOf, withoutIndex } from "./paging.ts";
import { grouped, readCredential, readJson, readUser } from "./row-reads.ts";
import type { Schema } from "./schema.ts";
import type { Snapshot } from "./snapshot.ts";
import { beginsWith, contains, isText, type TextColumn } from "./text-filters.ts";
import { countScanned, scanUsers, type UserCondition } from "./user-scan.ts";

type Db = Kysely<Schema>;
type UserEb = Parameters<UserCondition>[0];
type UserTableRow = Parameters<typeof readUser>[0];

const COLUMNS = {
  username: (eb: UserEb): TextColumn => ({ column: eb.ref("username"), isLower: true }),
  email: (eb: UserEb): TextColumn => ({ column: eb.ref("email"), isLower: true }),
  firstName: (eb: UserEb): TextColumn => ({ column: eb.ref("first_name") }),
  lastName: (eb: UserEb): TextColumn => ({ column: eb.ref("last_name") }),
} as const;
const FIELDS = ["username", "firstName", "lastName", "email"] as const;

/** What a filter comes to. */
interface Question {
  readonly conditions: readonly UserCondition[];
  /** An index leads to the few users that can meet it: of the realm's names and addresses, or of ids. */
  readonly index: "name" | "id" | undefined;
}

/** A word of a search: in quotes the whole field, otherwise its beginning. */
const meets = (word: string): UserCondition => {
  const quoted = /^"(.+)"$/.exec(word)?.[1];
  return (eb) => eb.or(FIELDS.map((field) => (quoted === undefined ? beginsWith : isText)(COLUMNS[field](eb), quoted ?? word)));
};

/** Keycloak: `search` beats the fields; `id:` lists ids; of several words each has to be met. */
function searchQuestion(search: string): Question {
  const text = search.trim();
  if (text.startsWith("id:")) {
    const ids = text
      .slice(3)
      .split(/\s+/)
      .filter((id) => id !== "");
    return { conditions: [(eb) => eb("id", "in", ids)], index: "id" };
  }
  return { conditions: (text.match(/"[^"]+"(?=\s|$)|\S+/g) ?? []).map(meets), index: undefined };
}

function fieldQuestion({ exact = false, idpAlias, idpUserId, attributes = {}, ...fields }: UserFilter): Question {
  const conditions: UserCondition[] = [];
  for (const field of FIELDS) {
    const text = fields[field];
    if (text !== undefined) conditions.push((eb) => (exact ? isText : contains)(COLUMNS[field](eb), text));
  }
  const isLinked = idpAlias !== undefined && idpUserId !== undefined;
  if (idpAlias !== undefined || idpUserId !== undefined) {
    conditions.push((eb) => {
      let links = eb.selectFrom("federated_identity").select("user_id");
      if (idpAlias !== undefined) links = links.where("alias", "=", idpAlias);
      if (idpUserId !== undefined) links = links.where("external_id", "=", idpUserId);
      // One look-up beforehand where both are known, one look-up per user otherwise.
      return isLinked ? eb("id", "in", links) : eb.exists(links.whereRef("user_id", "=", "realm_user.id"));
    });
  }
  for (const [name, value] of Object.entries(attributes)) conditions.push((eb) => listHolds(eb.ref("attributes"), name, value));
  const isExactName = exact && (fields.username !== undefined || fields.email !== undefined);
  return { conditions, index: isLinked ? "id" : isExactName ? "name" : undefined };
}

function questionOf(filter: UserFilter): Question {
  const { enabled, emailVerified, withServiceAccounts = false, search } = filter;
  const { conditions, index } = search === undefined ? fieldQuestion(filter) : searchQuestion(search);
  const flags: UserCondition[] = [];
  if (enabled !== undefined) flags.push((eb) => eb("enabled", "=", enabled ? 1 : 0));
  if (emailVerified !== undefined) flags.push((eb) => eb("email_verified", "=", emailVerified ? 1 : 0));
  if (!withServiceAccounts) flags.push((eb) => eb("service_account_client_uuid", "is", null));
  return { conditions: [...flags, ...conditions], index };
}

/** The few users that an index leads to. */
const narrow = (db: Db, realmId: string, { conditions, index }: Question) =>
  db
    .selectFrom("realm_user")
    .where((eb) => eb(index === "id" ? withoutIndex(eb.ref("realm_id")) : eb.ref("realm_id"), "=", realmId))
    .where((eb) => eb.and(conditions.map((condition) => condition(eb))));

/** Everybody but service accounts, from indices alone. */
async function countPeople(db: Db, realmId: string): Promise<number> {
  const accounts = await db
    .selectFrom("realm_user")
    .innerJoin("client", "client.id", "realm_user.service_account_client_uuid")
    .select((eb) => eb.fn.countAll<number>().as("count"))
    .where("client.realm_id", "=", realmId)
    .executeTakeFirstOrThrow();
  return (await countScanned(db, realmId, [])) - accounts.count;
}

/** Longer pages are read in stretches, so that other work of the thread runs between. */
const LONGEST_PAGE = 1_000;
/** Names passed in one go; between two goes other work of the thread runs. */
const PASSED = 50_000;

/** One page of everybody but service accounts. The index of their names alone leads to its first row, so that late pages cost little. */
async function peoplePage(db: Db, realmId: string, page: Page): Promise<UserColumns[]> {
  const { skip, limit } = windowOf(page);
  const people = (from: string | undefined) => {
    const all = db.selectFrom("realm_user").where("realm_id", "=", realmId).where("service_account_client_uuid", "is", null);
    return from === undefined ? all : all.where("username", ">=", from);
  };
  let from: string | undefined;
  for (let left = skip; left > 0;) {
    const step = Math.min(left, PASSED);
    const row = await people(from).select("username").orderBy("username").limit(1).offset(step).executeTakeFirst();
    if (!row) return [];
    from = row.username;
    left -= step;
    if (left > 0) await setImmediate();
  }
  const rows = await people(from).selectAll().orderBy("username").limit(limit).execute();
  return rows.map(readUser);
}

function byUser<T extends { readonly user_id: string }>(rows: readonly T[]): (id: string) => readonly T[] {
  const groups = Map.groupBy(rows, (row) => row.user_id);
  return (id) => groups.get(id) ?? [];
}

/** Users with everything of theirs, a few statements for all of them. */
async function whole(db: Db, rows: readonly UserTableRow[]): Promise<UserRow[]> {
  const ids = rows.map((row) => row.id);
  const roles = await byIds(ids, (some) => db.selectFrom("user_role").selectAll().where("user_id", "in", some).execute());
  const groups = await byIds(ids, (some) => db.selectFrom("user_group").selectAll().where("user_id", "in", some).execute());
  const roleIds = grouped(
    roles,
    (link) => link.user_id,
    (link) => link.role_id,
  );
  const groupIds = grouped(
    groups,
    (link) => link.user_id,
    (link) => link.group_id,
  );
  const credentials = byUser(
    await byIds(ids, (some) =>
      db.selectFrom("credential").selectAll().where("user_id", "in", some).orderBy("priority").orderBy("id").execute(),
    ),
  );
  const identities = byUser(
    await byIds(ids, (some) => db.selectFrom("federated_identity").selectAll().where("user_id", "in", some).orderBy("alias").execute()),
  );
  const consents = byUser(
    await byIds(ids, (some) => db.selectFrom("user_consent").selectAll().where("user_id", "in", some).orderBy("client_uuid").execute()),
  );
  return rows.map((row) => ({
    ...readUser(row),
    roleIds: roleIds(row.id),
    groupIds: groupIds(row.id),
    credentials: credentials(row.id).map(readCredential),
    federatedIdentities: identities(row.id).map((link) => ({
      alias: link.alias,
      userId: link.external_id,
      ...(link.external_name !== null && { userName: link.external_name }),
    })),
    consents: consents(row.id).map((consent) => ({
      clientUuid: consent.client_uuid,
      scopes: JSON.parse(consent.scopes) as string[],
      representation: readJson(consent.representation) satisfies Json,
    })),
  }));
}

async function usersByIds(db: Db, realmId: string, ids: readonly string[]): Promise<readonly UserRow[]> {
  const rows = await byIds(ids, (some) =>
    db
      .selectFrom("realm_user")
      .selectAll()
      .where("id", "in", some)
      .where((eb) => withoutIndex(eb.ref("realm_id")), "=", realmId)
      .execute(),
  );
  const users = new Map((await whole(db, rows)).map((user) => [user.id, user]));
  return ids.flatMap((id) => users.get(id) ?? []);
}

/** Users as administration lists them. */
export const userReads = (
  db: Db,
  snapshot: Snapshot,
): Pick<AdminReads, "users" | "countUsers" | "user" | "usersByIds" | "usersAfterName"> => ({
  async users(realmId, filter) {
    const question = questionOf(filter);
    // The one condition that is always there, unless they are wanted too: service accounts are no people.
    const isPlain = !question.index && question.conditions.length === 1 && !filter.withServiceAccounts;
    if (isPlain && windowOf(filter).limit <= LONGEST_PAGE) return peoplePage(db, realmId, filter);
    if (!question.index) return scanUsers(db, realmId, question.conditions, filter);
    const query = narrow(db, realmId, question)
      .selectAll()
      .orderBy((eb) => withoutIndex(eb.ref("username")));
    return (await paged(query, filter).execute()).map(readUser);
  },
  async countUsers(realmId, filter) {
    const question = questionOf(filter);
    const { conditions, index } = question;
    if (conditions.length === 1 && !filter.withServiceAccounts) return countPeople(db, realmId);
    if (!index) return countScanned(db, realmId, conditions);
    const query = narrow(db, realmId, question).select((eb) => eb.fn.countAll<number>().as("count"));
    return (await query.executeTakeFirstOrThrow()).count;
  },
  user: (realmId, id) => snapshot(async (transaction) => (await usersByIds(transaction, realmId, [id]))[0]),
  usersByIds: (realmId, ids) => snapshot((transaction) => usersByIds(transaction, realmId, ids)),
  usersAfterName: (realmId, afterUsername, limit) =>
    snapshot(async (transaction) => {
      const query = transaction.selectFrom("realm_user").selectAll().where("realm_id", "=", realmId);
      const rest = afterUsername === undefined ? query : query.where("username", ">", afterUsername);
      return whole(transaction, await rest.orderBy("username").limit(limit).execute());
    }),
});
