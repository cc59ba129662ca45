import type { CommandName, OptionRow } from "../config/options.ts";
import type { ReadConfig } from "../config/read-config.ts";
import type { CommandIo } from "./io.ts";
import { serveUntilStopped } from "./serve.ts";

/** One command of the program. Its work is loaded when it runs, so that `help` stays quick. */
export interface Command {
  readonly summary: string;
  readonly details?: readonly string[];
  /** Whether its help lists the option. */
  readonly shows: (row: OptionRow) => boolean;
  /** Whether it ends by itself when `io.signal` is aborted; otherwise SIGINT and SIGTERM end the process. */
  readonly heedsSignals: boolean;
  /** @returns the exit code. */
  readonly run: (read: ReadConfig, io: CommandIo) => Promise<number>;
}

const readsData = ({ name, group }: OptionRow): boolean =>
  ["data", "config-file", "secret-key-file", "verbose"].includes(name) || group === "Logging";

export const COMMANDS: Readonly<Record<CommandName, Command>> = {
  "start-dev": {
    summary: "Starts the server for development: plain HTTP on this machine, any host name.",
    shows: () => true,
    heedsSignals: true,
    run: serve,
  },
  start: {
    summary: "Starts the server for production.",
    details: [
      "Needs a certificate (or, behind a proxy that ends TLS, --http-enabled=true with --proxy-headers) and a hostname " +
        "(or --hostname-strict=false); refuses a guessable bootstrap password.",
    ],
    shows: () => true,
    heedsSignals: true,
    run: serve,
  },
  import: {
    summary: "Imports realm files into the data folder. The server must not be running on it.",
    shows: (row) => readsData(row) || row.group === "Import" || row.group === "Features",
    heedsSignals: false,
    async run({ config }, io) {
      const { importCommand } = await import("../imports/command.ts");
      return importCommand(config, io);
    },
  },
  migrate: {
    summary: "Takes realms over from a running Keycloak: its admin API and an export, merged, into the data folder.",
    details: [
      "The admin API has the realm as it is now, the export what the API never shows: password hashes, keys, secrets. Says what will " +
        "differ here, then imports as import does; --dry-run stops before that. Passwords go into KC_CLI_PASSWORD or KC_CLI_CLIENT_SECRET.",
      "Exit codes: 0 done, 1 a realm could not be imported, 2 the source could not be read: nothing was changed.",
    ],
    shows: (row) =>
      readsData(row) ||
      ["override", "realm", "client", "user", "login-realm", "cli-password", "cli-client-secret", "compatibility", "json"].includes(
        row.name,
      ) ||
      row.group === "Migration" ||
      row.group === "Features",
    heedsSignals: true,
    async run({ config, migrateArguments }, io) {
      const { migrateCommand } = await import("../migrate/command.ts");
      return migrateCommand(config, migrateArguments, io);
    },
  },
  export: {
    summary: "Writes realms to files that import takes, secrets and password hashes included. The server may be running.",
    details: ["Files are readable by their owner only. Whoever has one can sign tokens of the realm: keep it as safe as the data folder."],
    shows: (row) => readsData(row) || ["file", "dir", "realm"].includes(row.name) || row.group === "Export",
    heedsSignals: false,
    async run({ config }, io) {
      const { exportCommand } = await import("../exports/command.ts");
      return exportCommand(config, io);
    },
  },
  events: {
    summary: "Prints the audit log.",
    shows: (row) => readsData(row) || row.group === "Reading the audit log",
    heedsSignals: true,
    async run({ config, eventsArguments }, io) {
      const { eventsCommand } = await import("../events/events-command.ts");
      return eventsCommand(config, eventsArguments, io);
    },
  },
  "verify-audit": {
    summary: "Verifies the hash chain of the audit log; exit code 1 when it is broken.",
    shows: readsData,
    heedsSignals: false,
    async run({ config }, io) {
      const { verifyAuditCommand } = await import("../events/verify-audit-command.ts");
      return verifyAuditCommand(config, io);
    },
  },
  doctor: {
    summary: "Examines realms against good practice of token exchange; exit code 1 when it finds more than hints.",
    details: [
      "Reads the data folder, whether its server runs or not, or asks a running server with --url. Exit codes: 0 hints at most, " +
        "1 findings, 2 it could not look.",
    ],
    shows: (row) =>
      readsData(row) ||
      ["realm", "json", "compatibility"].includes(row.name) ||
      row.group === "Examining realms" ||
      row.group === "Features",
    heedsSignals: false,
    async run({ config, doctorArguments }, io) {
      const { doctorCommand } = await import("../doctor/command.ts");
      return doctorCommand(config, doctorArguments, io);
    },
  },
  build: {
    summary: "Does nothing: Cambist needs no build. Checks the options and succeeds, for image recipes written for Keycloak.",
    shows: () => true,
    heedsSignals: false,
    async run(_read, io) {
      io.stdout.write("Nothing to build: Cambist reads its options at start. `start` and `start --optimized` are the same.\n");
      return 0;
    },
  },
};

async function serve({ config }: ReadConfig, io: CommandIo): Promise<number> {
  const { startServer } = await import("../main.ts");
  return serveUntilStopped(config, startServer, io);
}
