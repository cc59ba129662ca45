import { at, ImportError } from "./import-error.ts";
import type { RealmNode } from "./realm-node.ts";

/**
 * The names under which Cambist keeps settings of its own in Keycloak's shapes, with what they may hold. An invalid value refuses the
 * write: a misspelt limit must not silently be none.
 */

type Check = (value: string) => string | undefined;

const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value) ? undefined : `one of ${values.join(", ")} should be here`;
const FLAG = oneOf("true", "false");

/** A whole number of at least 1; times are seconds. */
const COUNT: Check = (value) => (/^[1-9]\d{0,8}$/.test(value) ? undefined : "a whole number from 1 to 999999999 should be here");

const MAX_PLANE_NAME = 100;
const PLANE_NAME: Check = (value) =>
  /^\S+$/u.test(value) && value.length <= MAX_PLANE_NAME
    ? undefined
    : `a name without spaces, of at most ${MAX_PLANE_NAME} characters, should be here`;

/** An absolute URI without fragment. @see RFC 8707 §2 */
const RESOURCE: Check = (value) => {
  const url = /^[\x21-\x7e]+$/.test(value) ? URL.parse(value) : null;
  return url && !value.includes("#") ? undefined : "an absolute URI without fragment should be here";
};

const JSON_OBJECT: Check = (value) => {
  try {
    const table: unknown = JSON.parse(value);
    if (typeof table === "object" && table !== null && !Array.isArray(table)) return undefined;
  } catch {
    // said below
  }
  return "a JSON object should be here";
};

const WORDS: Check = () => undefined;

const REALM: ReadonlyMap<string, Check> = new Map([
  ["cambist.compatibility", oneOf("native", "keycloak")],
  ["cambist.subject-audience.required", FLAG],
  ["cambist.naked-impersonation", FLAG],
  ["cambist.impersonation.lifespan", COUNT],
  ["cambist.impersonation.reason.required", FLAG],
  ["cambist.roles.protected", WORDS],
  ["cambist.chain.max-depth", COUNT],
  ["cambist.chain.max-age", COUNT],
  ["cambist.planes", JSON_OBJECT],
  ["cambist.planes.unassigned", oneOf("ignore", "refuse")],
]);
const CLIENT: ReadonlyMap<string, Check> = new Map([
  ["cambist.plane", PLANE_NAME],
  ["cambist.resource", RESOURCE],
]);
const PROVIDER: ReadonlyMap<string, Check> = new Map([
  ["cambist.audiences", WORDS],
  ["cambist.audience.unchecked", FLAG],
  ["cambist.link", oneOf("none", "verified-email")],
]);
const TABLES = { realm: REALM, client: CLIENT, provider: PROVIDER } as const;

/** Settings that later versions enforce. Whoever relies on one of them must hear that this version does not. */
const NOT_ENFORCED: ReadonlySet<string> = new Set([
  "cambist.planes",
  "cambist.planes.unassigned",
  "cambist.plane",
  "cambist.impersonation.reason.required",
]);

/** The settings in a map that nothing here acts on yet. */
export const settingsNotEnforced = (map: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(map).flatMap(([name, value]) => (NOT_ENFORCED.has(name) && value !== "" ? [name] : []));

/** What is wrong with a setting, in words; undefined when nothing is, or when the name is not one of ours. Empty means "not set". */
export function settingFault(owner: keyof typeof TABLES, name: string, value: string): string | undefined {
  if (!name.startsWith("cambist.") || value === "") return undefined;
  const check = TABLES[owner].get(name);
  return check ? check(value) : `there is no ${owner} setting of this name`;
}

/**
 * Checks the `cambist.*` members of a map of the file. @throws {ImportError} naming the member
 */
export function checkSettings(owner: keyof typeof TABLES, node: RealmNode, member: string, map: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(map)) {
    const fault = settingFault(owner, name, value);
    if (fault !== undefined) throw new ImportError(node.file, at(at(node.path, member), name), fault);
  }
}
