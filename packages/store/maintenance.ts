import { setImmediate } from "node:timers/promises";
import type { EpochSeconds } from "@cambist/core/model.ts";
import { type AuditLimits, dropSegments, removeDroppedRecords } from "./audit-retention.ts";
import { sweepExpired, trimChangeLog } from "./sweep.ts";
import type { Prepared, WriterCore } from "./writer-core.ts";

/** Rows per commit: housekeeping must not hold up the requests that wait for the writer. */
const STEP_ROWS = 500;

/** Waits its turn: requests that queued go first, an import holds up everything. */
async function inTurn<T>(core: WriterCore, work: (prepared: Prepared) => T): Promise<T> {
  await setImmediate();
  while (core.held) await core.held;
  return core.transact(work);
}

/** Removes rows that expired before `now`, and what the change log has too much of; answers how many had expired. @throws {StorageUnavailable} what went before stays removed. */
export async function sweep(core: WriterCore, now: EpochSeconds): Promise<number> {
  let total = 0;
  for (;;) {
    const { removed, more } = await inTurn(core, ({ database }) => sweepExpired(database, now, STEP_ROWS));
    total += removed;
    if (!more) break;
  }
  while (await inTurn(core, ({ database }) => trimChangeLog(database, core.keptChanges, STEP_ROWS)));
  return total;
}

/** Drops the segments that the limits let go; answers how many. @throws {StorageUnavailable} a later call goes on where this one stopped. */
export async function pruneAudit(core: WriterCore, limits: AuditLimits): Promise<number> {
  const dropped = await inTurn(core, ({ database }) => dropSegments(database, limits));
  while (await inTurn(core, ({ database }) => removeDroppedRecords(database, STEP_ROWS)));
  return dropped;
}
