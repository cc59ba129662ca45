import { METRIC_EVENTS } from "./event-names.ts";
import { LOG_LEVELS } from "./log-level.ts";
import type { ValueOf, ValueType } from "./value-types.ts";

export const COMMAND_NAMES = ["start-dev", "start", "import", "migrate", "export", "events", "verify-audit", "doctor", "build"] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

export const GROUPS = [
  "Server",
  "HTTP and TLS",
  "Hostname and proxy",
  "Management port, health and metrics",
  "First administrator",
  "Features",
  "Logging",
  "Audit log",
  "Import",
  "Migration",
  "Export",
  "Reading the audit log",
  "Examining realms",
] as const;
export type Group = (typeof GROUPS)[number];

/** A default is the text a user would write, or says in words what is worked out at start. */
export type OptionDefault =
  | string
  | { readonly by: "command"; readonly "start-dev": string; readonly others: string }
  | { readonly by: "compatibility"; readonly native: string; readonly keycloak: string }
  | { readonly says: string };

/** An option of the command line, of the environment (`KC_` and the name in upper case with `_`) and of the configuration file. */
export interface OptionRow {
  /** A name that ends in `<...>` stands for every name with that beginning. */
  readonly name: string;
  readonly type: ValueType;
  readonly values?: readonly string[];
  readonly default?: OptionDefault;
  readonly group: Group;
  readonly from: "Keycloak" | "Cambist";
  readonly about: string;
  /** Its value is never shown. */
  readonly secret?: true;
  /** The only commands that take it as a flag; absent: every command. */
  readonly commands?: readonly CommandName[];
  /** A flag of one command line; neither the environment nor the file sets it. */
  readonly flagOnly?: true;
  /** Commands that take it more than once: its values are then lines of one text. */
  readonly repeatsFor?: readonly CommandName[];
}

/** An option under the names its type carries, so that reading `http-port` is known to give a number. */
type Row<N extends string, T extends ValueType> = OptionRow & { readonly name: N; readonly type: T };
type More = Omit<OptionRow, "name" | "type" | "about" | "group" | "from">;

function rowsOf(group: Group) {
  const rowFrom =
    (from: OptionRow["from"]) =>
    <const N extends string, const T extends ValueType>(name: N, type: T, about: string, more: More = {}): Row<N, T> => ({
      name,
      type,
      about,
      group,
      from,
      ...more,
    });
  return { keycloak: rowFrom("Keycloak"), cambist: rowFrom("Cambist") };
}

const STARTS = ["start-dev", "start"] as const;
const MIGRATE = { commands: ["migrate"], flagOnly: true } as const;
const REMOTE = { commands: ["doctor", "migrate"], flagOnly: true } as const;
const DOCTOR = { commands: ["doctor"], flagOnly: true } as const;
const EVENTS = { commands: ["events"], flagOnly: true } as const;
const ON_IN_NATIVE = { default: { by: "compatibility", native: "true", keycloak: "false" } } as const;

const server = rowsOf("Server");
const http = rowsOf("HTTP and TLS");
const address = rowsOf("Hostname and proxy");
const management = rowsOf("Management port, health and metrics");
const admin = rowsOf("First administrator");
const features = rowsOf("Features");
const logging = rowsOf("Logging");
const audit = rowsOf("Audit log");
const imports = rowsOf("Import");
const migration = rowsOf("Migration");
const exports = rowsOf("Export");
const reading = rowsOf("Reading the audit log");
const examining = rowsOf("Examining realms");

/** Every option with an effect. The reference page, the help texts and the typed configuration all come from this table. */
export const OPTIONS = [
  server.cambist("data", "path", "Folder of the database, the encryption key and the realm files to import.", { default: "./data" }),
  server.cambist(
    "compatibility",
    "choice",
    "Dialect of realms that do not name their own: refusals, lifetimes and defaults as this server's reference says, or as Keycloak gives them.",
    { values: ["native", "keycloak"], default: "native" },
  ),
  server.cambist("workers", "workers", "Threads that answer requests and share the port.", {
    default: { says: "1 in `start-dev`, the number of cores in `start`" },
  }),
  server.cambist(
    "verified-tokens",
    "entries",
    "Tokens whose signature each worker remembers to have verified; times, revocation, session and user are looked at each time.",
    { default: "2048" },
  ),
  server.cambist(
    "mail-hosts",
    "names",
    "Mail servers that realms may use, each a host or `host:port`. Absent: any but link-local and metadata addresses, so that whoever administers a realm may try what listens in the network of the server.",
  ),
  server.keycloak("config-file", "path", "Configuration file to read.", {
    default: { says: "`./conf/keycloak.conf`, else the same file beside the installation" },
  }),
  server.cambist("secret-key-file", "path", "File with the key that encrypts stored secrets; a file named here must exist.", {
    default: { says: "`secret.key` in the data folder, made at the first start" },
  }),
  server.keycloak("verbose", "boolean", "Prints the stack trace when a command fails.", { default: "false", flagOnly: true }),
  server.keycloak("optimized", "boolean", "Accepted for Keycloak's sake: nothing is built before a start.", {
    flagOnly: true,
    commands: ["start", "import", "export"],
  }),

  http.keycloak("http-enabled", "boolean", "Listens for plain HTTP.", { default: { by: "command", "start-dev": "true", others: "false" } }),
  http.keycloak(
    "http-host",
    "host",
    "Address to listen on. Development mode answers this machine only; a container that publishes its port needs 0.0.0.0.",
    { default: { by: "command", "start-dev": "127.0.0.1", others: "0.0.0.0" } },
  ),
  http.keycloak("http-port", "port", "Port for plain HTTP.", { default: "8080" }),
  http.keycloak("http-relative-path", "relative-path", "Path that all addresses of the server begin with.", { default: "/" }),
  http.keycloak("https-port", "port", "Port for HTTPS, open when a certificate is set.", { default: "8443" }),
  http.keycloak("https-certificate-file", "path", "Certificate or chain in PEM form."),
  http.keycloak("https-certificate-key-file", "path", "Private key of the certificate in PEM form."),

  address.keycloak(
    "hostname",
    "hostname",
    "Address under which clients reach the server. A whole URL becomes the issuer's base as it is; a bare name takes scheme, port and path from the request.",
  ),
  address.keycloak("hostname-strict", "boolean", "Never takes the host name from a request. Needs `hostname`.", {
    default: { by: "command", "start-dev": "false", others: "true" },
  }),
  address.keycloak(
    "proxy-headers",
    "choice",
    "Headers of the reverse proxy to believe: `Forwarded` (RFC 7239) or `X-Forwarded-*`. The proxy must overwrite them.",
    { values: ["forwarded", "xforwarded"] },
  ),
  address.keycloak(
    "proxy-trusted-addresses",
    "addresses",
    "Proxies whose headers are believed. Absent: every sender's, so nothing but the proxy may reach the port.",
  ),

  management.keycloak("http-management-port", "port", "Port of `/health` and `/metrics`, open when one of them is on.", {
    default: "9000",
  }),
  management.keycloak(
    "health-enabled",
    "boolean",
    "Answers `/health`, `/health/live`, `/health/ready` and `/health/started`.",
    ON_IN_NATIVE,
  ),
  management.keycloak("metrics-enabled", "boolean", "Answers `/metrics`.", ON_IN_NATIVE),
  management.keycloak(
    "event-metrics-user-enabled",
    "boolean",
    "Counts user events in `keycloak_user_events_total`. Needs metrics and the feature `user-event-metrics`.",
    ON_IN_NATIVE,
  ),
  management.keycloak("event-metrics-user-tags", "list", "Labels of that counter.", {
    values: ["realm", "idp", "clientId"],
    default: { by: "compatibility", native: "realm,idp,clientId", keycloak: "realm" },
  }),
  management.keycloak(
    "event-metrics-user-events",
    "list",
    "Events to count, in lower case without `_error`, such as `token_exchange,login`.",
    { values: METRIC_EVENTS, default: { says: "all" } },
  ),

  admin.keycloak(
    "bootstrap-admin-username",
    "text",
    "Name of the administrator that the first start makes in the realm `master`. Only with a password.",
    { default: "temp-admin" },
  ),
  admin.keycloak(
    "bootstrap-admin-password",
    "text",
    "Its password. Better set in the environment: a flag shows in the list of processes.",
    { secret: true },
  ),

  features.keycloak("features", "names", "Features to switch on: `name`, `name:vN`, or `preview`."),
  features.keycloak("features-disabled", "names", "Features to switch off."),
  features.keycloak("feature-<name>", "text", "One feature: `enabled`, `disabled` or a version such as `v2`. Wins over both lists."),

  logging.keycloak("log-level", "log-levels", "Level of everything and of single categories, such as `INFO,org.keycloak.events:debug`.", {
    default: "info",
  }),
  logging.keycloak("log-level-<category>", "log-level", "Level of one category. Wins over `log-level`.", { values: LOG_LEVELS }),
  logging.keycloak("log-console-output", "choice", "Log lines for people, or one JSON object per line.", {
    values: ["default", "json"],
    default: "default",
  }),
  logging.keycloak("spi-events-listener--jboss-logging--success-level", "log-level", "Level of the log line of a successful event.", {
    default: "debug",
  }),
  logging.keycloak("spi-events-listener--jboss-logging--error-level", "log-level", "Level of the log line of a refused event.", {
    default: "warn",
  }),

  audit.cambist(
    "audit-retention",
    "seconds",
    "How long audit records are kept at least; whole segments go when all their records are older.",
    { default: "30d" },
  ),
  audit.cambist("audit-max-size", "bytes", "Size at which the oldest segments go even before their time.", {
    default: { says: "no limit" },
  }),

  imports.keycloak(
    "import-realm",
    "flag-or-path",
    "Imports realms that do not exist yet: bare, the files `import/*.json` of the data folder; with a value, that file or folder.",
    { default: "false", commands: STARTS },
  ),
  imports.keycloak("file", "path", "Realm file to import; with `export` the file to write.", { commands: ["import", "export"] }),
  imports.keycloak("dir", "path", "Folder of realm files to import; with `export` the folder to write them to.", {
    commands: ["import", "export"],
  }),
  imports.keycloak("override", "boolean", "Replaces a realm that exists; `false` leaves it as it is.", {
    default: "true",
    commands: ["import", "migrate"],
  }),

  migration.cambist("from", "text", "Running Keycloak (or Cambist) to read from, such as `https://sso.example.com`.", MIGRATE),
  migration.cambist(
    "export",
    "path",
    "File or folder that `kc.sh export` wrote on that server: password hashes and keys, which its admin API does not show, come from there.",
    MIGRATE,
  ),
  migration.cambist("dry-run", "boolean", "Reads, compares and tries the import, and changes nothing.", { default: "false", ...MIGRATE }),
  migration.cambist("password", "text", "Password of the administrator, as `kcadm` takes it. Better: `KC_CLI_PASSWORD`.", {
    secret: true,
    ...MIGRATE,
  }),
  migration.cambist("secret", "text", "Secret of the client to sign in through, as `kcadm` takes it. Better: `KC_CLI_CLIENT_SECRET`.", {
    secret: true,
    ...MIGRATE,
  }),

  exports.keycloak("users", "choice", "Where users go: left out, in the realm's file, in one file of their own, or in several.", {
    values: ["skip", "realm_file", "same_file", "different_files"],
    default: "different_files",
    commands: ["export"],
  }),
  exports.keycloak("users-per-file", "count", "Users of one file with `different_files`.", { default: "50", commands: ["export"] }),

  reading.keycloak(
    "realm",
    "text",
    "Only records of this realm; with `export` and `doctor` only this realm; with `migrate`, as often as wanted, the realms to take over.",
    { commands: ["events", "export", "doctor", "migrate"], flagOnly: true, repeatsFor: ["migrate"] },
  ),
  reading.cambist("client", "text", "Only records of this client; with `migrate` the client to sign in through.", {
    commands: ["events", "migrate"],
    flagOnly: true,
  }),
  reading.cambist("type", "text", "Only records of this event type, such as `TOKEN_EXCHANGE_ERROR`.", EVENTS),
  reading.cambist("since", "instant", "Only records from this time on.", EVENTS),
  reading.cambist("follow", "boolean", "Keeps running and prints new records as they come.", { default: "false", ...EVENTS }),
  reading.cambist("json", "boolean", "JSON instead of text: one object per line, with `doctor` and `migrate` one object.", {
    default: "false",
    commands: ["events", "doctor", "migrate"],
    flagOnly: true,
  }),

  examining.cambist("url", "text", "Server to ask, such as `https://sso.example.com`, in place of reading the data folder.", DOCTOR),
  examining.cambist("fix", "boolean", "Makes the safe changes, after asking. Needs `--url`.", { default: "false", ...DOCTOR }),
  examining.cambist("yes", "boolean", "Makes them without asking.", { default: "false", ...DOCTOR }),
  examining.cambist("user", "text", "Administrator to sign in as. Absent, with a client secret: the client itself.", {
    default: { says: "`admin`" },
    ...REMOTE,
  }),
  examining.cambist("login-realm", "text", "Realm that knows the administrator.", { default: "master", ...REMOTE }),
  examining.cambist("login-client", "text", "Client to sign in through.", { default: "admin-cli", ...DOCTOR }),
  examining.keycloak("cli-password", "text", "The administrator's password, under the name that `kcadm` has for it.", {
    secret: true,
    commands: ["doctor", "migrate"],
  }),
  examining.keycloak("cli-client-secret", "text", "Secret of the client to sign in through.", {
    secret: true,
    commands: ["doctor", "migrate"],
  }),
] as const;

export type OptionName = (typeof OPTIONS)[number]["name"];
/** What reading each option gives. */
export type OptionValues = { readonly [R in (typeof OPTIONS)[number] as R["name"]]: ValueOf[R["type"]] };

/** Options that may stand without a value; the others need one, as in Keycloak. */
export const BARE_FLAGS: ReadonlySet<string> = new Set(["verbose", "optimized", "import-realm", "follow", "json", "fix", "yes", "dry-run"]);

/** `KC_HTTP_PORT` for `http-port`. */
export function environmentName(option: string): string {
  return `KC_${option.toUpperCase().replaceAll("-", "_")}`;
}
