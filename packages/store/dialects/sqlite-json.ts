import { type Expression, type SqlBool, sql } from "kysely";

/** Looking into JSON columns, which each engine spells its own way. */

type JsonColumn = Expression<string>;

/** A member of a JSON object that holds a text. */
export const memberText = (column: JsonColumn, member: string): Expression<string | null> =>
  sql<string | null>`json_extract(${column}, ${`$."${member}"`})`;

/** The column is a JSON object whose member `name` is a list that holds `value`. */
export const listHolds = (column: JsonColumn, name: string, value: string): Expression<SqlBool> =>
  sql<SqlBool>`exists (select 1 from json_each(${column}) as a, json_each(a.value) as v where a.key = ${name} and v.value = ${value})`;

/** The column is a JSON object whose object `attributes` has the member `name` with that value. */
export const attributeIs = (column: JsonColumn, name: string, value: string): Expression<SqlBool> =>
  sql<SqlBool>`exists (select 1 from json_each(${column}, '$.attributes') as a where a.key = ${name} and a.value = ${value})`;
