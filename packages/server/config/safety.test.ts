import { expect, test } from "vitest";
import { ConfigError } from "./config-error.ts";
import { readConfig } from "./read-config.ts";

const read = (argv: readonly string[], env: Record<string, string> = {}) =>
  readConfig({ argv, env, cwd: "/w", installDir: "/i", readFile: () => undefined });

function problems(argv: readonly string[], env: Record<string, string> = {}): string {
  try {
    read(argv, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

const TLS = ["--https-certificate-file=c.pem", "--https-certificate-key-file=k.pem"];
const PROXY = ["--http-enabled=true", "--proxy-headers=xforwarded"];
const HOST = ["--hostname=https://sso.example.com"];

test("start with a certificate and a hostname is safe, and so is start behind a proxy", () => {
  expect(read(["start", ...TLS, ...HOST]).config.https).toEqual({ port: 8443, certificateFile: "/w/c.pem", keyFile: "/w/k.pem" });
  expect(problems(["start", ...PROXY, ...HOST])).toBe("");
  expect(problems(["start", "--optimized", ...PROXY, "--hostname-strict=false"])).toBe("");
});

test.each([
  ["no certificate", [...HOST], /start needs TLS: add --https-certificate-file=.*--http-enabled=true --proxy-headers=xforwarded/],
  ["plain HTTP without a word about the proxy", ["--http-enabled=true", ...HOST], /--proxy-headers=xforwarded \(or forwarded\)/],
  ["plain HTTP beside a certificate", ["--http-enabled=true", ...TLS, ...HOST], /opens plain HTTP/],
  ["no hostname", [...TLS], /add --hostname=https:\/\/sso.example.com, or --hostname-strict=false/],
  ["a certificate without its key", [TLS[0] ?? "", ...HOST], /add --https-certificate-key-file=FILE.pem/],
  ["a key store", ["--https-key-store-file=s.p12", ...HOST], /openssl pkcs12/],
] as const)("start refuses %s and says what mends it", (_title, argv, message) => {
  expect(problems(["start", ...argv])).toMatch(message);
});

test.each(["admin", "Admin", "password", "change_me", "root"])("start refuses the bootstrap password %s", (password) => {
  const env = { KC_BOOTSTRAP_ADMIN_USERNAME: "root", KC_BOOTSTRAP_ADMIN_PASSWORD: password };
  const message = problems(["start", ...TLS, ...HOST], env);
  expect(message).toMatch(/set KC_BOOTSTRAP_ADMIN_PASSWORD to a long random one/);
  expect(problems(["start-dev"], env)).toBe("");
});

test("start lists everything that is unsafe at once", () => {
  expect(problems(["start"], { KC_BOOTSTRAP_ADMIN_PASSWORD: "admin" }).split("\n")).toHaveLength(3);
});

test.each([
  [["--db=postgres"], /--db \("postgres"\): this version keeps its data in SQLite/],
  [["--db=mariadb"], /SQLite/],
  [["--db-url=jdbc:postgresql://db/keycloak"], /--db-url: this version keeps its data in SQLite/],
  [["--db-url=postgres://db/keycloak"], /SQLite/],
] as const)("%j stops every command that needs the data, and build only warns", (argv, message) => {
  for (const command of ["start-dev", "events", "verify-audit"]) expect(problems([command, ...argv])).toMatch(message);
  expect(problems(["build", ...argv])).toBe("");
  expect(read(["build", ...argv]).warnings.join("\n")).toMatch(message);
});

test("KC_DB=postgres stops the start too", () => {
  expect(problems(["start-dev"], { KC_DB: "postgres" })).toMatch(/^KC_DB \("postgres"\): this version keeps its data in SQLite/);
});

test("promises of protection that cannot be kept are refused", () => {
  expect(problems(["start-dev", "--https-client-auth=required"])).toMatch(/does not ask for client certificates/);
  expect(problems(["start-dev", "--fips-mode=strict"])).toMatch(/no FIPS mode/);
});

test("ports must differ, except that 0 is any free one", () => {
  expect(problems(["start-dev", "--http-port=9000"])).toMatch(/http-management-port and http-port are both 9000/);
  expect(problems(["start-dev", "--http-port=9000", "--health-enabled=false", "--metrics-enabled=false"])).toBe("");
  expect(problems(["start-dev", "--http-port=0", "--http-management-port=0"])).toBe("");
  expect(problems(["start-dev", "--http-enabled=false"])).toMatch(/nothing to listen on/);
});

test("start warns of what it allows: any proxy, an http issuer, a password among the flags", () => {
  const { warnings } = read(["start", ...PROXY, "--hostname=http://sso.example.com", "--bootstrap-admin-password=f7-long-and-random"]);
  expect(warnings).toHaveLength(3);
  expect(read(["start", ...PROXY, "--proxy-trusted-addresses=10.0.0.1", ...HOST]).warnings).toEqual([]);
  expect(read(["start-dev", "--proxy-trusted-addresses=10.0.0.1"]).warnings).toEqual([
    "proxy-trusted-addresses has no effect without proxy-headers.",
  ]);
});
