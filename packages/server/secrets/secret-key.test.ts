import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { loadOrCreateSecretKey, loadSecretKey, SecretKeyError } from "./secret-key.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cambist-key-"));
  path = join(folder, "secret.key");
});
afterEach(() => rm(folder, { recursive: true }));

test("the first start makes the key, later ones read it", async () => {
  const first = await loadOrCreateSecretKey(path);
  expect(first.created).toBe(true);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await readFile(path, "utf8")).trim()).toBe(first.key.toString("base64url"));
  const second = await loadOrCreateSecretKey(path);
  expect(second).toEqual({ key: first.key, created: false });
  expect(await loadSecretKey(path)).toEqual(first.key);
});

test("of many that start at once one makes the key and all have the same; no draft stays", async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateSecretKey(path)));
  expect(new Set(keys.map(({ key }) => key.toString("hex"))).size).toBe(1);
  expect(keys.filter(({ created }) => created)).toHaveLength(1);
  expect(await readdir(folder)).toEqual(["secret.key"]);
});

test("a database without its key never gets a new one", async () => {
  await expect(loadOrCreateSecretKey(path, { mayCreate: false })).rejects.toMatchObject({ name: "SecretKeyError", fault: "missing" });
  expect(await readdir(folder)).toEqual([]);
});

test("a file named by the operator is never made", async () => {
  await expect(loadSecretKey(path)).rejects.toMatchObject({ fault: "missing" });
});

test.each([
  ["too short", randomBytes(31).toString("base64url")],
  ["too long", randomBytes(33).toString("base64url")],
  ["not base64url", "+".repeat(43)],
  ["with loose bits at its end", `${"A".repeat(42)}B`],
  ["empty", ""],
  ["a big file", "A".repeat(100_000)],
])("a key %s is refused and not shown", async (_title, text) => {
  await writeFile(path, text, { mode: 0o600 });
  const error = await loadOrCreateSecretKey(path).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SecretKeyError);
  expect(error).toMatchObject({ fault: "content" });
  expect((error as Error).message).toBe(`${path}: the key must be 32 bytes as base64url (43 characters)`);
});

test("a key others may read is refused with the way to mend it", async () => {
  await loadOrCreateSecretKey(path);
  await chmod(path, 0o640);
  await expect(loadOrCreateSecretKey(path)).rejects.toThrow(/mode 640.*chmod 600/);
  // A mounted volume gives its group the right to read; that much is fine for a file the operator names.
  await expect(loadSecretKey(path)).resolves.toHaveLength(32);
  await chmod(path, 0o644);
  await expect(loadSecretKey(path)).rejects.toMatchObject({ fault: "permissions" });
});

test("a folder in its place and a folder that is not there are clear errors", async () => {
  await mkdir(path);
  await expect(loadOrCreateSecretKey(path)).rejects.toMatchObject({ fault: expect.stringMatching(/not_a_file|unreadable/) as string });
  await expect(loadOrCreateSecretKey(join(folder, "nowhere", "secret.key"))).rejects.toMatchObject({ fault: "unreadable" });
});
