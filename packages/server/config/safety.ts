import { isIP } from "node:net";
import type { ServerConfig } from "./server-config.ts";
import type { Settings } from "./settings.ts";
import { quote } from "./value-types.ts";

const OTHER_DATABASES = /postgres|cockroach|yugabyte|mariadb|mysql|mssql|sqlserver|oracle|tidb|db2/i;

/** Another database asked for: refusing is better than an empty SQLite file where the operator expects their data. */
export function databaseProblems(settings: Settings): readonly string[] {
  const db = settings.setting("db");
  const url = settings.setting("db-url");
  const problems: string[] = [];
  const mend = "remove it (and the other db-* options); --data=DIR says where";
  if (db && !["dev-file", "dev-mem", "sqlite"].includes(db.text)) {
    problems.push(`${db.source} (${quote(db.text)}): this version keeps its data in SQLite; ${mend}`);
  }
  if (url && OTHER_DATABASES.test(url.text)) problems.push(`${url.source}: this version keeps its data in SQLite; ${mend}`);
  return problems;
}

/** What is wrong in every mode. */
export function generalProblems(config: ServerConfig, settings: Settings): readonly string[] {
  const problems: string[] = [];
  const certificate = settings.has("https-certificate-file");
  const key = settings.has("https-certificate-key-file");
  if (certificate !== key) {
    problems.push(
      `https-certificate-${certificate ? "file" : "key-file"} is set alone; add --https-certificate-${certificate ? "key-file" : "file"}=FILE.pem`,
    );
  }
  // Promises of protection that this version cannot keep are refused; others are only warned about.
  if (settings.setting("https-client-auth")?.text === "required") {
    problems.push(
      "https-client-auth=required: this version does not ask for client certificates; let the proxy in front check them and remove the option",
    );
  }
  const fips = settings.setting("fips-mode");
  if (fips && fips.text !== "disabled") problems.push(`${fips.source}: this version has no FIPS mode; remove the option`);

  if (config.command === "start" || config.command === "start-dev") problems.push(...portProblems(config));
  if (config.command === "import") {
    if (settings.has("file") && settings.has("dir")) problems.push("import takes --file or --dir, not both");
    else if (config.importSource === undefined) problems.push("import needs --file=FILE.json or --dir=FOLDER");
  }
  if (config.command === "export") {
    if (settings.has("file") && settings.has("dir")) problems.push("export takes --file or --dir, not both");
    else if (config.exportTarget === undefined) problems.push("export needs --file=FILE.json or --dir=FOLDER");
  }
  if (settings.has("proxy-trusted-addresses") && config.proxyHeaders === undefined) {
    settings.warnings.push("proxy-trusted-addresses has no effect without proxy-headers.");
  }
  return problems;
}

function portProblems(config: ServerConfig): readonly string[] {
  const ports: [string, number][] = [];
  if (config.httpEnabled) ports.push(["http-port", config.httpPort]);
  if (config.https) ports.push(["https-port", config.https.port]);
  if (config.managementEnabled) ports.push(["http-management-port", config.httpManagementPort]);
  const problems: string[] = [];
  for (const [index, [name, port]] of ports.entries()) {
    const other = ports.slice(0, index).find(([, taken]) => taken === port && port !== 0);
    if (other) problems.push(`${name} and ${other[0]} are both ${port}; give one of them another port`);
  }
  if (!config.httpEnabled && !config.https && config.mode === "development") {
    problems.push(
      "http-enabled=false without a certificate leaves nothing to listen on; remove it, or add --https-certificate-file and --https-certificate-key-file",
    );
  }
  return problems;
}

/** Passwords that are in every list of guesses. */
const GUESSED = new Set(["admin", "password", "changeme", "change_me", "change-me", "keycloak", "cambist", "secret", "123456"]);

/** What `start` refuses as unsafe, each with the line that mends it. */
export function productionProblems(config: ServerConfig, settings: Settings): readonly string[] {
  const problems: string[] = [];
  if (!config.httpEnabled && !config.https) {
    problems.push(
      "start needs TLS: add --https-certificate-file=CERT.pem --https-certificate-key-file=KEY.pem, " +
        "or, behind a proxy that ends TLS, --http-enabled=true --proxy-headers=xforwarded",
    );
    if (settings.setting("https-key-store-file"))
      problems.push("  a key store becomes two PEM files with: openssl pkcs12 -in STORE.p12 -nodes -out BOTH.pem");
  }
  if (config.httpEnabled && config.proxyHeaders === undefined) {
    problems.push(
      "http-enabled=true opens plain HTTP: say which headers the TLS proxy in front sends with --proxy-headers=xforwarded (or forwarded), " +
        "or remove http-enabled and set a certificate; for a trial use start-dev",
    );
  }
  if (config.hostname === undefined && config.hostnameStrict) {
    problems.push(
      "start needs the public address: add --hostname=https://sso.example.com, or --hostname-strict=false where the proxy overwrites the Host header",
    );
  }
  const admin = config.bootstrapAdmin;
  if (admin && (GUESSED.has(admin.password.toLowerCase()) || admin.password === admin.username)) {
    problems.push(
      "bootstrap-admin-password is one everybody guesses: set KC_BOOTSTRAP_ADMIN_PASSWORD to a long random one, such as the output of `openssl rand -base64 24`",
    );
  }
  return problems;
}

/** What `start` allows but says aloud. */
export function productionWarnings(config: ServerConfig, settings: Settings): readonly string[] {
  const warnings: string[] = [];
  if (config.proxyHeaders !== undefined && config.proxyTrustedAddresses.length === 0) {
    warnings.push(
      "proxy-headers without proxy-trusted-addresses: whoever reaches the port can forge addresses; nothing but the proxy may reach it.",
    );
  }
  if (config.hostname?.kind === "url" && config.hostname.url.startsWith("http://") && !isLoopback(new URL(config.hostname.url).hostname)) {
    warnings.push("hostname is an http URL: tokens will name it as their issuer and travel unencrypted.");
  }
  if (settings.setting("bootstrap-admin-password")?.source.startsWith("--")) {
    warnings.push("--bootstrap-admin-password shows in the list of processes; prefer KC_BOOTSTRAP_ADMIN_PASSWORD.");
  }
  return warnings;
}

function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}
