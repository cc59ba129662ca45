import type { Json } from "./http.ts";
import { cut, type Terminal } from "./terminal.ts";

/** Two tokens as rows of a table: what each says, and what became of it. */
export interface ClaimRow {
  readonly claim: string;
  readonly before: string;
  readonly after: string;
  readonly fate: "kept" | "changed" | "dropped" | "new";
}

const ORDER = ["iss", "sub", "azp", "aud", "realm_access", "resource_access", "scope", "act"];
/** Of one token only: they say nothing about its rights. */
const HIDDEN = new Set(["exp", "iat", "auth_time", "jti", "typ", "sid"]);

export function claimRows(before: Json, after: Json): readonly ClaimRow[] {
  const names = [...new Set([...ORDER, ...Object.keys(before), ...Object.keys(after)])].filter((name) => !HIDDEN.has(name));
  const rows = names.flatMap((name) => {
    const [old, now] = [flatten(name, before[name]), flatten(name, after[name])];
    return [...new Set([...old.keys(), ...now.keys()])].map((claim) => row(claim, old.get(claim), now.get(claim)));
  });
  return [...rows, row("lifetime", lifetime(before), lifetime(after))];
}

function row(claim: string, before = "", after = ""): ClaimRow {
  const fate = before === after ? "kept" : before === "" ? "new" : after === "" ? "dropped" : "changed";
  return { claim, before, after, fate };
}

/** A claim in lines that can be compared: roles per client, actors outermost first. */
function flatten(name: string, value: unknown): ReadonlyMap<string, string> {
  if (value === undefined) return new Map();
  if (name === "resource_access") {
    return new Map(Object.entries(value as Json).map(([client, access]) => [`${client} roles`, rolesOf(access)]));
  }
  if (name === "realm_access") return new Map([["realm roles", rolesOf(value)]]);
  if (name === "act") return new Map([["act (who acts)", actors(value).join(", for ")]]);
  return new Map([[name, Array.isArray(value) ? value.join(", ") : typeof value === "string" ? value : JSON.stringify(value)]]);
}

const rolesOf = (access: unknown): string => ((access as { readonly roles?: readonly string[] }).roles ?? []).join(", ");

export function actors(act: unknown): readonly string[] {
  if (typeof act !== "object" || act === null) return [];
  const { client_id: client, act: earlier } = act as { readonly client_id?: unknown; readonly act?: unknown };
  return [String(client), ...actors(earlier)];
}

const lifetime = ({ exp, iat }: Json): string => `${Number(exp) - Number(iat)} s`;

const COLUMNS = { claim: 29, before: 38, after: 23 } as const;
const MARKS = { kept: "", changed: "changed", dropped: "dropped", new: "new" } as const;
const COLOURS = { kept: "dim", changed: "yellow", dropped: "red", new: "green" } as const;

const cells = (claim: string, before: string, after: string): string =>
  `   ${cut(claim, 28).padEnd(COLUMNS.claim)}${cut(before, 37).padEnd(COLUMNS.before)}${cut(after, 22).padEnd(COLUMNS.after)}`;

export function showSideBySide(terminal: Terminal, titles: readonly [before: string, after: string], rows: readonly ClaimRow[]): void {
  terminal.line(terminal.paint("bold", cells("", ...titles)).trimEnd());
  for (const { claim, before, after, fate } of rows) {
    const shown = fate === "kept" ? "the same" : after === "" ? "-" : after;
    const line = `${cells(claim, before === "" ? "-" : before, shown)}${MARKS[fate]}`;
    terminal.line(terminal.paint(COLOURS[fate], line.trimEnd()));
  }
}
