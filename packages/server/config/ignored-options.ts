/** Keycloak's options that are known here and do nothing. Using one gives a warning with the reason, never a failed start. */
export interface IgnoredOption {
  /** A name that ends in `<...>` stands for every name with that beginning. */
  readonly name: string;
  readonly reason: string;
  /** Its value is never shown. */
  readonly secret?: true;
  /** Values that ask for what Cambist does anyway: no warning. */
  readonly harmless?: readonly string[];
}

const because = (reason: string, ...names: string[]): IgnoredOption[] =>
  names.map((name) => ({ name, reason, ...(/password|secret|<|^db-url/.test(name) && { secret: true }) }));

export const IGNORED_OPTIONS: readonly IgnoredOption[] = [
  ...because(
    "there is no cache cluster to set up",
    "cache",
    "cache-config-file",
    "cache-config-mutate",
    "cache-stack",
    "cache-embedded-<setting>",
  ),
  ...because("there is no cache cluster to set up", "cache-remote-<setting>", "cache-metrics-histograms-enabled"),

  { name: "db", reason: "this version keeps its data in SQLite, in the data folder", harmless: ["dev-file", "sqlite"] },
  ...because(
    "this version keeps its data in SQLite, in the data folder",
    "db-driver",
    "db-dialect",
    "db-url",
    "db-url-host",
    "db-url-port",
  ),
  ...because(
    "this version keeps its data in SQLite, in the data folder",
    "db-url-database",
    "db-url-properties",
    "db-username",
    "db-password",
  ),
  ...because(
    "this version keeps its data in SQLite, in the data folder",
    "db-schema",
    "db-pool-initial-size",
    "db-pool-min-size",
    "db-pool-max-size",
  ),
  ...because("this version keeps its data in SQLite, in the data folder", "db-pool-max-lifetime", "db-connect-timeout", "db-lock-timeout"),
  ...because(
    "this version keeps its data in SQLite, in the data folder",
    "db-debug-jpql",
    "db-log-slow-queries-threshold",
    "db-tls-<setting>",
  ),
  ...because(
    "there is one database",
    "db-kind-<datasource>",
    "db-active-<datasource>",
    "db-enabled-<datasource>",
    "db-url-full-<datasource>",
  ),
  ...because("there is one database", "db-username-<datasource>", "db-password-<datasource>", "db-schema-<datasource>"),
  ...because(
    "a change is one SQLite transaction",
    "transaction-xa-enabled",
    "transaction-xa-enabled-<datasource>",
    "transaction-default-timeout",
  ),
  ...because("a change is one SQLite transaction", "transaction-migration-timeout"),

  ...because("issuer and admin addresses come from `hostname`", "hostname-admin", "hostname-backchannel-dynamic", "hostname-debug"),
  ...because("issuer and admin addresses come from `hostname`", "hostname-strict-host-check-enabled"),

  { name: "https-client-auth", reason: "client certificates are not asked for in this version", harmless: ["none"] },
  ...because("TLS 1.2 and 1.3 with Node's cipher suites are offered", "https-protocols", "https-cipher-suites"),
  ...because("certificates are read from PEM files", "https-key-store-file", "https-key-store-password", "https-key-store-type"),
  ...because("certificates are read from PEM files", "https-trust-store-file", "https-trust-store-password", "https-trust-store-type"),
  ...because("certificates are read at start", "https-certificates-reload-period"),
  ...because("the server bounds its own queues", "http-max-queued-requests", "http-pool-max-threads"),
  ...because(
    "every request's outcome is in the audit log",
    "http-access-log-enabled",
    "http-access-log-pattern",
    "http-access-log-exclude",
  ),
  ...because("every request's outcome is in the audit log", "http-access-log-masked-headers", "http-access-log-masked-cookies"),
  ...because("the metrics are those of the metrics reference", "http-metrics-histograms-enabled", "http-metrics-slos"),
  ...because("requests are read as they come", "http-accept-non-normalized-paths"),

  ...because("the management port listens like the main one, in plain HTTP", "http-management-relative-path", "http-management-scheme"),
  ...because("the management port listens like the main one, in plain HTTP", "http-management-host", "http-management-health-enabled"),
  ...because(
    "the management port listens like the main one, in plain HTTP",
    "http-management-metrics-enabled",
    "https-management-<setting>",
  ),
  ...because("health and metrics have their own port", "legacy-observability-interface"),

  ...because(
    "the first administrator is a user",
    "bootstrap-admin-client-id",
    "bootstrap-admin-client-secret",
    "bootstrap-admin-expiration",
  ),

  { name: "log", reason: "log lines go to the console", harmless: ["console"] },
  ...because(
    "log lines go to the console",
    "log-file",
    "log-file-<setting>",
    "log-syslog-<setting>",
    "log-async",
    "log-console-async-<setting>",
  ),
  ...because("the form of a line is fixed; `log-console-output` chooses between two", "log-console-format", "log-console-json-format"),
  ...because("the form of a line is fixed; `log-console-output` chooses between two", "log-console-color", "log-console-level"),
  ...because(
    "the form of a line is fixed; `log-console-output` chooses between two",
    "log-console-include-trace",
    "log-console-include-mdc",
  ),
  ...because("the form of a line is fixed; `log-console-output` chooses between two", "log-console-enabled", "log-mdc-<setting>"),

  ...because("traces are not sent in this version", "tracing-<setting>", "telemetry-<setting>"),
  ...because(
    "outgoing connections trust Node's certificates; NODE_EXTRA_CA_CERTS adds to them",
    "truststore-paths",
    "tls-hostname-verifier",
  ),
  ...because("secrets are stored encrypted in the data folder", "vault", "vault-<setting>"),
  ...because(
    "options come from flags, the environment and one file",
    "config-keystore",
    "config-keystore-password",
    "config-keystore-type",
  ),
  { name: "fips-mode", reason: "the cryptography is Node's", harmless: ["disabled"] },
  ...because("a stop waits for the requests under way", "shutdown-delay", "shutdown-timeout"),
  ...because("the server answers when it is ready, and has no OpenAPI page", "openapi-<setting>", "server-async-bootstrap"),
  ...because("there are no provider plug-ins", "spi-<provider>"),
];

/** Options Keycloak itself has dropped, and what took their place. */
export const REMOVED_OPTIONS: Readonly<Record<string, string>> = {
  proxy: "use proxy-headers=xforwarded (behind a proxy that ends TLS, with http-enabled=true)",
  "proxy-address-forwarding": "use proxy-headers=xforwarded",
  "hostname-url": "put the whole URL into hostname",
  "hostname-path": "put the whole URL into hostname",
  "hostname-port": "put the whole URL into hostname",
  "hostname-strict-https": "put the whole URL into hostname",
  "hostname-strict-backchannel": "put the whole URL into hostname",
  "hostname-admin-url": "put the whole URL into hostname",
};
