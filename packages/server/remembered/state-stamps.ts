import type { Command } from "@cambist/store/ports.ts";

/** Cells of the shared memory. Two things that share one only make each other be read again. */
const CELLS = 8192;
/** Raised by what touches everything. */
const EVERYTHING = 0;

/**
 * Tells the threads of the process which stored state has changed: numbers in shared memory that only rise, one for each session, token or
 * realm (by hash). Who remembers something remembers the number it had before it was read; while the number is the same, so is the state.
 * The writer raises after the commit and before its answer leaves: a logout that has returned is seen by every later request.
 */
export class StateStamps {
  readonly #cells: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT)) {
    this.#cells = new Int32Array(shared);
  }

  /** To hand to another thread. */
  get shared(): SharedArrayBuffer {
    return this.#cells.buffer as SharedArrayBuffer; // constructed from one
  }

  /** One number for the state of a token: its realm's, its session's and its own, and everything's. Each only rises, and so does their sum. */
  ofToken(realmId: string, sessionId: string | undefined, jti: string | undefined): number {
    const ofSession = sessionId === undefined ? 0 : Atomics.load(this.#cells, cellOf(sessionId));
    const ofItself = jti === undefined ? 0 : Atomics.load(this.#cells, cellOf(jti));
    return this.ofRealm(realmId) + ofSession + ofItself;
  }

  ofRealm(realmId: string): number {
    return Atomics.load(this.#cells, EVERYTHING) + Atomics.load(this.#cells, cellOf(realmId));
  }

  /** For the writer alone, after the commit of this command. */
  raise(command: Command): void {
    const id = touchedBy(command);
    if (id !== undefined) Atomics.add(this.#cells, cellOf(id), 1);
  }

  /** For the writer alone, after a realm was imported. */
  raiseAll(): void {
    Atomics.add(this.#cells, EVERYTHING, 1);
  }
}

/** The session, token or realm whose remembered state a command makes stale; what is not known to touch less touches the realm. */
function touchedBy(command: Command): string | undefined {
  switch (command.do) {
    // New ids, which nobody can have asked for.
    case "createSession":
    case "recordLineage":
    // Read at each use.
    case "noteExchange":
    case "rehashPassword":
    case "clearLoginFailures":
    case "saveLoginFailures":
      return undefined;
    case "ensureClientSession":
      return command.session.sessionId;
    case "touchSession":
    case "endSession":
    case "detachClientSession":
    case "detachExchanged":
      return command.sessionId;
    case "revokeToken":
      return command.jti;
    default:
      return command.realmId;
  }
}

/** FNV-1a over the characters; cell 0 is everything's. */
function cellOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  return 1 + ((hash >>> 0) % (CELLS - 1));
}
