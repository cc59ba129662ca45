import { createRequire } from "node:module";
import type { RE2JS } from "re2js";

const MAX_PATTERN = 1024;
const MAX_SUBJECT = 8192;
/** Patterns of administrators, compiled once. */
const COMPILED = new Map<string, RE2JS | undefined>();
const MAX_COMPILED = 1000;

/**
 * Whether a whole subject matches a pattern, in linear time. Undefined when the pattern cannot be run here (too long, back references,
 * look-around): the policy then denies. @see Keycloak 26: regex policy, `Pattern.matches`
 */
export function matchesRegex(pattern: string, subject: string): boolean | undefined {
  if (pattern.length > MAX_PATTERN || subject.length > MAX_SUBJECT) return undefined;
  if (!COMPILED.has(pattern)) {
    if (COMPILED.size >= MAX_COMPILED) COMPILED.clear();
    COMPILED.set(pattern, compile(pattern));
  }
  return COMPILED.get(pattern)?.matches(subject);
}

let engine: typeof RE2JS | undefined;

function compile(pattern: string): RE2JS | undefined {
  // Loaded by the first pattern: few realms have one, and this is a sixth of the code that a worker would load.
  engine ??= (createRequire(import.meta.url)("re2js") as { readonly RE2JS: typeof RE2JS }).RE2JS;
  try {
    return engine.compile(pattern);
  } catch {
    return undefined;
  }
}
