import type { Page } from "@cambist/store/admin-ports.ts";
import { notFound } from "./admin-error.ts";

/** Most rows of one answer, whatever `max` says. */
const MAX_PAGE = 1_000_000;

/** `first` and `max`; negative: no limit. @throws {AdminError} 404 a number that does not parse, as JAX-RS answers */
export function pageOf(query: URLSearchParams, defaultMax?: number): Page {
  const first = numberOf(query, "first");
  const max = numberOf(query, "max") ?? defaultMax;
  return {
    first: first === undefined || first < 0 ? undefined : first,
    max: max === undefined || max < 0 ? undefined : Math.min(max, MAX_PAGE),
  };
}

/** @throws {AdminError} 404 not a whole number */
export function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^-?\d{1,9}$/.test(text)) throw notFound();
  return Number(text);
}

/** A flag; anything but `true` is false. */
export const flagOf = (query: URLSearchParams, name: string): boolean | undefined => {
  const text = query.get(name);
  return text === null ? undefined : text.toLowerCase() === "true";
};

/** `q=key:value key2:"a value"` as a map. */
export function attributesOf(query: URLSearchParams): Readonly<Record<string, string>> | undefined {
  const text = query.get("q");
  if (text === null || text.trim() === "") return undefined;
  const found: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const match of text.matchAll(/(?:"([^"]+)"|([^\s:"]+)):(?:"([^"]*)"|(\S+))/g))
    found[match[1] ?? match[2] ?? ""] = match[3] ?? match[4] ?? "";
  return found;
}
