import { IGNORED_OPTIONS } from "../config/ignored-options.ts";
import { defaultOf, variableOf } from "../config/option-text.ts";
import { BARE_FLAGS, type CommandName, GROUPS, OPTIONS, type OptionRow } from "../config/options.ts";
import type { ValueType } from "../config/value-types.ts";
import { COMMANDS } from "./commands.ts";

const WIDTH = 100;
const COLUMN = 36;

const PLACEHOLDERS: Readonly<Record<ValueType, string>> = {
  text: "TEXT",
  boolean: "true|false",
  port: "PORT",
  workers: "N",
  entries: "N",
  count: "N",
  path: "PATH",
  choice: "WORD",
  list: "LIST",
  names: "LIST",
  seconds: "TIME",
  bytes: "SIZE",
  "log-level": "LEVEL",
  "log-levels": "LEVELS",
  hostname: "URL",
  host: "ADDRESS",
  "relative-path": "/PATH",
  addresses: "LIST",
  "flag-or-path": "PATH",
  instant: "TIME",
};

/** `cambist help`: the commands. */
export function programHelp(version: string): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => entry(name, summary, 16));
  return [
    `Cambist ${version}, an OAuth 2.0 and OpenID Connect server for token exchange.`,
    "",
    "Usage: cambist COMMAND [OPTION...]",
    "",
    "Commands:",
    ...lines,
    entry("help [COMMAND]", "Shows this, or the options of a command.", 16),
    "",
    "Options are Keycloak's: --http-port=8080, KC_HTTP_PORT=8080 in the environment, or http-port=8080 in",
    "conf/keycloak.conf; the first of these that is set counts.",
    "",
    "  -h, --help      Shows the options of a command; --help-all also those of Keycloak without effect here.",
    "  -V, --version   Shows the version.",
    "",
    "First steps:",
    "  KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=admin cambist start-dev",
    "",
  ].join("\n");
}

/** `cambist help COMMAND`: its options in groups, with their defaults; `all` adds the known ones without effect. */
export function commandHelp(command: CommandName, all: boolean): string {
  const { summary, details = [], shows } = COMMANDS[command];
  const rows = (OPTIONS as readonly OptionRow[])
    .filter(({ commands }) => commands === undefined || commands.includes(command))
    .filter(shows);
  const lines = [
    `Usage: cambist ${command} [OPTION...]`,
    "",
    ...wrap(summary, 0),
    ...details.flatMap((detail) => ["", ...wrap(detail, 0)]),
  ];
  for (const group of GROUPS) {
    const members = rows.filter((row) => row.group === group);
    if (members.length > 0) lines.push("", `${group}:`, ...members.map((row) => entry(flagOf(row), describe(row, command), COLUMN)));
  }
  lines.push(
    "",
    ...wrap("Every option is also an environment variable, KC_ and its name in capitals with _, and a line of conf/keycloak.conf.", 0),
  );
  if (all) lines.push("", "Known to Keycloak, without effect here:", ...wrap(IGNORED_OPTIONS.map(({ name }) => `--${name}`).join(" "), 2));
  return `${lines.join("\n")}\n`;
}

function flagOf(row: OptionRow): string {
  const placeholder = row.type === "choice" ? (row.values ?? []).join("|") : PLACEHOLDERS[row.type];
  if (!BARE_FLAGS.has(row.name)) return `--${row.name}=${placeholder}`;
  return row.type === "flag-or-path" ? `--${row.name}[=${placeholder}]` : `--${row.name}`;
}

function describe(row: OptionRow, command: CommandName): string {
  const about = row.about.replaceAll("`", "");
  const value = defaultOf(row, command)?.replaceAll("`", "");
  const variable = variableOf(row);
  const where = row.secret && variable !== undefined ? ` Environment: ${variable}.` : "";
  return BARE_FLAGS.has(row.name) || value === undefined ? about + where : `${about}${where} Default: ${value}.`;
}

function entry(head: string, text: string, column: number): string {
  const [first = "", ...others] = wrap(text, 0, WIDTH - column - 2);
  const indent = " ".repeat(column + 2);
  const start = head.length < column ? `  ${head.padEnd(column)}${first}` : `  ${head}\n${indent}${first}`;
  return [start, ...others.map((line) => indent + line)].join("\n");
}

function wrap(text: string, indent: number, width: number = WIDTH): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width - indent) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((each) => " ".repeat(indent) + each);
}
