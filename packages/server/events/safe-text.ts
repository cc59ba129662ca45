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
  let short = (text.length > longest ? text.slice(0, longest) : text).toWellFormed();
  if (short.includes("\0")) short = short.replaceAll("\0", "\uFFFD");
  return short.includes("eyJ") ? short.replace(TOKEN_SHAPE, (word) => (looksLikeToken(word) ? "(token)" : word)) : short;
}

/** Holds the beginning of a JWS or JWE in compact form (whole or cut off): Base64url of a JSON object, as its header is. */
function looksLikeToken(word: string): boolean {
  for (let start = word.indexOf("eyJ"); start >= 0; start = word.indexOf("eyJ", start + 1)) {
    const [header = ""] = word.slice(start, start + 24).split(".", 1);
    // `{"alg":"none"}`, the shortest header there is, has 19 characters; names such as `keyJobs` decode to no text.
    if (header.length >= 18 && /^\{"[ -~]+$/.test(Buffer.from(header, "base64url").toString("latin1"))) return true;
  }
  return false;
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
