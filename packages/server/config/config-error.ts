/**
 * The configuration is wrong and the program must not start. The message has one line per problem, each naming the option, where it was set
 * and what mends it; it never holds the value of a secret option.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** Keycloak 26: 2 for unknown options, commands and features, for a malformed value and for an unsafe `start`. */
  readonly exitCode = 2;
  readonly problems: readonly string[];
  /** What else was noticed on the way. */
  readonly warnings: readonly string[];

  constructor(problems: readonly string[], warnings: readonly string[] = []) {
    super(problems.join("\n"));
    this.problems = problems;
    this.warnings = warnings;
  }
}

/** Why one value cannot be used, said as the end of a sentence ("is not a port (0 to 65535)"). Never repeats the value itself. */
export class ValueProblem extends Error {
  override readonly name = "ValueProblem";
}
