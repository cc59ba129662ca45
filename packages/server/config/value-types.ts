import { isIP } from "node:net";
import { ValueProblem } from "./config-error.ts";
import { type LogLevel, type LogLevels, parseLogLevel, parseLogLevels } from "./log-level.ts";
import { didYouMean } from "./nearest.ts";

/** Where clients reach the server: a whole URL that is used as it is, or a name alone (scheme, port and path then come from the request). */
export type Hostname =
  | { readonly kind: "url"; /** Without a trailing slash, with its path: `https://sso.example.com/auth`. */ readonly url: string }
  | { readonly kind: "host"; readonly host: string };

/** What each type of option becomes once its text is read. */
export interface ValueOf {
  text: string;
  boolean: boolean;
  port: number;
  workers: number;
  entries: number;
  count: number;
  path: string;
  choice: string;
  list: readonly string[];
  names: readonly string[];
  seconds: number;
  bytes: number;
  "log-level": LogLevel;
  "log-levels": LogLevels;
  hostname: Hostname;
  host: string;
  "relative-path": string;
  addresses: readonly string[];
  "flag-or-path": boolean | string;
  instant: string;
}
export type ValueType = keyof ValueOf;

interface Reader<T> {
  /** How the reference page names the type. */
  readonly title: string;
  /** @throws {ValueProblem} when the text is not of the type; `values` are the permitted words of a choice or a list. */
  parse(text: string, values: readonly string[]): T;
}

export const VALUE_TYPES: { readonly [T in ValueType]: Reader<ValueOf[T]> } = {
  text: { title: "text", parse: (text) => text },
  boolean: { title: "true or false", parse: parseBoolean },
  port: { title: "port, 0 = any free one", parse: (text) => parseInteger(text, 0, 65_535, "is not a port (0 to 65535)") },
  count: { title: "number", parse: (text) => parseInteger(text, 1, 1_000_000, "is not a whole number from 1 to 1000000") },
  workers: { title: "number", parse: (text) => parseInteger(text, 1, 256, "is not a number of threads (1 to 256)") },
  entries: { title: "number, 0 = none", parse: (text) => parseInteger(text, 0, 1_000_000, "is not a whole number from 0 to 1000000") },
  path: { title: "path", parse: (text) => text },
  choice: { title: "one of", parse: parseChoice },
  list: { title: "comma-separated list of", parse: parseList },
  names: { title: "comma-separated list", parse: splitList },
  seconds: { title: "time such as 30d, 12h, 45m; a bare number is days", parse: parseSeconds },
  bytes: { title: "size such as 500m or 20g; a bare number is bytes", parse: parseBytes },
  "log-level": { title: "log level", parse: parseLogLevel },
  "log-levels": { title: "log level and category:level entries", parse: parseLogLevels },
  hostname: { title: "URL or host name", parse: parseHostname },
  host: { title: "address or host name", parse: parseHost },
  "relative-path": { title: "path that starts with /", parse: parseRelativePath },
  addresses: { title: "comma-separated list of addresses or CIDR ranges", parse: parseAddresses },
  "flag-or-path": { title: "flag, or a path", parse: (text) => (/^(true|false)$/i.test(text) ? parseBoolean(text) : text) },
  instant: { title: "time such as 2026-11-22T10:00:00Z, or an age such as 90m, 12h, 7d", parse: parseInstant },
};

function parseBoolean(text: string): boolean {
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  throw new ValueProblem(`is neither true nor false${didYouMean(text, ["true", "false"])}`);
}

function parseInteger(text: string, least: number, most: number, complaint: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  // Kubernetes puts `<SERVICE>_PORT=tcp://...` into every container, and a service named `kc-http` meets our names.
  throw new ValueProblem(
    text.startsWith("tcp://") ? `${complaint}; Kubernetes sets such values: use enableServiceLinks: false` : complaint,
  );
}

function parseChoice(text: string, values: readonly string[]): string {
  const choice = findChoice(text, values);
  if (choice !== undefined) return choice;
  throw new ValueProblem(`is none of ${values.join(", ")}${didYouMean(text, values)}`);
}

function parseList(text: string, values: readonly string[]): readonly string[] {
  return splitList(text).map((word) => {
    const choice = findChoice(word, values);
    if (choice !== undefined) return choice;
    const choices = values.length > 8 ? "is unknown" : `is none of ${values.join(", ")}`;
    throw new ValueProblem(`has ${quote(word)}, which ${choices}${didYouMean(word, values)}`);
  });
}

const findChoice = (word: string, values: readonly string[]): string | undefined =>
  values.find((value) => value === word) ?? values.find((value) => value.toLowerCase() === word.toLowerCase());

function splitList(text: string): readonly string[] {
  return [...new Set(text.split(",").map((word) => word.trim()))].filter((word) => word !== "");
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

function parseSeconds(text: string): number {
  const match = /^(\d{1,9})([smhd]?)$/i.exec(text);
  const unit = (match?.[2]?.toLowerCase() || "d") as keyof typeof SECONDS; // the expression admits these letters only
  const seconds = Number(match?.[1] ?? 0) * SECONDS[unit];
  if (seconds > 0 && Number.isSafeInteger(seconds)) return seconds;
  throw new ValueProblem("is not a time longer than nothing, such as 30d, 12h or 45m");
}

const BYTES = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 } as const;

function parseBytes(text: string): number {
  const match = /^(\d{1,15})([kmgt]?)(?:i?b)?$/i.exec(text);
  const bytes = Number(match?.[1] ?? 0) * BYTES[(match?.[2]?.toLowerCase() ?? "") as keyof typeof BYTES]; // the expression admits these letters only
  if (bytes >= BYTES.m && Number.isSafeInteger(bytes)) return bytes;
  throw new ValueProblem("is not a size of at least 1m, such as 500m or 20g");
}

const HOST_NAME = /^(?!-)[A-Za-z0-9_.-]{1,253}(?<![-.])$/;

function parseHost(text: string): string {
  const bare = text.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) !== 0 || HOST_NAME.test(bare)) return bare;
  throw new ValueProblem("is not an address or a host name");
}

function parseHostname(text: string): Hostname {
  if (!text.includes("://")) {
    const host = text.replace(/^\[(.*)\]$/, "$1");
    if (isIP(host) === 6) return { kind: "host", host: `[${host}]` };
    if (isIP(host) === 4 || HOST_NAME.test(host)) return { kind: "host", host: host.toLowerCase() };
    throw new ValueProblem(
      "is neither a host name nor a whole URL; a port or a path needs the whole URL, such as https://sso.example.com:8443/auth",
    );
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new ValueProblem("is not an http or https URL");
  if (url.username !== "" || url.password !== "") throw new ValueProblem("is a URL with a user name or password in it");
  if (url.search !== "" || url.hash !== "" || /[?#]$/.test(text)) throw new ValueProblem("is a URL with a query or a fragment");
  return { kind: "url", url: url.href.replace(/\/+$/, "") };
}

function parseRelativePath(text: string): string {
  if (text === "/") return "";
  if (!/^(\/[A-Za-z0-9._~-]+)+\/?$/.test(text) || /\/\.\.?(\/|$)/.test(text)) {
    throw new ValueProblem("is not a path such as / or /auth (letters, digits, . _ ~ -)");
  }
  return text.replace(/\/$/, "");
}

function parseAddresses(text: string): readonly string[] {
  const addresses = splitList(text);
  for (const entry of addresses) {
    const [address = "", bits, ...rest] = entry.split("/");
    const family = isIP(address);
    const most = family === 4 ? 32 : 128;
    const bitsAreRight = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    if (family === 0 || !bitsAreRight || rest.length > 0) {
      throw new ValueProblem(`has ${quote(entry)}, which is neither an address nor a range such as 10.0.0.0/8`);
    }
  }
  return addresses;
}

/** Checks the form only; an age becomes a time where a clock is at hand (`instantOf`). */
function parseInstant(text: string): string {
  if (/^\d{1,9}[smhd]$/i.test(text) || !Number.isNaN(isoMs(text))) return text;
  throw new ValueProblem("is neither a time such as 2026-11-22T10:00:00Z nor an age such as 90m, 12h or 7d");
}

/** The time, in milliseconds since 1970, that an `instant` option means when it is `nowMs`. */
export function instantOf(text: string, nowMs: number): number {
  return /^\d+[smhd]$/i.test(text) ? nowMs - parseSeconds(text) * 1000 : isoMs(text);
}

const isoMs = (text: string): number => (/^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/.test(text) ? Date.parse(text) : Number.NaN);

/** A value as messages show it: quoted, control characters escaped, cut short. Never for secret options. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
