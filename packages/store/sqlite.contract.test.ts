import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { CONTRACT_SEGMENT_BYTES, storeContract } from "./contract.ts";
import { DATABASE_FILE } from "./database-file.ts";
import { MEMORY } from "./dialects/sqlite.ts";
import { openStore } from "./open.ts";
import { KEPT_CHANGES } from "./testing/rows.ts";

storeContract({
  name: "SQLite",
  async open() {
    const folder = mkdtempSync(join(tmpdir(), "cambist-store-"));
    const store = await openStore(folder, { auditSegmentBytes: CONTRACT_SEGMENT_BYTES, keptChanges: KEPT_CHANGES });
    const intruder = new DatabaseSync(join(folder, DATABASE_FILE));
    return {
      store,
      tamper: (statement) => intruder.exec(statement),
      async close() {
        intruder.close();
        await store.close();
        rmSync(folder, { recursive: true });
      },
    };
  },
});

storeContract({
  name: "SQLite in memory",
  async open() {
    const store = await openStore(MEMORY, { auditSegmentBytes: CONTRACT_SEGMENT_BYTES, keptChanges: KEPT_CHANGES });
    return { store, tamper: (statement) => store.core.transact(({ database }) => database.exec(statement)), close: () => store.close() };
  },
});
