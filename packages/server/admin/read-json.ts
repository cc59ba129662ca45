import { malformed } from "./admin-error.ts";
import { isJsonObject } from "../realms/json-object.ts";

/** A JSON object of unknown members, as an administrator sent it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws {AdminError} 400 when the body is missing or no object */
export function objectBody(body: unknown): JsonObject {
  if (!isJsonObject(body)) throw malformed();
  return body;
}

/** @throws {AdminError} 400 when the body is no list of objects */
export function listBody(body: unknown): readonly JsonObject[] {
  if (!Array.isArray(body) || !body.every(isJsonObject)) throw malformed();
  return body;
}

/** A text member; undefined when absent or null. @throws {AdminError} 400 another type */
export function textMember(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  // Jackson turns numbers and booleans into text.
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw malformed();
}

/** A boolean member; undefined when absent or null. @throws {AdminError} 400 another type */
export function flagMember(object: JsonObject, name: string): boolean | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "false") return value === "true";
  throw malformed();
}

/** An object member; undefined when absent or null. @throws {AdminError} 400 another type */
export function objectMember(object: JsonObject, name: string): JsonObject | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value)) throw malformed();
  return value;
}

/** A list of texts; undefined when absent or null. @throws {AdminError} 400 another type */
export function textsMember(object: JsonObject, name: string): readonly string[] | undefined {
  const value = object[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((entry) => typeof entry === "string")) throw malformed();
  return value;
}

/** Whether JSON text nests deeper than `limit`; looked at before it is parsed, so that nothing recurses over it. */
export function nestsDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > limit) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}
