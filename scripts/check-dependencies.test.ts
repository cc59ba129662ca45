import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkDependencies } from "./check-dependencies.ts";
import { withoutEngines } from "./lock.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dependencies-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const GOOD = { version: "1.2.3", integrity: "sha512-AA==", license: "MIT" };

/** A tree with one dependency `lib`, locked as given. */
function tree(version: string, locked: object, adr = "- `lib`: for testing"): string[] {
  mkdirSync(join(root, "docs/adr"), { recursive: true });
  writeFileSync(join(root, "docs/adr/0001-dependencies.md"), adr);
  writeFileSync(join(root, "package.json"), JSON.stringify({ dependencies: { lib: version } }));
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: { "": {}, "node_modules/lib": locked } }));
  return checkDependencies(root);
}

test("an exact, explained, locked dependency is fine", () => {
  expect(tree("1.2.3", GOOD)).toEqual([]);
});

test.each([
  ["a range", "^1.2.3", GOOD, undefined, /write one exact version/],
  ["a git dependency", "github:a/b", GOOD, undefined, /write one exact version/],
  ["a dependency nobody explained", "1.2.3", GOOD, "nothing about it", /no line in docs\/adr/],
  ["an install script", "1.2.3", { ...GOOD, hasInstallScript: true }, undefined, /runs a script/],
  ["a package without a checksum", "1.2.3", { version: "1.2.3" }, undefined, /no integrity/],
  ["a registry host in the lockfile", "1.2.3", { ...GOOD, resolved: "https://registry.example/lib.tgz" }, undefined, /names a host/],
  ["engines, by which an old npm leaves packages out", "1.2.3", { ...GOOD, engines: { node: ">=22" } }, undefined, /npm run lock/],
  ["a licence that asks for more", "1.2.3", { ...GOOD, license: "AGPL-3.0-only" }, undefined, /licence AGPL-3.0-only/],
])("refuses %s", (_title, version, locked, adr, message) => {
  const offences = tree(version, locked, adr);
  expect(offences).toHaveLength(1);
  expect(offences[0]).toMatch(message);
});

test("the lockfile keeps all but the engines", () => {
  const lock = { lockfileVersion: 3, packages: { "": { name: "a" }, "node_modules/lib": { ...GOOD, engines: { node: ">=22" } } } };
  expect(JSON.parse(withoutEngines(JSON.stringify(lock)))).toEqual({
    lockfileVersion: 3,
    packages: { "": { name: "a" }, "node_modules/lib": GOOD },
  });
});
