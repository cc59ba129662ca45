import { chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { stagingFolder } from "./staging-folder.ts";

let parent: string;
beforeEach(() => void (parent = mkdtempSync(join(tmpdir(), "cambist-staging-"))));
afterEach(() => rmSync(parent, { recursive: true }));

const left = (name: string): string => {
  const path = join(parent, name);
  mkdirSync(path);
  writeFileSync(join(path, "acme-realm.json"), "secrets");
  return path;
};
/** What stays beside the new folder. */
const staying = async (): Promise<readonly string[]> => {
  const own = await stagingFolder(parent);
  return readdirSync(parent).filter((name) => join(parent, name) !== own);
};

test.each([
  ["a process that has ended", "999999999-abc"],
  ["an earlier one of the same number, as in a container", `${process.pid}-abc`],
  ["a version that named none", "abcdef"],
])("what %s left goes", async (_title, name) => {
  left(`.cambist-migrate-${name}`);
  expect(await staying()).toEqual([]);
});

test("what a running process needs stays, and so does everything of another name", async () => {
  left(`.cambist-migrate-${process.ppid}-abc`);
  left("other");
  expect(await staying()).toEqual([`.cambist-migrate-${process.ppid}-abc`, "other"]);
});

test("a link is not followed and stays", async () => {
  const elsewhere = left("elsewhere");
  symlinkSync(elsewhere, join(parent, ".cambist-migrate-999999999-abc"));
  expect(await staying()).toEqual([".cambist-migrate-999999999-abc", "elsewhere"]);
  expect(readdirSync(elsewhere)).toHaveLength(1);
});

test.runIf(process.getuid?.() === 0)("a folder of another user stays: what is in it could lead the removal astray", async () => {
  chownSync(left(".cambist-migrate-999999999-abc"), 65_534, 65_534);
  expect(await staying()).toEqual([".cambist-migrate-999999999-abc"]);
});
