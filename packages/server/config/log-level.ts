import { ValueProblem } from "./config-error.ts";
import { didYouMean } from "./nearest.ts";

/** Keycloak's levels, from silent to everything. */
export const LOG_LEVELS = ["off", "fatal", "error", "warn", "info", "debug", "trace", "all"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The level of everything (`root`) and of single categories, as `--log-level=INFO,org.keycloak.events:debug` says it. */
export interface LogLevels {
  readonly root: LogLevel;
  readonly categories: Readonly<Record<string, LogLevel>>;
}

/** @throws {ValueProblem} an unknown level, with the nearest right one; two root levels; an empty entry. */
export function parseLogLevels(text: string): LogLevels {
  let root: LogLevel | undefined;
  const categories = new Map<string, LogLevel>();
  for (const entry of text.split(",").map((part) => part.trim())) {
    const colon = entry.lastIndexOf(":");
    if (colon < 0) {
      if (root !== undefined) throw new ValueProblem("names two root levels; write one level, then category:level entries");
      root = parseLogLevel(entry);
    } else {
      const category = entry.slice(0, colon).trim();
      if (!/^[A-Za-z0-9_.$-]+$/.test(category)) throw new ValueProblem("has an entry that is not category:level");
      categories.set(category, parseLogLevel(entry.slice(colon + 1).trim()));
    }
  }
  return { root: root ?? "info", categories: Object.fromEntries(categories) };
}

/** @throws {ValueProblem} an unknown level, with the nearest right one. */
export function parseLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text.toLowerCase());
  if (level !== undefined) return level;
  throw new ValueProblem(`has an unknown level (levels: ${LOG_LEVELS.join(", ")})${didYouMean(text, LOG_LEVELS)}`);
}

/** The level that holds for a category: its own, else that of the nearest dotted ancestor, else the root's. */
export function logLevelOf({ root, categories }: LogLevels, category: string): LogLevel {
  for (let name = category; name !== ""; name = name.slice(0, Math.max(0, name.lastIndexOf(".")))) {
    const level = Object.hasOwn(categories, name) ? categories[name] : undefined;
    if (level !== undefined) return level;
  }
  return root;
}
