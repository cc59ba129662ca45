import { type Expression, type SqlBool, sql } from "kysely";

/** Conditions over text that comes from outside, in any case. Everything is bound (SEC-DB-08); only `*` of a pattern has a meaning. */

/** A column to look into. */
export interface TextColumn {
  readonly column: Expression<string | null>;
  /** What is stored is lower case already. */
  readonly isLower?: boolean;
}

const escaped = (text: string): string => text.replaceAll(/[\\%_]/g, "\\$&");

/** The engines fold ASCII alike; beyond it only our own function folds as the rest of the server does. */
function folded({ column, isLower = false }: TextColumn, text: string): Expression<string | null> {
  if (isLower) return column;
  return /[^\p{ASCII}]/u.test(text) ? sql<string>`fold_case(${column})` : sql<string>`lower(${column})`;
}

const like = (column: TextColumn, pattern: string): Expression<SqlBool> =>
  sql<SqlBool>`${folded(column, pattern)} like ${pattern.toLowerCase()} escape '\\'`;

/** The text is somewhere in the column. */
export const contains = (column: TextColumn, text: string): Expression<SqlBool> => like(column, `%${escaped(text)}%`);

/** The column begins with the text; `*` stands for anything. */
export function beginsWith(column: TextColumn, text: string): Expression<SqlBool> {
  const pattern = escaped(text).replaceAll("*", "%");
  return like(column, text.endsWith("*") ? pattern : `${pattern}%`);
}

/** The column is the text. */
export const isText = (column: TextColumn, text: string): Expression<SqlBool> =>
  sql<SqlBool>`${folded(column, text)} = ${text.toLowerCase()}`;

/** The text is in the column as it stands; on some engines in another case as well: for narrowing down what is then looked at. */
export const mentions = (column: Expression<string>, text: string): Expression<SqlBool> =>
  sql<SqlBool>`${column} like ${`%${escaped(text)}%`} escape '\\'`;
