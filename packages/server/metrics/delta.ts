/** What one worker counted since it was last asked: plain data that crosses threads. Keys are label values joined by {@link joinLabels}. */
export interface MetricsDelta {
  /** User events, by the configured tags in alphabetical order. */
  readonly events: ReadonlyMap<string, number>;
  /** Token exchanges by outcome. */
  readonly exchanges: ReadonlyMap<ExchangeOutcome, Observations>;
  /** Requests by method, outcome, status and URI template. */
  readonly requests: ReadonlyMap<string, Total>;
  /** Password checks by algorithm, hashing strength, outcome and realm. */
  readonly passwords: ReadonlyMap<string, number>;
  readonly droppedLines: number;
}

/** `success`: a token went out; `error`: anything else. */
export type ExchangeOutcome = "success" | "error";

export interface Total {
  count: number;
  /** Seconds. */
  sum: number;
}

export interface Observations extends Total {
  /** By bucket, not cumulative; the last one holds everything above the last bound. */
  readonly buckets: number[];
}

/** Upper bounds in seconds. The promise of exchanges under 100 ms can be read off one of them. */
export const EXCHANGE_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1] as const;

export const newObservations = (): Observations => ({
  count: 0,
  sum: 0,
  buckets: Array.from({ length: EXCHANGE_BUCKETS.length + 1 }, () => 0),
});

export function observe(into: Observations, seconds: number): void {
  let bucket = 0;
  while (bucket < EXCHANGE_BUCKETS.length && seconds > (EXCHANGE_BUCKETS[bucket] ?? 0)) bucket += 1;
  into.buckets[bucket] = (into.buckets[bucket] ?? 0) + 1;
  into.count += 1;
  into.sum += seconds;
}

/** Label values hold no NUL: {@link labelValue} takes it out. */
export const joinLabels = (values: readonly string[]): string => values.join("\0");
export const splitLabels = (key: string): readonly string[] => key.split("\0");

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
// oxlint-disable-next-line no-control-regex -- the same, every one of them
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;
const MAX_LABEL = 255;

/** A text as a label may carry it: cut, well-formed, on one line. */
export function labelValue(text: string): string {
  const short = text.length > MAX_LABEL ? text.slice(0, MAX_LABEL).toWellFormed() : text;
  return CONTROL.test(short) ? short.replace(CONTROLS, " ") : short;
}
