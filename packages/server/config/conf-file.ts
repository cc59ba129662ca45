/** One line of a configuration file: `key=value`, its place, and what is wrong with it when it is no such line. */
export interface ConfLine {
  readonly key: string;
  readonly value: string;
  /** 1 for the first line. */
  readonly line: number;
  readonly problem?: string;
}

/**
 * Reads Keycloak's `keycloak.conf`, which is a Java properties file: comments start with `#` or `!`, key and value part at the first `=` or `:`, a
 * backslash at the end joins the next line and elsewhere escapes a character, and `${NAME}` or `${NAME:default}` stands for an environment variable.
 * Never throws; a line that cannot be read carries a `problem`.
 */
export function parseConfFile(text: string, env: Readonly<Record<string, string | undefined>>): readonly ConfLine[] {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  const parsed: ConfLine[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    let logical = (lines[index] ?? "").trimStart();
    if (logical === "" || /^[#!]/.test(logical)) continue;
    while (/(^|[^\\])(\\\\)*\\$/.test(logical) && index + 1 < lines.length) {
      index += 1;
      logical = logical.slice(0, -1) + (lines[index] ?? "").trimStart();
    }
    const separator = /(?<!\\)[=:]/.exec(logical);
    if (separator === null) {
      parsed.push({ key: "", value: "", line, problem: "is not of the form key=value" });
      continue;
    }
    const key = unescape(logical.slice(0, separator.index).trim());
    const { value, missing } = expand(unescape(logical.slice(separator.index + 1).trim()), env);
    parsed.push({
      key,
      value,
      line,
      ...(missing !== undefined && { problem: `refers to the environment variable ${missing}, which is not set` }),
    });
  }
  return parsed;
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescape(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|[\s\S])/g, (_, escaped: string) =>
    escaped.length === 5 ? String.fromCharCode(Number.parseInt(escaped.slice(1), 16)) : (ESCAPES[escaped] ?? escaped),
  );
}

function expand(text: string, env: Readonly<Record<string, string | undefined>>): { value: string; missing?: string } {
  let missing: string | undefined;
  const value = text.replace(/\$\{([A-Za-z_][A-Za-z0-9_.]*)(?::([^}]*))?\}/g, (_, name: string, fallback: string | undefined) => {
    const found = env[name] ?? fallback;
    if (found === undefined) missing ??= name;
    return found ?? "";
  });
  return { value, ...(missing !== undefined && { missing }) };
}
