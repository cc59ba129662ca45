/** Longest accepted `scope` parameter and the most words in it. */
export const MAX_SCOPE_LENGTH = 4096;
export const MAX_SCOPE_WORDS = 100;

/** `scope` as words (RFC 6749 §3.3); order kept, repeated words once. Undefined: bad characters, too long or too many words. */
export function parseScope(scope: string): readonly string[] | undefined {
  if (scope.length > MAX_SCOPE_LENGTH) return undefined;
  for (let index = 0; index < scope.length; index++) {
    const code = scope.charCodeAt(index);
    // %x21 / %x23-5B / %x5D-7E and the space between words.
    if (code < 0x20 || code > 0x7e || code === 0x22 || code === 0x5c) return undefined;
  }
  const words = splitScope(scope);
  return words.length > MAX_SCOPE_WORDS ? undefined : words;
}

/** Longer, or of more words, than anything that is read: refused in both dialects. */
export const scopeIsOversized = (scope: string): boolean => scope.length > MAX_SCOPE_LENGTH || splitScope(scope).length > MAX_SCOPE_WORDS;

/** So few are compared with each other faster than a set is made. */
const FEW_WORDS = 16;

/** Words of a scope string that is known to be well-formed (a token's own claim). */
export function splitScope(scope: string): readonly string[] {
  const words = scope.split(" ");
  if (words.length > FEW_WORDS) return [...new Set(words.filter((word) => word !== ""))];
  const distinct: string[] = [];
  for (const word of words) if (word !== "" && !distinct.includes(word)) distinct.push(word);
  return distinct;
}
