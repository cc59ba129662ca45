import { RE2JS } from "re2js";

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

function compile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return undefined;
  }
}
