/** What became of the server's memory in a run: sizes in bytes, and whether it went on growing. */
export interface MemoryTrend {
  readonly early: number;
  readonly late: number;
  readonly largest: number;
  /** Undefined: the run was too short to tell. */
  readonly grows: boolean | undefined;
}

/** Fewer samples say nothing: a heap goes up until it is collected, and down again. */
const FEWEST = 40;
/** What one quarter may lie above another by chance. */
const CHANCE_BYTES = 16 * 1_048_576;

/**
 * Compares the second quarter of a run with the last; in the first the server still loads code and fills what it remembers. Of each quarter
 * counts what a fourth of its samples stay below, which is about what is left after collections.
 */
export function memoryTrend(samples: readonly number[]): MemoryTrend {
  const quarter = Math.floor(samples.length / 4);
  const early = lowerFourth(samples.slice(quarter, 2 * quarter));
  const late = lowerFourth(samples.slice(-quarter));
  return { early, late, largest: Math.max(...samples), grows: samples.length < FEWEST ? undefined : late - early > CHANCE_BYTES };
}

function lowerFourth(samples: readonly number[]): number {
  const sorted = samples.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 4)] ?? NaN;
}
