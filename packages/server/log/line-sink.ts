/** A stream of log lines, such as `process.stdout`; its optional parts are used where they are there. */
export interface LineStream {
  write(text: string): unknown;
  /** Bytes handed over and not yet taken by the reader. */
  readonly writableLength?: number;
  readonly destroyed?: boolean;
  on?(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
}

export interface LineSink {
  /** Takes one line (without its line feed), or drops it: never waits and never throws. */
  readonly write: (line: string) => void;
  /** Lines that were dropped since the start. */
  readonly droppedLines: () => number;
  /** Resolves when the reader has taken everything, or after the time given. For the end of the process. */
  readonly drained: (timeoutMs: number) => Promise<void>;
}

/** What may wait for a slow reader: some five thousand lines. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * Writes log lines so that their reader cannot hold up a request: a pipe that nobody reads fills its buffer, and from then on lines are counted
 * instead of kept. Node writes to pipes and sockets without blocking (a write to a file or a terminal is immediate), in worker threads through
 * the main thread with the same accounting. `fs.write` is no alternative: a write that blocks in the thread pool keeps the process from ending.
 */
export function lineSink(stream: LineStream, maxWaitingBytes: number = MAX_WAITING_BYTES): LineSink {
  let dropped = 0;
  let readerIsGone = false;
  stream.on?.("error", (error) => {
    dropped += 1;
    if (error.code === "EPIPE") readerIsGone = true;
  });
  const waiting = (): number => (readerIsGone ? 0 : (stream.writableLength ?? 0));
  return {
    write(line) {
      if (readerIsGone || stream.destroyed || waiting() + line.length > maxWaitingBytes) {
        dropped += 1;
        return;
      }
      try {
        stream.write(`${line}\n`);
      } catch {
        dropped += 1; // a file on a full disk
      }
    },
    droppedLines: () => dropped,
    async drained(timeoutMs) {
      const deadline = performance.now() + timeoutMs;
      while (waiting() > 0 && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}
