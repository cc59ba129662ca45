import { logLevelOf, type LogLevel, type LogLevels } from "../config/log-level.ts";

/** Levels that a line can have. */
export type LineLevel = Exclude<LogLevel, "off" | "all">;

const RANKS: Readonly<Record<LogLevel, number>> = { all: 0, trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, off: 100 };

/** Answers whether lines of a level and category are wanted. Remembers categories, which are constants of the code. */
export function levelFilter(levels: LogLevels): (level: LogLevel, category: string) => boolean {
  const thresholds = new Map<string, number>();
  return (level, category) => {
    let threshold = thresholds.get(category);
    if (threshold === undefined) {
      threshold = RANKS[logLevelOf(levels, category)];
      thresholds.set(category, threshold);
    }
    return level !== "off" && RANKS[level] >= threshold;
  };
}
