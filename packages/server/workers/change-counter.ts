/** The newest committed version of the configuration, in memory that all threads of the process share. */
export class ChangeCounter {
  readonly #cells: Int32Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.#cells = new Int32Array(shared);
  }

  /** To hand to another thread. */
  get shared(): SharedArrayBuffer {
    return this.#cells.buffer as SharedArrayBuffer; // constructed from one
  }

  read(): number {
    return Atomics.load(this.#cells, 0);
  }

  /** For the writer alone, after the commit and before its answer leaves. */
  raise(version: number): void {
    Atomics.store(this.#cells, 0, version);
  }
}
