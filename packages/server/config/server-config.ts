import type { FeatureState, FeatureSwitches } from "./features.ts";
import type { LogLevel, LogLevels } from "./log-level.ts";
import type { CommandName } from "./options.ts";
import type { Hostname } from "./value-types.ts";

export type Dialect = "native" | "keycloak";
/** Labels of the user event counter, in Keycloak's spelling. */
export type EventMetricsTag = "realm" | "idp" | "clientId";

export type ImportRealm =
  | { readonly kind: "none" }
  /** Bare `--import-realm`: `path` is the folder `import` of the data folder, which need not exist. */
  | { readonly kind: "data-folder"; readonly path: string }
  | { readonly kind: "path"; readonly path: string };

/**
 * Everything the options decide, read once at start: frozen plain data, so it can be handed to worker threads. Paths are absolute. A port of 0
 * stands for any free one.
 */
export interface ServerConfig {
  readonly command: CommandName;
  /** `development` in `start-dev`, otherwise `production`. */
  readonly mode: "development" | "production";
  /** Cambist's own version. */
  readonly version: string;
  readonly verbose: boolean;
  /** The configuration file that was read. */
  readonly configFile: string | undefined;

  readonly dataDirectory: string;
  /** A file that must exist; `undefined`: `secret.key` in the data folder, made at the first start. */
  readonly secretKeyFile: string | undefined;
  /** The dialect of realms without one of their own. */
  readonly compatibility: Dialect;
  /** Threads that serve requests, at least 1. */
  readonly workers: number;
  /** How many verified tokens each worker remembers. */
  readonly verifiedTokens: number;

  /** Mail servers that realms may use, `host` or `host:port`; `undefined`: any. */
  readonly mailHosts: readonly string[] | undefined;
  readonly httpEnabled: boolean;
  readonly httpHost: string;
  readonly httpPort: number;
  /** Set when HTTPS is to be served. */
  readonly https: { readonly port: number; readonly certificateFile: string; readonly keyFile: string } | undefined;
  /** Beginning of every path: empty, or `/auth` without a trailing slash. */
  readonly relativePath: string;

  /** Where clients reach the server; `undefined`: taken from each request. */
  readonly hostname: Hostname | undefined;
  readonly hostnameStrict: boolean;
  /** The proxy's headers to believe; `undefined`: none. */
  readonly proxyHeaders: "forwarded" | "xforwarded" | undefined;
  /** Addresses and CIDR ranges; empty: whoever sends them. */
  readonly proxyTrustedAddresses: readonly string[];

  readonly healthEnabled: boolean;
  readonly metricsEnabled: boolean;
  readonly httpManagementPort: number;
  /** Whether the management port opens: health or metrics is on. */
  readonly managementEnabled: boolean;
  /** `undefined`: user events are not counted. `events`: lower-case names to count, `undefined` = all. */
  readonly eventMetrics: { readonly tags: readonly EventMetricsTag[]; readonly events: readonly string[] | undefined } | undefined;

  /** Made in `master` when there is no such user. `undefined`: none is made. */
  readonly bootstrapAdmin: { readonly username: string; readonly password: string } | undefined;

  readonly features: FeatureSwitches;
  /** All known features, for the server information of the admin API. */
  readonly featureStates: readonly FeatureState[];

  readonly logLevel: LogLevels;
  readonly logConsoleOutput: "default" | "json";
  /** Levels of the log lines of events (`org.keycloak.events`). */
  readonly eventLogLevels: { readonly success: LogLevel; readonly error: LogLevel };

  readonly auditRetentionSeconds: number;
  readonly auditMaxBytes: number | undefined;

  readonly importRealm: ImportRealm;
  /** What the command `import` reads; `undefined` in other commands. */
  readonly importSource: { readonly kind: "file" | "directory"; readonly path: string } | undefined;
  /** Whether `import` replaces a realm that exists. */
  readonly importOverride: boolean;
  /** What the command `export` writes; `undefined` in other commands. */
  readonly exportTarget: ExportTarget | undefined;
}

/** Where an export goes and what of it. */
export interface ExportTarget {
  readonly kind: "file" | "directory";
  readonly path: string;
  /** Undefined: every realm. */
  readonly realm: string | undefined;
  readonly users: "skip" | "realm_file" | "same_file" | "different_files";
  readonly usersPerFile: number;
}

/** What the command `events` was asked for. */
export interface EventsArguments {
  readonly realm: string | undefined;
  readonly client: string | undefined;
  readonly type: string | undefined;
  /** Milliseconds since 1970. */
  readonly sinceMs: number | undefined;
  readonly follow: boolean;
  readonly json: boolean;
}

/** What the command `doctor` was asked for. */
export interface DoctorArguments {
  /** Undefined: every realm. */
  readonly realm: string | undefined;
  readonly json: boolean;
  /** Undefined: the data folder is read. */
  readonly url: string | undefined;
  readonly fix: boolean;
  readonly yes: boolean;
  readonly login: AdminLogin;
}

/** What the command `migrate` was asked for. */
export interface MigrateArguments {
  /** Base address of the server to read from. */
  readonly from: string | undefined;
  /** What `kc.sh export` wrote there: a file or a folder. */
  readonly exportPath: string | undefined;
  /** None: all of the export but master. */
  readonly realms: readonly string[];
  readonly dryRun: boolean;
  readonly json: boolean;
  readonly login: AdminLogin;
}

/** How to sign in at another server's admin API. */
export interface AdminLogin {
  readonly realm: string;
  readonly client: string;
  readonly clientSecret: string | undefined;
  /** Undefined: `admin`, or the client itself when it has a secret. */
  readonly user: string | undefined;
  readonly password: string | undefined;
}
