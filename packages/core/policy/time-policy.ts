import type { EpochSeconds } from "../model.ts";

type Config = Readonly<Record<string, string>>;

/**
 * Keycloak's time policy: `nbf`, `noa` (`yyyy-MM-dd HH:mm:ss` or a date), and `dayMonth`, `month`, `year`, `hour`, `minute`, each one value
 * or a range up to its `…End`. All in UTC; a range does not wrap round. Undefined: the configuration cannot be read.
 */
export function timeVote(config: Config, now: EpochSeconds): boolean | undefined {
  const notBefore = parseTime(config["nbf"]);
  const notAfter = parseTime(config["noa"]);
  if (notBefore === "unreadable" || notAfter === "unreadable") return undefined;
  const date = new Date(now * 1000);
  const fields: readonly (readonly [string, number])[] = [
    ["dayMonth", date.getUTCDate()],
    ["month", date.getUTCMonth() + 1],
    ["year", date.getUTCFullYear()],
    ["hour", date.getUTCHours()],
    ["minute", date.getUTCMinutes()],
  ];
  const within = fields.map(([name, value]) => isWithin(config[name], config[`${name}End`], value));
  if (within.includes(undefined)) return undefined;
  return (notBefore === undefined || now >= notBefore) && (notAfter === undefined || now <= notAfter) && !within.includes(false);
}

/** `yyyy-MM-dd HH:mm:ss` in UTC. */
export const formatTime = (at: EpochSeconds): string => new Date(at * 1000).toISOString().slice(0, 19).replace("T", " ");

const blank = (text: string | undefined): text is undefined => text === undefined || text.trim() === "";

function parseTime(text: string | undefined): EpochSeconds | "unreadable" | undefined {
  if (blank(text)) return undefined;
  const match = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?: (\d{1,2}):(\d{1,2}):(\d{1,2}))?\s*$/.exec(text);
  if (!match) return "unreadable";
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map((part) => Number(part ?? 0));
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) return "unreadable";
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

/** No start: no limit. An end without a start says nothing that can be kept. */
function isWithin(start: string | undefined, end: string | undefined, value: number): boolean | undefined {
  if (blank(start)) return blank(end) ? true : undefined;
  const first = Number(start);
  const last = blank(end) ? first : Number(end);
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last)) return undefined;
  return first <= value && value <= last;
}
