import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeFolder } from "./own-folder.ts";

const base = mkdtempSync(join(tmpdir(), "cambist-folder-"));
afterAll(() => rmSync(base, { recursive: true }));

test("a folder is made with what is missing above it, for its owner only", () => {
  const folder = join(base, "one", "two", "three");
  makeFolder(folder);
  for (const made of [folder, join(base, "one")]) expect(statSync(made).mode & 0o777).toBe(0o700);
});

test("one that is there stays as it is", () => {
  makeFolder(join(base, "there"));
  writeFileSync(join(base, "there", "file"), "kept");
  makeFolder(join(base, "there"));
  expect(existsSync(join(base, "there", "file"))).toBe(true);
});

describe("what cannot be made says so", () => {
  test("a file in its place, or above it", () => {
    writeFileSync(join(base, "file"), "");
    expect(() => makeFolder(join(base, "file"))).toThrow("EEXIST");
    expect(() => makeFolder(join(base, "file", "below"))).toThrow("ENOTDIR");
  });

  test.runIf(existsSync("/proc"))("a file system that takes none, where Node's own way never ends", () => {
    expect(() => makeFolder("/proc/nope")).toThrow("ENOENT");
    expect(() => makeFolder("/proc/nope/below/it")).toThrow("ENOENT");
  });
});
