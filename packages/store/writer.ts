import type { Writer, WriteOutcome, WriteUnit } from "./ports.ts";
import type { WriterCore } from "./writer-core.ts";

/** More than this in one commit would make the first of them wait for the last. */
const BATCH_UNITS = 512;

interface Waiting {
  readonly unit: WriteUnit;
  readonly resolve: (outcome: WriteOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Group commit for a single thread: what is written in one turn of the event loop shares a commit; so does what queued during it. */
export function storeWriter(core: Pick<WriterCore, "commitBatch" | "held">): Writer {
  const queue: Waiting[] = [];
  let isScheduled = false;

  const flush = (): void => {
    isScheduled = false;
    const batch = queue.splice(0, BATCH_UNITS);
    try {
      const outcomes = core.commitBatch(batch.map(({ unit }) => unit));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined || outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    schedule();
  };

  const schedule = (): void => {
    if (isScheduled || queue.length === 0) return;
    isScheduled = true;
    setImmediate(() => void afterImport());
  };

  /** An import owns the connection for as long as it takes: everything waits for it. */
  const afterImport = async (): Promise<void> => {
    while (core.held) await core.held;
    flush();
  };

  return {
    write(unit) {
      return new Promise<WriteOutcome>((resolve, reject) => {
        queue.push({ unit, resolve, reject });
        schedule();
      });
    },
  };
}
