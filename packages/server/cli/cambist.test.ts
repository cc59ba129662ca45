import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { COMMAND_NAMES } from "../config/options.ts";

const PROGRAM = join(import.meta.dirname, "..", "..", "..", "bin", "cambist");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cambist-cli-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function cambist(args: readonly string[], env: Record<string, string> = {}, program = PROGRAM) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("--version names Cambist and Node", () => {
  const { status, stdout, stderr } = cambist(["--version"]);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^Cambist 0\.1\.0 \(Node v26\.\d+\.\d+\)\n$/);
});

test("the program runs through links, from any folder", () => {
  mkdirSync(join(folder, "bin"));
  symlinkSync(PROGRAM, join(folder, "bin", "one"));
  symlinkSync("one", join(folder, "bin", "two"));
  expect(cambist(["-V"], {}, join(folder, "bin", "two")).stdout).toMatch(/^Cambist 0\.1\.0/);
});

test("help lists the commands, and each command its options", () => {
  const { status, stdout } = cambist([]);
  expect(status).toBe(0);
  for (const name of COMMAND_NAMES) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
  expect(cambist(["help"]).stdout).toBe(stdout);
  expect(cambist(["--help"]).stdout).toBe(stdout);

  const start = cambist(["help", "start-dev"]).stdout;
  expect(start).toMatch(/--http-port=PORT +Port for plain HTTP\. Default: 8080\./);
  expect(start).not.toMatch(/--follow|--override/);
  for (const args of [
    ["start-dev", "--help"],
    ["start-dev", "-h", "--http-port=x"],
  ])
    expect(cambist(args).stdout).toBe(start);
  expect(cambist(["help", "events"]).stdout).toMatch(/--follow/);
  expect(cambist(["help", "migrate"]).stdout).toMatch(/--dry-run/);
  expect(cambist(["help", "migrate"]).stdout).not.toMatch(/undefined/);
  expect(cambist(["start", "--help-all"]).stdout).toMatch(/--cache-stack/);
});

test.each([
  ["an unknown option", ["start-dev", "--http-prot=80"], "cambist: --http-prot: unknown option; did you mean --http-port?\n"],
  ["an unknown command", ["start-deb"], 'cambist: "start-deb": unknown command; did you mean start-dev?\n'],
  ["an unknown command to explain", ["help", "strat"], 'cambist: "strat": unknown command; did you mean start?\n'],
  [
    "an unknown feature",
    ["start-dev", "--features=impersonatoin"],
    'cambist: features: unknown feature "impersonatoin"; did you mean impersonation?\n',
  ],
  ["an option without a command", ["--http-port=80"], "cambist: no command given; see `cambist help`\n"],
] as const)("%s ends with exit code 2 and the nearest name", (_title, args, stderr) => {
  expect(cambist(args)).toEqual({ status: 2, stdout: "", stderr });
});

test("start without hostname and certificate ends with exit code 2 and the lines that mend it", () => {
  const { status, stderr } = cambist(["start"], { KC_BOOTSTRAP_ADMIN_PASSWORD: "admin" });
  expect(status).toBe(2);
  expect(stderr).toMatch(/^cambist: start needs TLS: add --https-certificate-file/m);
  expect(stderr).toMatch(/^cambist: start needs the public address: add --hostname/m);
  expect(stderr).toMatch(/^cambist: bootstrap-admin-password is one everybody guesses/m);
});

test("another database ends with exit code 2 and a clear line", () => {
  expect(cambist(["start-dev"], { KC_DB: "postgres" })).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/keeps its data in SQLite/) as string,
  });
});

test("build succeeds, says that nothing is needed, and still names a wrong option", () => {
  expect(cambist(["build", "--cache=ispn"], { KC_FEATURES: "token-exchange", KC_TYPO: "1" })).toEqual({
    status: 0,
    stdout: "Nothing to build: Cambist reads its options at start. `start` and `start --optimized` are the same.\n",
    stderr:
      "Warning: --cache: option cache has no effect in Cambist: there is no cache cluster to set up.\n" +
      "Warning: KC_TYPO: no option has this variable, it is ignored\n",
  });
  expect(cambist(["build", "--features=tokn-exchange"]).status).toBe(2);
});

test("the configuration file of the working folder is read", () => {
  mkdirSync(join(folder, "conf"));
  writeFileSync(join(folder, "conf", "keycloak.conf"), "# ports\nhttp-prot=80\n");
  expect(cambist(["build"])).toMatchObject({
    status: 2,
    stderr: 'cambist: conf/keycloak.conf line 2: unknown key "http-prot"; did you mean http-port?\n',
  });
});

test.each([
  ["SIGTERM", 0],
  ["SIGINT", 0],
] as const)("the first %s lets the command end in its own time, the second ends it at once", async (signal, code) => {
  const script = `
    import { takeSignals } from ${JSON.stringify(join(import.meta.dirname, "signals.ts"))};
    const stop = takeSignals(process);
    stop.addEventListener("abort", () => {
      process.stdout.write("stopping\\n");
      if (process.argv[2] === "quick") process.exit(0);
    });
    setInterval(() => {}, 1000);
    process.stdout.write("ready\\n");`;
  writeFileSync(join(folder, "run.mts"), script);
  for (const [pace, end] of [
    ["quick", code],
    ["slow", signal === "SIGTERM" ? 143 : 130],
  ] as const) {
    const child = spawn(process.execPath, [join(folder, "run.mts"), pace], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.setEncoding("utf8").on("data", () => child.kill(signal)); // once when ready, once more when it says that it is stopping
    expect(await once(child, "exit")).toEqual([end, null]);
  }
});
