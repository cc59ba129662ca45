import { FEATURE_ALIASES, FEATURES } from "../config/features.ts";
import { IGNORED_OPTIONS, REMOVED_OPTIONS } from "../config/ignored-options.ts";
import { defaultOf, typeOf, variableOf } from "../config/option-text.ts";
import { BARE_FLAGS, type Group, GROUPS, OPTIONS, type OptionRow } from "../config/options.ts";

const INTRODUCTION = `# Configuration

Generated from the option table in \`packages/server/config/\`; a test keeps the two in step.

## Where options come from

Options are spelt as Keycloak spells them and may stand in three places. The first that sets an option counts; none: the default below.

1. the command line: \`--http-port=8080\` or \`--http-port 8080\`;
2. the environment: \`KC_HTTP_PORT=8080\` (an empty variable is not set);
3. the configuration file: \`http-port=8080\`.

The configuration file is the one that \`--config-file\` or \`KC_CONFIG_FILE\` names, else \`conf/keycloak.conf\` in the working folder, else the same
file beside the installation. It has one \`key=value\` a line; \`#\` starts a comment, \`\${NAME}\` and \`\${NAME:default}\` stand for environment variables,
and a backslash escapes the character after it. Relative paths start from the working folder, wherever they are written.

| wrong | what happens |
|---|---|
| unknown flag, unknown key in the file, value of the wrong form, unknown feature or log level | nothing starts; one line per mistake with the nearest right name; exit code 2 |
| unknown \`KC_*\` variable | a warning with the nearest right name (Kubernetes injects some of its own) |
| an option of Keycloak's without effect here | a warning with the reason |
| \`db=postgres\` or another database, \`https-client-auth=required\`, \`fips-mode=strict\` | nothing starts: what was asked for cannot be given |

Exit codes: 0 done, 1 the command failed while running, 2 the command line or the configuration is wrong. SIGTERM and SIGINT end the server after the
requests under way; a second signal ends it at once.

\`KEYCLOAK_ADMIN\` and \`KEYCLOAK_ADMIN_PASSWORD\` still stand for the bootstrap options, with a warning.

## \`start-dev\` and \`start\`

\`start-dev\` listens on this machine only (\`http-host\` is \`127.0.0.1\`), in plain HTTP, and takes any host name. In a container, whose published port
arrives from outside, set \`KC_HTTP_HOST=0.0.0.0\`. \`start\` listens on every address and refuses what is unsafe:

| refused | what mends it |
|---|---|
| no certificate | \`--https-certificate-file\` and \`--https-certificate-key-file\`, or behind a proxy that ends TLS \`--http-enabled=true --proxy-headers=xforwarded\` |
| \`http-enabled=true\` without \`proxy-headers\` | \`--proxy-headers=xforwarded\` or \`forwarded\` |
| no hostname | \`--hostname=https://sso.example.com\`, or \`--hostname-strict=false\` where the proxy overwrites the \`Host\` header |
| a bootstrap password everybody guesses, such as \`admin\` | \`KC_BOOTSTRAP_ADMIN_PASSWORD\` with a long random one |

\`--optimized\` is accepted, and \`build\` succeeds: nothing is built.`;

/** The reference page of all options, in Markdown. */
export function render(): string {
  const rows: readonly OptionRow[] = OPTIONS;
  const sections = GROUPS.map((group) =>
    groupSection(
      group,
      rows.filter((row) => row.group === group),
    ),
  );
  return `${[INTRODUCTION, "## Options", ...sections, featureSection(), ignoredSection(), removedSection()].join("\n\n")}\n`;
}

export const page = { path: "docs/reference/configuration.md", render } as const;

function groupSection(group: Group, rows: readonly OptionRow[]): string {
  const lines = rows.map((row) =>
    cells(optionCell(row), code(variableOf(row)), valueCell(row), defaultCell(row), `${plain(row.about)}${commandsNote(row)}`, row.from),
  );
  return [
    `### ${group}`,
    "",
    cells("option", "environment", "value", "default", "what it does", "from"),
    "|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

function optionCell({ name, type, flagOnly }: OptionRow): string {
  if (!BARE_FLAGS.has(name)) return code(flagOnly ? `--${name}` : name);
  return type === "flag-or-path" ? `\`--${name}\` or \`--${name}=PATH\`` : `\`--${name}\``;
}

function defaultCell(row: OptionRow): string {
  const value = defaultOf(row);
  if (value === undefined || BARE_FLAGS.has(row.name)) return "";
  return typeof row.default === "string" ? code(value) : plain(value);
}

const valueCell = (row: OptionRow): string => (BARE_FLAGS.has(row.name) && row.type === "boolean" ? "" : plain(typeOf(row)));

const commandsNote = ({ commands }: OptionRow): string =>
  commands === undefined ? "" : ` (${commands.map((name) => code(name)).join(", ")})`;

function featureSection(): string {
  const effective = FEATURES.filter(({ gate }) => gate !== undefined);
  const names = [...new Set(FEATURES.filter(({ gate }) => gate === undefined).map(({ name, version }) => code(`${name}:v${version}`)))];
  const aliases = Object.entries(FEATURE_ALIASES).map(([alias, key]) => `${code(alias)} means ${code(key)}`);
  return [
    "## Features",
    "",
    "`features` and `features-disabled` take a comma-separated list of names, with or without `:vN`. These can be switched, and are on unless",
    "`features-disabled` (or `feature-NAME=disabled`) says otherwise:",
    "",
    ...effective.map((row) => `- ${code(`${row.name}:v${row.version}`)}`),
    "",
    `${aliases.join("; ")}. \`preview\` is accepted and changes nothing. A bare name means the version`,
    "that is built here, or every version when it is switched off. These other names of Keycloak's are accepted with a warning and switch nothing:",
    "",
    `${names.join(", ")}.`,
  ].join("\n");
}

function ignoredSection(): string {
  const reasons = Map.groupBy(IGNORED_OPTIONS, ({ reason }) => reason);
  const lines = [...reasons].map(([reason, rows]) => cells(rows.map(({ name }) => code(name)).join(", "), plain(reason)));
  return [
    "## Accepted without effect",
    "",
    "These options of Keycloak's are known; setting one gives a warning.",
    "",
    cells("options", "reason"),
    "|---|---|",
    ...lines,
  ].join("\n");
}

function removedSection(): string {
  const lines = Object.entries(REMOVED_OPTIONS).map(([name, instead]) => cells(code(name), plain(instead)));
  return [
    "## Dropped by Keycloak",
    "",
    "These older options are refused, on the command line and in the file:",
    "",
    cells("option", "instead"),
    "|---|---|",
    ...lines,
  ].join("\n");
}

const cells = (...texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
const code = (text: string | undefined): string => (text === undefined ? "" : `\`${text}\``);
const plain = (text: string): string => text.replaceAll("|", "\\|");
