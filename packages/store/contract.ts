import { afterEach, beforeEach, describe } from "vitest";
import type { Store } from "./open.ts";
import { adminCascadesContract } from "./testing/admin-cascades-contract.ts";
import { adminCommandsContract } from "./testing/admin-commands-contract.ts";
import { adminReadsContract } from "./testing/admin-reads-contract.ts";
import { auditContract } from "./testing/audit-contract.ts";
import { claimsContract } from "./testing/claims-contract.ts";
import { configContract } from "./testing/config-contract.ts";
import { eventViewContract } from "./testing/event-view-contract.ts";
import { importContract } from "./testing/import-contract.ts";
import { organizationsContract } from "./testing/organizations-contract.ts";
import { sessionsContract } from "./testing/sessions-contract.ts";
import { tokenStateContract } from "./testing/token-state-contract.ts";
import { userSearchContract } from "./testing/user-search-contract.ts";
import { usersContract } from "./testing/users-contract.ts";

/** An engine under test. */
export interface StoreEngine {
  readonly name: string;
  /** A new empty store; small audit segments, so that a test can fill several. */
  open(): Promise<OpenEngine>;
}
export interface OpenEngine {
  readonly store: Store;
  /** Runs SQL behind the store's back, as somebody would who tampers with the database. */
  tamper(statement: string): void;
  close(): Promise<void>;
}

/** Size of audit segments in the contract. */
export const CONTRACT_SEGMENT_BYTES = 4_096;

/** Gives the tests the store of the present test. */
export type CurrentEngine = () => OpenEngine;

/** What every engine has to do alike, above all where engines differ quietly. */
export function storeContract(engine: StoreEngine): void {
  describe(`store on ${engine.name}`, () => {
    let current: OpenEngine;
    beforeEach(async () => {
      current = await engine.open();
    });
    afterEach(async () => {
      await current.close();
    });
    const currentEngine: CurrentEngine = () => current;
    claimsContract(currentEngine);
    sessionsContract(currentEngine);
    tokenStateContract(currentEngine);
    usersContract(currentEngine);
    configContract(currentEngine);
    organizationsContract(currentEngine);
    importContract(currentEngine);
    auditContract(currentEngine);
    adminCommandsContract(currentEngine);
    adminCascadesContract(currentEngine);
    adminReadsContract(currentEngine);
    userSearchContract(currentEngine);
    eventViewContract(currentEngine);
  });
}
