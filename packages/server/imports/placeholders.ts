/** Looks a name up; undefined when it is not set. */
export type Environment = (name: string) => string | undefined;

/** `${NAME}` and `${NAME:default}`; neither part spans lines or holds braces. */
const PLACEHOLDER = /\$\{([^${}:"\\\r\n]+)(?::([^{}\r\n]*))?\}/g;

/**
 * Replaces `${NAME}` and `${NAME:default}` in JSON text, as Keycloak does when it reads a realm file. Inside a string the value is
 * escaped, so that no value can end the string; outside it stands as it is (`"enabled": ${ENABLED:true}`). A name that is not set and
 * has no default stays as written: Keycloak's own texts look the same (`${client_account}`), and so do references to a vault.
 */
export function replacePlaceholders(json: string, environment: Environment): string {
  let inString = false;
  let scanned = 0;
  return json.replace(PLACEHOLDER, (whole, name: string, standIn: string | undefined, offset: number) => {
    inString = isInsideString(json, scanned, offset, inString);
    scanned = offset;
    const value = environment(name);
    if (value !== undefined) return inString ? JSON.stringify(value).slice(1, -1) : value;
    return standIn ?? whole; // a default is JSON text already
  });
}

/** Carries the state "inside a string" from one offset of JSON text to a later one. */
function isInsideString(json: string, from: number, to: number, inside: boolean): boolean {
  let state = inside;
  for (let i = from; i < to; i++) {
    const character = json.charCodeAt(i);
    if (character === 0x22) state = !state;
    else if (character === 0x5c && state) i++;
  }
  return state;
}
