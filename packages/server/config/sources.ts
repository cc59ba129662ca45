import { readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseConfFile } from "./conf-file.ts";
import { REMOVED_OPTIONS } from "./ignored-options.ts";
import { didYouMean } from "./nearest.ts";
import { EXACT_NAMES, EXACT_VARIABLES, findOption, optionOfVariable } from "./option-lookup.ts";
import { type CommandName, environmentName } from "./options.ts";
import type { Settings } from "./settings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The flags of the command line; of a repeated one the last counts. */
export function takeArguments(settings: Settings, options: readonly { name: string; value: string }[], command: CommandName): void {
  const seen = new Set<string>();
  for (const { name, value } of options.toReversed()) {
    if (seen.has(name) && repeats(name, command)) continue;
    if (seen.has(name)) {
      settings.warnings.push(`--${name} is given more than once; the last one counts.`);
      continue;
    }
    seen.add(name);
    const known = findOption(name);
    const commands = known?.kind === "option" ? known.row.commands : undefined;
    if (commands && !commands.includes(command)) {
      settings.problems.push(`--${name}: belongs to ${commands.map((each) => `\`${each}\``).join(" and ")}, not to \`${command}\``);
    } else if (value.trim() === "") settings.problems.push(`--${name}: has an empty value`);
    else if (repeats(name, command)) {
      const all = options.filter((option) => option.name === name).map((option) => option.value.trim());
      settings.offer(name, { text: all.join("\n"), source: `--${name}` });
    } else settings.offer(name, { text: value, source: `--${name}` });
  }
}

/** Whether the command takes the flag more than once. */
function repeats(name: string, command: CommandName): boolean {
  const known = findOption(name);
  return known?.kind === "option" && known.row.repeatsFor?.includes(command) === true;
}

/** The `KC_` variables. */
export function takeEnvironment(settings: Settings, env: Environment): void {
  for (const variable of Object.keys(env).toSorted()) {
    const value = env[variable] ?? "";
    if (!variable.startsWith("KC_") || value.trim() === "") continue; // empty: not set, as in Keycloak
    const name = optionOfVariable(variable);
    // Kubernetes injects variables for every service, so an unknown one is no reason to stop.
    if (name === undefined)
      settings.warnings.push(`${variable}: no option has this variable, it is ignored${didYouMean(variable, EXACT_VARIABLES)}`);
    else offerLasting(settings, name, { text: value, source: variable });
  }
}

interface FileSources {
  readonly env: Environment;
  readonly cwd: string;
  readonly installDir: string;
  readonly readFile: (path: string) => string | undefined;
}

/** The configuration file, when there is one: the named one, else that of the working folder, else that of the installation. Answers its path. */
export function takeFile(settings: Settings, from: FileSources): string | undefined {
  const named = settings.read("config-file");
  const candidates =
    named === undefined ? [from.cwd, from.installDir].map((folder) => join(folder, "conf", "keycloak.conf")) : [resolve(from.cwd, named)];
  for (const path of candidates) {
    const text = readOrNote(settings, path, from.readFile);
    if (text === undefined) {
      if (named !== undefined) settings.problems.push(`config-file: cannot read ${path}`);
      continue;
    }
    const shown = relative(from.cwd, path).startsWith("..") ? path : relative(from.cwd, path);
    for (const { key, value, line, problem } of parseConfFile(text, from.env).toReversed()) {
      const place = `${shown} line ${line}`;
      const source = `${place}, ${key}`;
      if (problem !== undefined) settings.problems.push(`${place}: ${problem}`);
      else if (findOption(key) === undefined) settings.problems.push(`${place}: ${unknownKey(key)}`);
      else if (value !== "") offerLasting(settings, key, { text: value, source });
    }
    return path;
  }
  return undefined;
}

const unknownKey = (key: string): string =>
  REMOVED_OPTIONS[key] === undefined
    ? `unknown key ${JSON.stringify(key.slice(0, 80))}${didYouMean(key, EXACT_NAMES)}`
    : `Keycloak has dropped ${key}; ${REMOVED_OPTIONS[key]}`;

function readOrNote(settings: Settings, path: string, readFile: (path: string) => string | undefined): string | undefined {
  try {
    return readFile(path);
  } catch (error) {
    settings.problems.push(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** Offers a value that holds for every run; what is a flag of one command line has no place there. */
function offerLasting(settings: Settings, name: string, setting: { text: string; source: string }): void {
  const known = findOption(name);
  if (known?.kind === "option" && known.row.flagOnly) {
    settings.warnings.push(`${setting.source}: --${name} is only read from the command line, it is ignored here.`);
  } else settings.offer(name, setting);
}

/** A variable of older Keycloak versions that stands for an option nobody has set. */
export function takeDeprecated(settings: Settings, env: Environment, variable: string, name: string): void {
  const text = env[variable] ?? "";
  if (text.trim() === "") return;
  settings.offer(name, { text, source: variable });
  settings.warnings.push(`${variable} is deprecated; use ${environmentName(name)}.`);
}

/** The text of a file, `undefined` when there is none; throws on anything else. */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined; // fs throws nothing else
    throw error;
  }
}
