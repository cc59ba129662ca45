import { type Expression, sql } from "kysely";
import type { Page } from "./admin-ports.ts";

/** The engines spell "no limit" differently; this they understand alike. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

/** Rows to skip and rows to give. */
export interface Window {
  readonly skip: number;
  readonly limit: number;
}
export const windowOf = ({ first, max }: Page = {}): Window => ({
  skip: first === undefined || first < 0 ? 0 : first,
  limit: max === undefined || max < 0 ? NO_LIMIT : max,
});

interface Pageable<Self> {
  limit(limit: number): Self;
  offset(offset: number): Self;
}
/** A query for one page of its rows. */
export const paged = <Query extends Pageable<Query>>(query: Query, page: Page | undefined): Query => {
  const { skip, limit } = windowOf(page);
  return query.limit(limit).offset(skip);
};

/** So many values go into one `in` list at most. */
const LIST = 500;

/**
 * Runs a query for lists of ids and joins the answers. Lists are padded to a few lengths with an id of theirs, so that the statements that
 * are kept stay few.
 */
export async function byIds<T>(ids: readonly string[], query: (some: readonly string[]) => Promise<readonly T[]>): Promise<T[]> {
  const found: T[] = [];
  for (let start = 0; start < ids.length; start += LIST) {
    const some = ids.slice(start, start + LIST);
    const length = Math.min(LIST, 2 ** Math.ceil(Math.log2(some.length)));
    found.push(...(await query(Array.from({ length }, (_, index) => some[index] ?? some[0] ?? ""))));
  }
  return found;
}

/**
 * A column that no index is used for. For lists of few rows that an index of something else leads to: SQLite takes a realm for more telling
 * than it is, and an order that an index has for worth walking through the realm.
 */
export const withoutIndex = (column: Expression<string>): Expression<string> => sql<string>`${column} || ''`;
