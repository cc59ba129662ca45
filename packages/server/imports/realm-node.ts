import { isCleanText } from "../keys/jws.ts";
import { at, ImportError } from "./import-error.ts";
import { isJsonObject } from "../realms/json-object.ts";

/** Longest name, id or reference, in characters (Keycloak's columns). */
const MAX_NAME_LENGTH = 255;

/**
 * A JSON object of a realm file with its place in it. Reads members by type and says where a wrong one is. `null` is the same as
 * absent, and a text is taken where a boolean or number is meant (`"true"`, `"300"`), as Keycloak's reader does.
 */
export class RealmNode {
  readonly file: string;
  readonly path: string;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(file: string, path: string, value: unknown) {
    if (!isJsonObject(value)) throw new ImportError(file, path, "an object should be here");
    this.file = file;
    this.path = path;
    this.members = value;
  }

  /** @throws {ImportError} always */
  fail(member: string, reason: string): never {
    throw new ImportError(this.file, at(this.path, member), reason);
  }

  has(member: string): boolean {
    return this.#value(member) !== undefined;
  }

  text(member: string): string | undefined {
    const value = this.#value(member);
    if (value === undefined || typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    return this.fail(member, "a text should be here");
  }

  /** A text that names something: not empty, without control characters, of bounded length. */
  name(member: string): string | undefined {
    const text = this.text(member);
    if (text === undefined) return undefined;
    return this.#checkName(member, text);
  }

  needName(member: string): string {
    return this.name(member) ?? this.fail(member, "this member is missing");
  }

  flag(member: string): boolean | undefined {
    const value = this.#value(member);
    if (value === undefined || typeof value === "boolean") return value;
    if (value === "true" || value === "false") return value === "true";
    return value === "" ? undefined : this.fail(member, "true or false should be here");
  }

  whole(member: string): number | undefined {
    const value = this.#value(member);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    if (typeof value === "string" && /^-?\d{1,15}$/.test(value)) return Number(value);
    return value === "" ? undefined : this.fail(member, "a whole number should be here");
  }

  texts(member: string): readonly string[] | undefined {
    return this.#list(member)?.map((element, index) => {
      if (typeof element === "string") return element;
      if (typeof element === "number" || typeof element === "boolean") return String(element);
      throw new ImportError(this.file, at(at(this.path, member), index), "a text should be here");
    });
  }

  /** Names of other things, without repetitions. */
  names(member: string): readonly string[] | undefined {
    const texts = this.texts(member);
    return texts && [...new Set(texts.map((text) => this.#checkName(member, text)))];
  }

  node(member: string): RealmNode | undefined {
    const value = this.#value(member);
    return value === undefined ? undefined : new RealmNode(this.file, at(this.path, member), value);
  }

  nodes(member: string): readonly RealmNode[] | undefined {
    return this.#list(member)?.map((element, index) => new RealmNode(this.file, at(at(this.path, member), index), element));
  }

  /** `{"key": "text"}`; keys with null are left out. */
  map(member: string): Readonly<Record<string, string>> | undefined {
    const node = this.node(member);
    if (!node) return undefined;
    return Object.fromEntries(node.keys().map((key) => [key, node.text(key) ?? ""]));
  }

  /** `{"key": ["text", …]}`; a text on its own counts as a list of one. */
  lists(member: string): Readonly<Record<string, readonly string[]>> | undefined {
    const node = this.node(member);
    if (!node) return undefined;
    return Object.fromEntries(
      node.keys().map((key) => [key, Array.isArray(node.members[key]) ? (node.texts(key) ?? []) : [node.text(key) ?? ""]]),
    );
  }

  /** Names of the members that are there (not null). */
  keys(): readonly string[] {
    return Object.keys(this.members).filter((key) => this.members[key] !== null && this.members[key] !== undefined);
  }

  #value(member: string): unknown {
    return Object.hasOwn(this.members, member) ? (this.members[member] ?? undefined) : undefined;
  }

  #list(member: string): readonly unknown[] | undefined {
    const value = this.#value(member);
    if (value === undefined) return undefined;
    return Array.isArray(value) ? (value as unknown[]) : this.fail(member, "a list should be here");
  }

  #checkName(member: string, text: string): string {
    if (text === "") this.fail(member, "this may not be empty");
    if (text.length > MAX_NAME_LENGTH) this.fail(member, `longer than ${MAX_NAME_LENGTH} characters`);
    if (!isCleanText(text)) this.fail(member, "control characters and broken characters cannot be stored");
    return text;
  }
}
