import { parseArguments } from "../config/arguments.ts";
import { ConfigError } from "../config/config-error.ts";
import { didYouMean } from "../config/nearest.ts";
import { COMMAND_NAMES } from "../config/options.ts";
import { readConfig } from "../config/read-config.ts";
import { quote } from "../config/value-types.ts";
import { COMMANDS } from "./commands.ts";
import { commandHelp, programHelp } from "./help.ts";
import type { CommandIo } from "./io.ts";

/** The world the program runs in. */
export interface Program {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly installDir: string;
  readonly version: string;
  readonly stdout: CommandIo["stdout"];
  readonly stderr: CommandIo["stderr"];
  /** Called by a command that ends by itself: from then on the first SIGINT or SIGTERM aborts the signal. */
  takeSignals(): AbortSignal;
}

/**
 * Runs one command line and answers the exit code: 0 done, 1 the command failed, 2 the command line or the configuration is wrong (nothing was
 * started). Never throws.
 */
export async function main(program: Program): Promise<number> {
  const { argv, stdout, stderr, version } = program;
  const line = parseArguments(argv);
  const fail = (lines: readonly string[]): number => {
    stderr.write(lines.map((each) => `cambist: ${each}\n`).join(""));
    return 2;
  };
  if (line.version) {
    stdout.write(`Cambist ${version} (Node ${process.version})\n`);
    return 0;
  }
  if (line.command === "help" || line.help !== "no" || argv.length === 0) {
    const word = line.command === "help" ? line.about : line.command;
    const command = COMMAND_NAMES.find((name) => name === word);
    if (word !== undefined && command === undefined) return fail([`${quote(word)}: unknown command${didYouMean(word, COMMAND_NAMES)}`]);
    if (command === undefined && line.problems.length > 0) return fail(line.problems);
    stdout.write(command === undefined ? programHelp(version) : commandHelp(command, line.help === "all"));
    return 0;
  }
  const verbose = line.options.some(({ name, value }) => name === "verbose" && value === "true");
  try {
    const read = readConfig(program);
    for (const warning of read.warnings) stderr.write(`Warning: ${warning}\n`);
    const command = COMMANDS[read.config.command];
    const signal = command.heedsSignals ? program.takeSignals() : new AbortController().signal;
    return await command.run(read, { stdout, stderr, signal });
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const warning of error.warnings) stderr.write(`Warning: ${warning}\n`);
      return fail(error.problems);
    }
    stderr.write(`cambist: ${verbose && error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}\n`);
    return exitCodeOf(error);
  }
}

const messageOf = (error: unknown): string => (error instanceof Error && error.message !== "" ? error.message : String(error));

/** A failure may bring its own exit code (a number `exitCode` from 1 to 125). */
function exitCodeOf(error: unknown): number {
  const code = typeof error === "object" && error !== null && "exitCode" in error ? error.exitCode : undefined;
  return typeof code === "number" && Number.isInteger(code) && code >= 1 && code <= 125 ? code : 1;
}
