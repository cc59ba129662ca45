/** Longest client id that a record keeps (Keycloak's column has 255 characters). */
export const MAX_CLIENT_ID = 255;
/** Longest value of a detail that a record keeps: as long as the longest `scope` a request may have. */
export const MAX_DETAIL = 4096;

const TOKEN_SHAPE = /[A-Za-z0-9_.-]{20,}/g;

/**
 * A value from a request as a record may keep it: cut, well-formed, without NUL (no database column takes it), and with a mark in the place of
 * anything that has the shape of a token: clients do send tokens in the wrong parameter.
 */
export function recordable(text: string, longest: number = MAX_DETAIL): string {
  const short = (text.length > longest ? text.slice(0, longest) : text).toWellFormed().replaceAll("\0", "\uFFFD");
  return short.includes("eyJ") ? short.replace(TOKEN_SHAPE, (word) => (looksLikeToken(word) ? "(token)" : word)) : short;
}

/** A JWS or JWE in compact form, possibly cut off or with something before it: a Base64url `{"` and a dot after it. */
function looksLikeToken(word: string): boolean {
  const start = word.indexOf("eyJ");
  return start >= 0 && (word.indexOf(".", start) >= 0 || word.length - start >= 40);
}

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
// oxlint-disable-next-line no-control-regex -- the same, every one of them
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Escapes everything that could end a line or move a terminal's cursor: one record stays one line. */
export function escapeControls(text: string): string {
  return CONTROL.test(text) ? text.replace(CONTROLS, escaped) : text;
}

function escaped(character: string): string {
  if (character === "\n") return "\\n";
  if (character === "\r") return "\\r";
  if (character === "\t") return "\\t";
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
