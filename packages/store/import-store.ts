import type { ImportStore } from "./config-ports.ts";
import { type OpenSink, openSink } from "./import-sink.ts";
import type { WriterCore } from "./writer-core.ts";

/** Rows in the order of their random ids touch every page of an index: a cache that holds those indices keeps an import from thrashing. */
const IMPORT_CACHE_KIB = 32_768;

/**
 * Imports on the writing connection: one transaction, during which every other write waits. Memory stays flat, because SQLite writes what
 * its cache cannot hold to the log as it comes.
 */
export const importStore = (core: WriterCore): ImportStore => ({
  importing: async (work, also) => {
    let open: OpenSink | undefined;
    return core.hold(
      async ({ database }) => {
        database.exec(`pragma cache_size = -${IMPORT_CACHE_KIB}`);
        open = openSink(database);
        return work(open.sink);
      },
      ({ commands, audit }) => {
        open?.end();
        for (const command of also?.commands ?? []) commands.run(command);
        for (const record of also?.audit ?? []) audit.append(record);
        for (const realmId of open?.touched ?? []) commands.logChange(realmId, "realm", realmId);
      },
    );
  },
});
