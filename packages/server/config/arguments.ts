import { didYouMean } from "./nearest.ts";
import { EXACT_NAMES, findOption } from "./option-lookup.ts";
import { BARE_FLAGS, COMMAND_NAMES, type CommandName } from "./options.ts";
import { REMOVED_OPTIONS } from "./ignored-options.ts";
import { quote } from "./value-types.ts";

export interface Arguments {
  readonly command: CommandName | "help" | undefined;
  /** `help CMD`: the command to explain. */
  readonly about: string | undefined;
  readonly help: "no" | "short" | "all";
  readonly version: boolean;
  /** In the order given, a repeated one included. */
  readonly options: readonly { readonly name: string; readonly value: string }[];
  readonly problems: readonly string[];
}

const SHORT: Readonly<Record<string, string>> = { "-h": "--help", "-V": "--version", "-v": "--verbose", "-cf": "--config-file" };

/** Keycloak's commands that have no counterpart here. */
const ABSENT_COMMANDS: Readonly<Record<string, string>> = {
  "bootstrap-admin": "the first administrator comes from KC_BOOTSTRAP_ADMIN_USERNAME and KC_BOOTSTRAP_ADMIN_PASSWORD at the first start",
  "show-config": "start says which configuration file it read",
  tools: "this version has no tools",
  "update-compatibility": "this version is one node",
};

/**
 * Splits a command line into command and options, in Keycloak's spelling (`--name=value` or `--name value`). Everything wrong with its form is in
 * `problems`; messages name options and never show a value.
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const options: { name: string; value: string }[] = [];
  const problems: string[] = [];
  const words: string[] = [];
  let help: Arguments["help"] = "no";
  let version = false;
  let lastOption: string | undefined;
  for (let index = 0; index < argv.length; index += 1) {
    const given = argv[index] ?? "";
    const argument = SHORT[given] ?? given;
    if (argument === "--help") help = "short";
    else if (argument === "--help-all") help = "all";
    else if (argument === "--version") version = true;
    else if (!argument.startsWith("-") || argument === "-") {
      if (words.length > 0 && words[0] !== "help") problems.push(strayArgument(argument, index, lastOption));
      words.push(argument);
    } else {
      const name = argument.replace(/^--?/, "").replace(/=[\s\S]*$/, "");
      const next = argv[index + 1];
      const equals = argument.indexOf("=");
      lastOption = name;
      if (!argument.startsWith("--") || findOption(name) === undefined) {
        problems.push(unknownOption(argument, name));
        if (equals < 0 && next !== undefined && !next.startsWith("-") && words.length > 0) index += 1; // most likely its value, perhaps a secret
      } else if (equals > 0) options.push({ name, value: argument.slice(equals + 1) });
      else if (BARE_FLAGS.has(name)) options.push({ name, value: "true" });
      else if (next === undefined || (next.startsWith("-") && next !== "-"))
        problems.push(`--${name}: needs a value, as in --${name}=VALUE`);
      else {
        options.push({ name, value: next });
        index += 1;
      }
    }
  }
  const [word, about] = words;
  const command = [...COMMAND_NAMES, "help" as const].find((known) => known === word);
  if (word !== undefined && command === undefined) problems.unshift(unknownCommand(word));
  return { command, about: command === "help" ? about : undefined, help, version, options, problems };
}

function strayArgument(argument: string, index: number, lastOption: string | undefined): string {
  // `--bootstrap-admin-password=my secret` without quotes: the second word is part of the secret.
  const shown = lastOption !== undefined && findOption(lastOption)?.row.secret ? `argument ${index + 1}` : quote(argument);
  const hint = lastOption === undefined ? "" : `; write --${lastOption}=VALUE, with quotes where the value has spaces`;
  return `${shown}: is not an option${hint}`;
}

function unknownOption(argument: string, name: string): string {
  const removed = REMOVED_OPTIONS[name];
  if (removed !== undefined) return `--${name}: Keycloak has dropped this option; ${removed}`;
  if (argument.startsWith("-D")) return `-D...: Java system properties mean nothing here; see \`cambist help\` for the options`;
  return `${argument.startsWith("--") ? "--" : "-"}${name.slice(0, 80)}: unknown option${didYouMean(name, EXACT_NAMES, "--")}`;
}

function unknownCommand(word: string): string {
  const absent = ABSENT_COMMANDS[word];
  if (absent !== undefined) return `${word}: Cambist has no such command; ${absent}`;
  return `${quote(word)}: unknown command${didYouMean(word, COMMAND_NAMES)}`;
}
