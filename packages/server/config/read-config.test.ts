import { expect, test } from "vitest";
import { ConfigError } from "./config-error.ts";
import { IGNORED_OPTIONS } from "./ignored-options.ts";
import { type ConfigSources, readConfig } from "./read-config.ts";

const WORK = "/srv/work";
const INSTALL = "/opt/cambist";

function read(argv: readonly string[], env: ConfigSources["env"] = {}, files: Readonly<Record<string, string>> = {}) {
  return readConfig({ argv, env, cwd: WORK, installDir: INSTALL, readFile: (path) => files[path], cores: 6, nowMs: () => 1_000_000_000 });
}
const config = (...args: Parameters<typeof read>) => read(...args).config;

function refusal(...args: Parameters<typeof read>): ConfigError | undefined {
  try {
    read(...args);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  return undefined;
}
const problems = (...args: Parameters<typeof read>): readonly string[] => refusal(...args)?.problems ?? [];

const conf = (text: string): Record<string, string> => ({ [`${WORK}/conf/keycloak.conf`]: text });

test("a flag wins over the environment, the environment over the file, the file over the default", () => {
  const file = conf("http-port=8003\nhttps-port=9003\nhttp-management-port=7003");
  const env = { KC_HTTP_PORT: "8002", KC_HTTPS_PORT: "9002" };
  const { httpPort, httpManagementPort, httpHost } = config(["start-dev", "--http-port=8001"], env, file);
  expect([httpPort, httpManagementPort, httpHost]).toEqual([8001, 7003, "127.0.0.1"]);
  expect(config(["start-dev"], env, file).httpPort).toBe(8002);
  expect(config(["start-dev"], {}, file).httpPort).toBe(8003);
  expect(config(["start-dev"]).httpPort).toBe(8080);
});

test("migrate takes several realms, with export the last one counts", () => {
  const twice = ["--realm=acme", "--realm", "globex", "--realm=acme"];
  const { migrateArguments, warnings } = read(["migrate", ...twice, "--export=old", "--dry-run"]);
  expect([migrateArguments.realms, migrateArguments.exportPath, migrateArguments.dryRun]).toEqual([
    ["acme", "globex"],
    `${WORK}/old`,
    true,
  ]);
  expect(warnings).toEqual([]);
  const other = read(["export", "--file=f.json", ...twice.slice(0, 3)]);
  expect(other.config.exportTarget?.realm).toBe("globex");
  expect(other.warnings).toEqual(["--realm is given more than once; the last one counts."]);
});

test("the administrator of a migration comes from kcadm's flags or the environment, and no secret is shown", () => {
  const env = { KC_CLI_PASSWORD: "p", KC_CLI_CLIENT_SECRET: "s" };
  expect(read(["migrate", "--user=root", "--login-realm=ops"], env).migrateArguments.login).toEqual({
    realm: "ops",
    client: "admin-cli",
    clientSecret: "s",
    user: "root",
    password: "p",
  });
  const flags = ["--client=mover", "--secret=other", "--password=another"];
  expect(read(["migrate", ...flags], env).migrateArguments.login).toMatchObject({
    client: "mover",
    clientSecret: "other",
    password: "another",
  });
  expect(problems(["doctor", "--password=hunter2"]).join()).toMatch(/--password: belongs to `migrate`/);
  expect(problems(["doctor", "--password=hunter2"]).join()).not.toContain("hunter2");
});

test("a flag takes its value after = or as the next word, before or after the command", () => {
  expect(config(["start-dev", "--http-port", "8001"]).httpPort).toBe(8001);
  expect(config(["--http-port=8001", "start-dev"]).httpPort).toBe(8001);
  expect(config(["--config-file", "/etc/c.conf", "start-dev"], {}, { "/etc/c.conf": "http-port=8005" })).toMatchObject({
    httpPort: 8005,
    configFile: "/etc/c.conf",
  });
});

test("an empty variable and an empty line of the file set nothing, an empty flag is a problem", () => {
  expect(config(["start-dev"], { KC_HTTP_PORT: "" }, conf("hostname=")).httpPort).toBe(8080);
  expect(problems(["start-dev", "--hostname="])).toEqual(["--hostname: has an empty value"]);
});

test("the file of the working folder hides the one of the installation", () => {
  const files = { [`${INSTALL}/conf/keycloak.conf`]: "http-port=8009" };
  expect(config(["start-dev"], {}, files).httpPort).toBe(8009);
  expect(config(["start-dev"], {}, { ...files, ...conf("http-port=8008") })).toMatchObject({
    httpPort: 8008,
    configFile: `${WORK}/conf/keycloak.conf`,
  });
});

test("a named file that does not exist stops the start", () => {
  expect(problems(["start-dev", "--config-file=none.conf"])).toEqual([`config-file: cannot read ${WORK}/none.conf`]);
  expect(problems(["start-dev"], { KC_CONFIG_FILE: "none.conf" })).toHaveLength(1);
});

test.each([
  ["flag", ["start-dev", "--http-prot=80"], {}, {}, "--http-prot: unknown option; did you mean --http-port?"],
  ["flag with a single dash", ["start-dev", "-http-port=80"], {}, {}, "-http-port: unknown option; did you mean --http-port?"],
  [
    "file key",
    ["start-dev"],
    {},
    conf("# ports\nhttp-prot=80"),
    'conf/keycloak.conf line 2: unknown key "http-prot"; did you mean http-port?',
  ],
  ["file line", ["start-dev"], {}, conf("http-port 80"), "conf/keycloak.conf line 1: is not of the form key=value"],
  ["feature", ["start-dev", "--features=tokn-exchange"], {}, {}, 'features: unknown feature "tokn-exchange"; did you mean token-exchange?'],
  [
    "choice",
    ["start-dev", "--compatibility=keyclaok"],
    {},
    {},
    '--compatibility: "keyclaok" is none of native, keycloak; did you mean keycloak?',
  ],
  [
    "event name",
    ["start-dev"],
    { KC_EVENT_METRICS_USER_EVENTS: "token_exchnage" },
    {},
    'KC_EVENT_METRICS_USER_EVENTS: "token_exchnage" has "token_exchnage", which is unknown; did you mean token_exchange?',
  ],
  ["command", ["start-deb"], {}, {}, '"start-deb": unknown command; did you mean start-dev?'],
  ["port", ["start-dev"], {}, conf("http-port=99999"), 'conf/keycloak.conf line 1, http-port: "99999" is not a port (0 to 65535)'],
] as const)("a wrong %s stops the start and names the right one", (_title, argv, env, files, problem) => {
  expect(problems(argv, env, files)).toEqual([problem]);
});

test("every problem is reported at once", () => {
  expect(problems(["start-dev", "--http-prot=1", "--workers=0"], { KC_HTTP_PORT: "x" })).toHaveLength(3);
});

test("an option of another command, a missing value and a stray word are problems", () => {
  expect(problems(["start-dev", "--file=a.json"])).toEqual(["--file: belongs to `import` and `export`, not to `start-dev`"]);
  expect(problems(["start-dev", "--http-port"])).toEqual(["--http-port: needs a value, as in --http-port=VALUE"]);
  expect(problems(["start-dev", "--http-port", "--workers=1"])).toEqual(["--http-port: needs a value, as in --http-port=VALUE"]);
  expect(problems(["start-dev", "--import-realm", "realm.json"])[0]).toMatch(/write --import-realm=VALUE/);
});

test("an unknown KC_ variable only warns", () => {
  const { warnings } = read(["start-dev"], { KC_HTTP_PROT: "80", KC_SERVICE_HOST: "10.0.0.1", OTHER: "x" });
  expect(warnings).toEqual([
    "KC_HTTP_PROT: no option has this variable, it is ignored; did you mean KC_HTTP_PORT?",
    "KC_SERVICE_HOST: no option has this variable, it is ignored",
  ]);
});

test("an option without effect warns once with its reason, from wherever it comes", () => {
  expect(read(["start-dev", "--cache=ispn"], { KC_CACHE: "local" }).warnings).toEqual([
    "--cache: option cache has no effect in Cambist: there is no cache cluster to set up.",
  ]);
  expect(read(["start-dev"], {}, conf("transaction-xa-enabled=true")).warnings[0]).toMatch(
    /^conf\/keycloak.conf line 1, transaction-xa-enabled: /,
  );
  expect(read(["start-dev", "--log=console", "--db=dev-file", "--https-client-auth=none"]).warnings).toEqual([]);
});

test("every option without effect is accepted as a flag and as a variable", () => {
  for (const { name } of IGNORED_OPTIONS) {
    const example = name.replace(/<.*>/, "some");
    if (["db", "db-url", "https-client-auth", "fips-mode", "realm"].includes(name)) continue;
    expect(problems(["start-dev", `--${example}=1`])).toEqual([]);
    expect(problems(["start-dev"], { [`KC_${example.toUpperCase().replaceAll("-", "_")}`]: "1" })).toEqual([]);
  }
});

test("KC_SPI variables are accepted, and the event log levels are taken from theirs", () => {
  expect(read(["start-dev"], { KC_SPI_THEME__CACHE_THEMES: "false" }).warnings).toHaveLength(1);
  expect(config(["start-dev"]).eventLogLevels).toEqual({ success: "debug", error: "warn" });
  const now = { KC_SPI_EVENTS_LISTENER__JBOSS_LOGGING__SUCCESS_LEVEL: "info" };
  const before = { KC_SPI_EVENTS_LISTENER_JBOSS_LOGGING_SUCCESS_LEVEL: "info" };
  for (const env of [now, before]) expect(config(["start-dev"], env).eventLogLevels.success).toBe("info");
  expect(config(["start-dev", "--spi-events-listener-jboss-logging-error-level=error"]).eventLogLevels.error).toBe("error");
});

test("levels of single categories win over the list", () => {
  const env = { KC_LOG_LEVEL: "warn,org.keycloak.events:info", KC_LOG_LEVEL_ORG_KEYCLOAK_EVENTS: "debug" };
  expect(config(["start-dev", "--log-level-a.b=TRACE"], env).logLevel).toEqual({
    root: "warn",
    categories: { "org.keycloak.events": "debug", "a.b": "trace" },
  });
});

test("compatibility decides the defaults of metrics, health and event metrics", () => {
  expect(config(["start-dev"])).toMatchObject({
    metricsEnabled: true,
    healthEnabled: true,
    managementEnabled: true,
    eventMetrics: { tags: ["realm", "idp", "clientId"], events: undefined },
  });
  expect(config(["start-dev", "--compatibility=keycloak"])).toMatchObject({
    metricsEnabled: false,
    healthEnabled: false,
    managementEnabled: false,
    eventMetrics: undefined,
  });
  const asked = ["start-dev", "--compatibility=keycloak", "--metrics-enabled=true", "--event-metrics-user-enabled=true"];
  expect(config(asked).eventMetrics).toEqual({ tags: ["realm"], events: undefined });
  expect(config(["start-dev", "--features-disabled=user-event-metrics"]).eventMetrics).toBeUndefined();
});

test("start-dev binds this machine, start every address; workers are one or the cores", () => {
  const safe = ["start", "--http-enabled=true", "--proxy-headers=xforwarded", "--hostname=https://sso.example.com"];
  expect(config(["start-dev"])).toMatchObject({
    mode: "development",
    httpHost: "127.0.0.1",
    httpEnabled: true,
    hostnameStrict: false,
    workers: 1,
  });
  expect(config(safe)).toMatchObject({ mode: "production", httpHost: "0.0.0.0", hostnameStrict: true, workers: 6 });
  expect(config([...safe, "--workers=2", "--optimized"]).workers).toBe(2);
});

test("paths are absolute, sizes are bytes, times are seconds", () => {
  const argv = [
    "start-dev",
    "--data=d",
    "--secret-key-file=/k/secret.key",
    "--audit-retention=12h",
    "--audit-max-size=2g",
    "--http-relative-path=/auth",
  ];
  expect(config(argv)).toMatchObject({
    dataDirectory: `${WORK}/d`,
    secretKeyFile: "/k/secret.key",
    auditRetentionSeconds: 43_200,
    auditMaxBytes: 2_147_483_648,
    relativePath: "/auth",
  });
  expect(config(["start-dev"])).toMatchObject({
    dataDirectory: `${WORK}/data`,
    secretKeyFile: undefined,
    auditMaxBytes: undefined,
    relativePath: "",
  });
});

test("import-realm is bare or names a file or folder", () => {
  expect(config(["start-dev"]).importRealm).toEqual({ kind: "none" });
  expect(config(["start-dev", "--import-realm"]).importRealm).toEqual({ kind: "data-folder", path: `${WORK}/data/import` });
  expect(config(["start-dev", "--import-realm=realms"]).importRealm).toEqual({ kind: "path", path: `${WORK}/realms` });
  expect(config(["start-dev"], { KC_IMPORT_REALM: "true" }).importRealm.kind).toBe("data-folder");
  expect(config(["start-dev"], { KC_IMPORT_REALM: "false" }).importRealm.kind).toBe("none");
});

test("import takes one file or one folder and replaces by default", () => {
  expect(config(["import", "--file", "a.json"])).toMatchObject({
    importSource: { kind: "file", path: `${WORK}/a.json` },
    importOverride: true,
  });
  expect(config(["import", "--dir=/r", "--override=false"])).toMatchObject({
    importSource: { kind: "directory", path: "/r" },
    importOverride: false,
  });
  expect(problems(["import"])).toEqual(["import needs --file=FILE.json or --dir=FOLDER"]);
  expect(problems(["import", "--file=a", "--dir=b"])).toEqual(["import takes --file or --dir, not both"]);
  expect(problems(["export"])).toEqual(["export needs --file=FILE.json or --dir=FOLDER"]);
  expect(problems(["export", "--file=a", "--dir=b"])).toEqual(["export takes --file or --dir, not both"]);
  expect(problems(["export", "--dir=b", "--users=some"])).toHaveLength(1);
  expect(config(["export", "--dir=/b", "--realm=r", "--users=realm_file"]).exportTarget).toEqual({
    kind: "directory",
    path: "/b",
    realm: "r",
    users: "realm_file",
    usersPerFile: 50,
  });
});

test("events has filters of its own", () => {
  expect(read(["events", "--realm=apixion", "--type=LOGIN", "--since=12h", "--follow", "--json"]).eventsArguments).toEqual({
    realm: "apixion",
    client: undefined,
    type: "LOGIN",
    sinceMs: 1_000_000_000 - 43_200_000,
    follow: true,
    json: true,
  });
  expect(problems(["events", "--since=yesterday"])).toHaveLength(1);
});

test("the bootstrap administrator comes from the options or, with a warning, from the older variables", () => {
  expect(config(["start-dev"]).bootstrapAdmin).toBeUndefined();
  const env = { KC_BOOTSTRAP_ADMIN_USERNAME: "admin", KC_BOOTSTRAP_ADMIN_PASSWORD: "admin" };
  expect(config(["start-dev"], env).bootstrapAdmin).toEqual({ username: "admin", password: "admin" });
  expect(config(["start-dev", "--bootstrap-admin-password=x"]).bootstrapAdmin).toEqual({ username: "temp-admin", password: "x" });
  const spaced = config(["start-dev"], { KC_BOOTSTRAP_ADMIN_USERNAME: " admin ", KC_BOOTSTRAP_ADMIN_PASSWORD: " a b " });
  expect(spaced.bootstrapAdmin).toEqual({ username: "admin", password: " a b " });
  const old = read(["start-dev"], { KEYCLOAK_ADMIN: "root", KEYCLOAK_ADMIN_PASSWORD: "y" });
  expect(old.config.bootstrapAdmin).toEqual({ username: "root", password: "y" });
  expect(old.warnings).toEqual([
    "KEYCLOAK_ADMIN is deprecated; use KC_BOOTSTRAP_ADMIN_USERNAME.",
    "KEYCLOAK_ADMIN_PASSWORD is deprecated; use KC_BOOTSTRAP_ADMIN_PASSWORD.",
  ]);
  expect(read(["start-dev"], { KC_BOOTSTRAP_ADMIN_USERNAME: "admin" }).warnings[0]).toMatch(/no administrator is made/);
});

test("the configuration is frozen plain data", () => {
  const value = config(["start-dev", "--hostname=https://sso.example.com"]);
  expect(structuredClone(value)).toEqual(value);
  expect(Object.isFrozen(value) && Object.isFrozen(value.features) && Object.isFrozen(value.logLevel.categories)).toBe(true);
});

test.each([
  [["start-dev", "--bootstrap-admin-password=hunter2 x", "--http-port=x"]],
  [["start-dev", "--bootstrap-admin-password=my", "hunter2"]],
  [["start-dev", "--bootstrap-admin-password=my", "hunter2", "hunter2"]],
  [["start-dev", "--bootstrap-admin-pasword=hunter2"]],
  [["start-dev", "--bootstrap-admin-pasword", "hunter2"]],
  [["start-dev", "--db-url=jdbc:postgresql://u:hunter2@db/x"]],
  [["start", "--db-password=hunter2", "--cache-embedded-mtls-key-store-password=hunter2"]],
] as const)("SEC-LOG-03 no problem or warning shows a secret: %j", (argv) => {
  const env = { KC_DB_PASSWORD: "hunter2", KC_BOOTSTRAP_ADMIN_PASWORD: "hunter2" };
  const file = conf("db-password=hunter2\nbootstrap-admin-pasword=hunter2\nhunter2\nfips-mode=strict");
  const error = refusal(argv, env, file);
  expect(error).toBeInstanceOf(ConfigError);
  expect(JSON.stringify([error?.problems, error?.warnings, String(error)])).not.toContain("hunter2");
});
