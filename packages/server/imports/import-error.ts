/** A realm that cannot be imported. Nothing of it is stored. The message names the file, the place in it and the reason, and no secret. */
export class ImportError extends Error {
  override readonly name = "ImportError";
  readonly file: string;
  /** Place inside the file, such as `clients[3].redirectUris`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong there. */
  readonly reason: string;
  constructor(file: string, path: string, reason: string, options?: ErrorOptions) {
    super(`${file}: ${path ? `${path}: ` : ""}${reason}`, options);
    this.file = file;
    this.path = path;
    this.reason = reason;
  }
}

/** Whether a member name can stand in a path without quotes. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** The path of a member or element below another one: `at("clients[3]", "attributes")`, `at("clients", 3)`. */
export function at(path: string, part: string | number): string {
  if (typeof part === "number") return `${path}[${part}]`;
  if (!PLAIN.test(part)) return `${path}[${JSON.stringify(part.length > 100 ? `${part.slice(0, 100)}…` : part)}]`;
  return path ? `${path}.${part}` : part;
}
