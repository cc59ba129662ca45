import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { parseArguments } from "./arguments.ts";
import { ConfigError } from "./config-error.ts";
import { resolveFeatures } from "./features.ts";
import type { LogLevel, LogLevels } from "./log-level.ts";
import type { CommandName } from "./options.ts";
import { databaseProblems, generalProblems, productionProblems, productionWarnings } from "./safety.ts";
import type {
  Dialect,
  DoctorArguments,
  EventMetricsTag,
  EventsArguments,
  ImportRealm,
  MigrateArguments,
  ServerConfig,
} from "./server-config.ts";
import { type Circumstances, Settings } from "./settings.ts";
import { readTextFile, takeArguments, takeDeprecated, takeEnvironment, takeFile } from "./sources.ts";
import { instantOf } from "./value-types.ts";

export interface ConfigSources {
  /** The command line without the program: command and options. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths start from. */
  readonly cwd: string;
  /** Folder of the installation; its `conf/keycloak.conf` is read when the working folder has none. */
  readonly installDir: string;
  /** `undefined` for a file that does not exist. */
  readonly readFile?: (path: string) => string | undefined;
  readonly cores?: number;
  readonly version?: string;
  /** Milliseconds since 1970; only for `--since=12h`. */
  readonly nowMs?: () => number;
}

export interface ReadConfig {
  readonly config: ServerConfig;
  /** For the user's eyes, one line each. */
  readonly warnings: readonly string[];
  readonly eventsArguments: EventsArguments;
  readonly doctorArguments: DoctorArguments;
  readonly migrateArguments: MigrateArguments;
}

/**
 * Reads the options from the command line, the environment and the configuration file, strongest first (Keycloak's precedence), checks them and
 * gives one frozen configuration.
 * @throws {ConfigError} with every problem found, exit code 2: an unknown or malformed option, feature, value or file key, an unsafe `start`.
 */
export function readConfig(sources: ConfigSources): ReadConfig {
  const { argv, env, cwd, installDir, readFile = readTextFile } = sources;
  const line = parseArguments(argv);
  if (line.command === undefined || line.command === "help") {
    throw new ConfigError(line.problems.length > 0 ? line.problems : ["no command given; see `cambist help`"]);
  }
  const { command } = line;
  const settings = new Settings();
  settings.problems.push(...line.problems);
  takeArguments(settings, line.options, command);
  takeEnvironment(settings, env);
  const configFile = takeFile(settings, { env, cwd, installDir, readFile });
  if (!settings.has("bootstrap-admin-username")) takeDeprecated(settings, env, "KEYCLOAK_ADMIN", "bootstrap-admin-username");
  if (!settings.has("bootstrap-admin-password")) takeDeprecated(settings, env, "KEYCLOAK_ADMIN_PASSWORD", "bootstrap-admin-password");

  const config = buildConfig(settings, command, configFile, sources);
  const eventsArguments = readEventsArguments(settings, sources);
  const doctorArguments = readDoctorArguments(settings);
  const migrateArguments = readMigrateArguments(settings, sources);
  settings.problems.push(...generalProblems(config, settings));
  if (command !== "build") settings.problems.push(...databaseProblems(settings));
  else if (databaseProblems(settings).length > 0) settings.warnings.push(...databaseProblems(settings));
  if (command === "start") {
    settings.problems.push(...productionProblems(config, settings));
    settings.warnings.push(...productionWarnings(config, settings));
  }
  if (settings.problems.length > 0) throw new ConfigError([...new Set(settings.problems)], [...new Set(settings.warnings)]);
  return { config: deepFreeze(config), warnings: [...new Set(settings.warnings)], eventsArguments, doctorArguments, migrateArguments };
}

function buildConfig(
  settings: Settings,
  command: CommandName,
  configFile: string | undefined,
  { cwd, cores, version }: ConfigSources,
): ServerConfig {
  const developing = command === "start-dev";
  const compatibility = settings.read("compatibility") === "keycloak" ? "keycloak" : "native";
  const when: Circumstances = { developing, compatibility };
  const path = (text: string | undefined): string | undefined => (text === undefined ? undefined : resolve(cwd, text));
  const dataDirectory = resolve(cwd, settings.get("data", when));
  const certificateFile = path(settings.read("https-certificate-file"));
  const keyFile = path(settings.read("https-certificate-key-file"));
  const features = resolveFeatures({
    enabled: settings.read("features") ?? [],
    disabled: settings.read("features-disabled") ?? [],
    single: new Map([...settings.family("feature-<name>")].map(([name, { text }]) => [name, text])),
  });
  settings.warnings.push(...features.warnings);
  settings.problems.push(...features.problems);
  const metricsEnabled = settings.get("metrics-enabled", when);
  const healthEnabled = settings.get("health-enabled", when);
  const countsEvents = metricsEnabled && features.switches.userEventMetrics && settings.get("event-metrics-user-enabled", when);
  const httpHost = settings.get("http-host", when);
  const file = path(settings.read("file"));
  const dir = path(settings.read("dir"));
  return {
    command,
    mode: developing ? "development" : "production",
    version: version ?? "unknown",
    verbose: settings.get("verbose", when),
    configFile,
    dataDirectory,
    secretKeyFile: path(settings.read("secret-key-file")),
    compatibility: compatibility satisfies Dialect,
    verifiedTokens: settings.get("verified-tokens", when),
    workers: settings.read("workers") ?? (command === "start" ? (cores ?? availableParallelism()) : 1),
    mailHosts: settings.read("mail-hosts"),
    httpEnabled: settings.get("http-enabled", when),
    httpHost,
    httpPort: settings.get("http-port", when),
    https: certificateFile && keyFile ? { port: settings.get("https-port", when), certificateFile, keyFile } : undefined,
    relativePath: settings.get("http-relative-path", when),
    hostname: settings.read("hostname"),
    hostnameStrict: settings.get("hostname-strict", when),
    proxyHeaders: settings.read("proxy-headers") as ServerConfig["proxyHeaders"], // the table admits these two words only
    proxyTrustedAddresses: settings.read("proxy-trusted-addresses") ?? [],
    healthEnabled,
    metricsEnabled,
    httpManagementPort: settings.get("http-management-port", when),
    managementEnabled: healthEnabled || metricsEnabled,
    eventMetrics: countsEvents
      ? { tags: settings.get("event-metrics-user-tags", when) as EventMetricsTag[], events: settings.read("event-metrics-user-events") }
      : undefined,
    bootstrapAdmin: readBootstrapAdmin(settings, when),
    features: features.switches,
    featureStates: features.states,
    logLevel: readLogLevels(settings, when),
    logConsoleOutput: settings.get("log-console-output", when) as ServerConfig["logConsoleOutput"], // the table admits these two words only
    eventLogLevels: {
      success: settings.get("spi-events-listener--jboss-logging--success-level", when),
      error: settings.get("spi-events-listener--jboss-logging--error-level", when),
    },
    auditRetentionSeconds: settings.get("audit-retention", when),
    auditMaxBytes: settings.read("audit-max-size"),
    importRealm: readImportRealm(settings, when, dataDirectory, cwd),
    importSource:
      command !== "import" ? undefined : file ? { kind: "file", path: file } : dir ? { kind: "directory", path: dir } : undefined,
    importOverride: settings.get("override", when),
    exportTarget: command !== "export" ? undefined : readExportTarget(settings, when, file, dir),
  };
}

function readBootstrapAdmin(settings: Settings, when: Circumstances): ServerConfig["bootstrapAdmin"] {
  const password = settings.read("bootstrap-admin-password");
  const username = settings.get("bootstrap-admin-username", when);
  if (password !== undefined) return { username, password };
  if (settings.has("bootstrap-admin-username")) {
    settings.warnings.push("bootstrap-admin-username is set without bootstrap-admin-password: no administrator is made.");
  }
  return undefined;
}

function readLogLevels(settings: Settings, when: Circumstances): LogLevels {
  const { root, categories } = settings.get("log-level", when);
  const single = [...settings.family("log-level-<category>")].map(([category, setting]): [string, LogLevel | undefined] => [
    category,
    settings.parse("log-level-<category>", setting),
  ]);
  return {
    root,
    categories: { ...categories, ...Object.fromEntries(single.filter((entry): entry is [string, LogLevel] => entry[1] !== undefined)) },
  };
}

function readImportRealm(settings: Settings, when: Circumstances, dataDirectory: string, cwd: string): ImportRealm {
  const value = settings.get("import-realm", when);
  if (value === false) return { kind: "none" };
  return value === true ? { kind: "data-folder", path: join(dataDirectory, "import") } : { kind: "path", path: resolve(cwd, value) };
}

function readExportTarget(
  settings: Settings,
  when: Circumstances,
  file: string | undefined,
  dir: string | undefined,
): ServerConfig["exportTarget"] {
  const path = file ?? dir;
  if (path === undefined) return undefined;
  return {
    kind: file === undefined ? "directory" : "file",
    path,
    realm: settings.read("realm"),
    users: settings.get("users", when) as NonNullable<ServerConfig["exportTarget"]>["users"], // the table admits these words only
    usersPerFile: settings.get("users-per-file", when),
  };
}

function readEventsArguments(settings: Settings, { nowMs = Date.now }: ConfigSources): EventsArguments {
  const since = settings.read("since");
  return Object.freeze({
    realm: settings.read("realm"),
    client: settings.read("client"),
    type: settings.read("type"),
    sinceMs: since === undefined ? undefined : instantOf(since, nowMs()),
    follow: settings.read("follow") ?? false,
    json: settings.read("json") ?? false,
  });
}

function readDoctorArguments(settings: Settings): DoctorArguments {
  return deepFreeze({
    realm: settings.read("realm"),
    json: settings.read("json") ?? false,
    url: settings.read("url"),
    fix: settings.read("fix") ?? false,
    yes: settings.read("yes") ?? false,
    login: {
      realm: settings.read("login-realm") ?? "master",
      client: settings.read("login-client") ?? "admin-cli",
      clientSecret: settings.read("cli-client-secret"),
      user: settings.read("user"),
      password: settings.read("cli-password"),
    },
  });
}

function readMigrateArguments(settings: Settings, { cwd }: ConfigSources): MigrateArguments {
  const path = settings.read("export");
  return deepFreeze({
    from: settings.read("from"),
    exportPath: path === undefined ? undefined : resolve(cwd, path),
    realms: [...new Set(settings.read("realm")?.split("\n"))],
    dryRun: settings.read("dry-run") ?? false,
    json: settings.read("json") ?? false,
    login: {
      realm: settings.read("login-realm") ?? "master",
      client: settings.read("client") ?? "admin-cli",
      clientSecret: settings.read("secret") ?? settings.read("cli-client-secret"),
      user: settings.read("user"),
      password: settings.read("password") ?? settings.read("cli-password"),
    },
  });
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === "object" && member !== null) deepFreeze(member as object);
  return Object.freeze(value);
}
