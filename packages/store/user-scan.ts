import { setImmediate } from "node:timers/promises";
import type { Expression, ExpressionBuilder, Kysely, SqlBool } from "kysely";
import type { Page, UserColumns } from "./admin-ports.ts";
import { windowOf } from "./paging.ts";
import { readUser } from "./row-reads.ts";
import type { Schema } from "./schema.ts";

/** Users looked at in one go; between two goes other work of the thread runs. */
const SCAN_ROWS = 4_000;

export type UserCondition = (eb: ExpressionBuilder<Schema, "realm_user">) => Expression<SqlBool>;

/** The next stretch of a realm's users in the order of their names: after `after`, up to and with `upTo`; undefined is the end. */
interface Stretch {
  readonly after: string | undefined;
  readonly upTo: string | undefined;
}

/** Cuts the users of a realm into stretches of {@link SCAN_ROWS}; finds each border in the index of names alone. */
async function* stretches(db: Kysely<Schema>, realmId: string): AsyncGenerator<Stretch> {
  let after: string | undefined;
  for (;;) {
    const rest = usersBetween(db, realmId, { after, upTo: undefined }).select("username").orderBy("username");
    const border = await rest
      .limit(1)
      .offset(SCAN_ROWS - 1)
      .executeTakeFirst();
    yield { after, upTo: border?.username };
    if (!border) return;
    after = border.username;
    await setImmediate();
  }
}

function usersBetween(db: Kysely<Schema>, realmId: string, { after, upTo }: Stretch) {
  let query = db.selectFrom("realm_user").where("realm_id", "=", realmId);
  if (after !== undefined) query = query.where("username", ">", after);
  if (upTo !== undefined) query = query.where("username", "<=", upTo);
  return query;
}

const within = (db: Kysely<Schema>, realmId: string, conditions: readonly UserCondition[], stretch: Stretch) =>
  conditions.reduce((query, condition) => query.where(condition), usersBetween(db, realmId, stretch));

type Stretched = ReturnType<typeof within>;
const countOf = async (query: Stretched): Promise<number> =>
  (await query.select((eb) => eb.fn.countAll<number>().as("count")).executeTakeFirstOrThrow()).count;

/** The users that meet the conditions, in the order of their names, one page. Conditions that no index serves cost a look at every user. */
export async function scanUsers(
  db: Kysely<Schema>,
  realmId: string,
  conditions: readonly UserCondition[],
  page: Page,
): Promise<UserColumns[]> {
  const found: UserColumns[] = [];
  let { skip } = windowOf(page);
  const { limit } = windowOf(page);
  if (limit === 0) return found;
  for await (const stretch of stretches(db, realmId)) {
    const query = within(db, realmId, conditions, stretch);
    if (skip > 0) {
      const count = await countOf(query);
      if (count <= skip) {
        skip -= count;
        continue;
      }
    }
    const wanted = Math.min(limit - found.length, SCAN_ROWS);
    const rows = await query.selectAll().orderBy("username").limit(wanted).offset(skip).execute();
    skip = 0;
    found.push(...rows.map(readUser));
    if (found.length >= limit) break;
  }
  return found;
}

/** How many users meet the conditions. */
export async function countScanned(db: Kysely<Schema>, realmId: string, conditions: readonly UserCondition[]): Promise<number> {
  let count = 0;
  for await (const stretch of stretches(db, realmId)) count += await countOf(within(db, realmId, conditions, stretch));
  return count;
}
