import type { Json } from "@cambist/store/config-ports.ts";
import { type Fields, readFields } from "../imports/fields.ts";
import { ImportError } from "../imports/import-error.ts";
import { RealmNode } from "../imports/realm-node.ts";
import { isCleanText } from "../keys/jws.ts";
import type { AdminCall } from "./admin-call.ts";
import { AdminError, invalid, malformed } from "./admin-error.ts";

/** Longest name that can be stored, in characters. */
const MAX_NAME_LENGTH = 255;

/** A body read by the same table of fields that imports read files by. */
export interface ReadRepresentation {
  readonly node: RealmNode;
  /** Members that stay in the stored representation, in their proper types. */
  readonly kept: Json;
}

/**
 * A representation sent by an administrator. Unknown members are refused as Keycloak does, unless `lenient`: what is misspelt must not be
 * dropped in silence.
 * @param kind Keycloak's class name, for the message
 * @throws {AdminError} 400 no object, a member of the wrong type, an unknown member
 */
export function readRepresentation(
  call: Pick<AdminCall, "body" | "rawBody">,
  kind: string,
  fields: Fields,
  lenient = false,
): ReadRepresentation {
  return reading(() => {
    const node = new RealmNode("body", "", call.body);
    const unknown = Object.keys(node.members).find((name) => !fields.has(name));
    if (unknown !== undefined && !lenient) throw unrecognised(kind, unknown, call.rawBody);
    return { node, kept: readFields(node, fields).kept };
  });
}

/** Runs a reader that was made for files: what it finds wrong is the caller's fault. @throws {AdminError} 400 */
export function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ImportError) throw malformed();
    throw error;
  }
}

/** Keycloak's refusal of a member that the representation does not have. */
export function unrecognised(kind: string, member: string, rawBody: Buffer): AdminError {
  const { line, column } = placeOf(rawBody, member);
  return new AdminError(400, {
    error: `Invalid json representation for ${kind}. Unrecognized field "${shown(member)}" at line ${line} column ${column}.`,
  });
}

/** Where Jackson stands when it meets an unknown member: behind the first token of its value. */
function placeOf(body: Buffer, member: string): { readonly line: number; readonly column: number } {
  const text = body.toString("latin1");
  const key = JSON.stringify(member).replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const match = new RegExp(`${Buffer.from(key, "utf8").toString("latin1")}\\s*:\\s*(?:[\\w.+-]+|.)?`).exec(text);
  const before = text.slice(0, match ? match.index + match[0].length : 0);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: before.length - lineStart + 1 };
}

const shown = (member: string): string => (member.length > 100 ? `${member.slice(0, 100)}…` : member);

/** A name that can be stored and shown. @throws {AdminError} 400 too long, or with control characters */
export function storableName(member: string, name: string): string {
  if (name.length > MAX_NAME_LENGTH) throw invalid(`${member} is longer than ${MAX_NAME_LENGTH} characters`);
  if (!isCleanText(name)) throw invalid(`${member} holds characters that cannot be stored`);
  return name;
}
