import { setImmediate } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import type { AdminReads, EventFilter } from "./admin-ports.ts";
import { type AuditRow, storedRecord } from "./audit-hash.ts";
import { windowOf } from "./paging.ts";
import type { StoredAuditRecord } from "./ports.ts";
import type { Schema } from "./schema.ts";
import { mentions } from "./text-filters.ts";

type Db = Kysely<Schema>;

/** Records looked at in the first go, which mostly is enough, and in later ones; between two goes other work of the thread runs. */
const FIRST_ROWS = 250;
const MOST_ROWS = 2_000;
/** A segment begins with its first record, but a clock that was set back may have put older ones behind it. */
const CLOCK_SLACK_MS = 86_400_000;
/** Types of administration's own events begin with it; no event of Keycloak does. */
const ADMIN = "ADMIN_";

/** Sequences to look through, both ends included. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** The parts of the log that can hold what is asked for, in order. */
async function spansOf(db: Db, realmId: string, { kind, dateFrom, dateTo }: EventFilter): Promise<Span[]> {
  const view = await db
    .selectFrom("event_view")
    .select("start_sequence")
    .where("realm_id", "=", realmId)
    .where("kind", "=", kind)
    .executeTakeFirst();
  const start = (view?.start_sequence ?? 0) + 1;
  let segments = db.selectFrom("audit_segment").selectAll().where("dropped", "=", 0).where("last_sequence", ">=", start);
  if (dateFrom !== undefined) segments = segments.where("max_time", ">=", dateFrom);
  if (dateTo !== undefined) segments = segments.where("start_time", "<=", dateTo + CLOCK_SLACK_MS);
  const rows = await segments.orderBy("number").execute();
  return rows.map((row) => ({ from: Math.max(row.first_sequence, start), to: row.last_sequence }));
}

/** Cut into goes, in the order of the answer. */
function* goes(spans: readonly Span[], oldestFirst: boolean): Generator<Span> {
  let rows = FIRST_ROWS;
  for (const span of oldestFirst ? spans : spans.toReversed()) {
    let { from, to } = span;
    while (from <= to) {
      const go = oldestFirst ? { from, to: Math.min(to, from + rows - 1) } : { from: Math.max(from, to - rows + 1), to };
      yield go;
      if (oldestFirst) from = go.to + 1;
      else to = go.from - 1;
      rows = Math.min(2 * rows, MOST_ROWS);
    }
  }
}

/** Whether the text matches a pattern in which `*` stands for anything. Linear: each piece is looked for once. */
export function matchesPath(pattern: string, text: string): boolean {
  const [head = "", ...pieces] = pattern.split("*");
  if (pieces.length === 0) return text === pattern;
  const tail = pieces.pop() ?? "";
  if (text.length < head.length + tail.length || !text.startsWith(head) || !text.endsWith(tail)) return false;
  let at = head.length;
  for (const piece of pieces) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= text.length - tail.length;
}

/** What has no column is judged on the record itself. */
function judge({ userId, ipAddress, details = {}, resourcePath }: EventFilter): (record: StoredAuditRecord) => boolean {
  const equal = Object.entries(details).filter(([, values]) => values.length > 0);
  return (record) =>
    record.shown &&
    (userId === undefined || record.userId === userId) &&
    (ipAddress === undefined || record.ipAddress === ipAddress) &&
    equal.every(([name, values]) => values.includes(own(record.details, name) ?? "")) &&
    (resourcePath === undefined || matchesPath(resourcePath, own(record.details, "resourcePath") ?? ""));
}
const own = (details: StoredAuditRecord["details"], name: string): string | undefined =>
  Object.hasOwn(details, name) ? details[name] : undefined;

/** The members of a record's body that are asked for, with the values they may have. */
const asked = ({ userId, ipAddress, details = {} }: EventFilter): (readonly [member: string, values: readonly string[]])[] => [
  ...(userId === undefined ? [] : [["userId", [userId]] as const]),
  ...(ipAddress === undefined ? [] : [["ipAddress", [ipAddress]] as const]),
  ...Object.entries(details).filter(([, values]) => values.length > 0),
];

function candidates(db: Db, realmId: string, filter: EventFilter, { from, to }: Span) {
  const { kind, types = [], clientId, dateFrom, dateTo, oldestFirst } = filter;
  let query = db.selectFrom("audit").selectAll().where("sequence", ">=", from).where("sequence", "<=", to);
  query = query.where("realm_id", "=", realmId);
  query = query.where(sql<string>`substr(type, 1, ${ADMIN.length})`, kind === "events" ? "<>" : "=", ADMIN);
  if (types.length > 0) query = query.where("type", "in", types);
  if (clientId !== undefined) query = query.where("client_id", "=", clientId);
  if (dateFrom !== undefined) query = query.where("time", ">=", dateFrom);
  if (dateTo !== undefined) query = query.where("time", "<=", dateTo);
  for (const [member, values] of asked(filter)) {
    const texts = values.map((value) => `${JSON.stringify(member)}:${JSON.stringify(value)}`);
    query = query.where((eb) => eb.or(texts.map((text) => mentions(eb.ref("body"), text))));
  }
  return query.orderBy("sequence", oldestFirst ? "asc" : "desc");
}

/** The event views over the audit log, without an index of their own: every record is written on the hot path and few are ever asked for. */
export const eventReads = (db: Db): Pick<AdminReads, "events"> => ({
  async events(realmId, filter) {
    const isWanted = judge(filter);
    const { skip, limit } = windowOf(filter);
    const found: StoredAuditRecord[] = [];
    let skipped = 0;
    if (limit === 0) return found;
    for (const go of goes(await spansOf(db, realmId, filter), filter.oldestFirst ?? false)) {
      const rows: readonly AuditRow[] = await candidates(db, realmId, filter, go).execute();
      for (const row of rows) {
        const record = storedRecord(row);
        if (!isWanted(record)) continue;
        if (skipped < skip) skipped += 1;
        else found.push(record);
        if (found.length >= limit) return found;
      }
      await setImmediate();
    }
    return found;
  },
});
