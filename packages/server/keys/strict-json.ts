import { isUtf8 } from "node:buffer";

/** Any JSON value. Objects that come out of {@link parseStrictJsonObject} have no prototype. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** Why a text is not taken; goes to the audit record, never to the wire. */
export type JsonFault =
  | "not_utf8"
  | "not_json"
  | "not_an_object"
  | "too_deep"
  | "duplicate_member"
  | "reserved_member"
  | "number_out_of_range";

/** Depth allowed in tokens: the outermost object is 1. */
export const MAX_TOKEN_DEPTH = 16;

/**
 * Reads untrusted JSON that two readers must never understand differently: UTF-8, an object on top, each member name
 * once per object (RFC 8259 §4 leaves that open; the first-or-last-wins difference is an attack), limited depth, no
 * `__proto__`, `constructor` or `prototype` members, no number beyond the double range.
 * Never throws: a fault is returned as its name.
 */
export function parseStrictJsonObject(bytes: Buffer, maxDepth: number = MAX_TOKEN_DEPTH): JsonObject | JsonFault {
  if (!isUtf8(bytes)) return "not_utf8";
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8")); // a byte order mark stays and is refused here
  } catch {
    return "not_json";
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "not_an_object";
  const survivors = harden(value, maxDepth);
  if (typeof survivors === "string") return survivors;
  // JSON.parse keeps one of several members with one name, so any loss shows in the count.
  if (survivors !== countMembers(bytes)) return "duplicate_member";
  return value as JsonObject; // just parsed from JSON, and an object
}

/** Members written in valid JSON text: the colons outside strings. Bytes of multi-byte characters never look like `"`, `\` or `:`. */
function countMembers(bytes: Uint8Array): number {
  let members = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) inString = false;
    } else if (byte === 0x22) inString = true;
    else if (byte === 0x3a) members++;
  }
  return members;
}

/** Takes the prototype from every object and counts the members that JSON.parse kept. */
function harden(node: object, depthLeft: number): number | JsonFault {
  if (depthLeft === 0) return "too_deep";
  let members = 0;
  if (Array.isArray(node)) {
    for (const item of node as unknown[]) {
      const inner = hardenValue(item, depthLeft);
      if (typeof inner === "string") return inner;
      members += inner;
    }
    return members;
  }
  Object.setPrototypeOf(node, null);
  for (const name in node) {
    if (name === "__proto__" || name === "constructor" || name === "prototype") return "reserved_member";
    const inner = hardenValue((node as Record<string, unknown>)[name], depthLeft);
    if (typeof inner === "string") return inner;
    members += 1 + inner;
  }
  return members;
}

function hardenValue(value: unknown, depthLeft: number): number | JsonFault {
  if (typeof value === "object" && value !== null) return harden(value, depthLeft - 1);
  return typeof value === "number" && !Number.isFinite(value) ? "number_out_of_range" : 0;
}
